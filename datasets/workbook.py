"""Writes tables as workbooks: typed cells, labels in both languages, and a sheet that says what the numbers mean."""

from __future__ import annotations

import io
import os
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from rustpy_xlsxwriter import write_worksheets

from datasets.codelist import Codelist
from datasets.text import Bilingual

DATA_SHEET = "Số liệu - Data"
COLUMNS_SHEET = "Cột - Columns"
NOTES_SHEET = "Ghi chú - Notes"

_CLOCK = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
_OLDEST = (1980, 1, 1, 0, 0, 0)
_FIRST_DAY = date(1900, 1, 1)
"""Workbooks know no day before; their writer leaves the cell empty."""
_LARGEST = 2**53
"""Numbers of workbooks are doubles, which tell whole numbers apart up to here."""


def workbook(
    rows: pa.Table,
    *,
    labels: Mapping[str, Codelist],
    columns: Sequence[Mapping[str, str]],
    notes: Iterable[tuple[str, Bilingual]],
    header: Sequence[str] = (),
) -> bytes:
    """Return ``rows`` and what explains them as an XLSX file; the same rows give the same bytes.

    Sheets: the data, with two label columns after each code column that ``labels`` names, under the names of the
    columns or under ``header``; ``columns``, one row each; and ``notes``, a heading and a text in both languages. Text
    is always a string cell, never a formula; a column with a day or a whole number that workbooks do not know is text.
    Raises OSError where the writer's temporary files cannot be written.
    """
    note_rows = [{"": heading, "Tiếng Việt": text.vi, "English": text.en} for heading, text in notes]
    shown = _held(_labelled(rows, labels))
    sheets = [
        (DATA_SHEET, shown.rename_columns(list(header)) if header else shown),
        (COLUMNS_SHEET, [dict(column) for column in columns]),
        (NOTES_SHEET, note_rows),
    ]
    buffer = io.BytesIO()
    with _panics():
        write_worksheets(
            sheets,
            buffer,
            freeze_panes={"general": {"row": 1, "col": 0}},
            bold_headers=True,
            autofilter={DATA_SHEET: True},
            column_width={"general": 22.0, NOTES_SHEET: 60.0},
        )
    return _without_clock(buffer)


@contextmanager
def _panics() -> Iterator[None]:
    """The writer keeps its work in temporary files, and panics, which is no Exception, when they cannot be written."""
    try:
        yield
    except (Exception, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as panic:  # noqa: BLE001
        code = re.search(r"Os \{ code: ([0-9]+)", str(panic))
        if code is None:
            raise RuntimeError("the writer of workbooks panicked") from None
        raise OSError(int(code[1]), os.strerror(int(code[1])), tempfile.gettempdir()) from None


def _labelled(rows: pa.Table, labels: Mapping[str, Codelist]) -> pa.Table:
    names: list[str] = []
    arrays: list[pa.ChunkedArray] = []
    for name in rows.column_names:
        column = rows.column(name)
        names.append(name)
        arrays.append(column)
        if name in labels:
            members = labels[name].members
            places = pc.index_in(column, pa.array([member.code for member in members], pa.string()))
            for language, texts in (("vi", [m.label.vi for m in members]), ("en", [m.label.en for m in members])):
                names.append(f"{name} ({language})")
                arrays.append(pc.take(pa.array(texts, pa.string()), places))
    return pa.table(arrays, names=names)


def _held(rows: pa.Table) -> pa.Table:
    """Return ``rows`` with each column as text whose numbers or days a workbook would change or lose."""
    columns = [column.cast(pa.string()) if _is_beyond(column) else column for column in rows.columns]
    return pa.table(columns, names=rows.column_names)


def _is_beyond(column: pa.ChunkedArray) -> bool:
    if pa.types.is_date(column.type):
        return bool(pc.any(pc.less(column, pa.scalar(_FIRST_DAY, column.type))).as_py())
    if pa.types.is_integer(column.type):
        least, most = pc.min_max(column).as_py().values()
        return least is not None and bool(least < -_LARGEST or most > _LARGEST)
    return False


def _without_clock(made: io.BytesIO) -> bytes:
    """Copy the workbook without the times that its writer put in."""
    copy = io.BytesIO()
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            info = zipfile.ZipInfo(name, _OLDEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            target.writestr(info, _CLOCK.sub(b"", content) if name == "docProps/core.xml" else content)
    return copy.getvalue()
