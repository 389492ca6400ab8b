"""Which tables, dimensions and measures of two releases are the same, and what keeps cells from being compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from datasets.changes import TableChanges
from datasets.column_names import columns_of, names_now
from datasets.comparing import (
    Told,
    are_comparable,
    changed_aspects,
    missing_from,
    told_columns,
    told_fields,
    with_parts_named,
)
from datasets.names import TOTAL
from datasets.periods import TIME_LEVELS, period_of
from datasets.public_releases import PublicRelease
from datasets.release import FieldDescription, MeasureDescription
from portal.public.compare.naming import names_before
from portal.public.compare.pairing import Pair
from portal.public.table_reading import TableReading
from portal.query.difference import Compared
from portal.query.schema import Axis, Cube, Register, table_names

Obstacle = Literal["dimensions", "codelists", "periods", "columns", "key"]
"""Why the cells of a table are not compared: it has other dimensions, one of them has another code list, both have no
period in common, no column of cells is in both, or nothing tells the rows of the register apart."""


@dataclass(frozen=True)
class Matched:
    """A table that both releases have."""

    old: Cube | Register
    new: Cube | Register
    changes: TableChanges
    """How its columns differ; rows are not counted."""
    keys: tuple[tuple[str, str], ...]
    """What tells its rows apart, each by its name of before and of now."""
    columns: tuple[Compared, ...]
    apart: tuple[str, ...]
    """Measures, or fields, that both have and that are not compared: they are counted otherwise now."""
    without_total: str
    """The time dimension, where its total is of another time in each."""
    partly: tuple[str, ...]
    """Periods in both of which one of them has a part alone, such as the year in editions of its months."""
    obstacle: Obstacle | None

    @property
    def name(self) -> str:
        return self.new.name

    @property
    def values(self) -> int:
        """How many keys and cells of both there are to look at."""
        return (_rows(self.old) + _rows(self.new)) * (len(self.keys) + len(self.columns))

    def described(self, column: Compared) -> MeasureDescription | FieldDescription:
        """Return what the newer release says of a column."""
        return self.new.fields[column.name] if isinstance(self.new, Register) else self.new.measures[column.name]


def matches(reading: TableReading, pair: Pair) -> tuple[Matched, ...]:
    """Return the tables that both releases have, in the order of the newer one."""
    known = table_names(pair.old.description)
    return tuple(_matched(reading, pair, name) for name in table_names(pair.new.description) if name in known)


def _matched(reading: TableReading, pair: Pair, table: str) -> Matched:
    old, new = (reading.schema(release, table, pinned=True) for release in (pair.old, pair.new))
    before_of_all = names_before(pair, columns_of(pair.old.description), columns_of(pair.new.description))
    then, now = _told(old, pair.old), _told(new, pair.new)
    then = with_parts_named(then, names_now(before_of_all, columns_of(pair.old.description)))
    before = {name: before_of_all[name] for name in now if before_of_all.get(name) in then}
    keys = tuple((before.get(name, ""), name) for name in _keys(new))
    shared = [name for name in _cells(new) if before.get(name) in _cells(old)]
    apart = tuple(name for name in shared if not are_comparable(then[before[name]], now[name]))
    columns = tuple(_compared(new, name, before[name]) for name in shared if name not in apart)
    obstacle = _obstacle(old, new, keys, (then, now)) or (None if columns else "columns")
    time = _time(new) if not pair.same_period and obstacle is None else None
    common = _common_periods(old, time, before[time.name]) if time is not None else ()
    # Only lists of the calendar are made for the period that a release says it covers.
    partly = tuple(code for code in common if not _is_whole(code, pair)) if _is_of_calendar(time) else ()
    if time is not None and len(partly) == len(common):
        obstacle = "periods"
    without_total = time.name if time is not None and obstacle is None else ""
    totals = tuple(now for then, now in keys if now != without_total and _have_total(old, then, new, now))
    columns = tuple(replace(each, once=_once(new, each.name, totals)) for each in columns)
    return Matched(old, new, _changes(then, now, before), keys, columns, apart, without_total, partly, obstacle)


def _told(schema: Cube | Register, release: PublicRelease) -> Told:
    """Return what is said of the columns of one table."""
    if isinstance(schema, Register):
        return told_fields(schema.description)
    told = told_columns(release.description)
    return {name: told[name] for name in (*schema.axes, *schema.measures)}


def _changes(then: Told, now: Told, before: Mapping[str, str]) -> TableChanges:
    changed = {name: changed_aspects(then[old], now[name]) for name, old in before.items()}
    return TableChanges(
        columns_added=missing_from(before, now),
        columns_removed=missing_from(before.values(), then),
        columns_renamed={old: name for name, old in before.items() if old != name},
        columns_changed={name: aspects for name, aspects in changed.items() if aspects},
    )


def _keys(schema: Cube | Register) -> tuple[str, ...]:
    return schema.description.key if isinstance(schema, Register) else tuple(schema.axes)


def _cells(schema: Cube | Register) -> tuple[str, ...]:
    if isinstance(schema, Register):
        return tuple(name for name in schema.fields if name not in schema.description.key)
    return tuple(schema.measures)


def _compared(new: Cube | Register, name: str, before: str) -> Compared:
    if isinstance(new, Register):
        return Compared(name, before, numeric=new.fields[name].type in ("integer", "number"), has_status=False)
    return Compared(name, before, numeric=True, has_status=True)


def _have_total(old: Cube | Register, then: str, new: Cube | Register, now: str) -> bool:
    if isinstance(old, Register) or isinstance(new, Register) or then not in old.axes:
        return False
    return TOTAL in old.axes[then].positions and TOTAL in new.axes[now].positions


def _once(new: Cube | Register, name: str, totals: tuple[str, ...]) -> tuple[str, ...]:
    """Return the dimensions along which a measure is the same, such as populations along diseases."""
    by = None if isinstance(new, Register) else new.measures[name].dimensions
    return () if by is None else tuple(each for each in totals if each not in by)


def _obstacle(
    old: Cube | Register, new: Cube | Register, keys: tuple[tuple[str, str], ...], told: tuple[Told, Told]
) -> Obstacle | None:
    if {then for then, _ in keys} != set(_keys(old)):
        return "dimensions" if isinstance(new, Cube) else "key"
    if not keys:
        return "key"
    if any(_codelist(old, then) != _codelist(new, now) for then, now in keys):
        return "codelists"
    then, now = told
    return None if all(are_comparable(then[old_name], now[name]) for old_name, name in keys) else "key"


def _codelist(schema: Cube | Register, name: str) -> str:
    if isinstance(schema, Cube):
        return schema.axes[name].codelist.id
    return schema.fields[name].codelist or ""


def _time(schema: Cube | Register) -> Axis | None:
    if isinstance(schema, Register):
        return None
    return next((axis for axis in schema.axes.values() if axis.description.role == "time"), None)


def _common_periods(old: Cube | Register, time: Axis, before: str) -> tuple[str, ...]:
    assert isinstance(old, Cube)
    return tuple(code for code in time.members if code in old.axes[before].positions)


def _is_of_calendar(time: Axis | None) -> bool:
    return time is not None and time.codelist.id in TIME_LEVELS


def _is_whole(code: str, pair: Pair) -> bool:
    """Whether both releases cover all of a period, as far as they say which they cover."""
    days = period_of(code)
    editions = [each.description for each in (pair.old, pair.new) if each.description.period_start]
    return days is None or all(
        each.period_start <= days[0].isoformat() and days[1].isoformat() <= each.period_end for each in editions
    )


def _rows(schema: Cube | Register) -> int:
    return schema.description.rows if isinstance(schema, Register) else schema.table.rows
