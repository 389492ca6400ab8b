"""Workbooks: typed cells, sheets, old fonts behind Unicode, and readers that must not take the process with them."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from rustpy_xlsxwriter import write_worksheets

from datasets.source import Column
from tests.unit.publishers.extract.conftest import Intake

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml"'
    ' ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def _workbook(path: Path, rows: str) -> None:
    """Write a workbook whose sheet is given as XML, for what no writer would write."""
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            archive.writestr(name, text)


def _write(intake: Intake, rows: list[dict[str, object]], **more: list[dict[str, object]]) -> None:
    write_worksheets([("Sheet1", rows), *more.items()], str(intake.folder / "x.xlsx"))


def test_typed_cells_are_written_as_the_declaration_writes_them(intake: Intake) -> None:
    row = {
        "n": 3.0,
        "x": 1.5,
        "d": date(2024, 3, 1),
        "t": datetime.fromisoformat("2024-03-01 13:05:00"),
        "b": True,
        "s": "=1+1",
        "e": None,
    }
    _write(intake, [row])
    columns = {
        "n": Column(type="integer"),
        "x": Column(type="number"),
        "d": Column(type="date", formats=("%d/%m/%Y",)),
        "t": Column(),
        "b": Column(),
        "s": Column(),
        "e": Column(required=False),
    }
    for decimal in (".", ","):
        assert intake.rows("x.xlsx", columns=columns, decimal=decimal) == [
            (3, 1.5, date(2024, 3, 1), "2024-03-01 13:05:00", "TRUE", "=1+1", None)
        ]


def test_the_declared_sheet_is_read(intake: Intake) -> None:
    _write(intake, [{"a": 1, "b": "x"}], Second=[{"a": 2, "b": "y"}])
    assert intake.rows("x.xlsx") == [(1, "x")]
    assert intake.rows("x.xlsx", sheet="Second") == [(2, "y")]
    assert "has no sheet “Third”" in intake.problems("x.xlsx", sheet="Third")[0]


def test_rows_are_numbered_as_the_sheet_numbers_them(intake: Intake) -> None:
    rows = '<row r="3"><c r="B3" t="inlineStr"><is><t>a</t></is></c><c r="C3" t="inlineStr"><is><t>b</t></is></c></row>'
    rows += '<row r="5"><c r="B5"><v>5</v></c></row><row r="9"><c r="B9"><v>5.5</v></c></row>'
    _workbook(intake.folder / "x.xlsx", rows)
    assert intake.problems("x.xlsx", header_row=3)[0].startswith("x.xlsx, column a, row 9: must be a whole number")
    assert intake.rows("x.xlsx", header_row=3, max_bad_rows=1) == [(5, None)]
    assert "row 1: is empty: no header" in intake.problems("x.xlsx")[0]


def test_old_fonts_are_found_in_headers_and_cells(intake: Intake) -> None:
    """As in the ministry's yearbook of 2017, whose cells are Unicode that stands for bytes of TCVN3."""
    places = ["Hµ Néi", "H¶i Phßng", "Th¸i B×nh", "B¾c Giang"]
    _write(intake, [{"TØnh/T.phè": place, "Th¸ng 1": 7} for place in places])
    columns = {"province": Column(header="Tỉnh/T.phố"), "cases": Column(header="Tháng 1", type="integer")}
    expected = [("Hà Nội", 7), ("Hải Phòng", 7), ("Thái Bình", 7), ("Bắc Giang", 7)]
    assert intake.rows("x.xlsx", columns=columns) == expected
    assert intake.rows("x.xlsx", columns=columns, encoding="tcvn3") == expected
    assert "no column has the header" in intake.problems("x.xlsx", columns=columns, encoding="utf-8")[0]


def test_a_cell_that_is_not_in_the_declared_font_is_told(intake: Intake) -> None:
    _write(intake, [{"a": 1, "b": "x°"}])
    assert "row 2: is not tcvn3" in intake.problems("x.xlsx", encoding="tcvn3")[0]


def test_a_tiny_workbook_that_asks_for_half_a_terabyte_ends_only_its_reader(intake: Intake) -> None:
    _workbook(
        intake.folder / "x.xlsx",
        '<row r="1"><c r="A1"><v>5</v></c></row><row r="1048576"><c r="XFD1048576"><v>5</v></c></row>',
    )
    assert "its used area is too large" in intake.problems("x.xlsx")[0]


def test_a_damaged_workbook_is_refused(intake: Intake) -> None:
    _write(intake, [{"a": 1, "b": "x" * 1000}])
    path = intake.folder / "x.xlsx"
    content = bytearray(path.read_bytes())
    place = content.find(b"xl/worksheets/sheet1.xml") + 60
    content[place : place + 8] = b"\xff" * 8
    path.write_bytes(content)
    assert "x.xlsx: is damaged" in intake.problems("x.xlsx")[0]


@pytest.mark.parametrize("cells", [4, 400])
def test_many_columns_are_staged_in_smaller_batches(intake: Intake, cells: int) -> None:
    _write(intake, [{f"c{place}": place for place in range(cells)} for _ in range(20)])
    columns = {"a": Column(header="c0"), "b": Column(header=f"c{cells - 1}")}
    assert intake.rows("x.xlsx", columns=columns, extra_columns="ignore") == [("0", str(cells - 1))] * 20
