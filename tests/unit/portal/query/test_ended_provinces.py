"""Late records of a province that had ended before the merger count where its people do, and spoil nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.codelist import Codelist, Member
from datasets.errors import QueryInvalid
from datasets.geography import Crosswalk
from datasets.names import TOTAL
from portal.query.cell_reader import can_read
from portal.query.parameters import read_query
from portal.query.plan import Plan
from portal.query.planning import plan_data
from portal.query.ranks import WEAKEST_FIRST
from portal.query.run import Engine
from portal.query.schema import Areas, Cube
from tests.support.cubes import Cells, ask, axis, both, by_arithmetic, cube, measure, write_cells

SEXES = (TOTAL, "M", "F", "X")
MERGED, ENDED = "2025-06-30", "2008-07-31"
LAST_DAYS = {
    "a": ("N", MERGED),
    "b": ("N", MERGED),
    "past": ("M", ENDED),
    "c": ("M", MERGED),
    "gone": ("N", ENDED),
    "d": ("P", MERGED),
}
"""What each lies in now, and its last day: N is a and b, M is c, P is d; past and gone had been joined to them."""
PARTS = {"N": ("a", "b", "gone"), "M": ("past", "c"), "P": ("d",)}
OVER = frozenset({"past", "gone"})
LEGACY = Codelist(
    "legacy",
    both("63"),
    tuple(
        Member(code, both(code), "province", successor=new, valid_to=last) for code, (new, last) in LAST_DAYS.items()
    ),
)
NEW = Codelist("provinces", both("34"), tuple(Member(code, both(code), "province") for code in "NMP"))
MEASURES = [
    measure("cases"),
    measure("living", "population", dimensions=("province",)),
    measure("rate", "rate", number=True, decimals=1, numerator="cases", denominator="living", per=1_000),
    measure("persons", "persons"),
    measure("alike", "population", dimensions=("sex",)),
]
OBSERVED, ZERO, WITHHELD, MISSING, NOTHING = (
    CellStatus.OBSERVED,
    CellStatus.ZERO,
    CellStatus.SUPPRESSED,
    CellStatus.MISSING,
    CellStatus.NOT_APPLICABLE,
)
Cell = tuple[int | float | None, CellStatus]


def schema(codes: Sequence[str] = tuple(LAST_DAYS), measures: Any = MEASURES) -> Cube:
    """A table by the old provinces ``codes`` and sex, of a time after some had ended."""
    total = Member(TOTAL, both("all"))
    listed = replace(LEGACY, members=(total, *(LEGACY.by_code[code] for code in codes)))
    province = replace(axis("province", codes, role="geography"), codelist=listed)
    found = cube([province, axis("sex", ["M", "F", "X"])], measures)
    return replace(found, areas=Areas(Crosswalk(LEGACY), NEW), period_start="2009-01-01")


def plan(url: str, table: Cube) -> Plan:
    parameters = [
        (name, value) for name, _, value in (each.partition("=") for each in f"{url}&geography=2025".split("&"))
    ]
    return plan_data(read_query(table.name, parameters, answer_format="json"), table)


def asked(engine: Engine, folder: Path, url: str, cells: Cells, table: Cube) -> list[dict[str, Any]]:
    planned = plan(url, table)
    path = write_cells(folder / "cells.parquet", table, cells)
    rows = ask(engine, planned, path)[1]
    if can_read(planned):
        assert ask(engine, planned, by_arithmetic(path, table))[1] == rows
    return rows


def published(of: Mapping[str, Mapping[str, Cell]]) -> Cells:
    """Cells of every sex, of each province as it is said, otherwise five cases among a thousand people."""
    usual: dict[str, Cell] = {"cases": (5, OBSERVED), "living": (1_000, OBSERVED), "rate": (5.0, OBSERVED)}
    usual |= {"persons": (4, OBSERVED), "alike": (700, OBSERVED)}
    return {(code, sex): {**usual, **of.get(code, {})} for code in (TOTAL, *LAST_DAYS) for sex in SEXES}


EMPTY: Mapping[str, Cell] = dict.fromkeys(("cases", "rate", "persons"), (None, NOTHING))
NOBODY: Mapping[str, Cell] = {**EMPTY, "living": (None, MISSING)}


@pytest.mark.parametrize(
    ("past", "found"),
    [
        (NOBODY, {"cases": 5, "living": 1_000, "rate": 5.0, "persons": 4}),
        ({**EMPTY, "living": (0, ZERO)}, {"cases": 5, "living": 1_000, "rate": 5.0, "persons": 4}),
        (
            {"cases": (2, OBSERVED), "persons": (2, OBSERVED), "living": (None, MISSING)},
            {"cases": 7, "living": 1_000, "rate": 7.0, "persons": "missing"},
        ),
        ({**NOBODY, "cases": (0, ZERO), "persons": (0, ZERO)}, {"cases": 5, "rate": 5.0, "persons": 4}),
        ({"cases": (2, OBSERVED), "living": (400, OBSERVED)}, {"cases": 7, "living": 1_400, "rate": 5.0}),
        ({**EMPTY, "living": (400, OBSERVED)}, {"cases": 5, "living": 1_400, "rate": "missing"}),
        (
            {"cases": (None, WITHHELD), "persons": (None, WITHHELD), "living": (None, MISSING)},
            {"cases": "suppressed", "living": 1_000, "rate": "suppressed", "persons": "suppressed"},
        ),
        ({**NOBODY, "cases": (None, MISSING)}, {"cases": "missing", "living": 1_000, "rate": "missing"}),
    ],
)
def test_what_a_province_has_that_had_ended(
    engine: Engine, folder: Path, past: Mapping[str, Cell], found: Mapping[str, object]
) -> None:
    (row,) = asked(engine, folder, "province=M&sex=F", published({"past": past}), schema())
    told = {name: row[f"{name}_status"] if row[name] is None else row[name] for name in found}
    assert told == dict(found)
    assert row["alike"] == 700, "the same people, wherever they live"


@pytest.mark.parametrize(
    "url", ["province=M", "group=province&select=cases,living,rate", "province__in=N,M&select=rate"]
)
def test_a_province_that_had_ended_and_has_nothing_left_leaves_everything_as_it_was(
    engine: Engine, folder: Path, url: str
) -> None:
    cells = published({"past": NOBODY, "gone": NOBODY, "b": {"cases": (3, CellStatus.PROVISIONAL)}})
    lasting = tuple(code for code in LAST_DAYS if code not in OVER)
    without = {key: cell for key, cell in cells.items() if key[0] not in OVER}
    before = asked(engine, folder, url, without, schema(lasting))
    assert asked(engine, folder, url, cells, schema()) == before


@pytest.mark.parametrize(
    ("past", "found"),
    [
        ({"rate": (None, MISSING), "stay": (None, MISSING)}, (5.0, None)),
        ({"rate": (None, NOTHING), "stay": (None, NOTHING)}, (5.0, 2.5)),
        ({"rate": (None, WITHHELD), "stay": (None, WITHHELD)}, (None, None)),
        ({"rate": (0.0, ZERO), "stay": (0.0, OBSERVED)}, (None, None)),
        ({"rate": (None, MISSING), "stay": (None, NOTHING), "cases": (0, ZERO)}, (5.0, 2.5)),
        ({"rate": (None, MISSING), "stay": (3.0, OBSERVED), "cases": (2, OBSERVED)}, (None, None)),
    ],
)
def test_what_cannot_be_divided_is_that_of_the_province_that_is_left(
    engine: Engine, folder: Path, past: Mapping[str, Cell], found: tuple[float | None, float | None]
) -> None:
    """People are not told in this table, and cases only where something is said of them."""
    rate = measure("rate", "rate", number=True, decimals=1, numerator="cases", denominator="living", per=1_000)
    counted = [measure("cases")] * ("cases" in past)
    table = schema(measures=[*counted, rate, measure("stay", "mean", number=True, decimals=1)])
    usual: Mapping[str, Cell] = {"stay": (2.5, OBSERVED), "rate": (5.0, OBSERVED), "cases": (5, OBSERVED)}
    cells: Cells = {key: past if key[0] == "past" else usual for key in published({})}
    (row,) = asked(engine, folder, "province=M&select=rate,stay", cells, table)
    assert (row["rate"], row["stay"]) == found
    with pytest.raises(QueryInvalid):
        plan("province=N", table)


# Against a brute force ------------------------------------------------------------------------------------------------

STATUSES = [ZERO, WITHHELD, MISSING, NOTHING]


@st.composite
def some_cells(draw: st.DrawFn) -> Cells:
    statuses = draw(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=3))
    seed = draw(st.randoms(use_true_random=False))

    def cell() -> Cell:
        status = seed.choice([OBSERVED, *statuses])
        return (seed.randint(1, 9) if status is OBSERVED else 0 if status is ZERO else None), status

    people = {code: cell() for code in LAST_DAYS}
    other: dict[str, Cell] = {"rate": (99.0, OBSERVED), "persons": (1, OBSERVED), "alike": (700, OBSERVED)}
    return {key: {"cases": cell(), "living": people[key[0]], **other} for key in product(LAST_DAYS, SEXES)}


def summed(cells: Sequence[Cell]) -> Cell:
    status = min((status for _, status in cells), key=WEAKEST_FIRST.index)
    return (sum(value or 0 for value, _ in cells) if STATUS_MEANINGS[status].has_value else None), status


def people_of(below: Mapping[tuple[str, ...], Cell]) -> list[Cell]:
    """Those of each province are the same of either sex."""
    return [cell for (_, sex), cell in below.items() if sex == "M"]


def divided(above: Mapping[tuple[str, ...], Cell], below: Mapping[tuple[str, ...], Cell]) -> Cell:
    events, people = summed(list(above.values())), summed(people_of(below))
    if WITHHELD in {events[1], people[1]}:
        return None, WITHHELD
    if people[0] is None or not people[0]:
        return None, people[1] if people[0] is None else NOTHING
    if events[0] is None:
        return None, events[1]
    for code in {code for code, _ in above}:
        cases, living = [above[key] for key in above if key[0] == code], below[code, "M"]
        if living[0] and all(status is NOTHING for _, status in cases):
            return None, MISSING
        if living[1] is NOTHING and code not in OVER and any(value for value, _ in cases):
            return None, MISSING
    return float(round(Fraction(int(events[0]), int(people[0])) * 1_000, 1)), events[1]


@settings(max_examples=25, deadline=None)
@given(
    cells=some_cells(), people=st.booleans(), url=st.sampled_from(["group=province", "province__in=N,M", "province=M"])
)
def test_every_part_counts_once(engine: Engine, folder: Path, cells: Cells, people: bool, url: str) -> None:
    wanted = "cases,living,rate,alike" if people else "cases"
    rows = asked(engine, folder, f"{url}&sex__in=M,F&select={wanted}", cells, schema())
    for row in rows:
        codes = PARTS[row["province"]] if "province" in row else (*PARTS["N"], *PARTS["M"])
        above: dict[tuple[str, ...], Cell] = {}
        below: dict[tuple[str, ...], Cell] = {}
        for key in product(codes, "MF"):
            unknown = key[0] in OVER and cells[key]["living"][1] is MISSING
            above[key], below[key] = cells[key]["cases"], (None, NOTHING) if unknown else cells[key]["living"]
        assert (row["cases"], row["cases_status"]) == summed(list(above.values()))
        if people:
            assert (row["living"], row["living_status"]) == summed(people_of(below))
            assert (row["rate"], row["rate_status"]) == divided(above, below)
            assert row["alike"] == 1_400
