"""Extraction as a whole: what it reports while it runs, and what becomes of the errors of engine and disk."""

from __future__ import annotations

import errno
import gzip
import os
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from datasets.disk import FULL_DISK
from datasets.errors import SourceUnreadable, StoreUnavailable
from datasets.file_sql import read_parquet
from datasets.source import Column, Source
from publishers.extract import compressed, extract
from publishers.limits import JobLimits
from tests.unit.publishers.extract.conftest import Intake


def test_the_clean_file_has_exactly_the_declared_columns_and_types(intake: Intake) -> None:
    intake.put("x.csv", "d,s,Số,x\n2024-01-02,a,1,1.5\n")
    columns = {
        "n": Column(header="Số", type="integer"),
        "x": Column(type="number"),
        "s": Column(),
        "d": Column(type="date"),
    }
    found = intake.run("x.csv", columns=columns)
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM {read_parquet(found.path)}").fetchall()
    assert [row[:2] for row in described] == [("n", "BIGINT"), ("x", "DOUBLE"), ("s", "VARCHAR"), ("d", "DATE")]
    assert pq.read_metadata(found.path).num_rows == found.rows == 1


def test_each_step_is_reported(intake: Intake) -> None:
    intake.put("x.csv", "a\n1\n")
    steps: list[str] = []
    extract.extract(
        Source.model_validate({"path": "x.csv", "columns": {"a": {}}}),
        folder=intake.folder,
        edition="2024",
        work=intake.work,
        environ={},
        limits=JobLimits(memory_mb=128, threads=1, temp=intake.work / "spill"),
        progress=lambda step, _share: steps.append(step),
    )
    assert steps == ["open the source", "check and convert every cell"]


@pytest.mark.parametrize("edition", ["../x", "", "a b"])
def test_an_edition_that_is_no_name_is_refused(intake: Intake, edition: str) -> None:
    source = Source.model_validate({"path": "x-{edition}.csv", "columns": {"a": {}}})
    limits = JobLimits(memory_mb=128, threads=1, temp=intake.work / "spill")
    with pytest.raises(SourceUnreadable, match="edition"):
        extract.extract(source, folder=intake.folder, edition=edition, work=intake.work, environ={}, limits=limits)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (duckdb.OutOfMemoryException("could not hold SECRET"), "needs more memory than the job may use"),
        (duckdb.IOException("could not write SECRET"), "cannot be read, or the work folder cannot be written"),
        (duckdb.ConversionException("SECRET"), "cannot be read (ConversionException)"),
        (OSError(errno.EIO, "SECRET"), "cannot be read or written"),
    ],
)
def test_errors_of_engine_and_disk_are_told_without_their_words(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    intake.put("x.csv", "a,b\n1,x\n")

    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(extract, "convert_guarded", fail)
    (problem,) = intake.problems("x.csv")
    assert words in problem
    assert "SECRET" not in problem


@pytest.mark.parametrize("code", sorted(FULL_DISK), ids=errno.errorcode.get)
@pytest.mark.parametrize("engine", [False, True])
def test_a_full_disk_is_no_fault_of_the_source(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, code: int, *, engine: bool
) -> None:
    intake.put("x.csv", "a,b\n1,x\n")

    def fail(*_arguments: object) -> None:
        if engine:
            raise duckdb.IOException(f'IO Error: Could not write file "SECRET": {os.strerror(code)}')
        raise OSError(code, os.strerror(code), "SECRET")

    monkeypatch.setattr(extract, "convert_guarded", fail)
    with pytest.raises(StoreUnavailable) as caught:
        intake.run("x.csv")
    (problem,) = caught.value.problems
    assert problem.rule == f"cannot take what was read of x.csv: {os.strerror(code)}"
    assert problem.remedy.startswith("Make room")


def test_little_memory_is_enough_for_a_big_file(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n" + "".join(f"{n},{n * 7919 % 300_007}\n" for n in range(300_000)))
    source = Source.model_validate({"path": "x.csv", "columns": {"a": {"unique": True}, "b": {"type": "integer"}}})
    limits = JobLimits(memory_mb=128, threads=2, temp=tmp_path / "spill")
    work = tmp_path / "work"
    assert extract.extract(source, folder=tmp_path, edition="1", work=work, environ={}, limits=limits).rows == 300_000


def test_a_full_disk_stops_decompression(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "KEEP_FREE_BYTES", 1 << 60)
    intake.put("x.csv.gz", gzip.compress(b"a,b\n1,x\n"))
    assert "does not fit on the disk" in intake.problems("x.csv.gz")[0]


def test_a_message_names_the_file_of_the_edition(intake: Intake) -> None:
    intake.put("x-2024.csv", "a,b\n")
    (problem,) = intake.problems("x-{edition}.csv")
    assert problem.startswith("x-2024.csv: has a header but no row that is used")
