"""Every format says the same of an answer, whole or in chunks, and none makes a withheld value a number."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook
from rustpy_xlsxwriter import write_worksheets

import datasets.workbook as workbook_module
from datasets.codelist import Codelist, Member
from datasets.errors import NotAcceptable, QueryInvalid, QueryTimeout
from datasets.text import Bilingual
from portal.query import formats
from portal.query.answer_formats import FORMATS, accepted_format, named_format
from portal.query.formats_columnar import ABOUT
from portal.query.model import ALL_ROWS, MOST_ROWS
from portal.query.plan import Column
from tests.support.cubes import both
from tests.support.written import written

SEX = Codelist("sex", both("sex"), (Member("F", Bilingual(vi="Nữ, gái", en='"Female"')), Member("M", both("men"))))
COLUMNS = (
    Column("sex", "dimension", "string", Bilingual(vi="Giới tính", en="Sex")),
    Column("sex_label", "label", "string", Bilingual(vi="Giới tính", en="Sex"), "sex", SEX, "vi"),
    Column("cases", "measure", "integer", Bilingual(vi="Số ca", en="Cases")),
    Column("cases_status", "status", "string", both("status")),
    Column("rate", "measure", "number", both("rate")),
    Column("day", "field", "date", both("day")),
)
ROWS: list[dict[str, Any]] = [
    {"sex": "F", "cases": 12, "cases_status": "observed", "rate": 1.5, "day": date(2026, 1, 2)},
    {"sex": "M", "cases": None, "cases_status": "suppressed", "rate": None, "day": None},
    {"sex": "x", "cases": 0, "cases_status": "zero", "rate": 0.25, "day": date(2026, 1, 3)},
]
LABELS = ["Nữ, gái", "men (vi)", "x"]
TYPES = {
    "sex": pa.string(), "cases": pa.int64(), "cases_status": pa.string(), "rate": pa.float64(), "day": pa.date32(),
}  # fmt: skip
EXPECTED = [
    {"sex": row["sex"], "sex_label": label, **{name: row[name] for name in ("cases", "cases_status", "rate", "day")}}
    for row, label in zip(ROWS, LABELS, strict=True)
]


def chunk(rows: list[dict[str, Any]]) -> pa.Table:
    """A chunk as it is read: stored columns, then an order value and the row number."""
    table = pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in TYPES.items()})
    return table.append_column("_key0", pa.array(range(len(rows)))).append_column("_row", pa.array(range(len(rows))))


CHUNKINGS = ([chunk(ROWS)], [chunk(ROWS[:1]), chunk(ROWS[1:2]), chunk(ROWS[2:])])


def content(key: str, chunks: list[pa.Table], **style: Any) -> bytes:
    about = {"release": "2026.1", "total": 3}
    return b"".join(named_format(key).write(written(COLUMNS, iter(chunks), about, **style)))


def jsonable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def from_json(raw: bytes) -> list[dict[str, Any]]:
    document = orjson.loads(raw)
    assert document["release"] == "2026.1"
    return list(document["data"])


def from_lines(raw: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in raw.splitlines()]


def from_csv(raw: bytes) -> list[dict[str, Any]]:
    rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
    kinds: dict[str, Callable[[str], Any]] = {"cases": int, "rate": float}
    return [{name: kinds.get(name, str)(text) if text else None for name, text in row.items()} for row in rows]


def from_arrow(raw: bytes) -> list[dict[str, Any]]:
    return said_and_rows(pa.ipc.open_stream(raw).read_all())


def from_parquet(raw: bytes) -> list[dict[str, Any]]:
    return said_and_rows(pq.read_table(pa.BufferReader(raw), page_checksum_verification=True))


def said_and_rows(table: pa.Table) -> list[dict[str, Any]]:
    assert orjson.loads(table.schema.metadata[ABOUT])["release"] == "2026.1"
    assert table.schema.field("cases").metadata[b"title_vi"].decode() == "Số ca"
    return list(map(jsonable, table.to_pylist()))


READERS = {
    "json": from_json, "jsonl": from_lines, "csv": from_csv, "arrow": from_arrow, "parquet": from_parquet,
}  # fmt: skip


@pytest.mark.parametrize("few", [0, 200])
@pytest.mark.parametrize("chunks", CHUNKINGS)
@pytest.mark.parametrize("key", READERS)
def test_every_format_says_the_same(
    key: str, chunks: list[pa.Table], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "_FEW_ROWS", few)
    monkeypatch.setattr(formats, "_ROWS_AT_ONCE", 2)
    assert READERS[key](content(key, chunks)) == list(map(jsonable, EXPECTED))
    marked = READERS[key](content(key, chunks, synthetic=True))
    marks = [row.get("synthetic") for row in marked]
    assert marks == [None if key == "json" else "true" if key == "csv" else True] * 3


@pytest.mark.parametrize("key", READERS)
def test_an_answer_without_rows_is_whole(key: str) -> None:
    assert READERS[key](content(key, [chunk([])])) == []


@pytest.mark.parametrize("chunks", CHUNKINGS)
def test_a_workbook_has_typed_cells_and_notes(chunks: list[pa.Table]) -> None:
    raw = content("xlsx", chunks)
    book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    data, columns, notes = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    assert data[0] == [column.name for column in COLUMNS]
    assert data[1][:5] == ["F", "Nữ, gái", 12, "observed", 1.5]
    assert data[2] == ["M", "men (vi)", "", "suppressed", "", ""]
    assert columns[3] == ["cases", "Số ca", "Cases"]
    assert ["Nguồn - Source", "Bộ Y tế", "Ministry of Health"] in notes
    assert raw == content("xlsx", chunks)


@pytest.mark.parametrize(
    ("header", "titles"),
    [
        ("vi", ["Giới tính (mã)", "Giới tính", "Số ca"]),
        ("en", ["Sex (code)", "Sex", "Cases"]),
        ("both", ["Giới tính (mã) / Sex (code)", "Giới tính / Sex", "Số ca / Cases"]),
    ],
)
def test_titles_may_stand_above_the_columns(header: str, titles: list[str]) -> None:
    text = content("csv", CHUNKINGS[0], header=header, synthetic=True).decode()
    heading = next(csv.reader(io.StringIO(text, newline="")))
    assert heading[:3] == titles
    assert heading[-1] == "synthetic"
    book = CalamineWorkbook.from_filelike(io.BytesIO(content("xlsx", CHUNKINGS[0], header=header)))
    sheet = book.get_sheet_by_index(0).to_python()
    assert sheet[0][:3] == titles


def test_excel_knows_utf_8_by_its_mark() -> None:
    assert content("csv", CHUNKINGS[0], bom=True) == b"\xef\xbb\xbf" + content("csv", CHUNKINGS[0])


def test_a_workbook_that_cannot_be_made_now_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workbook_module, "write_worksheets", full)
    with pytest.raises(QueryTimeout, match="workbook"):
        content("xlsx", CHUNKINGS[0])
    assert write_worksheets is not full
    monkeypatch.undo()
    assert zipfile.is_zipfile(io.BytesIO(content("xlsx", CHUNKINGS[0])))


@pytest.mark.parametrize(
    ("accept", "key"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
        ("text/csv", "csv"),
        ("text/csv;q=0.5, application/json;q=0.4", "csv"),
        ("text/*", "csv"),
        ("application/vnd.apache.parquet", "parquet"),
        ("APPLICATION/X-NDJSON", "jsonl"),
        ("application/json;q=0, */*;q=0.1", "csv"),
        ("text/plain, application/vnd.apache.arrow.stream;q=0.001", "arrow"),
    ],
)
def test_accept_chooses_a_format(accept: str, key: str) -> None:
    assert accepted_format(accept).key == key


@pytest.mark.parametrize("accept", ["text/plain", "application/json;q=0", "text/csv;q=many", ";;;", "," * 5000])
def test_an_accept_header_that_takes_none_is_told_which_there_are(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        accepted_format(accept)
    assert "text/csv" in caught.value.problems[0].remedy


def test_formats_are_named_by_their_keys() -> None:
    assert named_format("csv") is FORMATS["csv"]
    assert FORMATS.keys() == MOST_ROWS.keys()
    assert FORMATS["parquet"].most == ALL_ROWS
    with pytest.raises(QueryInvalid, match="'xml' is not known") as caught:
        named_format("xml")
    assert caught.value.problems[0].remedy == "Known here: json, csv, jsonl, xlsx, parquet, arrow, json-stat"
