"""How DuckDB is told which file to read or write: nothing in a path is a pattern, and no folder's name is a column."""

from __future__ import annotations

from pathlib import Path

from datasets.errors import Problem, SettingInvalid
from datasets.sql_text import literal

_WILDCARDS = frozenset("*?[")


def read_parquet(path: Path, *, row_numbers: bool = False) -> str:
    """Return SQL of the rows of one Parquet file, with the column ``file_row_number`` where it is asked for.

    Every read in ytemo goes through here: by default DuckDB takes a folder ``age=34`` for a column ``age`` of the file,
    and replaces the real one.
    """
    numbers = ", file_row_number = true" if row_numbers else ""
    return f"read_parquet({_one_file(path)}, hive_partitioning = false{numbers})"


def read_csv(path: Path, options: str) -> str:
    """Return SQL of the rows of one CSV file, read with ``options``."""
    return f"read_csv({_one_file(path)}, hive_partitioning = false, {options})"


def file_to_write(path: Path) -> str:
    """Return the SQL string for ``COPY … TO``, which knows no wildcards."""
    return literal(str(path.absolute()))


def _one_file(path: Path) -> str:
    """Return an SQL string that stands for ``path`` alone: in brackets, a wildcard is an ordinary character."""
    text = str(path.absolute())
    if not _WILDCARDS.isdisjoint(text):
        if "\\" in text:
            raise _unreadable(path)
        text = "".join(f"[{letter}]" if letter in _WILDCARDS else letter for letter in text)
    return literal(text)


def _unreadable(path: Path) -> SettingInvalid:
    """DuckDB reads a backslash in a pattern as the end of a folder's name: there is no way to write this path."""
    rule = "must not lie in folders whose names have a backslash beside one of * ? ["
    return SettingInvalid(
        "A path has characters that cannot be read together",
        problems=[Problem(str(path), rule, "Rename the folder, or use another one")],
    )
