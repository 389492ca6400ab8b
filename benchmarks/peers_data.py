"""The same two tables three times: published in a store of ours, and from there in SQLite and in PostgreSQL.

Run `python -m benchmarks.peers_data sqlite FILE cells.parquet register.parquet` to write an SQLite file; the benchmark
does so in a process of its own, while PostgreSQL loads.
"""

from __future__ import annotations

import sqlite3
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.bench_query import TABLE, make_store
from datasets.definition import Definition
from datasets.file_sql import read_parquet
from datasets.public_releases import PublicReleases
from publishers.package.build import EditionContents
from tests.support.releases import add_edition, loaded

CELLS, REGISTER = "cells", "register"
DATASETS = {CELLS: ("notifiable-diseases", TABLE), REGISTER: ("licensed-facilities", "register")}
"""The dataset and the table of ours that hold each."""
KINDS = ("hospital", "clinic", "pharmacy", "laboratory", "dental", "maternity", "dialysis", "ambulance")
FIRST_DAY = date(2000, 1, 1)
DAYS = 9_000

# A primary key, and the indexes that serve the questions of this benchmark best.
# The tables are loaded in the order of the key, as CLUSTER would leave them.
_CELLS = "province text NOT NULL, chapter text NOT NULL, month text NOT NULL, age text NOT NULL, sex text NOT NULL,"
_KEY = "province, chapter, month, age, sex"
_REGISTER = "code text NOT NULL, name text, province text, kind text, beds integer, opened {date}, score {number}"
SQLITE_TABLES = (
    # The rows lie in the primary key itself, so that it covers every question.
    f"CREATE TABLE {CELLS} ({_CELLS} cases integer, cases_status text, PRIMARY KEY ({_KEY})) WITHOUT ROWID",
    f"CREATE TABLE {REGISTER} ({_REGISTER.format(date='text', number='real')}, PRIMARY KEY (code)) WITHOUT ROWID",
)
SQLITE_INDEXES = (
    f"CREATE INDEX top_cells ON {CELLS} (province, chapter, cases DESC)",
    f"CREATE INDEX listed ON {REGISTER} (province, kind, code)",
    f"CREATE INDEX largest ON {REGISTER} (province, beds DESC)",
    f"CREATE INDEX gathered ON {REGISTER} (province, kind, opened, beds)",
    "ANALYZE",
)
POSTGRES_TABLES = (
    f"CREATE UNLOGGED TABLE {CELLS} ({_CELLS} cases bigint, cases_status text)",
    f"CREATE UNLOGGED TABLE {REGISTER} ({_REGISTER.format(date='date', number='double precision')})",
)
POSTGRES_INDEXES = (
    f"ALTER TABLE {CELLS} ADD PRIMARY KEY ({_KEY}) INCLUDE (cases, cases_status)",
    f"CREATE INDEX top_cells ON {CELLS} (province, chapter, cases DESC NULLS LAST)",
    f"ALTER TABLE {REGISTER} ADD PRIMARY KEY (code)",
    f"CREATE INDEX listed ON {REGISTER} (province, kind, code)",
    f"CREATE INDEX largest ON {REGISTER} (province, beds DESC NULLS LAST)",
    f"CREATE INDEX gathered ON {REGISTER} (province, kind, opened) INCLUDE (beds)",
)


def make_tables(root: Path, *, months: int, rows: int) -> None:
    """Publish a cube of 64 × (months + 1) × 3 × 19 × 3 cells and a register of ``rows`` rows in the new folder."""
    demo = make_store(root, months)
    day = datetime(2025, 7, 1, tzinfo=UTC)
    contents = EditionContents(
        loaded(_definition(), []), "2025-06", {}, _register(rows), {}, None, None, None, day.date()
    )
    add_edition(demo, contents, at=day)


def parquet_files(releases: PublicReleases) -> dict[str, Path]:
    """Return where the store keeps each table."""
    found = {}
    for name, (dataset, table) in DATASETS.items():
        release = releases.latest(dataset)
        found[name] = releases.file(release, f"data/{table}.parquet").path
    return found


def ordered_rows(table: str, parquet: Path) -> str:
    """Return the SQL of all rows in the order of the primary key, with the columns in the order of peers' tables."""
    columns = f"{_KEY}, cases, cases_status" if table == CELLS else "code, name, province, kind, beds, opened, score"
    return f"SELECT {columns} FROM {read_parquet(parquet)} ORDER BY {_KEY if table == CELLS else 'code'}"


def write_sqlite(file: Path, parquet: dict[str, Path]) -> None:
    """Write both tables into a new SQLite file."""
    database = sqlite3.connect(file)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000", "temp_store = MEMORY"):
        database.execute(f"PRAGMA {setting}")
    for statement in SQLITE_TABLES:
        database.execute(statement)
    for table, path in parquet.items():
        rows = duckdb.connect(config={"memory_limit": "2GB"}).execute(ordered_rows(table, path))
        while part := rows.fetchmany(100_000):
            if table == REGISTER:
                part = [(*each[:5], each[5].isoformat(), each[6]) for each in part]
            database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(part[0]))})", part)
    for statement in SQLITE_INDEXES:
        database.execute(statement)
    database.commit()
    database.close()


def _definition() -> Definition:
    def text(vi: str, en: str) -> dict[str, str]:
        return {"vi": vi, "en": en}

    titles = {
        "code": ("Mã", "Code", "string"),
        "name": ("Tên cơ sở", "Name", "string"),
        "province": ("Tỉnh", "Province", "string"),
        "kind": ("Loại", "Kind", "string"),
        "beds": ("Số giường", "Beds", "integer"),
        "opened": ("Ngày mở", "Opened", "date"),
        "score": ("Điểm", "Score", "number"),
    }
    return Definition.model_validate(
        {
            "id": "licensed-facilities",
            "kind": "register",
            "title": text("Cơ sở được cấp phép", "Licensed facilities"),
            "summary": text("Danh sách cơ sở.", "The facilities that hold a licence."),
            "publisher": {"id": "moh", "name": text("Bộ Y tế", "Ministry of Health"), "url": "https://moh.gov.vn"},
            "contact": {"name": text("Phòng Thống kê", "Statistics Unit"), "email": "statistics@example.org"},
            "licence": "CC-BY-4.0",
            "coverage": {"area": text("Cả nước", "Whole country")},
            "theme": "registers",
            "frequency": "monthly",
            "source": {
                "path": "facilities.csv",
                "columns": {
                    name: {"type": kind, "title": text(vi, en), "required": name == "code"}
                    for name, (vi, en, kind) in titles.items()
                },
            },
            "key": ["code"],
            "fields": list(titles),
        }
    )


def _register(rows: int) -> pa.Table:
    random = np.random.default_rng(11)
    provinces = pa.array([f"p{number:02d}" for number in range(63)])
    beds = np.floor(random.lognormal(3, 1.2, rows)).astype(np.int64)
    days = random.integers(0, DAYS, rows)
    numbers = np.arange(rows)
    return pa.table(
        {
            "code": [f"F{number:07d}" for number in numbers],
            "name": [f"Cơ sở y tế số {number} của tỉnh" for number in numbers],
            "province": provinces.take(pa.array(random.integers(0, 63, rows))),
            "kind": pa.array(KINDS).take(pa.array(random.integers(0, len(KINDS), rows))),
            "beds": pa.array(beds, mask=random.random(rows) < 0.05),
            "opened": pa.array(np.datetime64(FIRST_DAY) + days.astype("timedelta64[D]"), pa.date32()),
            "score": np.round(random.random(rows) * 10, 2),
        }
    )


def day(number: int) -> str:
    """Return the date that comes so many days after the first one."""
    return (FIRST_DAY + timedelta(days=number)).isoformat()


if __name__ == "__main__":
    _, _, place, cells, register = sys.argv
    write_sqlite(Path(place), {CELLS: Path(cells), REGISTER: Path(register)})
