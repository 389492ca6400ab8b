"""Values of a source that are written in several ways: names of encodings and forms of dates."""

from __future__ import annotations

import pytest

from datasets.date_formats import check_format
from datasets.source import Column, Source

COLUMNS = {"a": Column()}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("UTF-8-SIG", "utf-8"),
        ("UTF_16LE", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("TCVN3", "tcvn3"),
        ("Abc", "tcvn3"),
        ("VNI", "vni"),
        ("viscii", "viscii"),
        ("CP1258", "windows-1258"),
        ("Windows-1258", "windows-1258"),
        ("AUTO", "auto"),
    ],
)
def test_an_encoding_is_known_by_its_usual_names(given: str, read: str) -> None:
    assert Source.model_validate({"path": "x.csv", "columns": COLUMNS, "encoding": given}).encoding == read


@pytest.mark.parametrize("given", ["latin1", "windows-1252", "xyz", "", 3, ["utf-8"]])
def test_an_encoding_that_cannot_be_read_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="encoding"):
        Source.model_validate({"path": "x.csv", "columns": COLUMNS, "encoding": given})


@pytest.mark.parametrize(
    "form", ["%d/%m/%Y", "%Y-%m-%dT%H:%M:%S", "tháng %m năm %Y", "%y%m%d", "100%% %Y", "%-d.%-m.%Y"]
)
def test_a_form_of_dates(form: str) -> None:
    assert check_format(form) == form


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("dd/mm/yyyy", 'write formats: ["%d/%m/%Y"]'),
        ("YYYY-MM-DD", 'write formats: ["%Y-%m-%d"]'),
        ("d/m/yy", 'write formats: ["%d/%m/%y"]'),
        ("yyyy-mm-dd hh:mm", 'write formats: ["%Y-%m-%d %H:%M"]'),
        ("Vietnamese", 'write formats: ["%d/%m/%Y"] for 31/12/2026'),
        ("%%", "holds no % directive"),
        ("%d/%m", "add %Y"),
        ("%Q", "holds %Q"),
        ("%Y%", "which stands for nothing"),
    ],
)
def test_a_form_that_reads_no_dates_says_what_was_meant(form: str, told: str) -> None:
    with pytest.raises(ValueError, match="holds") as caught:
        check_format(form)
    assert told in str(caught.value)
