"""Two tables of any cells are compared as a person would by looking from one to the other, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from portal.public.compare.reading import Difference
from portal.public.compare.reckoning import change
from portal.query.difference import KINDS, Compared, Kind, Sides, counting, listing
from portal.query.run import Engine, EngineLimits

AREAS, MONTHS = ("_T", "01", "1", "Đ"), ("_T", "2024-01", "2024-02")
LEFT_OUT = ("_T", "2024-02")
VALUED = [status for status, meaning in STATUS_MEANINGS.items() if meaning.has_value]
EMPTY = [status for status in CellStatus if status not in VALUED]
TYPES = (pa.int64(), pa.float64())
Cell = tuple[int | float | None, CellStatus | None]
Table = dict[tuple[str, str], tuple[Cell, Cell]]
"""By area and month: a whole number with its status, and a decimal that a register would have, without one."""


def numbers() -> st.SearchStrategy[int]:
    return st.integers(-2, 3) | st.sampled_from([2**63 - 1, -(2**63), 2**53 + 1])


def cell() -> st.SearchStrategy[tuple[Cell, Cell]]:
    whole = st.tuples(numbers(), st.sampled_from(VALUED)) | st.tuples(st.none(), st.sampled_from(EMPTY))
    decimal = st.none() | st.sampled_from([0.0, 0.1, 0.3, -1.5, 1e300, 5e-324])
    return st.tuples(whole, st.tuples(decimal, st.none()))


def tables() -> st.SearchStrategy[Table]:
    return st.dictionaries(st.sampled_from(list(product(AREAS, MONTHS))), cell(), max_size=8)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("compared"), EngineLimits(threads=1, memory_mb=256, seconds=30))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def folder(engine: Engine) -> Path:
    return engine._folder.path


def write(path: Path, table: Table, names: tuple[str, str, str, str]) -> Path:
    area, month, whole, decimal = names
    cells = list(table.values())
    columns = {
        # The order of columns says nothing.
        whole: pa.array([each[0][0] for each in cells], TYPES[0]),
        f"{whole}_status": pa.array([each[0][1] for each in cells], pa.string()),
        decimal: pa.array([each[1][0] for each in cells], TYPES[1]),
        month: pa.array([key[1] for key in table], pa.string()),
        area: pa.array([key[0] for key in table], pa.string()),
    }
    pq.write_table(pa.table(columns), path)
    return path


def kind_of(then: Cell | None, now: Cell | None, *, has_status: bool) -> Kind | None:
    if then is None or now is None:
        return "new" if then is None else "gone"
    if not has_status:
        return "value" if then != now else None
    if then[0] is not None and now[0] is not None and then[0] != now[0]:
        return "value"
    if (then[1] == "suppressed") != (now[1] == "suppressed"):
        return "withheld" if now[1] == "suppressed" else "shown" if now[0] is not None else "status"
    return "status" if then != now else None


def expected(old: Table, new: Table, *, without_total: bool, once: bool) -> list[tuple[object, ...]]:
    """Return what differs, by looking: sorted as it is to be listed."""
    old, new = (
        {key: cells for key, cells in table.items() if not (without_total and key[1] in LEFT_OUT)}
        for table in (old, new)
    )
    found: list[tuple[object, ...]] = []
    for key in {*old, *new}:
        for number in (0, 1):
            if once and number == 0 and key[0] != "_T":
                continue
            then, now = (table[key][number] if key in table else None for table in (old, new))
            kind = kind_of(then, now, has_status=number == 0)
            if kind is not None:
                found.append((number, *key, kind, then, now))
    return found


def size(row: tuple[object, ...]) -> float:
    then, now = row[4], row[5]
    if not isinstance(then, tuple) or not isinstance(now, tuple) or None in (then[0], now[0]):
        return -1.0
    return abs(float(now[0]) - float(then[0])) or -1.0


@given(
    tables(),
    tables(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.tuples(st.sampled_from(KINDS), st.integers(0, 1)),
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_differs_is_what_one_sees(  # noqa: PLR0917 - two tables and how they are asked
    engine: Engine,
    folder: Path,
    old: Table,
    new: Table,
    renamed: bool,
    without_total: bool,
    once: bool,
    asked: tuple[Kind, int],
) -> None:
    now = ("area", "month", "cases", "rate")
    then = ("place", "time", "ill", "share") if renamed else now
    sides = Sides(
        engine._folder.of(write(folder / "old.parquet", old, then)),
        engine._folder.of(write(folder / "new.parquet", new, now)),
        tuple(zip(then[:2], now[:2], strict=True)),
        (
            Compared(now[2], then[2], numeric=True, has_status=True, once=("area",) if once else ()),
            Compared(now[3], then[3], numeric=True, has_status=False),
        ),
        "month" if without_total else "",
        LEFT_OUT[1:],
    )
    wanted = expected(old, new, without_total=without_total, once=once)
    (counted,) = engine.run(lambda session: session.read(counting(sides))).to_pylist()
    for number in (0, 1):
        of = [row[3] for row in wanted if row[0] == number]
        assert [counted[f"{kind}{number}"] for kind in KINDS] == [of.count(kind) for kind in KINDS]
        both = {key for key in new if key in old and not (without_total and key[1] in LEFT_OUT)}
        assert counted[f"both{number}"] == sum(number == 1 or not once or key[0] == "_T" for key in both)

    everything = engine.run(lambda session: session.read(listing(sides, column=None, kinds=KINDS, rows=99, skip=0)))
    rows = [tuple(row.values()) for row in everything.to_pylist()]
    assert sorted(map(seen, rows), key=repr) == sorted(map(told, wanted), key=repr)
    sizes = [size(next(each for each in wanted if told(each) == seen(row))) for row in rows]
    in_order = sorted(zip((row[0] for row in rows), sizes, strict=True), key=lambda each: (each[0], -each[1]))
    assert list(zip((row[0] for row in rows), sizes, strict=True)) == in_order
    kind, column = asked
    listed = engine.run(lambda session: session.read(listing(sides, column=column, kinds=[kind], rows=2, skip=1)))
    of = [row for row in rows if row[0] == column and row[3] == kind]
    assert [tuple(row.values()) for row in listed.to_pylist()] == of[1:3]


def seen(row: tuple[object, ...]) -> tuple[object, ...]:
    """Return a row of the answer with its values as numbers."""
    number, area, month, kind, then, now, then_status, now_status = row
    values = [None if value is None else Fraction(Decimal(str(value))) for value in (then, now)]
    return number, area, month, kind, *values, then_status, now_status


def told(row: tuple[object, ...]) -> tuple[object, ...]:
    """Return a row of the expected ones likewise."""
    number, area, month, kind, *cells = row
    pairs = [each if isinstance(each, tuple) else (None, None) for each in cells]
    values = [None if value is None else Fraction(Decimal(repr(value))) for value, _ in pairs]
    statuses = [None if status is None else str(status) for _, status in pairs]
    return number, area, month, kind, *values, *statuses


@given(numbers() | st.floats(allow_nan=False, allow_infinity=False), numbers() | st.floats(-1e9, 1e9))
def test_what_is_reckoned_is_exact(then: float, now: float) -> None:
    column = Compared("cases", "cases", numeric=True, has_status=True)
    found = Difference(column, "value", (), repr(then), repr(now), CellStatus.OBSERVED, CellStatus.OBSERVED)
    reckoned = change(found)
    assert reckoned is not None
    exact = Fraction(Decimal(repr(now))) - Fraction(Decimal(repr(then)))
    assert Fraction(reckoned.difference) == exact
    if not then:
        assert reckoned.percent is None
    else:
        assert reckoned.percent is not None
        percent = exact * 100 / abs(Fraction(Decimal(repr(then))))
        assert abs(Fraction(reckoned.percent) - percent) <= Fraction(1, 20_000)


@pytest.mark.parametrize("missing", ["then", "now"])
def test_nothing_is_reckoned_from_a_cell_without_a_value(missing: str) -> None:
    values: dict[str, str | None] = {"then": "5", "now": "7"} | {missing: None}
    column = Compared("cases", "cases", numeric=True, has_status=True)
    found = Difference(column, "status", (), values["then"], values["now"], CellStatus.SUPPRESSED, CellStatus.OBSERVED)
    assert change(found) is None
