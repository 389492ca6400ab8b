"""k, l, t and risk against their definitions, written out record by record."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
from scipy import stats

from anonymization.microdata.anonymity import (
    closeness,
    distinct_diversity,
    entropy_diversity,
    k_anonymity,
    ordered_closeness,
    persons_in,
    recursive_diversity,
)
from anonymization.microdata.classes import Spread, group, spread
from anonymization.microdata.records import WITHHELD, Column, Records, encode
from anonymization.microdata.risk import population_risk, sample_risk
from datasets.errors import DisclosureRuleInvalid


def random_records(seed: int, values: int = 5) -> Records:
    random = np.random.default_rng(seed)
    records = int(random.integers(5, 80))
    ages, sexes = random.integers(0, 4, records), random.choice(np.array(["f", "m"]), records)
    return encode({"age": ages, "sex": sexes, "learnt": random.integers(0, values, records) ** 2})


def classes_of(records: Records) -> dict[Any, list[int]]:
    found = defaultdict(list)
    columns = [records.column(name).text().tolist() for name in ("age", "sex")]
    for place, key in enumerate(zip(*columns, strict=True)):
        found[key].append(place)
    return found


def spread_of(records: Records) -> Spread:
    return spread(group(records, ["age", "sex"]), records.column("learnt"))


@pytest.mark.parametrize("seed", range(40))
def test_figures_are_those_of_the_definitions(seed: int) -> None:
    records, found = random_records(seed), spread_of(random_records(seed))
    values = records.column("learnt").codes.tolist()
    whole = Counter(values)
    shares = {value: count / len(values) for value, count in whole.items()}
    k, distinct, entropy, equal, ordered = len(values), len(whole), math.inf, 0.0, 0.0
    recursive = [0.0, 0.0, 0.0]
    for members in classes_of(records).values():
        counts = Counter(values[place] for place in members)
        inside = {value: counts[value] / len(members) for value in whole}
        k, distinct = min(k, len(members)), min(distinct, len(counts))
        entropy = min(entropy, -sum(p * math.log(p) for p in inside.values() if p))
        equal = max(equal, sum(abs(inside[value] - shares[value]) for value in whole) / 2)
        moved, steps = 0.0, 0.0
        for value in sorted(whole):
            moved += inside[value] - shares[value]
            steps += abs(moved)
        ordered = max(ordered, steps / max(1, len(whole) - 1))
        ranked = sorted(counts.values(), reverse=True)
        for dropped in range(3):
            rest = sum(ranked[dropped:])
            recursive[dropped] = max(recursive[dropped], ranked[0] / rest if rest else math.inf)
    classes = group(records, ["age", "sex"])
    assert k_anonymity(classes) == k
    assert distinct_diversity(found) == distinct
    assert entropy_diversity(found) == pytest.approx(math.exp(entropy))
    assert closeness(found) == pytest.approx(equal)
    assert ordered_closeness(found, records.column("learnt")) == pytest.approx(ordered)
    assert [recursive_diversity(found, dropped + 1) for dropped in range(3)] == pytest.approx(recursive)


def test_recursive_diversity_by_hand() -> None:
    """One class with values 5, 3, 1 and 1 times: (c, 2) needs 5 < c (3 + 1 + 1), (c, 3) needs 5 < c (1 + 1)."""
    found = Spread(np.zeros(4, np.int64), np.arange(4), np.array([3, 1, 5, 1]), 4)
    assert recursive_diversity(found, 2) == 1.0
    assert recursive_diversity(found, 3) == 2.5
    assert recursive_diversity(found, 5) == math.inf
    with pytest.raises(DisclosureRuleInvalid, match="l: must be at least 1"):
        recursive_diversity(found, 0)


def test_an_order_of_text_must_be_given() -> None:
    records = encode({"known": np.array([1, 1, 2, 2]), "learnt": np.array(["low", "high", "mid", "mid"])})
    found, column = spread(group(records, ["known"]), records.column("learnt")), records.column("learnt")
    # Shares of low, mid, high: a quarter, a half, a quarter; the first class misses mid, the second has only it.
    assert ordered_closeness(found, column, ["low", "mid", "high"]) == pytest.approx(0.25)
    # In the order low, high, mid the second class is one step and a half away.
    assert ordered_closeness(found, column, ["low", "high", "other", "mid"]) == pytest.approx(0.375)
    for order in ([], ["low", "high"], ["low", "mid", "high", "low"]):
        with pytest.raises(DisclosureRuleInvalid, match="order"):
            ordered_closeness(found, column, order)


def test_withheld_values_have_no_place_in_an_order() -> None:
    column = Column(np.array([0, WITHHELD]), np.array([3]))
    records = Records({"known": Column(np.array([0, 0]), np.array([1])), "learnt": column})
    found = spread(group(records, ["known"]), column)
    assert distinct_diversity(found) == 2
    with pytest.raises(DisclosureRuleInvalid, match="withheld"):
        ordered_closeness(found, column)


def test_one_value_is_as_close_as_can_be() -> None:
    records = encode({"known": np.array([1, 2]), "learnt": np.array([7, 7])})
    found = spread(group(records, ["known"]), records.column("learnt"))
    assert closeness(found) == 0
    assert ordered_closeness(found, records.column("learnt")) == 0


def test_three_stays_of_one_patient_hide_nobody() -> None:
    records = encode({"age": np.array([30, 30, 30, 41, 41]), "patient": np.array(["a", "a", "a", "b", "c"])})
    classes = group(records, ["age"])
    assert k_anonymity(classes) == 2
    assert persons_in(classes, records.column("patient")).tolist() == [1, 2]
    with pytest.raises(DisclosureRuleInvalid, match="persons"):
        persons_in(classes, Column(np.array([0, 0, 0, 1, WITHHELD]), np.array(["a", "b"])))


# Risk -----------------------------------------------------------------------------------------------------------------


def test_the_risk_in_the_sample_is_one_over_the_class() -> None:
    risk = sample_risk(group(encode({"age": np.array([30, 41, 30, 30])}), ["age"]))
    assert risk.of_record.tolist() == pytest.approx([1 / 3, 1, 1 / 3, 1 / 3])
    assert (risk.highest, risk.expected) == pytest.approx((1, 2))


@pytest.mark.parametrize("frequency", [1, 2, 3, 7, 58, 59, 60, 150])
@pytest.mark.parametrize("weight", [1.0, 1.5, 20.0, 400.0])
def test_the_risk_in_the_population_is_the_mean_of_one_over_its_class(frequency: int, weight: float) -> None:
    """The sum over all sizes F of 1 / F times the negative binomial probability of F, term by term."""
    classes = group(encode({"age": np.zeros(frequency, np.int64)}), ["age"])
    share = 1 / weight
    sizes = np.arange(frequency, frequency + 400_000)
    expected = float((stats.nbinom.pmf(sizes - frequency, frequency, share) / sizes).sum())
    assert population_risk(classes, np.full(frequency, weight)).highest == pytest.approx(expected, rel=1e-6)


def test_the_risk_of_one_alone_is_the_known_formula() -> None:
    classes = group(encode({"age": np.array([30, 41])}), ["age"])
    risk = population_risk(classes, np.array([10.0, 1.0]))
    assert risk.of_record.tolist() == pytest.approx([math.log(10) / 9, 1.0])


def test_the_risk_of_large_classes_is_finite_and_below_that_in_the_sample() -> None:
    classes = group(encode({"age": np.repeat(np.arange(3), [99, 1_000, 200_000])}), ["age"])
    for weight in (1.0, 3.0, 1e6):
        risk = population_risk(classes, np.full(201_099, weight))
        # By Jensen's inequality no less than one over the mean class.
        assert (risk.of_record >= 1 / (weight * classes.sizes[classes.of_record]) * (1 - 1e-9)).all()
        assert (risk.of_record <= sample_risk(classes).of_record * (1 + 1e-9)).all()


@pytest.mark.parametrize("weights", [[1.0], [0.5, 2.0], [np.nan, 2.0], [np.inf, 2.0]])
def test_weights_are_people(weights: list[float]) -> None:
    classes = group(encode({"age": np.array([30, 41])}), ["age"])
    with pytest.raises(DisclosureRuleInvalid, match="weights"):
        population_risk(classes, np.array(weights))
