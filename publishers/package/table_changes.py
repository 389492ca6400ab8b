"""What changed of one table since the release before: its columns, rows, values and statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.cell_status import status_column
from datasets.changes import Aspect, TableChanges
from datasets.comparing import Told, changed_aspects, have_like_types, told_columns, told_fields
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

    def now(self, names: Mapping[str, str]) -> TableData:
        """Return the same by the names that its columns have now."""

        def each(given: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(names.get(name, name) for name in given)

        told = {names.get(name, name): aspects for name, aspects in self.told.items()}
        return TableData(each(self.key), each(self.values), each(self.statuses), self.parquet, told)


def table_data(description: ReleaseDescription, files: Mapping[str, Path]) -> dict[str, TableData]:
    """Return the tables of a release by name, or its register; ``files`` are those of its package, by path."""
    told = told_columns(description)
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
    before: TableData, new: TableData, renamed: Mapping[str, str], limits: JobLimits, *, cells: bool
) -> TableChanges:
    """Compare a table with what it was; ``renamed`` are older names of columns, and ``cells`` says whether to compare
    cells too."""
    names = _names_of_now(before, new, renamed)
    old = before.now(names)
    changes = TableChanges(
        columns_added=tuple(name for name in new.columns if name not in old.columns),
        columns_removed=tuple(name for name in old.columns if name not in new.columns),
        columns_renamed=names,
        columns_changed=_columns_changed(old, new),
    )
    # Rows of tables with other keys have nothing in common, nor have a text and a number; the columns say it all.
    if not cells or old.key != new.key or not all(_is_written_alike(name, old, new) for name in new.key):
        return changes
    values = [name for name in new.values if name in old.values and _is_written_alike(name, old, new)]
    columns = [*values, *(name for name in new.statuses if name in old.statuses)]
    counts = _count_changes(old, new, columns, names, limits)
    return changes.model_copy(update=_counted(new, columns, counts))


def _names_of_now(before: TableData, new: TableData, renamed: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of before that have another name now, those of statuses among them."""
    names = {old: now for old, now in renamed.items() if old in before.told and now in new.told}
    return names | {
        status_column(old): status_column(now) for old, now in names.items() if old in before.values and before.statuses
    }


def _columns_changed(old: TableData, new: TableData) -> dict[str, tuple[Aspect, ...]]:
    both = [name for name in old.told if name in new.told]
    changed = {name: changed_aspects(old.told[name], new.told[name]) for name in both}
    return {name: aspects for name, aspects in changed.items() if aspects}


def _is_written_alike(name: str, old: TableData, new: TableData) -> bool:
    return have_like_types(old.told[name], new.told[name])


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
    old: TableData, new: TableData, columns: Sequence[str], names: Mapping[str, str], limits: JobLimits
) -> dict[str, int]:
    """Count rows that came and went, and, of rows in both, the values that differ in each of ``columns``.

    ``names`` are those that columns of the file of before have now.
    """
    then = {name: name for name in (*new.key, *columns)} | {now: old_name for old_name, now in names.items()}
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
