"""SDMX-CSV is written as it should be read: names, keys, and fields that need quotes."""

from __future__ import annotations

import csv
import io

import pyarrow as pa

from portal.query.formats_sdmx_csv import CsvColumn, CsvLayout, sdmx_csv_parts

TABLE = pa.table({"SEX": ["F", "_T"], "OBS_VALUE": pa.array([12, None], pa.int64()), "OBS_STATUS": ["A", "Q"]})
COLUMNS = (
    CsvColumn("SEX", 'Sex, "as said"', {"F": 'Female, "F"', "_T": "Total"}),
    CsvColumn("OBS_VALUE", "Value"),
    CsvColumn("OBS_STATUS", "Status", {"A": "Normal", "Q": "Suppressed"}),
)


def written(*tables: pa.Table, **layout: object) -> tuple[str, list[list[str]]]:
    whole = CsvLayout("A:F(1.0.0)", "Flow, one", COLUMNS, **layout)  # type: ignore[arg-type]
    text = b"".join(sdmx_csv_parts(tables, whole)).decode()
    return text, list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_codes_need_no_quotes_and_a_withheld_cell_is_empty() -> None:
    text, _ = written(TABLE, TABLE.slice(1))
    assert text == (
        "STRUCTURE,STRUCTURE_ID,ACTION,SEX,OBS_VALUE,OBS_STATUS\r\n"
        "dataflow,A:F(1.0.0),R,F,12,A\r\n"
        "dataflow,A:F(1.0.0),R,_T,,Q\r\n"
        "dataflow,A:F(1.0.0),R,_T,,Q\r\n"
    )


def test_names_stand_beside_codes() -> None:
    _, (head, first, second) = written(TABLE, labels="name")
    assert head[:4] == ["STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION"]
    assert head[4:] == ["SEX", 'Sex, "as said"', "OBS_VALUE", "Value", "OBS_STATUS", "Status"]
    assert first[2:] == ["Flow, one", "R", "F", 'Female, "F"', "12", "", "A", "Normal"]
    assert second[4:] == ["_T", "Total", "", "", "Q", "Suppressed"]


def test_names_are_joined_to_codes() -> None:
    _, (head, first, second) = written(TABLE, labels="both")
    assert head[3:] == ['SEX: Sex, "as said"', "OBS_VALUE: Value", "OBS_STATUS: Status"]
    assert first == ["dataflow", "A:F(1.0.0): Flow, one", "R", 'F: Female, "F"', "12", "A: Normal"]
    assert second[4] == ""


def test_keys_join_codes() -> None:
    _, (head, first, _) = written(TABLE, keys={"SERIES_KEY": ["SEX"], "OBS_KEY": ["SEX", "OBS_STATUS"]})
    assert head[3:5] == ["SERIES_KEY", "OBS_KEY"]
    assert first[3:5] == ["F", "F.A"]


def test_an_answer_without_rows_has_its_line_of_names() -> None:
    _, lines = written()
    assert lines == [["STRUCTURE", "STRUCTURE_ID", "ACTION", "SEX", "OBS_VALUE", "OBS_STATUS"]]
