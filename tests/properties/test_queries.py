"""Whatever is asked of a cube, the answer is made of published cells, and never of a withheld one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from datasets.cell_rules import Denominators
from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.errors import QueryInvalid
from datasets.names import TOTAL
from portal.query.answer import OpenTable
from portal.query.model import Filter, Order, Query
from portal.query.planning import plan_data, plan_rows
from portal.query.run import Engine, EngineLimits
from portal.query.schema import Axis, Cube
from tests.support.cubes import Cells, ask, axis, by_arithmetic, cube, measure, write_cells

AREA = axis(
    "area",
    [
        ("R1", "region", ""),
        ("a", "province", "R1"),
        ("b", "province", "R1"),
        ("R2", "region", ""),
        ("c", "province", "R2"),
    ],
    levels=("region", "province"),
    role="geography",
)
MONTH = axis("month", ["2024-01", "2024-02", "2024-03"], role="time")
SEX = axis("sex", ["M", "F"], total=False, role="sex")
FEWEST = Denominators(events=40, population=30)
SCHEMA = replace(
    cube(
        [AREA, MONTH, SEX],
        [
            measure("cases"),
            measure("people", "persons"),
            measure("cost", "sum", number=True),
            measure("days", "sum"),
            measure("residents", "population", dimensions=("area",)),
            measure("rate", "rate", number=True, decimals=1, numerator="cases", denominator="residents", per=1_000),
            measure("stay", "mean", number=True, decimals=2, numerator="days", denominator="cases"),
            measure("bill", "mean", number=True, decimals=2, numerator="cost", denominator="cases"),
        ],
    ),
    fewest=FEWEST,
)
"""``bill`` is of decimals, so that it is never worked out anew."""
UNKNOWN_SUM = frozenset({CellStatus.SUPPRESSED, CellStatus.UNRELIABLE, CellStatus.MISSING, CellStatus.NOT_APPLICABLE})
NO_VALUE = {status.value for status in UNKNOWN_SUM}
NEVER = "never"
"""What is worked out for no answer: such questions are refused."""
Keys = Sequence[tuple[str, ...]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    engine = Engine(folder, EngineLimits(threads=1, memory_mb=256, seconds=30))
    yield engine
    engine.close()


@st.composite
def published_cells(draw: st.DrawFn) -> Cells:
    """Cells that need not add up: an answer that adds up what it should look up is told apart."""
    statuses = draw(st.lists(st.sampled_from(list(CellStatus)), min_size=1, max_size=5))
    seed = draw(st.randoms(use_true_random=False))

    def cell(number: bool) -> tuple[int | float | None, CellStatus]:
        status = seed.choice([CellStatus.OBSERVED, *statuses])
        if not STATUS_MEANINGS[status].has_value:
            return None, status
        value = 0 if status is CellStatus.ZERO else seed.randint(1, seed.choice([50, 1000]))
        return value / 4 if number else value, status

    # The same people are there in every month, of either sex.
    residents = {code: cell(number=False) for code in AREA.positions}

    keys = list(itertools.product(*(tuple(each.positions) for each in SCHEMA.axes.values())))
    dropped = set(seed.sample(range(len(keys)), draw(st.integers(0, 3))))
    return {
        key: {name: cell(each.field_type == "number") for name, each in SCHEMA.measures.items()}
        | {"residents": residents[key[0]]}
        for number, key in enumerate(keys)
        if number not in dropped
    }


@st.composite
def questions(draw: st.DrawFn) -> Query:
    filters: list[Filter] = []
    group = tuple(name for name in SCHEMA.axes if draw(st.integers(0, 2)) == 0)
    for name, each in SCHEMA.axes.items():
        kind = draw(
            st.sampled_from(["in", "in", "eq", "ne", "gte", "level", *["none"] * (4 if TOTAL in each.positions else 0)])
        )
        several = st.lists(st.sampled_from(each.finest), min_size=2, max_size=3, unique=True)
        anything = st.lists(st.sampled_from(list(each.positions)), min_size=1, max_size=3, unique=True)
        if kind == "level" and name == "area":
            filters.append(Filter(name, "level", (draw(st.sampled_from(["region", "province"])),)))
        elif kind == "in":
            filters.append(Filter(name, "in", tuple(draw(several | several | anything))))
        elif kind in {"eq", "ne", "gte"}:
            filters.append(Filter(name, kind, (draw(anything)[0],)))
    if draw(st.booleans()):
        filters.append(Filter("cases", draw(st.sampled_from(["gte", "lt", "ne"])), (str(draw(st.integers(0, 900))),)))
    if draw(st.booleans()):
        filters.append(Filter("cases_status", "eq", (draw(st.sampled_from(["suppressed", "observed", "missing"])),)))
    additive = st.sampled_from(
        [("cases",), ("cost",), ("cost", "cases"), ("rate",), ("cases", "residents", "rate"), ("stay", "rate")]
    )
    select = draw(additive | additive | st.lists(st.sampled_from(list(SCHEMA.measures)), unique=True).map(tuple))
    orderable = [*group, *(select or SCHEMA.measures)]
    order = tuple(
        Order(name, draw(st.booleans()))
        for name in (draw(st.lists(st.sampled_from(orderable), unique=True, max_size=2)) if orderable else [])
    )
    return Query("cases-table", select, tuple(filters), group, order, limit=draw(st.integers(3, 12)))


@st.composite
def questions_of_rates(draw: st.DrawFn) -> Query:
    """Rates and means of several areas and sexes, of one month at a time and now and then of several."""
    areas = draw(st.lists(st.sampled_from(AREA.finest), min_size=1, max_size=3, unique=True))
    sexes = draw(st.sampled_from([("M", "F"), ("M", "F"), ("M",)]))
    month = draw(st.sampled_from([(), (Filter("month", "eq", ("2024-02",)),), (Filter("month", "ne", ("2024-02",)),)]))
    group = draw(st.sampled_from([(), ("month",), ("month",), ("sex",), ("month", "area")]))
    select = draw(
        st.sampled_from([("rate",), ("stay",), ("cases", "residents", "rate"), ("days", "stay"), ("residents",)])
    )
    bound = Filter(select[-1], draw(st.sampled_from(["gte", "lt"])), (str(draw(st.integers(0, 900))),))
    order = draw(st.sampled_from([(), (Order(select[-1]),), (Order(select[-1], descending=True),)]))
    filters = (
        Filter("area", "in", tuple(areas)),
        Filter("sex", "in", sexes),
        *month,
        *draw(st.sampled_from([(), (bound,)])),
    )
    return Query("cases-table", select, filters, group, order, limit=draw(st.integers(3, 12)))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(published_cells(), questions_of_rates())
def test_a_rate_of_several_members_is_divided_anew(folder: Path, engine: Engine, cells: Cells, question: Query) -> None:
    agrees(folder, engine, cells, question)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(published_cells(), questions())
def test_an_answer_is_what_the_published_cells_say(folder: Path, engine: Engine, cells: Cells, question: Query) -> None:
    agrees(folder, engine, cells, question)


def agrees(folder: Path, engine: Engine, cells: Cells, question: Query) -> None:
    """Ask both readers, whole and in pages, and plain loops over the cells."""
    path = write_cells(folder / "cells", SCHEMA, cells)
    try:
        plan = plan_data(question, SCHEMA)
    except QueryInvalid:
        event("refused")
        return
    event("divides" if plan.ratios else "adds up" if plan.sums else "looks up")
    answer, rows = ask(engine, replace(plan, limit=1000), path)
    in_memory, same_rows = ask(engine, replace(plan, limit=1000), by_arithmetic(path, SCHEMA))
    assert same_rows == rows
    assert in_memory.first.equals(answer.first)
    expected = brute_force(question, SCHEMA, cells)
    assert sorted(map(repr, rows)) == sorted(map(repr, expected))
    assert rows == sorted(rows, key=lambda row: place(row, question))
    assert answer.total == answer.returned == len(expected)
    assert [row for page in pages(question, engine, path) for row in page] == rows
    assert [row for page in pages(question, engine, by_arithmetic(path, SCHEMA)) for row in page] == rows


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(published_cells(), questions())
def test_a_listing_is_the_published_cells_themselves(
    folder: Path, engine: Engine, cells: Cells, question: Query
) -> None:
    path = write_cells(folder / "cells", SCHEMA, cells)
    try:
        plan = plan_rows(Query("cases-table", limit=1000, filters=question.filters), SCHEMA)
    except QueryInvalid:
        return
    _, rows = ask(engine, plan, path)
    assert ask(engine, plan, by_arithmetic(path, SCHEMA))[1] == rows
    for row in rows:
        key = tuple(row[name] for name in SCHEMA.axes)
        assert {name: (row[name], row[f"{name}_status"]) for name in SCHEMA.measures} == dict(cells[key])


def pages(question: Query, engine: Engine, table: Path | OpenTable) -> Iterator[list[dict[str, Any]]]:
    after = ""
    while True:
        answer, rows = ask(engine, plan_data(replace(question, after=after), SCHEMA), table)
        yield rows
        after = answer.next_cursor
        if not after:
            return


# The oracle: the same question answered by plain loops over the published cells. --------------------------------------


def brute_force(question: Query, schema: Cube, cells: Cells) -> list[dict[str, Any]]:
    sets = {name: asked_members(each, question) for name, each in schema.axes.items()}
    summed = [name for name, codes in sets.items() if name not in question.group and len(codes) > 1]
    for name in summed:
        parent = whole_parent(schema.axes[name], sets[name])
        sets[name] = [parent] if parent else sets[name]
    shown = [
        name
        for name in schema.axes
        if name in question.group or (name not in summed and any(each.field == name for each in question.filters))
    ]
    rows = []
    for codes in itertools.product(*(sets[name] for name in shown)):
        chosen = {**{name: [code] for name, code in zip(shown, codes, strict=True)}}
        keys = list(itertools.product(*(chosen.get(name, sets[name]) for name in schema.axes)))
        if not any(key in cells for key in keys) and (shown or all(len(sets[n]) == 1 for n in sets)):
            continue
        row: dict[str, Any] = dict(zip(shown, codes, strict=True))
        for name in schema.measures:
            row[name], row[f"{name}_status"] = figure(name, keys, cells)
        if all(holds(each, row) for each in question.filters if each.field not in schema.axes):
            wanted = question.select or tuple(schema.measures)
            rows.append({key: row[key] for key in [*shown, *(n + s for n in wanted for s in ("", "_status"))]})
    return rows


def place(row: dict[str, Any], question: Query) -> tuple[Any, ...]:
    """Where a row belongs: by the asked order, empty last, then by the code lists."""
    terms: list[Any] = []
    for order in question.order:
        value = row[order.field]
        if order.field in SCHEMA.axes:
            value = SCHEMA.axes[order.field].positions[value]
        terms.append((value is None, 0 if value is None else -value if order.descending else value))
    return (*terms, *(each.positions[row[name]] for name, each in SCHEMA.axes.items() if name in row))


def asked_members(each: Axis, question: Query) -> list[str]:
    filters = [condition for condition in question.filters if condition.field == each.name]
    if not filters:
        return list(each.finest) if each.name in question.group else [TOTAL]
    (condition,) = filters
    if condition.operator in {"eq", "in"}:
        return [code for code in each.positions if code in condition.values]
    if condition.operator == "level":
        return [code for code in each.members if each.level(code) == condition.values[0]]
    value = condition.values[0]
    if condition.operator == "ne":
        return [code for code in each.finest if code != value]
    return [code for code in each.finest if list(each.positions).index(code) >= list(each.positions).index(value)]


def whole_parent(each: Axis, codes: list[str]) -> str:
    """The lowest published member that these members make up entirely."""

    def covered(code: str) -> bool:
        below = each.children.get(code, frozenset())
        return code in codes or (bool(below) and all(covered(child) for child in below))

    def under(code: str) -> set[str]:
        return {code}.union(*(under(child) for child in each.children.get(code, ())))

    wholes = [code for code in each.positions if covered(code) and set(codes) <= under(code)]
    return min(wholes, key=lambda code: len(under(code)), default="")


def figure(name: str, keys: Keys, cells: Cells) -> tuple[int | float | None, str]:
    """What several cells say together: sums, and rates and means that are divided anew from them."""
    kind = SCHEMA.measures[name].type
    if len(keys) == 1 or kind not in {"rate", "mean", "population"}:
        return added([cells[key][name] if key in cells else None for key in keys])
    if kind == "population":
        return people(keys, cells)
    if name == "bill" or (kind == "rate" and len({key[1] for key in keys}) > 1):
        return None, NEVER
    above, status = figure(SCHEMA.measures[name].numerator or "", keys, cells)
    below, below_status = figure(SCHEMA.measures[name].denominator or "", keys, cells)
    found = quotient(kind, (above, status), (below, below_status))
    parted = {above is None, below is None, below == 0} == {False} and not fit(name, keys, cells)
    return (None, "missing") if parted and found[1] != "suppressed" else found


def fit(name: str, keys: Keys, cells: Cells) -> bool:
    """Whether events are added up of those only who are added up below the line, and the other way round."""
    each = [SCHEMA.measures[name].numerator or "", SCHEMA.measures[name].denominator or ""]
    # The residents of an area are the same of either sex: it is enough that one of them can be a case.
    groups = [[key for key in keys if key[0] == area] for area in {key[0] for key in keys}]
    for group in groups if name == "rate" else [[key] for key in keys]:
        above, below = ([cells[key][one] for key in group] for one in each)
        for side, other in ((above, below), (below, above)):
            if all(status is CellStatus.NOT_APPLICABLE for _, status in side) and any(value for value, _ in other):
                return False
    return True


def people(keys: Keys, cells: Cells) -> tuple[int | float | None, str]:
    """Everybody once, however many cells the same people stand in; nobody is known where a cell is not there."""
    if len({key[1] for key in keys}) > 1:
        return None, NEVER
    each = {key[0]: cells[key]["residents"] for key in keys if key in cells}
    return added([*each.values(), *(None for key in keys if key not in cells)])


def quotient(
    kind: str, above: tuple[int | float | None, str], below: tuple[int | float | None, str]
) -> tuple[int | float | None, str]:
    for bad in ({above[1], below[1]} & {"suppressed"}, {below[1]} & NO_VALUE):
        if bad:
            return None, bad.pop()
    if below[0] == 0:
        return None, "not_applicable"
    if above[1] in NO_VALUE:
        return None, above[1]
    assert isinstance(above[0], int)
    assert isinstance(below[0], int)
    if (above[0] if kind == "rate" else below[0]) < 40 or below[0] < 30:
        return None, "unreliable"
    # What people below the line are is no news where they are simply known.
    told = [above[1]] + ([below[1]] if kind == "mean" or below[1] not in {"observed", "zero"} else [])
    status = next(each.value for each in UNKNOWN_FIRST if each.value in told)
    per, digits = (1000, 1) if kind == "rate" else (1, 2)
    value = round(Fraction(above[0], below[0]) * per, digits)
    return float(value), "observed" if kind == "mean" and status == "zero" else status


def added(cells: list[tuple[int | float | None, CellStatus] | None]) -> tuple[int | float | None, str]:
    if len(cells) == 1 and cells[0] is not None:
        return cells[0][0], cells[0][1].value
    statuses = {CellStatus.MISSING if cell is None else cell[1] for cell in cells}
    for status in UNKNOWN_FIRST:
        if status in statuses:
            break
    if status in UNKNOWN_SUM:
        return None, status.value
    return sum(cell[0] for cell in cells if cell is not None and cell[0] is not None), status.value


UNKNOWN_FIRST = [
    CellStatus(name)
    for name in (
        [
            "suppressed",
            "unreliable",
            "missing",
            "estimated",
            "provisional",
            "revised",
            "perturbed",
            "observed",
            "zero",
            "not_applicable",
        ]
    )
]


def holds(condition: Filter, row: dict[str, Any]) -> bool:
    value = row[condition.field]
    if condition.field.endswith("_status"):
        return bool(value == condition.values[0])
    if value is None:
        return False
    wanted = int(condition.values[0])
    return bool({"gte": value >= wanted, "lt": value < wanted, "ne": value != wanted}[condition.operator])
