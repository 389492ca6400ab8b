"""What changed since the release before: columns, tables, code list members, rows, values and statuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from datasets.cell_status import status_column
from datasets.codelist import Codelist
from datasets.codelist_files import parse_codelist
from datasets.file_sql import read_parquet
from datasets.periods import TIME_LEVELS
from datasets.release import ReleaseDescription
from publishers.limits import JobLimits, connect
from publishers.package.contents import REGISTER, PreviousRelease


@dataclass(frozen=True)
class TableChanges:
    """How one table differs; the counts of rows and cells are of rows with the same key in both releases."""

    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    rows_added: int = 0
    rows_removed: int = 0
    values_changed: int = 0
    statuses_changed: int = 0
    by_measure: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """For each column that both have: how many values and statuses changed, where any did."""


@dataclass(frozen=True)
class CodelistChanges:
    """Which codes came, went or were renamed."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    relabelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Changes:
    """The comparison of an edition with the release before; ``previous`` is empty for the first release."""

    previous: str = ""
    same_edition: bool = False
    tables_added: tuple[str, ...] = ()
    tables_removed: tuple[str, ...] = ()
    tables: Mapping[str, TableChanges] = field(default_factory=dict)
    codelists_added: tuple[str, ...] = ()
    codelists_removed: tuple[str, ...] = ()
    codelists: Mapping[str, CodelistChanges] = field(default_factory=dict)
    period: tuple[str, str] = ("", "")

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as what JSON can hold."""
        return asdict(self)

    @property
    def nothing(self) -> bool:
        """Whether the releases hold the same."""
        return not (
            self.tables_added
            or self.tables_removed
            or self.codelists_added
            or self.codelists_removed
            or any(change != TableChanges() for change in self.tables.values())
            or any(change != CodelistChanges() for change in self.codelists.values())
        )


@dataclass(frozen=True)
class _Data:
    """One table or register on disk."""

    key: tuple[str, ...]
    values: tuple[str, ...]
    statuses: tuple[str, ...]
    parquet: Path

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.values, *self.statuses)


def compare(
    previous: PreviousRelease | None,
    description: ReleaseDescription,
    codelists: Mapping[str, Codelist],
    folder: Path,
    limits: JobLimits,
) -> Changes:
    """Compare the package in ``folder`` with the release before.

    Within an edition every cell is compared; of two editions only tables, columns and code lists, for their cells are
    of different times.
    """
    if previous is None:
        return Changes()
    before = previous.release.description
    same_edition = before.edition == description.edition
    old, new = _data(before, previous.files), _data(description, _Inside(folder))
    both = [name for name in new if name in old]
    return Changes(
        previous=previous.release.name,
        same_edition=same_edition,
        tables_added=tuple(name for name in new if name not in old),
        tables_removed=tuple(name for name in old if name not in new),
        tables={name: _compare_tables(old[name], new[name], limits, cells=same_edition) for name in both},
        **_compare_codelists(previous, codelists, periods=same_edition),
        period=(description.period_start, description.period_end),
    )


class _Inside(dict[str, Path]):
    """The files of the package in a folder, by path in the package."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, path: str) -> Path:
        return self._folder / path


def _data(description: ReleaseDescription, files: Mapping[str, Path]) -> dict[str, _Data]:
    found = {
        table.id: _Data(
            key=table.dimensions,
            values=table.measures,
            statuses=tuple(status_column(name) for name in table.measures),
            parquet=files[table.parquet],
        )
        for table in description.tables
    }
    register = description.register_
    if register is not None:
        others = tuple(item.name for item in register.fields if item.name not in register.key)
        found[REGISTER] = _Data(register.key, others, (), files[register.parquet])
    return found


def _compare_tables(old: _Data, new: _Data, limits: JobLimits, *, cells: bool) -> TableChanges:
    added = tuple(name for name in new.columns if name not in old.columns)
    removed = tuple(name for name in old.columns if name not in new.columns)
    # Rows of tables with other keys have nothing in common; the columns say it all.
    if not cells or old.key != new.key:
        return TableChanges(columns_added=added, columns_removed=removed)
    columns = [name for name in (*new.values, *new.statuses) if name in old.columns]
    counts = _count_changes(old, new, columns, limits)
    changed = {name: counts[name] for name in columns}
    return TableChanges(
        columns_added=added,
        columns_removed=removed,
        rows_added=counts[_ADDED],
        rows_removed=counts[_REMOVED],
        values_changed=sum(changed[name] for name in columns if name in new.values),
        statuses_changed=sum(changed[name] for name in columns if name in new.statuses),
        by_measure={
            name: {"values": changed[name], "statuses": changed.get(status_column(name), 0)}
            for name in columns
            if name in new.values and (changed[name] or changed.get(status_column(name), 0))
        },
    )


_ADDED, _REMOVED = " added", " removed"


def _count_changes(old: _Data, new: _Data, columns: Sequence[str], limits: JobLimits) -> dict[str, int]:
    """Count rows that came and went, and, of rows in both, the values that differ in each of ``columns``."""
    # No part of a key is ever null, so plain equality matches the rows.
    keys = " and ".join(f'old."{name}" = new."{name}"' for name in new.key)
    counts = [
        f'count(*) filter (old.here is null) as "{_ADDED}"',
        f'count(*) filter (new.here is null) as "{_REMOVED}"',
        *(
            f'count(*) filter (old.here and new.here and old."{name}" is distinct from new."{name}") as "{name}"'
            for name in columns
        ),
    ]
    sql = f"""
        select {", ".join(counts)}
        from (select *, true as here from {read_parquet(old.parquet)}) as old
        full join (select *, true as here from {read_parquet(new.parquet)}) as new on {keys}
    """
    with connect(limits) as connection:
        answer = connection.execute(sql)
        names = [item[0] for item in answer.description or ()]
        row = answer.fetchone()
    assert row is not None
    return dict(zip(names, row, strict=True))


def _compare_codelists(previous: PreviousRelease, new: Mapping[str, Codelist], *, periods: bool) -> dict[str, Any]:
    """``periods`` says whether lists of periods are compared: those of two editions differ by their nature."""
    old = {
        item.id: parse_codelist(
            previous.files[item.path].read_text(encoding="utf-8"), item.id, item.title, place=item.path
        )
        for item in previous.release.description.codelists
        if periods or item.id not in TIME_LEVELS
    }
    new = {id_: codelist for id_, codelist in new.items() if periods or id_ not in TIME_LEVELS}
    changes = {id_: _codelist_changes(old[id_], codelist) for id_, codelist in new.items() if id_ in old}
    return {
        "codelists_added": _missing_from(old, new),
        "codelists_removed": _missing_from(new, old),
        "codelists": {id_: change for id_, change in changes.items() if change != CodelistChanges()},
    }


def _codelist_changes(old: Codelist, new: Codelist) -> CodelistChanges:
    return CodelistChanges(
        added=_missing_from(old.by_code, new.by_code),
        removed=_missing_from(new.by_code, old.by_code),
        relabelled=tuple(
            code
            for code, member in new.by_code.items()
            if code in old.by_code and old.by_code[code].label != member.label
        ),
    )


def _missing_from(some: Iterable[str], all_: Iterable[str]) -> tuple[str, ...]:
    known = set(some)
    return tuple(name for name in all_ if name not in known)
