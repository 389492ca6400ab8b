"""Rates and means of several members: divided anew from what is published, in whole numbers, or refused with reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from datasets.cell_rules import Denominators
from datasets.cell_status import CellStatus
from datasets.errors import QueryInvalid
from datasets.names import TOTAL
from datasets.release import MeasureDescription
from portal.query.model import Filter, Query
from portal.query.planning import plan_data
from portal.query.run import Engine, EngineLimits
from portal.query.schema import Cube
from tests.support.cubes import Cells, ask, axis, by_arithmetic, cube, measure, write_cells

OBSERVED, ZERO, WITHHELD, MISSING, PROVISIONAL, NOTHING = (
    CellStatus.OBSERVED,
    CellStatus.ZERO,
    CellStatus.SUPPRESSED,
    CellStatus.MISSING,
    CellStatus.PROVISIONAL,
    CellStatus.NOT_APPLICABLE,
)
AREA = axis("area", ["a", "b", "c", "unknown"], role="geography")
CAUSE = axis("cause", ["I", "II", "III"])
MONTH = axis("month", ["2024-01", "2024-02", "2024-03"], role="time")
PEOPLE = measure("people", "population", dimensions=("area",))


def rate(**keys: Any) -> MeasureDescription:
    told = {"numerator": "cases", "denominator": "people", "per": 1_000} | keys
    return measure("rate", "rate", number=True, decimals=2, **told)


STAY = measure("stay", "mean", number=True, decimals=1, numerator="days", denominator="cases")
TABLE = cube([AREA, CAUSE], [measure("cases"), measure("days", "sum"), PEOPLE, rate(), STAY])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    engine = Engine(folder, EngineLimits(threads=1, memory_mb=256, seconds=30))
    yield engine
    engine.close()


def cells(cases: Mapping[tuple[str, str], Any], people: Mapping[str, Any]) -> Cells:
    """Cells of ``TABLE``: whatever is not named is one case among 1,000 people, five days each."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for area in AREA.positions:
        for cause in CAUSE.positions:
            given = cases.get((area, cause), (1, OBSERVED))
            found[area, cause] = {
                "cases": given,
                "days": (None if given[0] is None else given[0] * 5, given[1]),
                "people": people.get(area, (1_000, OBSERVED)),
                # Rates of single cells are wrong on purpose: none of them may be seen in that of several.
                "rate": (99.0, OBSERVED),
                "stay": (99.0, OBSERVED),
            }
    return found


def answered(
    engine: Engine, folder: Path, table: Cells, question: Query, *, schema: Cube = TABLE
) -> list[dict[str, Any]]:
    """Ask both readers, which must agree."""
    path = write_cells(folder / "cells.parquet", schema, table)
    planned = plan_data(question, schema)
    _, rows = ask(engine, planned, path)
    assert ask(engine, planned, by_arithmetic(path, schema))[1] == rows
    return rows


def asked(*select: str, **members: str) -> Query:
    filters = tuple(Filter(name, "in", tuple(codes.split(","))) for name, codes in members.items())
    return Query("cases-table", select, filters)


def test_people_are_counted_once_however_many_causes_they_may_die_of(engine: Engine, folder: Path) -> None:
    table = cells({("a", "I"): (3, OBSERVED), ("b", "II"): (4, OBSERVED)}, {"b": (2_000, OBSERVED)})
    question = asked("cases", "people", "rate", area="a,b", cause="I,II")
    assert answered(engine, folder, table, question) == [
        {
            "cases": 9,
            "cases_status": "observed",
            "people": 3_000,
            "people_status": "observed",
            "rate": 3.0,
            "rate_status": "observed",
        }
    ]


@pytest.mark.parametrize(
    ("cases", "people", "found"),
    [
        ((None, WITHHELD), (1_000, OBSERVED), (None, "suppressed")),
        ((None, WITHHELD), (None, MISSING), (None, "suppressed")),
        ((None, MISSING), (1_000, OBSERVED), (None, "missing")),
        ((2, OBSERVED), (None, MISSING), (None, "missing")),
        ((2, PROVISIONAL), (1_000, OBSERVED), (1.5, "provisional")),
        ((2, OBSERVED), (1_000, PROVISIONAL), (1.5, "provisional")),
        ((2, CellStatus.ESTIMATED), (1_000, PROVISIONAL), (1.5, "estimated")),
        ((2, PROVISIONAL), (1_000, CellStatus.ESTIMATED), (1.5, "estimated")),
        ((2, OBSERVED), (0, ZERO), (3.0, "observed")),
        ((None, NOTHING), (None, NOTHING), (1.0, "observed")),
        ((None, NOTHING), (0, ZERO), (1.0, "observed")),
        ((0, ZERO), (None, NOTHING), (1.0, "observed")),
        ((2, OBSERVED), (None, NOTHING), (None, "missing")),
        ((None, NOTHING), (1_000, OBSERVED), (None, "missing")),
        ((None, WITHHELD), (None, NOTHING), (None, "suppressed")),
    ],
)
def test_a_rate_is_as_good_as_the_weaker_of_its_parts(
    engine: Engine, folder: Path, cases: Any, people: Any, found: tuple[float | None, str]
) -> None:
    table = cells({("a", TOTAL): cases}, {"a": people})
    (row,) = answered(engine, folder, table, asked("rate", area="a,b"))
    assert (row["rate"], row["rate_status"]) == found


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ((5, OBSERVED), (None, NOTHING), (5, "observed")),
        ((0, ZERO), (None, NOTHING), (0, "zero")),
        ((None, NOTHING), (None, NOTHING), (None, "not_applicable")),
        ((None, WITHHELD), (None, NOTHING), (None, "suppressed")),
        ((None, MISSING), (None, NOTHING), (None, "missing")),
    ],
)
def test_what_is_not_applicable_adds_nothing_and_spoils_nothing(
    engine: Engine, folder: Path, one: Any, other: Any, found: tuple[int | None, str]
) -> None:
    table = cells({("a", TOTAL): one, ("b", TOTAL): other}, {})
    (row,) = answered(engine, folder, table, asked("cases", area="a,b"))
    assert (row["cases"], row["cases_status"]) == found


def test_people_stay_below_the_line_as_long_as_one_cause_can_have_cases(engine: Engine, folder: Path) -> None:
    table = cells({("a", "II"): (None, NOTHING)}, {})
    (row,) = answered(engine, folder, table, asked("people", "rate", area="a,b", cause="I,II"))
    assert (row["people"], row["rate"]) == (2_000, 1.5)


def test_nobody_among_many_is_a_rate_of_zero_and_nobody_among_nobody_is_none(engine: Engine, folder: Path) -> None:
    none = {("a", TOTAL): (0, ZERO), ("b", TOTAL): (0, ZERO)}
    (row,) = answered(engine, folder, cells(none, {}), asked("rate", "stay", area="a,b"))
    assert (row["rate"], row["rate_status"]) == (0.0, "zero")
    assert (row["stay"], row["stay_status"]) == (None, "not_applicable")
    nobody = {"a": (0, ZERO), "b": (0, ZERO)}
    (row,) = answered(engine, folder, cells(none, nobody), asked("rate", area="a,b"))
    assert (row["rate"], row["rate_status"]) == (None, "not_applicable")


def test_cases_of_people_whom_nobody_has_counted_make_no_rate(engine: Engine, folder: Path) -> None:
    table = cells({}, {"unknown": (None, MISSING)})
    (row,) = answered(engine, folder, table, asked("cases", "rate", area="a,unknown"))
    assert (row["cases"], row["rate"], row["rate_status"]) == (2, None, "missing")


def test_a_mean_of_several_members_is_the_sum_of_its_values_over_their_number(engine: Engine, folder: Path) -> None:
    (row,) = answered(engine, folder, cells({("a", TOTAL): (7, OBSERVED)}, {}), asked("stay", area="a,b"))
    assert (row["stay"], row["stay_status"]) == (5.0, "observed")


@pytest.mark.parametrize(
    ("fewest", "rate_status", "stay_status"),
    [
        (Denominators(events=5, population=3_000), "observed", "unreliable"),
        (Denominators(events=6), "unreliable", "unreliable"),
        (Denominators(events=5), "observed", "observed"),
        (Denominators(population=3_001), "unreliable", "unreliable"),
        (Denominators(population=5), "observed", "observed"),
    ],
)
def test_a_rate_of_several_members_rests_on_as_much_as_the_release_asks(
    engine: Engine, folder: Path, fewest: Denominators, rate_status: str, stay_status: str
) -> None:
    table = cells({("a", TOTAL): (4, OBSERVED)}, {"a": (2_000, OBSERVED)})
    schema = replace(TABLE, fewest=fewest)
    (row,) = answered(engine, folder, table, asked("rate", "stay", area="a,b"), schema=schema)
    assert (row["rate_status"], row["stay_status"]) == (rate_status, stay_status)


def test_a_mean_rests_on_how_many_values_it_has_and_not_on_how_large_they_are(engine: Engine, folder: Path) -> None:
    table = cells({}, {})
    for area in ("a", "b"):
        table[area, TOTAL].update(cases=(10, OBSERVED), days=(0, ZERO))  # type: ignore[attr-defined]
    schema = replace(TABLE, fewest=Denominators(events=20))
    (row,) = answered(engine, folder, table, asked("stay", area="a,b"), schema=schema)
    assert (row["stay"], row["stay_status"]) == (0.0, "observed")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counts=st.tuples(*[st.integers(0, 2**53)] * 2, *[st.integers(1, 2**53)] * 2),
    per=st.sampled_from([1, 100, 1_000, 100_000, 1_000_000_000]),
    decimals=st.integers(0, 6),
)
@example(counts=(2**53, 2**53, 1, 1), per=1_000_000_000, decimals=6)
@example(counts=(2**53, 2**53, 1, 1), per=1, decimals=0)
def test_a_quotient_is_that_of_whole_numbers_half_to_even(
    engine: Engine, folder: Path, counts: tuple[int, int, int, int], per: int, decimals: int
) -> None:
    first, second, some, more = counts
    described = rate(per=per).model_copy(update={"decimals": decimals})
    schema = cube([AREA, CAUSE], [measure("cases"), PEOPLE, described])
    given_cases = {("a", TOTAL): (first, OBSERVED), ("b", TOTAL): (second, OBSERVED)}
    table = cells(given_cases, {"a": (some, OBSERVED), "b": (more, OBSERVED)})
    exact = round(Fraction(first + second, some + more) * per, decimals)
    if exact * 10**decimals >= 2**63:
        for read in (
            by_arithmetic(write_cells(folder / "cells.parquet", schema, table), schema),
            folder / "cells.parquet",
        ):
            with pytest.raises(QueryInvalid, match="too large"):
                ask(engine, plan_data(asked("rate", area="a,b"), schema), read)
        return
    (row,) = answered(engine, folder, table, asked("rate", area="a,b"), schema=schema)
    assert row["rate"] == pytest.approx(float(exact), rel=4e-16, abs=0)
    if exact * 10**decimals < 2**53:
        assert row["rate"] == float(exact)


@pytest.mark.parametrize(("above", "below", "expected"), [(1, 8, 0.12), (3, 8, 0.38), (-1, 8, -0.12), (-3, 8, -0.38)])
def test_a_half_goes_to_the_even_digit(engine: Engine, folder: Path, above: int, below: int, expected: float) -> None:
    table = cells({("a", TOTAL): (above, OBSERVED), ("b", TOTAL): (0, ZERO)}, {"a": (below, OBSERVED), "b": (0, ZERO)})
    schema = cube([AREA, CAUSE], [measure("cases"), PEOPLE, rate(per=1)])
    (row,) = answered(engine, folder, table, asked("rate", area="a,b"), schema=schema)
    assert row["rate"] == expected


@pytest.mark.parametrize(
    ("measures", "rule"),
    [
        ([rate(denominator=None)], "rate: of several members needs the population that it is divided by"),
        ([rate(), measure("cases")], "rate: of several members needs people, which is not in this table"),
        ([rate(), PEOPLE], "rate: of several members needs cases, which is not in this table"),
        (
            [rate(), PEOPLE, measure("cases", "sum", number=True)],
            "rate: of several members needs whole numbers, and cases has decimals",
        ),
        (
            [rate(), PEOPLE, measure("cases", "persons")],
            "rate: of several members needs cases: distinct persons cannot be added up over area",
        ),
        (
            [rate(), PEOPLE, measure("cases").model_copy(update={"additive": False})],
            "rate: of several members needs cases: changed counts cannot be added up over area",
        ),
        ([measure("rate", "mean", number=True)], "rate: of several members needs the sum of its values"),
        (
            [measure("rate", "mean", number=True, numerator="days"), measure("days", "sum")],
            "rate: of several members needs the number of its values",
        ),
    ],
)
def test_what_a_rate_lacks_is_named(measures: list[MeasureDescription], rule: str) -> None:
    with pytest.raises(QueryInvalid, match=rule) as caught:
        plan_data(asked("rate", area="a,b"), cube([AREA, CAUSE], measures))
    assert caught.value.problems[0].remedy == "group=area gives a row for each, area=… one of them."


@pytest.mark.parametrize(
    ("select", "rule"),
    [
        ("rate", "rate: would be a rate of a longer time over several members of month"),
        ("people", "people: is a number of people at one time, which does not add up over month"),
    ],
)
@pytest.mark.parametrize("dimensions", [("area",), ("area", "month")])
def test_time_is_never_added_up_under_a_rate(select: str, rule: str, dimensions: tuple[str, ...]) -> None:
    people = measure("people", "population", dimensions=dimensions)
    schema = cube([AREA, MONTH], [measure("cases"), people, rate()])
    with pytest.raises(QueryInvalid, match=rule) as caught:
        plan_data(asked(select, "cases", area="a,b", month="2024-01,2024-02"), schema)
    assert caught.value.problems[0].remedy == (
        "group=month gives a row for each, month=… one of them. select=cases asks for what can be added up."
    )
    assert not plan_data(asked(select, month="2024-01,2024-02,2024-03"), schema).sums, "the whole year is published"


def test_a_mean_of_several_months_is_a_mean(engine: Engine, folder: Path) -> None:
    schema = cube([AREA, MONTH], [measure("cases"), measure("days", "sum"), STAY])
    codes = [(area, month) for area in AREA.positions for month in MONTH.positions]
    table: Cells = {key: {"cases": (2, OBSERVED), "days": (9, OBSERVED), "stay": (99.0, OBSERVED)} for key in codes}
    (row,) = answered(engine, folder, table, asked("stay", month="2024-01,2024-03"), schema=schema)
    assert row["stay"] == 4.5
