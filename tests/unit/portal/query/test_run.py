"""The engine reads one folder, keeps its deadline, and stops what nobody waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.errors import QueryInvalid, QueryTimeout
from datasets.file_sql import read_parquet
from portal.query.run import Engine, EngineLimits, Session
from portal.query.statement import Statement

ENDLESS = Statement("SELECT sum(a.range * b.range) FROM range(300000) a, range(300000) b", ())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "it's objects"
    folder.mkdir()
    pq.write_table(pa.table({"x": [1, 2, 3]}), folder / "ab")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "elsewhere")
    return folder


@pytest.fixture
def engine(folder: Path) -> Iterator[Engine]:
    engine = Engine(folder, EngineLimits(threads=2, memory_mb=64, seconds=20))
    yield engine
    engine.close()


def test_values_are_bound(engine: Engine, folder: Path) -> None:
    statement = Statement(f"SELECT count(*) AS n FROM {read_parquet(folder / 'ab')} WHERE x >= ?", (2,))
    assert engine.run(lambda session: session.read(statement)).to_pylist() == [{"n": 2}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_parquet('{folder}/../elsewhere')",
        "COPY (SELECT 1) TO '{folder}/../written'",
        "ATTACH '{folder}/../base.duckdb'",
        "INSTALL httpfs",
        "SET threads = 4",
        "SET enable_external_access = true",
        "SELECT * FROM folder",
    ],
)
def test_even_a_stranger_s_sql_could_not_leave_the_folder(engine: Engine, folder: Path, sql: str) -> None:
    statement = Statement(sql.format(folder=str(folder).replace("'", "''")), ())
    with pytest.raises(duckdb.Error):
        engine.run(lambda session: session.read(statement))
    assert not (folder.parent / "written").exists()


def test_a_question_is_stopped_at_its_deadline_and_the_next_one_answered(folder: Path) -> None:
    engine = Engine(folder, EngineLimits(threads=1, memory_mb=64, seconds=0.3))
    begun = time.monotonic()
    with pytest.raises(QueryTimeout, match="took too long"):
        engine.run(lambda session: session.read(ENDLESS))
    assert time.monotonic() - begun < 2
    assert engine.run(lambda session: session.read(Statement("SELECT 1 AS one", ()))).to_pylist() == [{"one": 1}]
    engine.close()


def test_a_question_given_up_is_interrupted_and_reads_no_more(engine: Engine) -> None:
    running = threading.Event()
    after: list[str] = []

    def work(session: Session) -> None:
        running.set()
        with pytest.raises(QueryTimeout):
            session.read(ENDLESS)
        try:
            session.read(Statement("SELECT 1", ()))
        except QueryTimeout:
            after.append("refused")

    job = engine.submit(work)
    running.wait(5)
    time.sleep(0.05)
    job.stop()
    job.future.result(timeout=5)
    assert after == ["refused"]


def test_a_question_given_up_while_it_waits_never_runs(folder: Path) -> None:
    engine = Engine(folder, EngineLimits(threads=1, memory_mb=64, seconds=20))
    gate = threading.Event()
    first = engine.submit(lambda _: gate.wait(10))
    second = engine.submit(lambda session: session.read(ENDLESS))
    second.stop()
    gate.set()
    assert first.result() is True
    assert second.future.cancelled()
    engine.close()


def test_a_question_given_up_as_it_begins_reads_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(folder, EngineLimits(threads=1, memory_mb=64, seconds=20))
    begun, go_on = threading.Event(), threading.Event()
    open_cursor = engine._cursor

    def slow_cursor() -> duckdb.DuckDBPyConnection:
        begun.set()
        go_on.wait(10)
        return open_cursor()

    monkeypatch.setattr(engine, "_cursor", slow_cursor)
    job = engine.submit(lambda session: session.read(ENDLESS))
    begun.wait(10)
    job.stop()
    go_on.set()
    with pytest.raises(QueryTimeout):
        job.future.result(timeout=5)
    engine.close()


def test_too_many_questions_are_turned_away_at_once(folder: Path) -> None:
    engine = Engine(folder, EngineLimits(threads=1, memory_mb=64, seconds=20))
    gate = threading.Event()
    jobs = [engine.submit(lambda _: gate.wait(10)) for _ in range(33)]
    with pytest.raises(QueryTimeout, match="Too many questions are waiting"):
        engine.submit(lambda _: True)
    gate.set()
    assert all(job.result() for job in jobs)
    assert engine.run(lambda _: "room again") == "room again"
    engine.close()


def test_memory_and_numbers_have_bounds(engine: Engine) -> None:
    too_large = Statement("SELECT sum(x)::BIGINT FROM (VALUES (9223372036854775807), (1)) AS t(x)", ())
    with pytest.raises(QueryInvalid, match="adds up to a number that is too large"):
        engine.run(lambda session: session.read(too_large))
    greedy = Statement(
        "SELECT count(*) FROM (SELECT DISTINCT range::VARCHAR || repeat('x', 100) FROM range(9000000))", ()
    )
    with pytest.raises(QueryTimeout, match="needs more memory"):
        engine.run(lambda session: session.read(greedy))


def test_a_question_given_up_between_two_readings_does_not_begin_the_next(engine: Engine) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(session: Session) -> pa.Table:
        begun.set()
        go_on.wait(10)
        return session.read(ENDLESS)

    job = engine.submit(work)
    begun.wait(10)
    job.stop()
    go_on.set()
    with pytest.raises(QueryTimeout):
        job.future.result(timeout=5)
