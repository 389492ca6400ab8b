"""Builds the package of an edition: the same contents always give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from datasets.codelist import Codelist
from datasets.errors import Problem, ReleaseRejected, StoreUnavailable
from datasets.fingerprint import sha256_of_file
from datasets.package_files import CSVW, CSVW_TYPE, RO_CRATE, RO_CRATE_TYPE
from datasets.release import FileEntry, RegisterDescription, ReleaseDescription, TableDescription
from datasets.text import Bilingual
from publishers.limits import JobLimits
from publishers.package.changelog import changelog, sentence
from publishers.package.changes import compare
from publishers.package.checks import check_package
from publishers.package.codelist_files import write_codelist
from publishers.package.contents import EditionContents, Package, PreviousRelease
from publishers.package.csvw import csvw
from publishers.package.data_files import write_csv, write_parquet
from publishers.package.description import describe, published_codelists
from publishers.package.descriptor import descriptor
from publishers.package.file_names import CHECKSUMS, checksum_line
from publishers.package.readme import column_table, methods, readme, workbook_notes
from publishers.package.ro_crate import ro_crate
from publishers.package.ro_crate_checks import check_crate
from publishers.package.tables import check_labels, filled_fields, register_rows, table_rows
from publishers.package.workbook import write_workbook

__all__ = ["EditionContents", "Package", "PreviousRelease", "build_package"]

_MEDIA_TYPES = {
    CSVW: CSVW_TYPE,
    RO_CRATE: RO_CRATE_TYPE,
    ".csv": "text/csv",
    ".json": "application/json",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def build_package(contents: EditionContents, folder: Path, limits: JobLimits) -> Package:
    """Write the package of ``contents`` into ``folder``, which must not exist or be empty, and check it in ``limits``.

    Neither the clock nor the version goes into a file, so that a job that runs again publishes nothing new; the day on
    which it appears is in the RO-Crate alone, which no store takes for content. Raises ReleaseRejected when anything in
    the package must not be published, StoreUnavailable when the disk refuses.
    """
    with _disk_errors(folder):
        return _build(contents, folder, limits)


def _build(contents: EditionContents, folder: Path, limits: JobLimits) -> Package:
    _make_empty(folder)
    codelists = published_codelists(contents)
    check_labels(codelists.values())
    description = describe(contents, codelists)
    _write_data(contents, description, codelists, folder)
    for codelist in description.codelists:
        write_codelist(codelists[codelist.id], folder / codelist.path)
    data_files = {entry.path: entry for entry in _entries(folder)}
    _write_json(folder / "datapackage.json", descriptor(description, data_files))
    _write_json(folder / CSVW, csvw(description, filled_fields(contents)))
    _write_text(folder / "README.md", readme(description))
    _write_text(folder / "methods.md", methods(contents.loaded.methods, synthetic=description.synthetic))
    if contents.disclosure_report is not None:
        report = {"synthetic": description.synthetic, **contents.disclosure_report}
        _write_json(folder / "disclosure-report.json", report)
    check_package(folder, description, limits)
    changes = _write_changes(contents, description, codelists, folder, limits)
    _write_json(folder / RO_CRATE, ro_crate(description, _entries(folder), contents.published))
    lines = [checksum_line(entry.sha256, entry.path) for entry in _entries(folder)]
    _write_text(folder / CHECKSUMS, "".join(lines))
    files = _entries(folder)
    check_crate(folder / RO_CRATE, files)
    return Package(folder, files, description, changes)


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses into StoreUnavailable; what DuckDB says of it is not passed on."""
    try:
        yield
    except OSError as error:
        raise _unwritable(error.filename or folder, error.strerror or "failed") from None
    except duckdb.IOException:
        raise _unwritable(folder, "cannot be read back to be checked") from None
    except duckdb.OutOfMemoryException:
        raise _unwritable(folder, "cannot be checked in the memory and the room on the disk that there are") from None


def _unwritable(place: Path | str, rule: str) -> StoreUnavailable:
    remedy = "Make room or give this user the right to write there, then run the job again: nothing was published"
    return StoreUnavailable("The package cannot be written", problems=[Problem(str(place), rule, remedy)])


def _make_empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        problem = Problem(str(folder), "must be empty", "Build into a new folder")
        raise ReleaseRejected("The folder of the package holds other files", problems=[problem])
    for name in ("data", "codelists"):
        (folder / name).mkdir()


def _write_data(
    contents: EditionContents, description: ReleaseDescription, codelists: Mapping[str, Codelist], folder: Path
) -> None:
    labels = {dimension.name: codelists[dimension.codelist] for dimension in description.dimensions}
    for table in description.tables:
        rows = table_rows(contents.tables[table.id], table, description)
        _write_forms(rows, table, folder, description=description, title=table.title, labels=labels)
    if description.register_ is not None:
        rows = register_rows(contents, description.register_.fields)
        _write_forms(rows, description.register_, folder, description=description, title=description.title, labels={})


def _write_forms(  # noqa: PLR0913 - what is written, where and with what explanations
    rows: pa.Table,
    table: TableDescription | RegisterDescription,
    folder: Path,
    *,
    description: ReleaseDescription,
    title: Bilingual,
    labels: Mapping[str, Codelist],
) -> None:
    about = {"dataset": description.dataset, "edition": description.edition, "title": title.vi, "title_en": title.en}
    about |= {"licence": description.licence, "synthetic": json.dumps(description.synthetic)}
    write_csv(rows, folder / table.csv)
    write_parquet(rows, folder / table.parquet, {f"ytemo:{name}": text for name, text in about.items()})
    if table.xlsx:
        columns = column_table(description, rows.column_names)
        notes = workbook_notes(description, title)
        write_workbook(rows, folder / table.xlsx, labels=labels, columns=columns, notes=notes)


def _write_changes(
    contents: EditionContents,
    description: ReleaseDescription,
    codelists: Mapping[str, Codelist],
    folder: Path,
    limits: JobLimits,
) -> Bilingual:
    changes = compare(contents.previous, description, codelists, folder, limits)
    _write_text(folder / "CHANGELOG.md", changelog(changes, description))
    _write_json(folder / "changelog.json", {"synthetic": description.synthetic, **changes.as_json()})
    return sentence(changes)


def _entries(folder: Path) -> tuple[FileEntry, ...]:
    """Return the files in ``folder``, those that people read first at the beginning."""
    paths = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    paths.sort(key=lambda path: ("/" in path, path))
    return tuple(_entry(folder / path, path) for path in paths)


def _entry(file: Path, path: str) -> FileEntry:
    media_type = _MEDIA_TYPES.get(path) or _MEDIA_TYPES[file.suffix]
    return FileEntry(path=path, sha256=sha256_of_file(file), bytes=file.stat().st_size, media_type=media_type)


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    _write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
