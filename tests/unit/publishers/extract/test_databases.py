"""SQL sources: one SELECT, read-only and streamed, from SQLite and a real PostgreSQL; no address is ever shown."""

from __future__ import annotations

import importlib
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from datasets.source import Column
from tests.support.postgres import postgres_server
from tests.unit.publishers.extract.conftest import Intake

COLUMNS = {
    "id": Column(type="integer"),
    "place": Column(required=False),
    "cost": Column(type="number", required=False),
    "seen": Column(type="date", formats=("%d/%m/%Y",)),
}
QUERY = "SELECT id, place, cost, seen FROM visits WHERE edition = :edition ORDER BY id;"


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    path = tmp_path / "visits.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE visits (id INTEGER, place TEXT, cost REAL, seen TEXT, edition TEXT)")
        rows = [
            (1, "Hà Nội", 1.5, "01/03/2024", "2024"),
            (2, None, None, "02/03/2024", "2024"),
            (3, "x", 1, "", "2023"),
        ]
        connection.executemany("INSERT INTO visits VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()
    return path


def test_sqlite(intake: Intake, sqlite_file: Path) -> None:
    intake.environ["HIS"] = f"sqlite:///{sqlite_file}"
    assert intake.rows(columns=COLUMNS, database="HIS", query=QUERY) == [
        (1, "Hà Nội", 1.5, date(2024, 3, 1)),
        (2, None, None, date(2024, 3, 2)),
    ]


def test_numbers_come_out_the_same_with_a_decimal_comma(intake: Intake, sqlite_file: Path) -> None:
    intake.environ["HIS"] = f"sqlite:///{sqlite_file}"
    rows = intake.rows(columns=COLUMNS, database="HIS", query=QUERY, decimal=",")
    assert rows[0][2] == 1.5


def test_bad_cells_are_told_by_record(intake: Intake, sqlite_file: Path) -> None:
    intake.environ["HIS"] = f"sqlite:///{sqlite_file}"
    query = "SELECT id, place, cost, seen FROM visits ORDER BY id"
    assert intake.problems(columns=COLUMNS, database="HIS", query=query) == [
        "HIS, column seen, record 3: must not be missing. fill the cell, or set `required: false`"
    ]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("DELETE FROM visits", "must be one SELECT statement"),
        ("SELECT 1; DELETE FROM visits", "must be one SELECT statement"),
        ("SELECT ';' /* ; */ AS id, :other AS place", "holds :other"),
        ("WITH gone AS (SELECT 1) DELETE FROM visits", "could not be reached, refused the user, or refused the query"),
        ("SELECT secret FROM visits", "refused the query"),
        ("SELECT x'00ff' AS id, place, cost, seen FROM visits", "column id: holds bytes, which has no text"),
        ("SELECT id, place FROM visits", "no column has the header “cost”"),
    ],
)
def test_what_is_no_select_of_the_declared_columns_is_refused(
    intake: Intake, sqlite_file: Path, query: str, words: str
) -> None:
    intake.environ["HIS"] = f"sqlite:///{sqlite_file}"
    problems = intake.problems(columns=COLUMNS, database="HIS", query=query)
    assert words in problems[0]
    assert str(sqlite_file) not in " ".join(problems)
    with sqlite3.connect(sqlite_file) as connection:
        assert connection.execute("SELECT count(*) FROM visits").fetchone() == (3,)
    connection.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "HIS: is not set"),
        ("PASSWORD", "does not hold a database URL"),
        ("oracle://u:PASSWORD@h/x", "unknown kind of database"),
        ("sqlite:////nowhere/PASSWORD.db", "names no SQLite file"),
        ("postgresql://u:PASSWORD@127.0.0.1:1/x", "HIS: could not be reached"),
        ("mysql://u:PASSWORD@127.0.0.1:1/x", "HIS: could not be reached"),
    ],
)
def test_an_address_that_does_not_work_is_not_shown(intake: Intake, address: str, words: str) -> None:
    intake.environ["HIS"] = address
    (problem,) = intake.problems(columns=COLUMNS, database="HIS", query=QUERY)
    assert words in problem
    assert "PASSWORD" not in problem


@pytest.mark.parametrize(
    ("missing", "address", "extra"),
    [
        ("sqlalchemy", "sqlite:///x", "sql"),
        ("psycopg", "postgresql://h/x", "postgresql"),
        ("pymysql", "mysql://h/x", "mysql"),
    ],
)
def test_a_missing_driver_is_named_with_its_extra(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, missing: str, address: str, extra: str
) -> None:
    real = importlib.import_module

    def without(name: str, package: str | None = None) -> object:
        if name == missing:
            raise ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without)
    intake.environ["HIS"] = address
    (problem,) = intake.problems(columns=COLUMNS, database="HIS", query=QUERY)
    assert problem == f"{missing}: is not installed. install it with: pip install 'ytemo[{extra}]'"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as address:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE TABLE visits (id int, place text, cost numeric(12, 2), seen date, edition text)")
            connection.execute(
                "INSERT INTO visits SELECT n, 'Hà Nội', n + 0.25, date '2024-03-01' + n % 31, '2024'"
                " FROM generate_series(1, 30000) n"
            )
        yield address


def test_postgresql_is_streamed(intake: Intake, postgres: str) -> None:
    intake.environ["HIS"] = postgres
    rows = intake.rows(columns=COLUMNS, database="HIS", query=QUERY)
    assert len(rows) == 30_000
    assert rows[0] == (1, "Hà Nội", 1.25, date(2024, 3, 2))
    assert rows[-1][:3] == (30_000, "Hà Nội", 30_000.25)


def test_postgresql_refuses_to_be_changed(intake: Intake, postgres: str) -> None:
    intake.environ["HIS"] = postgres
    query = "WITH gone AS (DELETE FROM visits RETURNING id, place, cost, seen) SELECT * FROM gone"
    assert intake.problems(columns=COLUMNS, database="HIS", query=query)
    with psycopg.connect(postgres) as connection:
        counted = connection.execute("SELECT count(*) FROM visits").fetchone()
    assert counted == (30_000,)


def test_postgresql_errors_do_not_show_values(intake: Intake, postgres: str) -> None:
    intake.environ["HIS"] = postgres
    query = "SELECT id / (id - id) AS id, place, cost, seen, CAST(place AS int) FROM visits"
    (problem,) = intake.problems(columns=COLUMNS, database="HIS", query=query)
    assert problem.startswith(("HIS: could not be read", "HIS: refused"))
    assert "Hà Nội" not in problem
