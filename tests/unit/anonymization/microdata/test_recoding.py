"""Global recoding: hierarchies that cannot be are refused, and the levels found lose the least of all."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from anonymization.microdata import recoding
from anonymization.microdata.anonymity import k_anonymity
from anonymization.microdata.classes import group
from anonymization.microdata.recoding import Hierarchy, recode, recode_to_k
from anonymization.microdata.records import WITHHELD, Column, Records, encode
from datasets.errors import DisclosureRuleInvalid

AGE = Hierarchy("age", tuple({str(age): f"{width}:{age // width}" for age in range(12)} for width in (2, 6, 12)))
AREA = Hierarchy("area", ({"n1": "north", "n2": "north", "s1": "south"}, dict.fromkeys(("n1", "n2", "s1"), "all")))


def records_of(seed: int, records: int) -> Records:
    random = np.random.default_rng(seed)
    areas = random.choice(np.array(["n1", "n2", "s1"]), records, p=[0.5, 0.3, 0.2])
    sexes = random.choice(np.array(["f", "m"]), records)
    return encode({"age": random.integers(0, 12, records), "area": areas, "sex": sexes})


def test_values_are_replaced_by_their_groups() -> None:
    records = encode({"area": np.array(["s1", "n2", "n1"]), "age": np.array([11, 0, 7])})
    found = recode(records, [AREA, AGE], {"area": 1, "age": 0})
    assert found.column("area").text().tolist() == ["south", "north", "north"]
    assert found.column("age").text().tolist() == ["11", "0", "7"]
    assert recode(records, [AGE], {"age": 2}).column("age").text().tolist() == ["6:1", "6:0", "6:1"]


def test_what_is_withheld_stays_so() -> None:
    records = Records({"area": Column(np.array([0, WITHHELD]), np.array(["n1"]))})
    assert recode(records, [AREA], {"area": 1}).column("area").text().tolist() == ["north", "*"]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("unsafe", [0.0, 0.1])
def test_no_levels_that_suffice_lose_less(seed: int, unsafe: float) -> None:
    records, names = records_of(seed, 40 + 10 * seed), ["age", "area", "sex"]
    found = recode_to_k(records, names, [AGE, AREA], k=4, unsafe=unsafe)
    possible = []
    for age, area in itertools.product(range(4), range(3)):
        classes = group(recode(records, [AGE, AREA], {"age": age, "area": area}), names)
        share = classes.sizes[classes.sizes < 4].sum() / len(records)
        loss = 0.0 if age == 0 else ({1: 1, 2: 5, 3: 11}[age] / 11)
        north = np.isin(records.column("area").text(), ["n1", "n2"]).mean()
        loss += {0: 0.0, 1: north / 2, 2: 1.0}[area]
        if share <= unsafe:
            possible.append((loss / 2, share))
    assert found.loss == pytest.approx(min(possible)[0])
    assert found.unsafe <= unsafe
    if unsafe == 0:
        assert k_anonymity(group(found.records, names)) >= 4
    assert group(recode(records, [AGE, AREA], found.levels), names).sizes.tolist() == (
        group(found.records, names).sizes.tolist()
    )


def test_nothing_is_recoded_where_nothing_must_be() -> None:
    records = encode({"age": np.array([3, 3, 4, 4])})
    found = recode_to_k(records, ["age"], [AGE], k=2)
    assert (found.levels, found.loss, found.unsafe) == ({"age": 0}, 0, 0)


@pytest.mark.parametrize(
    ("levels", "rule"),
    [
        ((), "at least one level"),
        (({},), "at least one level"),
        (({"a": "x"}, {"b": "y"}), "name the values of all levels"),
        (({"a": "x", "b": "x"}, {"a": "y", "b": "z"}), "split a group"),
        (({"a": "*"},), "marks withheld"),
        (({"*": "x"},), "marks withheld"),
    ],
)
def test_hierarchies_that_cannot_be(levels: tuple[dict[str, str], ...], rule: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=rule):
        Hierarchy("age", levels)


def test_what_cannot_be_recoded_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    records = records_of(1, 30)
    stranger = encode({"age": np.array([3, 99])})
    for act, rule in (
        (lambda: recode(records, [AGE], {"age": 4}), "one of the column's hierarchy"),
        (lambda: recode(records, [AGE], {"sex": 1}), "one of the column's hierarchy"),
        (lambda: recode(records, [AGE, AGE], {"age": 1}), "one for each column"),
        (lambda: recode(records, [], {}), "must be given"),
        (lambda: recode(stranger, [AGE], {"age": 1}), "does not know 1 of the values"),
        (lambda: recode_to_k(records, ["age"], [AGE], k=1), "k of 2 or more"),
        (lambda: recode_to_k(records, ["age"], [AGE], k=2, unsafe=1.0), "below 1"),
        (lambda: recode_to_k(records, ["sex"], [AGE], k=2), "hierarchies of quasi-identifiers"),
        (lambda: recode_to_k(records, ["age", "sex"], [AGE], k=29), "at every level"),
    ):
        with pytest.raises(DisclosureRuleInvalid, match=rule) as told:
            act()
        assert "99" not in str(told.value)
    monkeypatch.setattr(recoding, "_MOST_LEVELS", 3)
    with pytest.raises(DisclosureRuleInvalid, match="more than 3 combinations"):
        recode_to_k(records, ["age", "area", "sex"], [AGE, AREA], k=29)
