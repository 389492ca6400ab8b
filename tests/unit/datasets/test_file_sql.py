"""A path stands for one file, whatever its folders are called, and its folders stand for nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from datasets.errors import SettingInvalid
from datasets.file_sql import file_to_write, read_csv, read_parquet
from datasets.plain_name import PlainName

NAMES = [
    "age=34",
    "name=EVIL",
    "a[b]c",
    "a?b",
    "[!a]",
    "**",
    "*",
    "it's",
    "a#b",
    "$HOME",
    "%41",
    "{x,y}",
    "a\\b",
    "tiếng",
]


@pytest.fixture(params=NAMES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with an odd name, beside one that its name would match as a pattern."""
    folder: Path = tmp_path / request.param
    for place in (folder, tmp_path / "axb"):
        place.mkdir()
        (place / "t.csv").write_text("age,name\n1,x\n", encoding="utf-8")
    return folder


def test_files_are_written_and_read_where_they_are(folder: Path) -> None:
    for place in (folder, folder.parent / "axb"):
        duckdb.execute(f"COPY (SELECT 1 AS age, 'x' AS name) TO {file_to_write(place / 't.parquet')} (FORMAT parquet)")
    assert (folder / "t.parquet").is_file()
    assert duckdb.execute(f"FROM {read_parquet(folder / 't.parquet')}").fetchall() == [(1, "x")]
    numbered = f"SELECT age, name, file_row_number FROM {read_parquet(folder / 't.parquet', row_numbers=True)}"
    assert duckdb.execute(numbered).fetchall() == [(1, "x", 0)]
    assert duckdb.execute(f"FROM {read_csv(folder / 't.csv', 'header = true')}").fetchall() == [(1, "x")]


def test_what_duckdb_cannot_be_told_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="must not lie in folders whose names have a backslash beside"):
        read_parquet(tmp_path / "a\\[b" / "t.parquet")


def test_a_plain_name_leads_to_the_folder_and_is_taken_away(folder: Path) -> None:
    with PlainName(folder) as name:
        inside = name.of(folder / "t.csv")
        assert inside.read_text(encoding="utf-8") == "age,name\n1,x\n"
        assert not set(str(inside)) & set("=[?*#$%{'\\!")
        assert name.of(Path("/elsewhere/x")) == Path("/elsewhere/x")
    assert (folder / "t.csv").is_file()
    assert inside == folder / "t.csv" or not inside.parent.parent.exists()


def test_a_plain_folder_keeps_its_name(tmp_path: Path) -> None:
    with PlainName(tmp_path) as name:
        assert name.path == tmp_path
