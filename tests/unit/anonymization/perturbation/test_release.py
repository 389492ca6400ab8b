"""Releases with changed counts: one number for a cell wherever it stands, an attack that refuses, and what is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anonymization import protect
from anonymization.ledger import EarlierRelease
from anonymization.perturbation import release as release_module
from anonymization.perturbation.cell_key import perturb
from anonymization.perturbation.controlled_rounding import round_controlled
from anonymization.perturbation.noise_table import entropy_noise, rounding_noise
from anonymization.perturbation.release import (
    ControlledMultiples,
    DrawnRounding,
    KeyNoise,
    Method,
    NearestRounding,
    PerturbedTables,
    SmallRounding,
    perturb_tables,
)
from anonymization.perturbation.report import NOT_PROMISED, describe_perturbed
from anonymization.perturbation.rounding import round_by_draws
from anonymization.policies import resolve
from anonymization.published import publish
from anonymization.table import Measure, Population, Table, TableSet
from datasets.disclosure import DisclosureChoice, DisclosureRules
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid
from datasets.perturbation_choice import (
    CellKey,
    ControlledRounding,
    ConventionalRounding,
    RandomRounding,
    SmallCountRounding,
)
from datasets.text import Bilingual
from tests.unit.anonymization.builders import cube, flat, listed, release, table

REASON = Bilingual(vi="một phép thử", en="a test")
ROUNDED = resolve(RandomRounding(policy="vn_proposed", method="random_rounding", base=5, reason=REASON))


def counts(seed: int, *shape: int, most: int = 40) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.random.default_rng(seed).integers(0, most, shape)


def at_random(tables: TableSet, base: int = 5, seed: int = 0) -> DrawnRounding:
    return DrawnRounding(base, np.random.default_rng(seed).integers(0, 2**63, len(tables.nodes)).astype(np.uint64))


def test_a_cell_has_one_number_in_every_table_and_nothing_else_changes() -> None:
    sides = [flat("a", 3), flat("b", 4), flat("c", 2)]
    inner = counts(1, 3, 4, 2)
    left, right = inner.sum(axis=2), inner.sum(axis=0)
    tables = release(sides, [table("ab", sides[:2], {"all": left}), table("bc", sides[1:], {"all": right})])
    found = perturb_tables(tables, ROUNDED, at_random(tables))
    ab, bc = found.table("ab"), found.table("bc")
    assert (len(ab), len(bc)) == (20, 15)
    shown = [
        {
            int(b): int(value)
            for b, other, value in zip(t.coordinates["b"], t.coordinates[name], t.values["n_all"], strict=True)
            if other == 0
        }
        for t, name in ((ab, "a"), (bc, "c"))
    ]
    assert shown[0] == shown[1]
    for changed, true in ((ab, tables.tables[0]), (bc, tables.tables[1])):
        assert (np.abs(changed.values["n_all"] - true.values["n_all"]) < 5).all()
        assert (changed.values["n_all"] % 5 == 0).all()
        assert changed.dimensions == true.dimensions
        assert not changed.values["n_all"].flags.writeable
    with pytest.raises(KeyError):
        found.table("ca")


def test_a_part_never_seems_larger_than_its_whole() -> None:
    whole = counts(2, 6, 5, most=30)
    part = np.minimum(whole, counts(3, 6, 5, most=30))
    tables = cube(whole, part)
    rng = np.random.default_rng(1)
    place = dict(zip(map(tuple, tables.nodes.coordinates.tolist()), rng.integers(0, 2**63, 42), strict=False))
    draws = np.array([place[tuple(at)] for at in tables.nodes.coordinates.tolist()], dtype=np.uint64)
    shown = perturb_tables(tables, ROUNDED, DrawnRounding(5, draws)).table("cases").values
    assert (shown["n_died"] <= shown["n_all"]).all()


def test_a_count_that_grows_is_never_rounded_to_less() -> None:
    for draw in range(7):
        shown = round_by_draws(np.arange(40), np.full(40, draw), base=7).values
        assert (np.diff(shown) >= 0).all()
        assert (np.abs(shown - np.arange(40)) < 7).all()


def test_draws_that_are_equally_likely_are_right_on_average() -> None:
    shown = np.array([round_by_draws(np.arange(40), np.full(40, draw), base=5).values for draw in range(5)])
    assert (shown.mean(axis=0) == np.arange(40)).all()


def test_draws_are_one_for_each_cell() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="one for each cell"):
        round_by_draws(np.arange(3), np.arange(2), base=5)


def test_nearest_rounding_needs_no_draws() -> None:
    rules = resolve(ConventionalRounding(policy="vn_proposed", method="conventional_rounding", base=10, reason=REASON))
    found = perturb_tables(cube(counts(4, 4, 4, most=90)), rules, NearestRounding(10))
    assert (found.table("cases").values["n_all"] % 10 == 0).all()


def test_small_counts_alone_are_rounded_and_all_adds_up() -> None:
    rules = resolve(SmallCountRounding(policy="vn_proposed", method="small_count_rounding", base=5, reason=REASON))
    inner = counts(5, 4, 4, most=12)
    shown = perturb_tables(cube(inner), rules, SmallRounding(5)).table("cases").values["n_all"].reshape(5, 5)
    assert (shown[1:, 1:].sum(axis=0) == shown[0, 1:]).all()
    assert (shown[1:].sum(axis=0) == shown[0]).all()
    large = inner >= 5
    assert (shown[1:, 1:][large] == inner[large]).all()
    assert not ((shown > 0) & (shown < 5)).any()


def persons() -> TableSet:
    """Three persons, one of whom is in both cells, and their five visits."""
    side = flat("a", 2)
    one = Table(
        "t",
        ("a",),
        {"a": np.array([0, 1, 2], dtype=np.int32)},
        {"all": np.array([30, 20, 15])},
        {"people": np.array([30, 20, 15]), "visits": np.array([50, 25, 25])},
    )
    measures = (Measure("people", "all", additive=False), Measure("visits", "all"))
    return TableSet((side,), (Population("all"),), measures, (one,))


def test_persons_do_not_add_up_so_that_only_small_count_rounding_refuses_them() -> None:
    tables = persons()
    assert perturb_tables(tables, ROUNDED, at_random(tables)).averaging["people"].cells == 0
    rules = resolve(SmallCountRounding(policy="vn_proposed", method="small_count_rounding", base=5, reason=REASON))
    with pytest.raises(DisclosureRuleInvalid, match=r"measures\.people: counts persons"):
        perturb_tables(tables, rules, SmallRounding(5))


def test_cell_keys_give_a_cell_its_noise_wherever_it_stands() -> None:
    sides = [flat("a", 3), flat("b", 4)]
    inner = counts(6, 3, 4)
    tables = release(sides, [table("ab", sides, {"all": inner}), table("a", sides[:1], {"all": inner.sum(axis=1)})])
    noise = entropy_noise(2.0, 5, modulus=256)
    own = np.arange(20) * 11 % 256
    keys = {"n_all": {"ab": own, "a": own.reshape(4, 5)[:, 0]}}
    found = perturb_tables(tables, cell_key_rules(), KeyNoise(noise, keys))
    expected = perturb(tables.tables[0].values["n_all"].astype(np.int64), own, noise).values
    assert found.table("ab").values["n_all"].tolist() == expected.tolist()
    assert found.table("a").values["n_all"].tolist() == expected.reshape(4, 5)[:, 0].tolist()


def cell_key_rules() -> DisclosureRules:
    choice = CellKey(
        policy="vn_proposed", method="cell_key", record_key="visit", variance=2.0, largest=5, reason=REASON
    )
    return resolve(choice)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({}, "has no cell keys"),
        ({"n_all": {"ab": np.zeros(12, np.int64), "a": np.ones(4, np.int64)}}, "has a cell with two keys"),
    ],
    ids=["none", "two"],
)
def test_keys_that_are_missing_or_contradict_themselves_are_refused(keys: Any, says: str) -> None:
    sides = [flat("a", 3), flat("b", 2)]
    tables = release(sides, [table("ab", sides, {"all": np.ones((3, 2))}), table("a", sides[:1], {"all": [2, 2, 2]})])
    with pytest.raises(DisclosureRuleInvalid, match=says):
        perturb_tables(tables, cell_key_rules(), KeyNoise(rounding_noise(2, modulus=2), keys))


def test_what_ranges_give_away_is_refused() -> None:
    # 5 and 6 stand for 4 to 7: two parts of 1 that are shown as 0 can only be 1 where their sum is shown as 3.
    tables = cube([[1], [1]])
    rules = resolve(ConventionalRounding(policy="vn_proposed", method="conventional_rounding", base=3, reason=REASON))
    with pytest.raises(DisclosureRisk) as caught:
        perturb_tables(tables, rules, NearestRounding(3))
    (problem,) = caught.value.problems
    assert problem.place == "measures.n_all"
    assert problem.rule == "leaves 6 of 6 small counts one value that they can have"
    assert "larger base" in problem.remedy


def test_what_is_no_count_is_refused() -> None:
    one = listed("t", {"a": [0, 1, 2]}, {"all": [5, 2, 3]}, {"m": [5.5, 2.5, 3.0]})
    tables = TableSet((flat("a", 2),), (Population("all"),), (Measure("m", "all", integer=False),), (one,))
    with pytest.raises(DisclosureRuleInvalid, match=r"measures\.m: has values that are no counts"):
        perturb_tables(tables, ROUNDED, at_random(tables))


def test_each_way_to_a_release_refuses_the_rules_of_the_other() -> None:
    tables = cube(counts(7, 3, 3))
    with pytest.raises(DisclosureRuleInvalid, match="changes no counts"):
        perturb_tables(tables, resolve(DisclosureChoice(policy="vn_proposed")), at_random(tables))
    with pytest.raises(DisclosureRuleInvalid, match="perturb_tables"):
        protect(tables, ROUNDED)
    before = EarlierRelease("before", (), (), "publish")
    earlier = TableSet(tables.dimensions, tables.populations, tables.measures, tables.tables, earlier=(before,))
    with pytest.raises(DisclosureRuleInvalid, match="earlier releases are not reckoned with"):
        perturb_tables(earlier, ROUNDED, at_random(tables))


def test_nobody_else_makes_one() -> None:
    tables = cube(counts(8, 3, 3))
    found = perturb_tables(tables, ROUNDED, at_random(tables))
    with pytest.raises(TypeError, match="by perturb_tables alone"):
        PerturbedTables(found.tables, found.rules, found.averaging, found.statement, {}, seal=None)
    with pytest.raises(TypeError, match="by perturb_tables alone"):
        PerturbedTables(found.tables, found.rules, found.averaging, found.statement, {}, seal=publish)


# What is told ---------------------------------------------------------------------------------------------------------


def methods() -> list[tuple[DisclosureRules, Method, str]]:
    tables = cube(counts(9, 6, 5, most=12))
    random = ROUNDED, at_random(tables), "a count that has not changed"
    nearest = (
        resolve(ConventionalRounding(policy="vn_proposed", method="conventional_rounding", base=10, reason=REASON)),
        NearestRounding(10),
        "a count that has not changed",
    )
    small = (
        resolve(SmallCountRounding(policy="vn_proposed", method="small_count_rounding", base=5, reason=REASON)),
        SmallRounding(5),
        "not published a second time",
    )
    keys = {"n_all": {"cases": np.arange(42) % 256}}
    return [random, nearest, small, (cell_key_rules(), KeyNoise(entropy_noise(2.0, 5), keys), "the same records")]


@pytest.mark.parametrize("number", range(4))
def test_a_report_says_what_was_done_promised_measured_and_not_promised(number: int) -> None:
    rules, method, later = methods()[number]
    found = perturb_tables(cube(counts(9, 6, 5, most=12)), rules, method)
    report = describe_perturbed(found)
    assert report.method == rules.method
    assert report.threshold == 5
    assert report.deviation is not None
    assert report.reason is not None
    assert (report.reason.vi, report.reason.en) == ("một phép thử", "a test")
    assert later in report.promised.en
    assert report.not_promised is NOT_PROMISED
    assert found.statement in report.text
    assert found.averaging["n_all"].cells < 100
    assert report.averaging == {"n_all": None}
    assert any("n_all: there are few small counts or none" in text.en for text in report.text)
    assert all(text.vi and text.en and text.vi != text.en for text in report.text)
    made = rules.perturbation
    assert made is not None
    assert (report.base, report.largest) == (made.base, 5 if rules.method == "cell_key" else None)


def test_of_few_small_counts_nothing_is_told_not_even_that_there_are_none() -> None:
    tables = [cube([[50, 60], [70, 80]]), cube([[50, 1], [70, 80]]), cube(counts(9, 6, 5, most=12))]
    said = {describe_perturbed(perturb_tables(one, ROUNDED, at_random(one))).text[-1] for one in tables}
    assert len(said) == 1


def test_of_many_small_counts_rounded_figures_are_told_in_both_languages() -> None:
    tables = cube(counts(10, 12, 10, 4, most=9))
    found = perturb_tables(tables, ROUNDED, at_random(tables))
    exact, told = found.averaging["n_all"], describe_perturbed(found).averaging["n_all"]
    assert told is not None
    assert exact.cells > 150
    assert (told.cells % 10, abs(told.cells - exact.cells) <= 5) == (0, True)
    assert told.error_before == pytest.approx(exact.error_before, abs=0.05)
    assert told.error_after == pytest.approx(exact.error_after, abs=0.05)
    assert (told.guessed_before, told.guessed_after) == (round(100 * exact.hits_before), round(100 * exact.hits_after))
    text = describe_perturbed(found).text[-1]
    for number in (f"{told.cells} ", f"{told.error_after}", f"{told.guessed_after} %"):
        assert number in text.en
        assert number in text.vi
    assert "All sums were taken together" in text.en
    assert "Mọi tổng đều được xét cùng lúc" in text.vi


def test_the_report_says_where_sums_were_taken_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anonymization.perturbation.averaging.MOST_CELLS", 10)
    tables = cube(counts(10, 12, 10, 4, most=9))
    text = describe_perturbed(perturb_tables(tables, ROUNDED, at_random(tables))).text[-1]
    assert "sum by sum" in text.en
    assert "từng tổng một" in text.vi


def test_people_and_a_part_of_them_have_their_own_keys() -> None:
    tables = cube([[50, 60], [70, 80]], [[20, 30], [40, 50]])
    keys = {"n_all": {"cases": np.zeros(9, np.int64)}, "n_died": {"cases": np.ones(9, np.int64)}}
    noise = entropy_noise(2.0, 5)
    shown = perturb_tables(tables, cell_key_rules(), KeyNoise(noise, keys)).table("cases").values
    moved = {name: set((own - tables.tables[0].values[name]).tolist()) for name, own in shown.items()}
    assert moved == {"n_all": {int(noise.noise[-1, 0])}, "n_died": {int(noise.noise[-1, 1])}}


# Controlled rounding --------------------------------------------------------------------------------------------------

CONTROLLED = resolve(ControlledRounding(policy="vn_proposed", method="controlled_rounding", base=5, reason=REASON))


def test_controlled_multiples_add_up_in_all_tables() -> None:
    sides = [flat("a", 3), flat("b", 4), flat("c", 2)]
    inner = counts(2, 3, 4, 2)
    shared = [table("ab", sides[:2], {"all": inner.sum(axis=2)}), table("bc", sides[1:], {"all": inner.sum(axis=0)})]
    tables = release(sides, shared)
    found = perturb_tables(tables, CONTROLLED, ControlledMultiples(5))
    for name, shape in (("ab", (4, 5)), ("bc", (5, 3))):
        cube = found.table(name).values["n_all"].reshape(shape)
        assert (cube % 5 == 0).all()
        assert np.array_equal(cube[0], cube[1:].sum(axis=0))
        assert np.array_equal(cube[:, 0], cube[:, 1:].sum(axis=1))
    assert found.averaging["n_all"].cells >= 0
    report = describe_perturbed(found)
    assert "not published a second time" in report.promised.en
    assert report.privacy is None


def test_large_tables_are_rounded_from_the_country_down_and_too_large_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sides = [flat("a", 12), flat("b", 11)]
    tables = release(sides, [table("ab", sides, {"all": counts(3, 12, 11)})])
    seen: list[Any] = []
    original = round_controlled

    def watched(*given: Any, stages: Any, **options: Any) -> Any:
        seen.append(stages)
        return original(*given, stages=stages, **options)

    monkeypatch.setattr(release_module, "round_controlled", watched)
    first = perturb_tables(tables, CONTROLLED, ControlledMultiples(5))
    assert seen == [None]
    monkeypatch.setattr(release_module, "LARGE", 100)
    second = perturb_tables(tables, CONTROLLED, ControlledMultiples(5))
    stages = seen[1].reshape(13, 12)
    assert stages[0, 0] == 0
    assert (stages[0, 1:] == 1).all()
    assert (stages[1:, 0] == 1).all()
    assert (stages[1:, 1:] == 2).all()
    for found in (first, second):
        cube = found.table("ab").values["n_all"].reshape(13, 12)
        assert np.array_equal(cube[:, 0], cube[:, 1:].sum(axis=1))
    monkeypatch.setattr(release_module, "MOST_ROUNDED", 100)
    with pytest.raises(DisclosureRuleInvalid, match=r"has 1\d\d counts to be rounded together, more than the 100"):
        perturb_tables(tables, CONTROLLED, ControlledMultiples(5))


def test_what_cannot_be_rounded_so_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = [flat("a", 2), flat("b", 2)]
    tables = release(sides, [table("ab", sides, {"all": counts(4, 2, 2)})])
    persons = replace(tables, measures=(Measure("n_all", "all", additive=False),))
    with pytest.raises(DisclosureRuleInvalid, match="their multiples cannot be made to add up") as caught:
        perturb_tables(persons, CONTROLLED, ControlledMultiples(5))
    assert caught.value.problems[0].place == "measures.n_all"

    def nothing(*_: Any, **__: Any) -> Any:
        raise DisclosureRuleInvalid("nothing adds up", problems=[])

    monkeypatch.setattr(release_module, "round_controlled", nothing)
    with pytest.raises(DisclosureRuleInvalid, match="could not be rounded to neighbouring multiples of 5") as caught:
        perturb_tables(tables, CONTROLLED, ControlledMultiples(5))
    assert "random_rounding or cell_key" in caught.value.problems[0].remedy
