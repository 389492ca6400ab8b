"""Numbers in text files are what they are written as, or are refused; and no copy of the file is left lying about."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from datasets.errors import SourceInvalid, SourceUnreadable
from publishers.standalone.text_tables import TextTable, read_table


def column(folder: Path, *numbers: str) -> TextTable:
    """Write a table with one column, x, and read it."""
    (folder / "t.csv").write_text("y;x\n" + "".join(f"1;{number}\n" for number in numbers), encoding="utf-8")
    (folder / "work").mkdir(exist_ok=True)
    return read_table(folder / "t.csv", work=folder / "work", needed=("x", "y"))


@pytest.mark.parametrize("count", ["1.000", "12.500", "999.999"])
def test_a_count_with_a_point_between_thousands_is_not_one_of_a_thousandth(tmp_path: Path, count: str) -> None:
    with pytest.raises(SourceInvalid, match=r"t.csv row 3, column x: has a point and three digits") as refused:
        column(tmp_path, "850", count).counts("x")
    assert count not in str(refused.value)


def test_whole_numbers_may_have_decimals_that_are_zero(tmp_path: Path) -> None:
    assert column(tmp_path, "850", "12.0", "7.00", "1e3", "0.000").counts("x").tolist() == [850, 12, 7, 1000, 0]


def test_an_amount_with_points_between_thousands_is_told_from_one_with_decimals(tmp_path: Path) -> None:
    with pytest.raises(SourceInvalid, match=r"t.csv row 2, column x: has a point and three digits"):
        column(tmp_path, "1.200", "850", "12.345").numbers("x")


@pytest.mark.parametrize(
    "numbers",
    [
        ("1.200", "850.000", "12.345"),  # three decimals everywhere
        ("1.234", "850", "12.345"),  # zeros at the end are left out everywhere
        ("1.200", "1850", "12.345"),  # thousands without a point
        ("1.200", "850", "0.345"),  # less than one
        ("1.200", "850", "1.5"),
    ],
)
def test_decimals_are_read(tmp_path: Path, numbers: tuple[str, ...]) -> None:
    assert column(tmp_path, *numbers).numbers("x").tolist() == [float(one) for one in numbers]


def test_after_a_comma_a_point_is_no_mark_between_thousands(tmp_path: Path) -> None:
    assert column(tmp_path, "1,200", "850").numbers("x", comma=True).tolist() == [1.2, 850]


def test_a_decimal_comma_is_refused_with_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(SourceInvalid, match=r"write it as 1234.5: a point before decimals, and no spaces, units or"):
        column(tmp_path, "12,5").numbers("x")


@pytest.mark.parametrize(
    ("numbers", "decimals"),
    [
        (("12", "7"), 0),
        (("12", "7.50", "1.5"), 2),
        (("12", "7,123", "1,5"), 3),
        (("1.25e-3", "7.5"), 5),
        (("1.25E1", "7"), 1),
        (("12e3", "7"), 0),
        (("7.",), 0),
    ],
)
def test_decimals_are_counted(tmp_path: Path, numbers: tuple[str, ...], decimals: int) -> None:
    assert column(tmp_path, *numbers).decimals("x") == decimals


def test_a_header_alone_is_told_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"has a header, but no rows. export the file again"):
        column(tmp_path)


@pytest.mark.parametrize(
    ("start", "told"), [(b"PK\x03\x04", "workbook (.xlsx"), (b"\xd0\xcf\x11\xe0", "(.xls)"), (b"PAR1", "Parquet")]
)
def test_a_workbook_is_told_what_to_do_with(tmp_path: Path, start: bytes, told: str) -> None:
    (tmp_path / "t.csv").write_bytes(start + b"\x00 and more")
    with pytest.raises(SourceUnreadable) as refused:
        read_table(tmp_path / "t.csv", work=tmp_path, needed=("x",))
    assert told in str(refused.value)
    assert "save its sheet as CSV (UTF-8)" in str(refused.value)


def test_no_copy_of_what_is_read_is_left(tmp_path: Path) -> None:
    """A command that is killed cleans nothing up: what lies in its folder then must not be the table."""
    (tmp_path / "work").mkdir()
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress("x\n1\nHuế\n".encode("utf-16")))
    assert len(read_table(tmp_path / "t.csv.gz", work=tmp_path / "work", needed=("x",))) == 2
    assert [path for path in (tmp_path / "work").rglob("*") if path.is_file()] == []
