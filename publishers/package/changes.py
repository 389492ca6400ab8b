"""What changed since the release before: columns, tables, code list members, rows, values and statuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.cell_status import status_column
from datasets.changes import Aspect, Changes, CodelistChanges, TableChanges
from datasets.codelist import Codelist
from datasets.codelist_files import parse_codelist
from datasets.file_sql import read_parquet
from datasets.periods import TIME_LEVELS
from datasets.release import ReleaseDescription
from publishers.limits import JobLimits, connect
from publishers.package.contents import REGISTER, PreviousRelease


@dataclass(frozen=True)
class _Data:
    """One table or register on disk."""

    key: tuple[str, ...]
    values: tuple[str, ...]
    statuses: tuple[str, ...]
    parquet: Path
    told: Mapping[str, Mapping[Aspect, object]]
    """What is said of each column but its status."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.values, *self.statuses)

    def now(self, names: Mapping[str, str]) -> _Data:
        """Return the same by the names that its columns have now."""

        def each(given: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(names.get(name, name) for name in given)

        told = {names.get(name, name): aspects for name, aspects in self.told.items()}
        return _Data(each(self.key), each(self.values), each(self.statuses), self.parquet, told)


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
    renamed = {one.old: one.new for one in description.renamed}
    return Changes(
        previous=previous.release.name,
        same_edition=same_edition,
        tables_added=tuple(name for name in new if name not in old),
        tables_removed=tuple(name for name in old if name not in new),
        tables={name: _compare_tables(old[name], new[name], renamed, limits, cells=same_edition) for name in both},
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
    told = _told(description)
    found = {
        table.id: _Data(
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
        said: dict[str, Mapping[Aspect, object]] = {
            one.name: {"title": one.title, "type": one.type, "codelist": one.codelist} for one in register.fields
        }
        found[REGISTER] = _Data(register.key, others, (), files[register.parquet], said)
    return found


def _told(description: ReleaseDescription) -> dict[str, Mapping[Aspect, object]]:
    """Return what is said of dimensions and measures, as far as readers rely on it."""
    dimensions: dict[str, Mapping[Aspect, object]] = {
        one.name: {"title": one.title, "codelist": one.codelist, "total": one.total} for one in description.dimensions
    }
    measures: dict[str, Mapping[Aspect, object]] = {
        one.name: {"title": one.title, "unit": one.unit, "kind": one.type, "type": one.field_type, "per": one.per}
        for one in description.measures
    }
    return {**dimensions, **measures}


def _compare_tables(
    before: _Data, new: _Data, renamed: Mapping[str, str], limits: JobLimits, *, cells: bool
) -> TableChanges:
    names = _names_of_now(before, new, renamed)
    old = before.now(names)
    changes = TableChanges(
        columns_added=tuple(name for name in new.columns if name not in old.columns),
        columns_removed=tuple(name for name in old.columns if name not in new.columns),
        columns_renamed=names,
        columns_changed={name: tuple(_changed(old, new, name)) for name in old.told if any(_changed(old, new, name))},
    )
    # Rows of tables with other keys have nothing in common; the columns say it all.
    if not cells or old.key != new.key:
        return changes
    columns = [name for name in (*new.values, *new.statuses) if name in old.columns]
    counts = _count_changes(old, new, columns, names, limits)
    return changes.model_copy(update=_counted(new, columns, counts))


def _names_of_now(before: _Data, new: _Data, renamed: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of before that have another name now, those of statuses among them."""
    names = {old: now for old, now in renamed.items() if old in before.told and now in new.told}
    return names | {
        status_column(old): status_column(now) for old, now in names.items() if old in before.values and before.statuses
    }


def _changed(old: _Data, new: _Data, name: str) -> Iterator[Aspect]:
    if name in new.told:
        before, now = old.told[name], new.told[name]
        yield from (aspect for aspect in now if aspect in before and before[aspect] != now[aspect])
        if before.keys() != now.keys():
            yield "kind"


def _counted(new: _Data, columns: Sequence[str], counts: Mapping[str, int]) -> dict[str, Any]:
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
    old: _Data, new: _Data, columns: Sequence[str], names: Mapping[str, str], limits: JobLimits
) -> dict[str, int]:
    """Count rows that came and went, and, of rows in both, the values that differ in each of ``columns``.

    ``names`` are those that columns of the file of before have now.
    """
    then = {name: name for name in (*new.key, *columns)} | {now: old_name for old_name, now in names.items()}
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
    sql = f"""
        select {", ".join(counts)}
        from (select *, true as here from {read_parquet(old.parquet)}) as old
        full join (select *, true as here from {read_parquet(new.parquet)}) as new on {keys}
    """
    with connect(limits) as connection:
        answer = connection.execute(sql)
        counted = [item[0] for item in answer.description or ()]
        row = answer.fetchone()
    assert row is not None
    return dict(zip(counted, row, strict=True))


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
