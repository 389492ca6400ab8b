"""What staff are warned of in finished tables: members without a row that are shown as zeros, and tables of gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from datasets.cell_status import STATUS_MEANINGS, CellStatus, status_column
from datasets.definition import Definition
from datasets.errors import Problem
from datasets.names import TOTAL
from datasets.periods import period_of
from publishers.public_table import PublicTable
from publishers.tabulate.absences import applicable
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.recode import PlannedDimension

_NOBODY = frozenset({CellStatus.ZERO, CellStatus.NOT_APPLICABLE, CellStatus.MISSING})
_NAMED = 3
"""So many members are named, and the others counted."""


def of_zeros(
    definition: Definition, plan: TabulationPlan, tables: Iterable[PublicTable], *, today: date
) -> Iterator[Problem]:
    """Yield a warning for each dimension with members of which every published cell says that nobody is there.

    What is looked at is public: statuses of cells. Measures that say ``absent: zero`` mean it.
    """
    found = list(tables)
    for planned in plan.dimensions:
        empty = _empty_members(definition, planned, found)
        if not empty:
            continue
        not_there = _not_there(planned, plan.period, today)
        never = [code for code in empty if code in not_there]
        others = [code for code in empty if code not in not_there]
        place = f"{definition.id}, dimension {planned.name}"
        if never:
            rule = f"{_counted(never)} did not exist in the period, or have not begun, and are shown as true zeros"
            remedy = "Say absent: missing for the measures, or use a code list without them"
            yield Problem(place, rule, remedy)
        if others:
            rule = f"{_counted(others)} are shown as true zeros in every cell, as if the source could not lack them"
            remedy = "Say absent: missing where no record does not mean no case, absent: zero where it does, or use an"
            yield Problem(place, rule, f"{remedy} own code list")


def of_gaps(definition: Definition, tables: Iterable[PublicTable]) -> Iterator[Problem]:
    """Yield a warning for each table that shows no value at all, or no grand total although it has one."""
    for table in tables:
        names = _of_records(definition, table)
        statuses = [table.data[status_column(name)] for name in names]
        place, remedy = f"{definition.id}, table {table.id}", "Use coarser members, fewer dimensions, or other rules"
        if not any(pc.any(_among(one, _with_value())).as_py() for one in statuses):
            yield Problem(place, "shows no value at all", remedy)
            continue
        total = pa.array([True] * len(table.data))
        for name in definition.tables[table.id].dimensions:
            total = pc.and_(total, pc.equal(table.data[name], TOTAL))
        withheld = [
            name
            for name, one in zip(names, statuses, strict=True)
            if pc.any(pc.and_(total, pc.equal(one, str(CellStatus.SUPPRESSED)))).as_py()
        ]
        if withheld:
            rule = f"does not even show the grand total of {', '.join(withheld)}"
            yield Problem(place, rule, f"{remedy}; always_shown keeps a total, where the others can be protected then")


def _empty_members(definition: Definition, planned: PlannedDimension, tables: Iterable[PublicTable]) -> list[str]:
    """Return the members, in the order of the code list, whose cells are zeros or gaps in records, in every table."""
    zeros: set[str] = set()
    somebody: set[str] = set()
    for table in tables:
        if planned.name not in table.data.column_names:
            continue
        codes = table.data[planned.name]
        for name in _of_records(definition, table):
            statuses = table.data[status_column(name)]
            somebody |= _codes(codes, pc.invert(_among(statuses, _NOBODY)))
            if definition.measures[definition.measures[name].numerator or name].absent is None:
                zeros |= _codes(codes, pc.equal(statuses, str(CellStatus.ZERO)))
    return [code for code in planned.members.codes if code in zeros - somebody]


def _of_records(definition: Definition, table: PublicTable) -> tuple[str, ...]:
    """Return the measures of a table that records make: populations are there whether or not anybody was counted."""
    names = definition.tables[table.id].measures or tuple(definition.measures)
    return tuple(name for name in names if definition.measures[name].type != "population")


def _codes(codes: pa.ChunkedArray, where: pa.ChunkedArray) -> set[str]:
    return set(pc.unique(codes.filter(where)).to_pylist())


def _among(statuses: pa.ChunkedArray, wanted: Iterable[CellStatus]) -> pa.ChunkedArray:
    return pc.is_in(statuses, pa.array([str(one) for one in wanted], pa.string()))


def _with_value() -> frozenset[CellStatus]:
    return frozenset(status for status, meaning in STATUS_MEANINGS.items() if meaning.has_value)


def _not_there(planned: PlannedDimension, period: tuple[date, date] | None, today: date) -> frozenset[str]:
    """Return the members of whom no part existed in the period, and periods that have not begun."""
    there = applicable([planned], period)
    found = set()
    for code, (first, last) in zip(planned.members.codes, planned.members.spans, strict=True):
        own = period_of(code) if planned.is_time else None
        if not there[first:last].any() or (own is not None and own[0] > today):
            found.add(code)
    return frozenset(found)


def _counted(codes: list[str]) -> str:
    more = len(codes) - _NAMED
    named = ", ".join(codes[:_NAMED])
    return f"{len(codes)} of its members ({named}{f' and {more} more' if more > 0 else ''})"
