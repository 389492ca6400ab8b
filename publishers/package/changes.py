"""What changed since the release before: columns, tables, code list members, rows, values and statuses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets.changes import Changes, CodelistChanges
from datasets.codelist import Codelist
from datasets.codelist_files import parse_codelist
from datasets.column_names import columns_of, names_before, names_now
from datasets.comparing import codelist_changes, missing_from
from datasets.periods import TIME_LEVELS
from datasets.release import ReleaseDescription
from publishers.limits import JobLimits
from publishers.package.contents import PreviousRelease
from publishers.package.table_changes import compare_tables, table_data


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
    columns = columns_of(before)
    names = names_before(columns, columns_of(description), (before, *previous.since, description))
    old = table_data(before, previous.files, names_now(names, columns))
    new = table_data(description, _Inside(folder))
    both = [name for name in new if name in old]
    return Changes(
        previous=previous.release.name,
        same_edition=same_edition,
        tables_added=missing_from(old, new),
        tables_removed=missing_from(new, old),
        tables={name: compare_tables(old[name], new[name], names, limits, cells=same_edition) for name in both},
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
    changes = {id_: codelist_changes(old[id_], codelist) for id_, codelist in new.items() if id_ in old}
    return {
        "codelists_added": missing_from(old, new),
        "codelists_removed": missing_from(new, old),
        "codelists": {id_: change for id_, change in changes.items() if change != CodelistChanges()},
    }
