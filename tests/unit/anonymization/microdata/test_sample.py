"""Public-use samples: drawn, recoded, withheld, and refused where they do not fulfil their rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anonymization.microdata import sample
from anonymization.microdata.anonymity import k_anonymity
from anonymization.microdata.classes import group
from anonymization.microdata.recoding import Hierarchy
from anonymization.microdata.records import Records, encode
from anonymization.microdata.sample import SampleRule, draw_records, make_sample, one_record_each
from anonymization.microdata.suppression import Withheld
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid

KNOWN = ("age", "sex")
AGE = Hierarchy("age", tuple({str(age): f"{width}:{age // width}" for age in range(90)} for width in (5, 30, 90)))


def records_of(records: int = 3_000) -> Records:
    random = np.random.default_rng(2)
    ages, sexes = random.integers(0, 90, records), random.choice(np.array(["f", "m"]), records)
    return encode({"age": ages, "sex": sexes, "diagnosis": random.integers(0, 8, records)})


def test_a_sample_fulfils_its_rule_and_says_what_that_cost() -> None:
    rule = SampleRule(KNOWN, 25, sensitive=("diagnosis",), diversity=4, closeness=0.4, unsafe=0.1)
    found = make_sample(records_of(), rule, [AGE], weights=np.full(3_000, 20.0))
    figures = found.figures
    assert figures.k == k_anonymity(group(found.records, KNOWN)) >= 25
    assert figures.distinct["diagnosis"] >= 4
    assert 1 <= figures.entropy["diagnosis"] <= 8
    assert figures.closeness["diagnosis"] <= 0.4
    assert figures.risk == 1 / figures.k
    assert figures.expected is not None
    assert 0 < figures.expected < 3_000 / figures.k
    assert figures.levels == {"age": 1}
    assert 0 < figures.recoding_loss < 0.1
    assert set(figures.withheld) == set(KNOWN)


def test_without_hierarchies_only_single_values_are_withheld() -> None:
    found = make_sample(records_of(), SampleRule(KNOWN, 16))
    assert found.figures.levels == {}
    assert found.figures.recoding_loss == 0
    assert found.figures.expected is None
    assert sum(found.figures.withheld.values()) > 0


@pytest.mark.parametrize(("diversity", "closeness"), [(9, 1.0), (1, 0.01)])
def test_a_sample_that_tells_too_much_is_refused(diversity: int, closeness: float) -> None:
    rule = SampleRule(KNOWN, 5, sensitive=("diagnosis",), diversity=diversity, closeness=closeness)
    with pytest.raises(DisclosureRisk, match="column 'diagnosis'"):
        make_sample(records_of(), rule, [AGE])


def test_a_fault_in_the_search_cannot_publish(monkeypatch: pytest.MonkeyPatch) -> None:
    records = records_of()
    monkeypatch.setattr(sample, "suppress", lambda *_, **__: Withheld(records, {}, 0))
    with pytest.raises(DisclosureRisk, match="with 24 others"):
        make_sample(records, SampleRule(KNOWN, 25))


@pytest.mark.parametrize(
    "change",
    [
        {"sensitive": ("age",)},
        {"others": ("diagnosis",)},
        {"quasi_identifiers": ("age", "age")},
        {"diversity": 0},
        {"closeness": 0.0},
        {"closeness": 1.5},
        {"sensitive": (), "diversity": 2},
        {"sensitive": (), "closeness": 0.5},
    ],
)
def test_rules_that_cannot_be(change: dict[str, object]) -> None:
    rule = SampleRule(KNOWN, 5, sensitive=("diagnosis",))
    with pytest.raises(DisclosureRuleInvalid):
        replace(rule, **change)  # type: ignore[arg-type]


def test_columns_that_are_not_named_are_not_published() -> None:
    records = records_of()
    more = {"patient": records.column("age"), "ward": records.column("sex")}
    found = make_sample(records.changed(more), SampleRule(KNOWN, 5, sensitive=("diagnosis",), others=("ward",)))
    assert list(found.records.columns) == ["age", "sex", "diagnosis", "ward"]


def test_an_unknown_sensitive_column_is_refused() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="'income'"):
        make_sample(records_of(), SampleRule(KNOWN, 5, sensitive=("income",)))


def test_one_record_of_each_person_is_drawn() -> None:
    persons = encode({"person": np.random.default_rng(1).integers(0, 300, 2_000)}).column("person")
    chosen = one_record_each(persons, random=np.random.default_rng(5))
    again = one_record_each(persons, random=np.random.default_rng(5))
    assert (np.bincount(persons.codes[chosen]) == 1).all()
    assert (chosen == again).all()
    assert (chosen != one_record_each(persons, random=np.random.default_rng(6))).any()
    # Not the first record of each: any may be it.
    assert np.flatnonzero(chosen).mean() > 700


def test_records_are_drawn_without_repeats() -> None:
    drawn = draw_records(1_000, share=0.0251, random=np.random.default_rng(1))
    assert len(drawn) == 26
    assert (np.diff(drawn) > 0).all()
    assert draw_records(3, share=1.0, random=np.random.default_rng(1)).tolist() == [0, 1, 2]
    for size, share in ((10, 0.0), (10, 1.1), (0, 0.5), (10, np.nan)):
        with pytest.raises(DisclosureRuleInvalid, match="share"):
            draw_records(size, share=share, random=np.random.default_rng(1))
