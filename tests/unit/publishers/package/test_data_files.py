"""CSV, Parquet and XLSX hold the same rows, typed, with nulls where nothing is known."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from datasets.errors import ReleaseRejected
from datasets.file_sql import read_csv, read_parquet
from datasets.workbook import COLUMNS_SHEET, DATA_SHEET, NOTES_SHEET
from publishers.package import description as description_module
from publishers.package.build import Package
from publishers.package.data_files import write_csv, write_parquet
from tests.support.packages import build_package
from tests.support.releases import (
    disease_contents,
    disease_definition,
    register_contents,
    visit_contents,
    visit_definition,
)


def test_csv_is_rfc_4180_in_utf_8(tmp_path: Path) -> None:
    rows = pa.table(
        {
            "text": ['a "quoted", text', "two\nlines", None, "Tỉnh", "01"],
            "whole": pa.array([1, None, -3, 0, 2**53], pa.int64()),
            "number": pa.array([1.5, 2.0, None, 0.1, 1e-7]),
            "day": pa.array([date(2024, 2, 29), None, None, None, None]),
        }
    )
    write_csv(rows, tmp_path / "x.csv")
    content = (tmp_path / "x.csv").read_bytes()

    assert content.startswith(b"text,whole,number,day\r\n")
    assert content.count(b"\r\n") == 6
    assert list(csv.reader(content.decode("utf-8").split("\r\n")[:-1]))[1:] == [
        ['a "quoted", text', "1", "1.5", "2024-02-29"],
        ["two\nlines", "", "2", ""],
        ["", "-3", "", ""],
        ["Tỉnh", "0", "0.1", ""],
        ["01", str(2**53), "1e-7", ""],
    ]


def test_negative_zero_is_zero(tmp_path: Path) -> None:
    contents = disease_contents(disease_definition(), "2024")
    table = contents.tables["by-month"]
    means = [-0.0, *table.data.column("mean_stay").to_pylist()[1:]]
    data = table.data.set_column(table.data.column_names.index("mean_stay"), "mean_stay", pa.array(means))
    tables = {**contents.tables, "by-month": replace(table, data=data)}
    package = build_package(replace(contents, tables=tables), tmp_path / "package")

    lines = (package.folder / "data" / "by-month.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1].endswith(',0,"observed"')


def test_parquet_is_compressed_checked_and_described(visits: Package) -> None:
    path = visits.folder / "data" / "visits.parquet"
    metadata = pq.read_metadata(path)
    column = metadata.row_group(0).column(0)

    assert column.compression == "ZSTD"
    assert "RLE_DICTIONARY" in column.encodings
    assert metadata.metadata[b"ytemo:synthetic"] == b"true"
    assert metadata.metadata[b"ytemo:dataset"] == b"hospital-visits"
    rows = pq.read_table(path, page_checksum_verification=True)
    assert rows.schema.types == [pa.string(), pa.string(), pa.int64(), pa.string(), pa.bool_()]


def test_a_flipped_bit_in_a_page_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    write_parquet(pa.table({"n": pa.array(range(10_000), pa.int64())}), path, {})
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(OSError, match=r"(?i)crc|corrupt|checksum"):
        pq.read_table(path, page_checksum_verification=True)


def test_all_forms_hold_the_same_rows(diseases: Package) -> None:
    data = diseases.folder / "data"
    parquet = duckdb.execute(f"FROM {read_parquet(data / 'by-month.parquet')}").fetchall()
    options = "header = true, types = {'province': 'VARCHAR'}"
    text = duckdb.execute(f"FROM {read_csv(data / 'by-month.csv', options)}").fetchall()
    sheet = pd.read_excel(data / "by-month.xlsx", engine="calamine", dtype=object)
    names = [name for name in sheet.columns if "(" not in name]

    assert parquet == text
    assert len(parquet) == 273
    for row, shown in zip(parquet, sheet[names].itertuples(index=False), strict=True):
        assert [None if pd.isna(cell) else cell for cell in shown] == list(row)


def test_rows_keep_the_order_they_were_given(diseases: Package) -> None:
    rows = duckdb.execute(f"FROM {read_parquet(diseases.folder / 'data' / 'by-province.parquet')}").fetchall()

    assert [row[0] for row in rows] == ["_T", "N", "01", "22", "S", "48", "79"]


# Workbooks ------------------------------------------------------------------------------------------------------------


def test_a_workbook_has_labels_columns_and_notes(diseases: Package) -> None:
    book = CalamineWorkbook.from_path(str(diseases.folder / "data" / "by-province.xlsx"))

    assert book.sheet_names == [DATA_SHEET, COLUMNS_SHEET, NOTES_SHEET]
    data = book.get_sheet_by_name(DATA_SHEET).to_python()
    assert data[0] == ["province", "province (vi)", "province (en)", "cases", "cases_status"]
    assert data[1][:3] == ["_T", "Cả nước", "Whole country"]
    assert data[3][:3] == ["01", "Hà Nội", "Ha Noi"]
    columns = book.get_sheet_by_name(COLUMNS_SHEET).to_python()
    assert columns[2] == ["cases", "Số ca mắc", "Cases", "ca", "cases", ""]
    notes = str(book.get_sheet_by_name(NOTES_SHEET).to_python())
    for text in ("Cục Phòng bệnh", "Creative Commons Attribution 4.0", "Withheld to protect people", "edition 2024"):
        assert text in notes
    assert "SYNTHETIC" not in notes


def test_made_up_data_is_marked_in_every_file(visits: Package) -> None:
    assert visits.description.synthetic
    for entry in visits.files:
        path = visits.folder / entry.path
        if path.suffix == ".csv" and "data" in path.parts:
            assert set(pd.read_csv(path)["synthetic"]) == {True}
        elif path.suffix == ".parquet":
            assert set(pq.read_table(path)["synthetic"].to_pylist()) == {True}
        elif path.suffix == ".xlsx":
            book = CalamineWorkbook.from_path(str(path))
            notes = book.get_sheet_by_name(NOTES_SHEET).to_python()
            assert "DỮ LIỆU GIẢ LẬP" in str(notes[1][1])
            assert book.get_sheet_by_name(DATA_SHEET).to_python()[1][-1] is True
    readme = (visits.folder / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("> **DỮ LIỆU GIẢ LẬP")
    assert "> **SYNTHETIC DATA" in readme
    assert json.loads((visits.folder / "datapackage.json").read_text(encoding="utf-8"))["synthetic"] is True


def test_text_in_a_workbook_is_never_a_formula(tmp_path: Path) -> None:
    package = build_package(register_contents(name=["-5", "a", "b", "http://example.org"]), tmp_path / "package")
    with zipfile.ZipFile(package.folder / "data" / "register.xlsx") as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name]
        everything = b"".join(archive.read(name) for name in archive.namelist())

    assert not any(re.search(rb"<f[ >]", sheet) for sheet in sheets)
    assert b">-5<" in sheets[0]
    assert b"hyperlink" not in everything
    assert b"dcterms:created" not in everything


def test_a_register_keeps_its_types(register: Package) -> None:
    rows = pq.read_table(register.folder / "data" / "register.parquet")

    assert rows.schema.types == [pa.string(), pa.string(), pa.int64(), pa.date32()]
    assert rows.column("beds").to_pylist() == [3200, None, 0, 15]
    sheet = pd.read_excel(register.folder / "data" / "register.xlsx", engine="calamine")
    assert sheet["beds"].tolist()[0] == 3200
    assert str(sheet["issued"][0])[:10] == "2014-05-01"


def test_what_a_workbook_would_lose_or_round_is_text_there(tmp_path: Path) -> None:
    days = [date(1862, 5, 1), date(1899, 12, 31), None, date(2014, 5, 1)]
    contents = register_contents(issued=days, beds=[2**53 + 1, -(2**60), None, 7])
    package = build_package(contents, tmp_path / "package")

    sheet = pd.read_excel(package.folder / "data" / "register.xlsx", engine="calamine", dtype=object)
    assert sheet["issued"].tolist()[:2] == ["1862-05-01", "1899-12-31"]
    assert sheet["issued"].tolist()[3] == "2014-05-01"
    assert sheet["beds"].tolist()[:2] == ["9007199254740993", "-1152921504606846976"]
    assert sheet["beds"].tolist()[3] == "7"
    assert pd.isna(sheet["issued"][2])
    assert pd.isna(sheet["beds"][2])


def test_what_a_workbook_holds_stays_a_day_and_a_number(tmp_path: Path) -> None:
    contents = register_contents(issued=[date(1900, 1, 1)] * 4, beds=[2**53, -(2**53), None, None])
    package = build_package(contents, tmp_path / "package")

    sheet = pd.read_excel(package.folder / "data" / "register.xlsx", engine="calamine")
    assert str(sheet["issued"][0])[:10] == "1900-01-01"
    assert sheet["beds"].tolist()[:2] == [2**53, -(2**53)]


@pytest.mark.parametrize("text", ["y" * 32_768, "\N{GRINNING FACE}" * 16_384])
def test_text_that_no_cell_of_a_workbook_holds_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReleaseRejected, match=r"register row 2, column name: .* at most 32,767 characters") as refused:
        build_package(register_contents(name=["a", text, None, "d"]), tmp_path / "package")

    assert len(str(refused.value)) < 1_000


def test_the_longest_text_of_a_cell_is_published(tmp_path: Path) -> None:
    longest = "\N{GRINNING FACE}" * 16_383 + "y"
    package = build_package(register_contents(name=["a", longest, None, "d"]), tmp_path / "package")

    sheet = pd.read_excel(package.folder / "data" / "register.xlsx", engine="calamine")
    assert sheet["name"][1] == longest


def test_empty_text_is_no_text(tmp_path: Path) -> None:
    package = build_package(register_contents(name=["a", "", None, "d"]), tmp_path / "package")

    assert pq.read_table(package.folder / "data" / "register.parquet")["name"].to_pylist() == ["a", None, None, "d"]


def test_a_table_with_too_many_rows_has_no_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(description_module, "MOST_WORKBOOK_ROWS", 3)
    package = build_package(visit_contents(visit_definition(), "2024"), tmp_path / "package")

    assert package.description.tables[0].xlsx == ""
    assert not (package.folder / "data" / "visits.xlsx").exists()
    assert "XLSX" not in (package.folder / "README.md").read_text(encoding="utf-8")


def test_an_empty_register_is_a_register(tmp_path: Path) -> None:
    package = build_package(register_contents(licence_number=[], name=[], beds=[], issued=[]), tmp_path / "package")

    assert package.description.register_ is not None
    assert package.description.register_.rows == 0


def test_a_register_of_other_types_is_refused(tmp_path: Path) -> None:
    contents = register_contents()
    assert contents.register is not None
    text = contents.register.set_column(2, "beds", pa.array(["many", "few", "none", "1"]))
    with pytest.raises(ReleaseRejected, match="register, column beds: must be int64"):
        build_package(type(contents)(**(vars(contents) | {"register": text})), tmp_path / "package")
