"""Typed cells as text, and the workbook reader in the process of the test."""

from __future__ import annotations

import io
import json
import math
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from rustpy_xlsxwriter import write_worksheet

from datasets.source import Source
from publishers.extract import workbook_reader
from publishers.extract.cells import Notation

COMMA = Notation(",", {"seen": "%d/%m/%Y"})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("e\u0301", "é"),
        (True, "TRUE"),
        (7, "7"),
        (7.0, "7"),
        (1.5, "1,5"),
        (-1e300, "-1e+300"),
        (math.nan, None),
        (math.inf, "inf"),
        (Decimal("1.50"), "1,50"),
        (Decimal(12345678901234567890), "12345678901234567890"),
        (date(2024, 3, 1), "2024-03-01"),
        (datetime.fromisoformat("2024-03-01T00:00:00"), "2024-03-01"),
        (datetime.fromisoformat("2024-03-01T08:30:00"), "2024-03-01 08:30:00"),
        (datetime.fromisoformat("2024-03-01T00:00:00+07:00"), "2024-03-01 00:00:00+07:00"),
        (time(8, 30), "08:30:00"),
        (timedelta(hours=30), "1 day, 6:00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_a_typed_cell_as_text(value: object, text: str | None) -> None:
    assert COMMA.text(value) == text


def test_a_date_is_written_in_the_first_declared_format() -> None:
    assert COMMA.text(date(2024, 3, 1), "seen") == "01/03/2024"


def test_a_type_without_text_is_named() -> None:
    with pytest.raises(TypeError, match=r"^bytes$"):
        COMMA.text(b"x")


@pytest.mark.parametrize(
    ("columns", "sheet", "expected"),
    [
        ({"a": {}, "b": {}}, "", {"headers": ["a", "b"]}),
        ({"a": {}, "b": {}}, "zzz", {"problem": ["x.xlsx", "has no sheet “zzz”", "correct `sheet:`"]}),
    ],
)
def test_the_reader_answers_in_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: object, sheet: str, expected: object
) -> None:
    path = tmp_path / "x.xlsx"
    write_worksheet([{"a": 1, "b": "x"}], str(path))
    source = Source.model_validate({"path": "x.xlsx", "sheet": sheet, "columns": columns})
    job = {
        "path": str(path),
        "name": "x.xlsx",
        "source": source.model_dump(mode="json"),
        "target": str(tmp_path / "staged.parquet"),
        "memory_mb": 256,
    }
    answer = io.StringIO()
    limited: list[int] = []
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(job)))
    monkeypatch.setattr(sys, "stdout", answer)
    # The limit would stay on the process of the tests.
    monkeypatch.setattr(workbook_reader, "_limit_memory", limited.append)
    workbook_reader.main()
    assert json.loads(answer.getvalue()) == expected
    assert limited == [256]
