"""DuckDB reads tables through one module only: by default the names of folders become columns and patterns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READERS = re.compile(
    r"\b(read_parquet|parquet_scan|read_csv|read_csv_auto)\s*\(\s*[?'\"{\\]"
    r"|\.(read_parquet|from_parquet|from_csv_auto)\("
    r"|(duckdb|connection|cursor|connect\(\))\.read_csv\("
)
"""DuckDB's table functions in SQL, and its Python methods that do the same."""
# What strangers say to the SQL of CKAN's door is a text that nothing runs.
OWN = {"datasets/file_sql.py", "tests/contracts/test_file_sql.py", "tests/support/hostile_sql.py"}
STRANGER = "SELECT * FROM read_parquet('{folder}/../elsewhere')"
"""What a test has a stranger say."""


def test_tables_are_read_through_file_sql() -> None:
    found = {
        name: READERS.findall(text)
        for folder in ("anonymization", "benchmarks", "catalog", "datasets", "portal", "publishers", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if (name := str(path.relative_to(ROOT))) not in OWN
        and READERS.search(text := path.read_text(encoding="utf-8").replace(STRANGER, ""))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM read_parquet(?)",
        "f\"FROM read_parquet('{path}')\"",
        "read_csv({path}, header = true)",
        "parquet_scan(?)",
        "duckdb.connect().read_csv(path)",
        "connection.read_parquet(path)",
    ],
)
def test_the_pattern_finds_what_it_should(text: str) -> None:
    assert READERS.search(text)
