"""Provinces named by the other list: sums of old ones, refusals where there is no such figure, and a brute force."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.codelist import Codelist, Member
from datasets.errors import QueryInvalid
from datasets.geography import Crosswalk
from datasets.names import TOTAL
from portal.query.parameters import read_query
from portal.query.plan import Plan
from portal.query.planning import plan_data, plan_rows
from portal.query.provinces import JOINED
from portal.query.ranks import WEAKEST_FIRST
from portal.query.run import Engine
from portal.query.schema import Areas, Axis, Cube
from tests.support.cubes import Cells, ask, axis, both, by_arithmetic, cube, measure, register, write_cells

ENDED = "2025-06-30"
OLD = [
    ("a", "N", "2004-01-01", ENDED),
    ("b", "N", "", ENDED),
    ("c", "M", "", ENDED),
    ("d", "P", "", ENDED),
    ("e", "P", "", ENDED),
    ("gone", "N", "", "2008-07-31"),
]
"""Code, successor, first and last day: N is made of a and b, M of c alone, P of d and e."""
LEGACY = Codelist(
    "legacy",
    both("63"),
    tuple(
        Member(code, both(code), "province", successor=new, valid_from=first, valid_to=last)
        for code, new, first, last in OLD
    ),
)
NEW = Codelist("provinces", both("34"), tuple(Member(code, both(code), "province") for code in "NMPQ"))
AREAS = Areas(Crosswalk(LEGACY), NEW)
CODES = ("a", "b", "c", "d", "e")
PARTS = {"N": ("a", "b"), "M": ("c",), "P": ("d", "e")}
SEX = axis("sex", ["M", "F"])


def with_list(given: Axis, listed: Codelist) -> Axis:
    total = given.codelist.by_code[TOTAL]
    return replace(given, codelist=replace(listed, members=(total, *listed.members)))


PROVINCE = with_list(axis("province", CODES, role="geography"), replace(LEGACY, members=LEGACY.members[:5]))
NOW = with_list(axis("province", "NMP", role="geography"), replace(NEW, members=NEW.members[:3]))
YEAR = axis("year", ["2007", "2008", "2009", "2010"], role="time")
CASES = [measure("cases"), measure("people", "persons")]
SCHEMA = replace(cube([PROVINCE, SEX], CASES), period_start="2024-01-01", areas=AREAS)
NEWER = replace(cube([NOW, SEX], CASES), period_start="2026-01-01", areas=AREAS)


def plan(url: str, schema: Cube = SCHEMA) -> Plan:
    parameters = [(name, value) for name, _, value in (each.partition("=") for each in url.split("&"))]
    return plan_data(read_query(schema.name, parameters, answer_format="json"), schema)


def refusal(url: str, schema: Cube = SCHEMA) -> tuple[str, str]:
    with pytest.raises(QueryInvalid) as caught:
        plan(url, schema)
    (problem,) = caught.value.problems
    return problem.place, problem.rule


def test_a_new_province_stands_for_its_old_ones() -> None:
    (use, _) = plan("group=province&geography=2025&select=cases").uses
    assert (use.members, use.parts) == (("N", "M", "P"), (("a", "b"), ("c",), ("d", "e")))
    assert use.axis.description.title == JOINED
    (use, _) = plan("province__in=N,M&geography=2025&select=cases").uses
    assert (use.role, use.members) == ("summed", ("a", "b", "c"))
    (use, _) = plan("province=N&geography=2025&select=cases").uses
    assert (use.role, use.members, use.parts) == ("pinned", ("N",), (("a", "b"),))
    (use, _) = plan("geography=2025").uses
    assert (use.role, use.members) == ("total", (TOTAL,))


def test_what_is_asked_by_its_own_list_is_as_it_was() -> None:
    assert plan("province=a&geography=legacy").uses == plan("province=a").uses
    assert plan("province=N&geography=2025", NEWER).uses == plan("province=N", NEWER).uses


def test_distinct_persons_are_not_added_up_but_one_province_is_itself() -> None:
    assert refusal("province=N&geography=2025&select=people")[0] == "people"
    assert plan("province=M&geography=2025&select=people").uses[0].parts == (("c",),)


def test_a_new_province_of_which_a_part_is_not_published_is_not_known() -> None:
    some = replace(PROVINCE, codelist=replace(PROVINCE.codelist, members=PROVINCE.codelist.members[:5]))
    schema = replace(cube([some, SEX], CASES), period_start="2024-01-01", areas=AREAS)
    assert plan("group=province&geography=2025&select=cases", schema).uses[0].members == ("N", "M")
    assert refusal("province=P&geography=2025", schema) == ("province", "'P' is not known")
    assert refusal("province=Q&geography=2025") == ("province", "'Q' is not known")
    assert refusal("province=a&geography=2025") == ("province", "'a' is not known")


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ("year=2007", False),
        ("year=2008", False),
        ("year=2009", True),
        ("year__in=2009,2010", True),
        ("year__in=2008,2009", False),
        ("group=year", False),
        ("province__in=N,M", False),
    ],
)
def test_old_borders_are_refused(asked: str, holds: bool) -> None:
    schema = replace(cube([PROVINCE, YEAR], CASES), areas=AREAS, period_start="2024-01-01")
    asked = f"province=N&{asked}" if "province" not in asked else asked
    url = f"{asked}&geography=2025&select=cases"
    if holds:
        assert plan(url, schema).uses[0].parts == (("a", "b"),)
    else:
        assert refusal(url, schema) == ("geography", "the provinces had other borders before 2008-08-01")
    assert refusal("province=N&geography=2025", replace(SCHEMA, period_start=""))[0] == "geography"


def test_an_old_province_is_found_where_it_is_a_new_one() -> None:
    assert plan("province=c&geography=legacy", NEWER).uses[0].members == ("M",)
    assert plan("province__in=b,a&geography=legacy", NEWER).uses[0].members == ("N",)
    assert plan("province__in=a,b,c&group=province&geography=legacy", NEWER).uses[0].members == ("N", "M")


@pytest.mark.parametrize(
    ("asked", "place", "rule"),
    [
        ("province=a", "province", "'a' became a part of N (vi), which has one figure"),
        ("province__in=a,c", "province__in", "'a' became a part of N (vi), which has one figure"),
        ("province=N", "province", "'N' is not known"),
        ("province=gone", "province", "'gone' is not known"),
        ("province__ne=c", "province__ne", "old provinces are chosen by their codes only"),
        (
            "group=province",
            "geography",
            "a province that was merged has no figure of its own, so the 34 cannot be divided into the 63",
        ),
    ],
)
def test_no_old_province_is_taken_out_of_a_new_one(asked: str, place: str, rule: str) -> None:
    assert refusal(f"{asked}&geography=legacy", NEWER) == (place, rule)


def test_tables_without_provinces_say_so() -> None:
    rule = "is for tables of the 63 or the 34 provinces"
    assert refusal("geography=2025", cube([PROVINCE, SEX], CASES)) == ("geography", rule)
    assert refusal("geography=2025", replace(cube([SEX], CASES), areas=AREAS)) == ("geography", rule)
    query = read_query("register", [("geography", "2025")], answer_format="json")
    with pytest.raises(QueryInvalid, match=rule):
        plan_data(query, register({"licence": "string"}))
    with pytest.raises(QueryInvalid, match="rows are listed as they are"):
        plan_rows(query, SCHEMA)
    assert refusal("geography=1945")[0] == "geography"


# Against a brute force ------------------------------------------------------------------------------------------------

STATUSES = [CellStatus.OBSERVED, CellStatus.ZERO, CellStatus.SUPPRESSED, CellStatus.MISSING, CellStatus.ESTIMATED]
ONE = cube([PROVINCE, SEX], [measure("cases")])
KEYS = list(product((TOTAL, *CODES), (TOTAL, "M", "F")))


@st.composite
def some_cells(draw: st.DrawFn) -> Cells:
    cells: dict[tuple[str, ...], dict[str, tuple[int | float | None, CellStatus]]] = {}
    for key in draw(st.lists(st.sampled_from(KEYS), unique=True, min_size=10)):
        status = draw(st.sampled_from(STATUSES))
        value = draw(st.integers(1, 9)) if STATUS_MEANINGS[status].has_value else None
        cells[key] = {"cases": (0 if status is CellStatus.ZERO else value, status)}
    return cells


def added(cells: Cells, keys: list[tuple[str, str]]) -> tuple[int | float | None, str]:
    found = [cells[key]["cases"] if key in cells else (None, CellStatus.MISSING) for key in keys]
    status = min((each for _, each in found), key=WEAKEST_FIRST.index)
    values = [value for value, _ in found if value is not None]
    return (sum(values) if STATUS_MEANINGS[status].has_value else None), status.value


SHOWN: dict[str, list[tuple[str, ...]]] = {
    "group=province": [(TOTAL,)],
    "group=province&sex=F": [("F",)],
    "group=province,sex": [("M",), ("F",)],
    "group=province&sex__in=M,F": [(TOTAL,)],
}
"""What is asked, and which stored sexes each row of a province is made of: both together are their total."""


@pytest.mark.parametrize("differs", [("province",), ("sex",)])
@pytest.mark.parametrize("asked", ["group=province,sex", "group=province&sex=F"])
@settings(max_examples=25, deadline=None)
@given(numbers=st.lists(st.tuples(st.integers(0, 9_999), st.integers(1, 9_999)), min_size=5, max_size=5))
def test_a_new_province_has_the_rate_of_its_people(
    engine: Engine, folder: Path, differs: tuple[str, ...], asked: str, numbers: list[tuple[int, int]]
) -> None:
    """``M`` was not merged, so that its rate is the published one; people who do not differ are there once."""
    sides = [
        measure("cases"),
        measure("living", "population", dimensions=differs),
        measure("rate", "rate", number=True, decimals=1, numerator="cases", denominator="living", per=1_000),
    ]
    schema = replace(cube([PROVINCE, SEX], sides), areas=AREAS, period_start="2024-01-01")
    of = dict(zip(CODES, numbers, strict=True))
    cells: dict[tuple[str, ...], dict[str, tuple[int | float | None, CellStatus]]] = {}
    for code, sex in product(CODES, ("M", "F")):
        above, below = of[code][0], of[code if differs == ("province",) else "a"][1]
        status = CellStatus.OBSERVED if above else CellStatus.ZERO
        cells[code, sex] = {
            "cases": (above, status),
            "living": (below, CellStatus.OBSERVED),
            "rate": (float(round(Fraction(above, below) * 1_000, 1)), status),
        }
    planned = plan(f"{asked}&geography=2025", schema)
    _, rows = ask(engine, planned, write_cells(folder / "cells.parquet", schema, cells))
    assert len(rows) == len(PARTS) * (2 if asked.endswith(",sex") else 1)
    for row in rows:
        parts = PARTS[row["province"]]
        above = sum(of[part][0] for part in parts)
        below = sum(of[part][1] for part in parts) if differs == ("province",) else of["a"][1]
        assert (row["cases"], row["living"]) == (above, below)
        assert row["rate"] == float(round(Fraction(above, below) * 1_000, 1))
        if len(parts) == 1:
            assert (row["rate"], row["rate_status"]) == (cells[parts[0], "F"]["rate"][0], row["cases_status"])


def test_new_provinces_together_are_the_sum_of_their_parts_wherever_these_stand(engine: Engine, folder: Path) -> None:
    """Cao Bằng and Tuyên Quang together once held Bắc Kạn, which stands among their parts, instead of Hà Giang."""
    listed = [("a", "S"), ("b", "N"), ("c", "P"), ("d", "S")]
    old = tuple(Member(code, both(code), "province", successor=new, valid_to=ENDED) for code, new in listed)
    new = Codelist("provinces", both("34"), tuple(Member(code, both(code), "province") for code in "NPS"))
    legacy = replace(LEGACY, members=old)
    schema = cube([with_list(axis("province", "abcd", role="geography"), legacy)], [measure("cases")])
    schema = replace(schema, period_start="2024-01-01", areas=Areas(Crosswalk(legacy), new))
    numbers = zip((TOTAL, *"abcd"), (1111, 1, 10, 100, 1000), strict=True)
    cells: Cells = {(code,): {"cases": (number, CellStatus.OBSERVED)} for code, number in numbers}
    planned, path = plan("province__in=N,S&geography=2025", schema), write_cells(folder / "apart", schema, cells)
    for table in (path, by_arithmetic(path, schema)):
        assert ask(engine, planned, table)[1] == [{"cases": 1011, "cases_status": "observed"}]


@settings(max_examples=80, deadline=None)
@given(
    cells=some_cells(),
    chosen=st.lists(st.sampled_from(list(PARTS)), unique=True, min_size=1),
    asked=st.tuples(st.sampled_from(list(SHOWN)), st.sampled_from(["order=-cases", "order=-province"])),
)
def test_every_new_province_is_the_sum_of_its_parts(
    engine: Engine, folder: Path, cells: Cells, chosen: list[str], asked: tuple[str, str]
) -> None:
    schema = replace(ONE, areas=AREAS, period_start="2024-01-01")
    planned = plan(f"{'&'.join(asked)}&province__in={','.join(chosen)}&geography=2025", schema)
    answer, rows = ask(engine, planned, write_cells(folder / "cells.parquet", schema, cells))
    expected = {}
    for code, sexes in product(chosen, SHOWN[asked[0]]):
        keys = [(part, sex) for part in PARTS[code] for sex in sexes]
        if any(key in cells for key in keys):
            expected[code, *sexes] = added(cells, keys)
    found = {(row["province"], row.get("sex", TOTAL)): (row["cases"], row["cases_status"]) for row in rows}
    assert found == expected
    assert answer.total == len(rows)
    if asked[1] == "order=-province":
        assert [row["province"] for row in rows] == sorted((row["province"] for row in rows), key="PMN".index)
    else:
        values = [row["cases"] for row in rows if row["cases"] is not None]
        assert values == sorted(values, reverse=True)
        assert None not in [row["cases"] for row in rows[: len(values)]]
