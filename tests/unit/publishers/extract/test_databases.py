"""SQL sources: one SELECT, read-only and streamed, from SQLite and a real PostgreSQL; no address is ever shown."""

from __future__ import annotations

import importlib
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from datasets.source import Column
from publishers.extract.databases import _engine, _read_only
from tests.support.mysql import PASSWORD, mysql_server
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


@pytest.fixture(scope="module")
def mysql() -> Iterator[str]:
    with mysql_server(
        "CREATE TABLE visits AS SELECT CAST(n AS INTEGER) AS id, 'Hà Nội 100%' AS place,"
        " CAST(n + 0.25 AS DECIMAL(12, 2)) AS cost, DATE '2024-03-01' + CAST(n % 31 AS INTEGER) AS seen,"
        " '2024' AS edition FROM range(1, 30001) AS numbers(n);"
        "CREATE TABLE oddities AS SELECT 1 AS id, CAST(NULL AS VARCHAR) AS place, CAST(2 AS DOUBLE) AS cost,"
        " TIMESTAMP '2024-03-01 00:00:00' AS seen, 'x'::BLOB AS picture"
    ) as address:
        yield address


def test_mysql_is_streamed(intake: Intake, mysql: str) -> None:
    intake.environ["HIS"] = mysql
    rows = intake.rows(columns=COLUMNS, database="HIS", query=QUERY)
    assert len(rows) == 30_000
    assert rows[0] == (1, "Hà Nội 100%", 1.25, date(2024, 3, 2))
    assert rows[-1][:3] == (30_000, "Hà Nội 100%", 30_000.25)


def test_mysql_reads_a_percent_sign_as_it_is(intake: Intake, mysql: str) -> None:
    intake.environ["HIS"] = mysql
    query = "SELECT id, place, cost, seen FROM visits WHERE place LIKE '%100%' AND id % 10000 = 0 ORDER BY id"
    assert [row[0] for row in intake.rows(columns=COLUMNS, database="HIS", query=query)] == [10_000, 20_000, 30_000]


def test_mysql_types_come_out_as_an_export_writes_them(intake: Intake, mysql: str) -> None:
    intake.environ["HIS"] = mysql
    query = "SELECT id, place, cost, seen FROM oddities"
    assert intake.rows(columns=COLUMNS, database="HIS", query=query) == [(1, None, 2.0, date(2024, 3, 1))]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT secret FROM visits", "HIS: refused the query"),
        ("SELECT id, place, cost, seen FROM nowhere", "HIS: refused the query"),
        ("SELECT picture AS id, place, cost, seen FROM oddities", "HIS, column id: holds bytes, which has no text"),
        ("SELECT CAST(place AS INTEGER) AS id, place, cost, seen FROM visits", "HIS: could not be reached, refused"),
        ("SELECT id, place, cost, seen FROM visits INTO OUTFILE '/tmp/x'", "must be one SELECT statement"),
    ],
)
def test_what_mysql_refuses_is_told_without_values(intake: Intake, mysql: str, query: str, words: str) -> None:
    intake.environ["HIS"] = mysql
    (problem,) = intake.problems(columns=COLUMNS, database="HIS", query=query)
    assert words in problem
    assert "Hà Nội" not in problem
    assert PASSWORD not in problem


def test_mysql_is_read_in_a_transaction_that_cannot_write(mysql: str) -> None:
    engine = _engine(mysql, "HIS")
    with engine.connect() as connection:
        _read_only(connection)
        with pytest.raises(sqlalchemy.exc.OperationalError, match="read-only"):
            connection.exec_driver_sql("INSERT INTO oddities SELECT * FROM oddities")
    engine.dispose()


@pytest.mark.parametrize("change", [("correct-horse", "wrong"), ("reader", "nobody")])
def test_a_user_whom_mysql_does_not_know_is_not_shown(intake: Intake, mysql: str, change: tuple[str, str]) -> None:
    intake.environ["HIS"] = mysql.replace(*change)
    (problem,) = intake.problems(columns=COLUMNS, database="HIS", query=QUERY)
    assert "could not be reached, refused the user" in problem
    assert change[1] not in problem
