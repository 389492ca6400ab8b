"""What changed of one table since the release before: its columns, rows, values and statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.cell_status import status_column
from datasets.changes import Aspect, TableChanges
from datasets.comparing import (
    Told,
    changed_aspects,
    have_like_types,
    missing_from,
    told_columns,
    told_fields,
    with_parts_named,
)
from datasets.file_sql import read_parquet
from datasets.release import ReleaseDescription
from publishers.limits import JobLimits, connect
from publishers.package.contents import REGISTER


@dataclass(frozen=True)
class TableData:
    """One table or register on disk."""

    key: tuple[str, ...]
    values: tuple[str, ...]
    statuses: tuple[str, ...]
    parquet: Path
    told: Told
    """What is said of each column but its status."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.values, *self.statuses)


def table_data(
    description: ReleaseDescription, files: Mapping[str, Path], names: Mapping[str, str] | None = None
) -> dict[str, TableData]:
    """Return the tables of a release by name, or its register; ``files`` are those of its package, by path.

    What rates divide is told by the ``names`` that columns have now.
    """
    told = with_parts_named(told_columns(description), names or {})
    found = {
        table.id: TableData(
            key=table.dimensions,
            values=table.measures,
            statuses=tuple(status_column(name) for name in table.measures),
            parquet=files[table.parquet],
            told={name: told[name] for name in (*table.dimensions, *table.measures)},
        )
        for table in description.tables
    }
    register = description.register_
    if register is not None:
        others = tuple(item.name for item in register.fields if item.name not in register.key)
        found[REGISTER] = TableData(register.key, others, (), files[register.parquet], told_fields(register))
    return found


def compare_tables(
    old: TableData, new: TableData, names: Mapping[str, str], limits: JobLimits, *, cells: bool
) -> TableChanges:
    """Compare a table with what it was; ``names`` are the columns of now that were there before, each with its name of
    then, and ``cells`` says whether to compare cells too."""
    before = {name: names[name] for name in new.told if names.get(name) in old.told}
    both = before | _statuses(before, old, new)
    changes = TableChanges(
        columns_added=missing_from(both, new.columns),
        columns_removed=missing_from(both.values(), old.columns),
        columns_renamed={then: name for name, then in both.items() if then != name},
        columns_changed=_columns_changed(old, new, before),
    )
    # Rows of tables with other keys have nothing in common, nor have a text and a number; the columns say it all.
    same_key = tuple(before.get(name, "") for name in new.key) == old.key
    if not cells or not same_key or not all(_is_written_alike(name, old, new, before) for name in new.key):
        return changes
    values = [name for name in new.values if before.get(name) in old.values]
    values = [name for name in values if _is_written_alike(name, old, new, before)]
    columns = [*values, *(name for name in new.statuses if name in both)]
    counts = _count_changes(old, new, columns, both, limits)
    return changes.model_copy(update=_counted(new, columns, counts))


def _statuses(before: Mapping[str, str], old: TableData, new: TableData) -> dict[str, str]:
    """Return the columns of statuses of measures that were measures before, each with its name of then."""
    measures = {name: then for name, then in before.items() if name in new.values and then in old.values}
    found = {status_column(name): status_column(then) for name, then in measures.items()}
    return {name: then for name, then in found.items() if name in new.statuses and then in old.statuses}


def _columns_changed(old: TableData, new: TableData, before: Mapping[str, str]) -> dict[str, tuple[Aspect, ...]]:
    changed = {name: changed_aspects(old.told[then], new.told[name]) for name, then in before.items()}
    return {name: aspects for name, aspects in changed.items() if aspects}


def _is_written_alike(name: str, old: TableData, new: TableData, before: Mapping[str, str]) -> bool:
    return have_like_types(old.told[before[name]], new.told[name])


def _counted(new: TableData, columns: Sequence[str], counts: Mapping[str, int]) -> dict[str, Any]:
    changed = {name: counts[name] for name in columns}
    return {
        "rows_added": counts[_ADDED],
        "rows_removed": counts[_REMOVED],
        "values_changed": sum(changed[name] for name in columns if name in new.values),
        "statuses_changed": sum(changed[name] for name in columns if name in new.statuses),
        "by_measure": {
            name: {"values": changed[name], "statuses": changed.get(status_column(name), 0)}
            for name in columns
            if name in new.values and (changed[name] or changed.get(status_column(name), 0))
        },
    }


_ADDED, _REMOVED = " added", " removed"


def _count_changes(
    old: TableData, new: TableData, columns: Sequence[str], then: Mapping[str, str], limits: JobLimits
) -> dict[str, int]:
    """Count rows that came and went, and, of rows in both, the values that differ in each of ``columns``.

    ``then`` are the names that columns of now have in the file of before.
    """
    with connect(limits) as connection:
        answer = connection.execute(_counting(old, new, columns, then))
        counted = [item[0] for item in answer.description or ()]
        row = answer.fetchone()
    assert row is not None
    return dict(zip(counted, row, strict=True))


def _counting(old: TableData, new: TableData, columns: Sequence[str], then: Mapping[str, str]) -> str:
    # No part of a key is ever null, so plain equality matches the rows.
    keys = " and ".join(f'old."{then[name]}" = new."{name}"' for name in new.key)
    counts = [
        f'count(*) filter (old.here is null) as "{_ADDED}"',
        f'count(*) filter (new.here is null) as "{_REMOVED}"',
        *(
            f'count(*) filter (old.here and new.here and old."{then[name]}" is distinct from new."{name}") as "{name}"'
            for name in columns
        ),
    ]
    return f"""
        select {", ".join(counts)}
        from (select *, true as here from {read_parquet(old.parquet)}) as old
        full join (select *, true as here from {read_parquet(new.parquet)}) as new on {keys}
    """
