"""Measure the query API against bare DuckDB on the same Parquet file and against an empty route, in one process.

Run: python -m benchmarks.bench_query [--months 120] [--rounds 200]
Figures are milliseconds of processor time per request, all threads of the process together, over ASGI without a socket.
On a busy machine compare the ratios, not the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from fastapi import FastAPI
from fastapi.responses import Response

from datasets.cell_status import CellStatus
from datasets.codelist import Codelist, Member
from datasets.definition import Definition
from datasets.file_sql import read_parquet
from datasets.names import TOTAL
from datasets.periods import time_codelist
from datasets.text import Bilingual
from portal.public.app import PortalOptions, create_app
from portal.query.run import EngineLimits
from publishers.package.build import EditionContents
from publishers.public_table import PublicTable
from tests.support.releases import DemoStore, add_edition, disease_contents, disease_definition, loaded, open_demo_store

TABLE = "by-month"
# Each question as the API takes it, and as a person would write it by hand in SQL for the same cells.
# No two rounds ask the same, so that nothing is answered from what was kept.
QUESTIONS = {
    "filter + page of 100": (
        "province={province}&group=month,age,sex&select=cases&limit={hundred}",
        "SELECT month, age, sex, cases, cases_status FROM cells WHERE province = '{province}'"
        " AND chapter = '_T' AND month <> '_T' AND age <> '_T' AND sex <> '_T' LIMIT {hundred}",
    ),
    "group by age": (
        "province={province}&month={month}&group=age&select=cases",
        "SELECT age, cases, cases_status FROM cells WHERE province = '{province}' AND chapter = '_T'"
        " AND month = '{month}' AND sex = '_T' AND age <> '_T'",
    ),
    "add up 3 ages": (
        "province={province}&age__in=a01,a02,a03&group=month&select=cases&limit={thousand}",
        "SELECT month, sum(cases), bool_or(cases_status = 'suppressed') FROM cells"
        " WHERE province = '{province}' AND chapter = '_T' AND month <> '_T' AND sex = '_T'"
        " AND age IN ('a01', 'a02', 'a03') GROUP BY month ORDER BY month LIMIT {thousand}",
    ),
    "point": (
        "province={province}&month={month}&age=a04&sex=F&select=cases",
        "SELECT cases, cases_status FROM cells WHERE province = '{province}' AND chapter = '_T'"
        " AND month = '{month}' AND age = 'a04' AND sex = 'F'",
    ),
    "top 10 of a month": (
        "month={month}&group=province,chapter,age,sex&select=cases&order=-cases&limit={ten}",
        "SELECT province, chapter, age, sex, cases, cases_status FROM cells WHERE month = '{month}'"
        " AND province <> '_T' AND chapter <> '_T' AND age <> '_T' AND sex <> '_T'"
        " ORDER BY cases DESC NULLS LAST LIMIT {ten}",
    ),
}


def filled(text: str, number: int) -> str:
    """Return a question about another province, month and length for each ``number``."""
    return text.format(
        province=f"p{number % 63:02d}",
        month=f"{2015 + number // 12 % 9}-{number % 12 + 1:02d}",
        ten=10 + number // 108,
        hundred=100 + number // 63,
        thousand=1000 + number // 63,
    )


def make_store(root: Path, months: int) -> DemoStore:
    """Make a store with one cube of 64 × (months + 1) × 3 × 19 × 3 cells; those below 10 are withheld."""
    demo = open_demo_store(root)
    lists = {
        "province": _codelist("provinces-bench", [f"p{number:02d}" for number in range(63)]),
        "month": time_codelist("months", date(2015, 1, 1), date(2015 + (months - 1) // 12, 12, 31)),
        "chapter": _codelist("chapters-bench", ["I", "II"]),
        "age": _codelist("ages-bench", [f"a{number:02d}" for number in range(18)]),
        "sex": _codelist("sex-bench", ["F", "M"]),
    }
    members = {
        name: [TOTAL, *(each.code for each in codes.members if each.level in {"", "month"})][: months + 1]
        for name, codes in lists.items()
    }
    small = disease_contents(disease_definition(), "2024")
    contents = EditionContents(
        loaded(_definition(lists), list(lists.values())),
        "2024",
        {TABLE: _table(members, lists)},
        None,
        {codes.id: codes for codes in lists.values()},
        small.disclosure,
        small.disclosure_report,
        None,
        small.published,
    )
    add_edition(demo, contents, at=datetime(2025, 1, 5, tzinfo=UTC))
    return demo


def _codelist(identifier: str, codes: list[str]) -> Codelist:
    text = Bilingual(vi=identifier, en=identifier)
    return Codelist(identifier, text, tuple(Member(code, Bilingual(vi=code, en=code)) for code in codes))


def _definition(lists: dict[str, Codelist]) -> Definition:
    text = {"vi": "Đo", "en": "Bench"}
    dimensions = {name: {"title": text, "codelist": codes.id} for name, codes in lists.items()}
    dimensions["month"] |= {"match": "month", "role": "time"}
    cases = {"title": text, "unit": text, "type": "count"}
    return disease_definition(
        source={"path": "cases.csv", "columns": {name: {} for name in lists}},
        dimensions=dimensions,
        measures={"cases": cases},
        tables={TABLE: {"title": text, "dimensions": list(lists)}},
    )


def _table(members: dict[str, list[str]], lists: dict[str, Codelist]) -> PublicTable:
    sizes = [len(codes) for codes in members.values()]
    cells = int(np.prod(sizes))
    places = np.unravel_index(np.arange(cells), sizes)
    random = np.random.default_rng(7)
    cases = np.floor(random.lognormal(5.5, 1.4, cells)).astype(np.int64)
    withheld = (cases > 0) & (cases < 10)
    columns = {
        name: pa.array(codes).take(pa.array(place))
        for (name, codes), place in zip(members.items(), places, strict=True)
    }
    columns["cases"] = pa.array(cases, pa.int64(), mask=withheld)
    status = np.where(withheld, CellStatus.SUPPRESSED, np.where(cases == 0, CellStatus.ZERO, CellStatus.OBSERVED))
    columns["cases_status"] = pa.array(status.astype(str))
    return PublicTable(
        id=TABLE,
        data=pa.table(columns),
        additive={"cases": True},
        field_types={"cases": "integer"},
        withheld={"cases": int(withheld.sum())},
        codelists=lists,
    )


# Measuring ------------------------------------------------------------------------------------------------------------


async def ask(app: FastAPI, path: str, query: str) -> bytes:
    """Call ``app`` as a server does; return the body, which must come with status 200."""
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    parts: list[bytes] = []
    statuses: list[int] = []
    left = asyncio.Event()

    async def receive() -> dict[str, object]:
        if not parts:
            return {"type": "http.request", "body": b"", "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(int(str(message["status"])))
        else:
            parts.append(bytes(message.get("body", b"")))  # type: ignore[call-overload]

    await app(scope, receive, send)  # type: ignore[arg-type]
    body = b"".join(parts)
    if statuses != [200]:
        raise RuntimeError(f"{path}?{query}: {statuses} {body[:300]!r}")
    return body


async def cost(rounds: int, request: Callable[[int], Awaitable[object]]) -> float:
    """Return the processor milliseconds of one request, after a warm-up."""
    for number in range(5):
        await request(100_000 + number)
    begun = time.process_time()
    for number in range(rounds):
        await request(number)
    return (time.process_time() - begun) / rounds * 1000


async def measure(demo: DemoStore, rounds: int) -> None:
    limits = EngineLimits(threads=2, memory_mb=512, seconds=30)
    app = create_app(PortalOptions(demo.root, demo.public_key, limits=limits), demo.releases)
    empty = FastAPI(openapi_url=None)
    empty.add_api_route("/", lambda: Response(b"{}"))
    release = demo.releases.latest("notifiable-diseases")
    parquet = read_parquet(demo.releases.file(release, f"data/{TABLE}.parquet").path)
    bare = duckdb.connect(config={"threads": 1})
    path = f"/api/v1/datasets/notifiable-diseases/tables/{TABLE}/data"
    async with app.router.lifespan_context(app):
        while b'"current"' not in await ask(app, "/health", ""):
            await asyncio.sleep(0.1)  # The index is built in this process too, and would be counted.
        await asyncio.sleep(3)  # So long a store that has just been written is checked at every request.
        floor = await cost(rounds, lambda _: ask(empty, "/", ""))
        _say(f"cells {release.description.tables[0].rows}, {os.cpu_count()} cores; empty route {floor:.3f} ms")
        _say(f"{'question':22}{'API, new':>10}{'API, again':>12}{'bare DuckDB':>13}{'new/bare':>10}{'again/empty':>13}")
        for name, (query, sql) in QUESTIONS.items():

            async def asked(number: int, query: str = query) -> object:
                return await ask(app, path, filled(query, number))

            async def bare_duckdb(number: int, sql: str = sql) -> object:
                return bare.execute(filled(sql, number).replace("FROM cells", f"FROM {parquet}")).fetchall()

            new, again, alone = await cost(rounds, asked), await cost(rounds, asked), await cost(rounds, bare_duckdb)
            _say(f"{name:22}{new:10.2f}{again:12.2f}{alone:13.2f}{new / alone:10.2f}{again / floor:13.1f}")
        begun = time.process_time()
        body = await ask(app, f"{path[:-4]}rows", "format=csv&limit=1000000")
        _say(f"CSV of 1,000,000 rows: {time.process_time() - begun:.2f} s, {len(body) / 2**20:.0f} MiB")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        demo = make_store(Path(folder) / "store", options.months)
        asyncio.run(measure(demo, options.rounds))


if __name__ == "__main__":
    main(sys.argv[1:])
