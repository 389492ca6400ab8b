"""What a definition may change the counts of, by which secret, and that the same cell draws alike in every edition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets.errors import DefinitionInvalid, DisclosureRuleInvalid
from datasets.signing import Signer
from publishers.perturbed import Secret, cell_draws, change_counts, check_perturbable, finished_rules, told
from publishers.public_table import load_denominators, public_tables
from publishers.tabulate.plan import plan
from publishers.tabulate.tabulation import Tabulation, table_set
from tests.unit.publishers.tabulate.discharges import EDITION, loaded, measure, record, table, tabulate

REASON = {"vi": "một phép thử", "en": "a test"}
RANDOM = {"policy": "vn_proposed", "method": "random_rounding", "base": "5", "reason": REASON}
NEAREST = RANDOM | {"method": "conventional_rounding"}
SMALL = RANDOM | {"method": "small_count_rounding"}
CONTROLLED = RANDOM | {"method": "controlled_rounding"}
KEY = {"policy": "vn_proposed", "method": "cell_key", "variance": "2", "largest": "5", "reason": REASON}
SECRET = Secret(bytes(32), lasting=True)
PEOPLE = {"patients": measure("persons")}


def problems(disclosure: dict[str, Any], **changes: Any) -> list[str]:
    try:
        check_perturbable(loaded(disclosure=disclosure, **changes))
    except DisclosureRuleInvalid as error:
        return [f"{one.place}: {one.rule}. {one.remedy}" for one in error.problems]
    return []


# What can be changed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("disclosure", [RANDOM, NEAREST])
def test_counts_persons_and_people_already_counted_can_be_rounded(disclosure: dict[str, Any]) -> None:
    counted = measure("sum", column="days", contributors="value", absent="zero")
    assert problems(disclosure) == []
    assert problems(disclosure, person=None, measures={"cases": counted}) == []


@pytest.mark.parametrize(
    ("disclosure", "measures", "place", "says"),
    [
        (RANDOM, {"days": measure("mean", column="days")}, "measures.days.type", "is a mean"),
        (NEAREST, {"days": measure("sum", column="days")}, "measures.days.type", "adds up amounts"),
        (SMALL, PEOPLE, "measures.patients.type", "counts persons, who may be in several cells"),
        (CONTROLLED, PEOPLE, "measures.patients.type", "counts persons, who may be in several cells"),
        (
            CONTROLLED,
            {"stays": measure("count"), "died": measure("count", where={"outcome": ["died"]})},
            "measures.died.where",
            "counts a part of the others, which would be rounded apart",
        ),
        (RANDOM, {"stays": measure("count", absent="missing")}, "measures.stays.absent", "marks where records are"),
        (RANDOM, {"stays": measure("count", absent="partial")}, "measures.stays.absent", "marks where records are"),
        (KEY, {"stays": measure("count")}, "disclosure.record_key", "is missing, and stays count rows"),
        (
            KEY | {"record_key": "person"},
            {"stays": measure("count")},
            "disclosure.record_key",
            "does not tell records apart",
        ),
        (
            KEY | {"record_key": "facility", "ready_keys": "true"},
            {"stays": measure("count")},
            "disclosure.record_key",
            "does not tell records apart",
        ),
        (
            KEY | {"record_key": "days", "ready_keys": "true"},
            PEOPLE,
            "disclosure.ready_keys",
            "gives keys to records, and patients count persons",
        ),
        (
            KEY | {"record_key": "icd", "ready_keys": "true"},
            {"stays": measure("count")},
            "disclosure.record_key",
            "holds no whole numbers",
        ),
    ],
)
def test_what_cannot_be_changed_is_named_with_a_remedy(
    disclosure: dict[str, Any], measures: dict[str, Any], place: str, says: str
) -> None:
    found = problems(disclosure, measures=measures)
    assert found
    assert found[0].startswith(f"{place}: {says}")
    assert not found[0].endswith(". ")


def test_people_already_counted_have_no_records_with_keys() -> None:
    counted = measure("sum", column="days", contributors="value", absent="zero")
    (found,) = problems(KEY, person=None, measures={"cases": counted})
    assert found.startswith("measures.cases.contributors: is already counted")


def test_persons_alone_need_no_record_key_and_ready_keys_are_whole_numbers() -> None:
    assert problems(KEY, measures=PEOPLE) == []
    assert problems(KEY | {"record_key": "days", "ready_keys": "true"}, measures={"stays": measure("count")}) == []


# Secrets --------------------------------------------------------------------------------------------------------------


def test_the_secret_is_the_ministrys_and_known_to_nobody_else(tmp_path: Path) -> None:
    signers = [Signer.generate(tmp_path / f"{n}.pem", tmp_path / f"{n}.public.pem") for n in range(2)]
    one, other = (Secret.of(signer) for signer in signers)
    assert one == Secret.of(Signer.from_file(tmp_path / "0.pem"))
    assert one.key != other.key
    assert one.lasting
    assert len(one.key) == 32
    assert one.key.hex() not in repr(one)
    assert "key" not in repr(one)


def check_of(disclosure: dict[str, Any], secret: Secret = SECRET, folder: Path | None = None, **changes: Any) -> str:
    rules = finished_rules(loaded(folder, disclosure=disclosure, **changes), secret)
    assert rules.perturbation is not None
    return rules.perturbation.key_check


def test_a_check_tells_whether_two_releases_had_the_same_keys_and_noise() -> None:
    other = Secret(bytes([1] * 32), lasting=True)
    key = KEY | {"record_key": "icd"}
    checks = [
        check_of(RANDOM),
        check_of(RANDOM, other),
        check_of(KEY, measures=PEOPLE),
        check_of(KEY, other, measures=PEOPLE),
        check_of(key),
        check_of(KEY | {"variance": "1.5"}),
        check_of(KEY | {"keys": "512"}),
    ]
    assert len(set(checks)) == len(checks)
    assert all(len(one) == 16 for one in checks)
    assert check_of(RANDOM) == checks[0]
    assert [check_of(NEAREST), check_of(SMALL)] == ["", ""]


def test_rules_tell_what_the_noise_is() -> None:
    rules = finished_rules(loaded(disclosure=KEY), SECRET)
    assert rules.perturbation is not None
    made = rules.perturbation
    assert (made.base, made.largest, made.keys) == (None, 5, 256)
    assert made.variance == pytest.approx(2, abs=0.05)
    assert (rules.method, rules.threshold, rules.zeros) == ("cell_key", 5, "protect")


# Draws ----------------------------------------------------------------------------------------------------------------


def by_time(folder: Path, edition: str, **changes: Any) -> dict[frozenset[str], int]:
    """Return the draw of each cell of an edition, by its codes; a time stands for the months that it has."""
    folder.mkdir()
    given = loaded(**changes)
    planned = plan(given, edition)
    found = tabulate(folder, [record(sex=sex, day=date(2024, 2, 3)) for sex in ("male", "female", None)], **changes)
    tabulation = Tabulation(replace(found.plan, period=planned.period, edition=edition), found.tables, 1)
    tables = table_set(tabulation)
    draws = cell_draws(tables, tabulation.plan, SECRET).draw(tables)
    names = [one.members for one in tables.dimensions]
    places = [
        frozenset(own[at] if at < len(own) else "_T" for own, at in zip(names, place, strict=True))
        for place in tables.nodes.coordinates.tolist()
    ]
    return dict(zip(places, draws.tolist(), strict=True))


def test_an_edition_of_one_month_draws_like_that_month_of_a_longer_one(tmp_path: Path) -> None:
    long = by_time(tmp_path / "long", "2024-Q1", tables={"cube": table("sex", "month")})
    short = by_time(tmp_path / "short", "2024-02", tables={"cube": table("sex")})
    for sex in ("_T", "F", "M", "U"):
        assert short[frozenset({sex})] == long[frozenset({sex, "2024-02"})]
        assert short[frozenset({sex})] != long[frozenset({sex, "_T"})]


def test_editions_whose_names_are_no_periods_draw_each_for_themselves(tmp_path: Path) -> None:
    one = by_time(tmp_path / "one", "first", tables={"cube": table("sex")})
    other = by_time(tmp_path / "other", "second", tables={"cube": table("sex")})
    assert not set(one.values()) & set(other.values())


# The whole ------------------------------------------------------------------------------------------------------------


def no_keys(_: object) -> dict[str, dict[str, Any]]:
    raise AssertionError("only cell keys ask for them")


@pytest.mark.parametrize("disclosure", [RANDOM, NEAREST, CONTROLLED, SMALL], ids=lambda one: str(one["method"]))
def test_rounded_tables_are_multiples_or_at_least_not_small(tmp_path: Path, disclosure: dict[str, Any]) -> None:
    changes: dict[str, Any] = {"disclosure": disclosure, "measures": {"stays": measure("count")}}
    records = [record(place=place, sex=sex) for place in ("P1", "P2", "X") for sex in ("male", "female")] * 11
    tabulation, given = tabulate(tmp_path, records, **changes), loaded(**changes)
    found = change_counts(tabulation, given, finished_rules(given, SECRET), SECRET, keys=no_keys)
    values = found.table("cube").values["stays"]
    assert (np.abs(values - tabulation.table("cube").values["stays"]) < 5).all()
    assert (values % 5 == 0).all() or disclosure is SMALL
    summary, report = told(found, given.definition)
    assert not summary.audited
    assert summary.rules.method == report.method == disclosure["method"]
    assert "\n\n" in summary.summary.vi
    assert summary.citation is not None
    assert report.not_promised.en in summary.summary.en


def test_a_definition_that_withholds_is_not_of_this_kind() -> None:
    with pytest.raises(AssertionError):
        check_perturbable(loaded())


def test_a_noise_table_is_read_before_the_job_begins(tmp_path: Path) -> None:
    given = {key: value for key, value in KEY.items() if key not in ("variance", "largest")}
    with pytest.raises(DefinitionInvalid, match=r"noise\.csv"):
        check_perturbable(loaded(tmp_path, disclosure=given | {"noise_table": "noise.csv"}, measures=PEOPLE))


def test_a_rate_is_of_the_changed_count_and_bears_its_mark(tmp_path: Path) -> None:
    (tmp_path / "population.csv").write_text("sex,population\n_T,900\nF,500\nM,400\nU,0\n", encoding="utf-8")
    source = {"vi": "Thống kê", "en": "Statistics"}
    changes: dict[str, Any] = {
        "disclosure": RANDOM,
        "measures": {
            "stays": measure("count"),
            "people": measure("population", path="population.csv", dimensions=["sex"], source=source),
            "rate": measure("rate", numerator="stays", denominator="people", per="1000", decimals="2"),
        },
        "tables": {"cube": table("sex")},
    }
    records = [record(sex="male")] * 13 + [record(sex="female")] * 7
    tabulation, given = tabulate(tmp_path, records, **changes), loaded(tmp_path, **changes)
    changed = change_counts(tabulation, given, finished_rules(given, SECRET), SECRET, keys=no_keys)
    public = public_tables(changed, tabulation, given, load_denominators(given, tmp_path, EDITION))["cube"]
    assert public.additive == {"stays": False, "people": False, "rate": False}
    assert public.withheld == {"stays": 0, "people": 0, "rate": 0}
    for row in public.data.to_pylist():
        assert row["stays"] % 5 == 0
        assert row["stays_status"] == "perturbed"
        people = {"_T": 900, "F": 500, "M": 400, "U": 0}[row["sex"]]
        assert (row["people"], row["people_status"]) == (people, "observed" if people else "zero")
        expected = (
            (pytest.approx(1000 * row["stays"] / people, abs=0.006), "perturbed")
            if people
            else (None, "not_applicable")
        )
        assert (row["rate"], row["rate_status"]) == expected


# Links between counts -------------------------------------------------------------------------------------------------


def test_dimensions_that_tell_of_each_other_are_not_rounded_at_random(tmp_path: Path) -> None:
    given = loaded(disclosure=RANDOM)
    found = tabulate(tmp_path, [record(sex=sex) for sex in ("male", "female", None)], disclosure=RANDOM)
    told = replace(found, dependencies=replace(found.dependencies, nested=(("place", "sex"),)))
    with pytest.raises(DisclosureRuleInvalid, match="would be rounded at random twice"):
        change_counts(told, given, finished_rules(given, SECRET), SECRET, keys=lambda _: {})
    apart = replace(found, dependencies=replace(found.dependencies, nested=(("month", "sex"),)))
    assert change_counts(apart, given, finished_rules(given, SECRET), SECRET, keys=lambda _: {})


@pytest.mark.parametrize(
    ("measures", "rule"),
    [
        ({"women": measure("count", where={"sex": ["female"]})}, "which the dimension sex shows too"),
        (
            {
                "died": measure("count", where={"outcome": ["died"]}),
                "old": measure("count", where={"icd": ["A09"]}),
            },
            "count different parts of one whole",
        ),
    ],
)
def test_counts_that_tell_of_each_other_are_not_changed(measures: dict[str, Any], rule: str) -> None:
    found = problems(NEAREST, measures={"stays": measure("count"), **measures})
    assert any(rule in one for one in found)


def test_small_counts_are_not_rounded_beside_a_part_or_for_persons() -> None:
    found = problems(SMALL, measures={"stays": measure("count"), "died": measure("count", where={"outcome": ["died"]})})
    assert sum("the count of one person would be shown as it is" in one for one in found) == 2
    assert sum("what is left of them may be small" in one for one in found) == 1
