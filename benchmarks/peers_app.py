"""The peer on PostgreSQL, as a good engineer would write it: FastAPI, a pool of asyncpg, prepared statements, orjson.

It runs in the environment of the peers: `uvicorn benchmarks.peers_app:app`, with PEER_DSN in the environment. Its
answers carry the rows and nothing else: no total, no next page, no description. asyncpg prepares each statement once
for each connection of the pool.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

CELL = "province, month, chapter, age, sex, cases, cases_status"
LEAVES = "month < '_' AND age <> '_T' AND sex <> '_T'"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["PEER_DSN"], min_size=8, max_size=8) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)


async def answer(sql: str, *values: Any) -> Response:
    rows = await app.state.pool.fetch(sql, *values)
    return Response(orjson.dumps({"data": [dict(row) for row in rows]}), media_type="application/json")


@app.get("/cells/point")
async def point(province: str, month: str, chapter: str, age: str, sex: str) -> Response:
    sql = f"SELECT {CELL} FROM cells WHERE province = $1 AND month = $2 AND chapter = $3 AND age = $4 AND sex = $5"
    return await answer(sql, province, month, chapter, age, sex)


@app.get("/cells/page")
async def page(province: str, chapter: str, since: str) -> Response:
    sql = (
        f"SELECT {CELL} FROM cells WHERE province = $1 AND chapter = $2 AND month >= $3 AND {LEAVES}"
        " ORDER BY month, age, sex LIMIT 100"
    )
    return await answer(sql, province, chapter, since)


@app.get("/cells/group")
async def group(province: str, chapter: str, since: str, until: str) -> Response:
    sql = (
        "SELECT age, sex, CASE WHEN count(cases) = count(*) THEN sum(cases)::bigint END AS cases,"
        " CASE WHEN count(cases) = count(*) THEN 'observed' ELSE 'suppressed' END AS cases_status FROM cells"
        f" WHERE province = $1 AND chapter = $2 AND month >= $3 AND month <= $4 AND {LEAVES}"
        " GROUP BY age, sex ORDER BY age, sex"
    )
    return await answer(sql, province, chapter, since, until)


@app.get("/cells/top")
async def top(province: str, chapter: str, since: str) -> Response:
    # A prepared statement would come to read the whole range of the primary key, were it given the month as it is.
    sql = (
        f"SELECT {CELL} FROM cells WHERE province = $1 AND chapter = $2 AND month || '' >= $3 AND {LEAVES}"
        " ORDER BY cases DESC NULLS LAST LIMIT 10"
    )
    return await answer(sql, province, chapter, since)


@app.get("/register/point")
async def register_point(code: str) -> Response:
    return await answer("SELECT * FROM register WHERE code = $1", code)


@app.get("/register/page")
async def register_page(province: str, kind: str, beds: int) -> Response:
    sql = "SELECT * FROM register WHERE province = $1 AND kind = $2 AND beds >= $3 ORDER BY code LIMIT 100"
    return await answer(sql, province, kind, beds)


@app.get("/register/group")
async def register_group(province: str, since: date) -> Response:
    sql = (
        "SELECT kind, count(*) AS count, sum(beds)::bigint AS beds_sum FROM register"
        " WHERE province = $1 AND opened >= $2 GROUP BY kind ORDER BY kind"
    )
    return await answer(sql, province, since)


@app.get("/register/top")
async def register_top(province: str, since: date) -> Response:
    sql = "SELECT * FROM register WHERE province = $1 AND opened >= $2 ORDER BY beds DESC NULLS LAST LIMIT 10"
    return await answer(sql, province, since)


@app.get("/{table}.csv")
async def download(table: str) -> StreamingResponse:
    return StreamingResponse(_csv({"cells": "cells", "register": "register"}[table]), media_type="text/csv")


async def _csv(table: str) -> AsyncIterator[bytes]:
    parts: asyncio.Queue[bytes | None] = asyncio.Queue(64)

    async def copy() -> None:
        async with app.state.pool.acquire() as connection:
            await connection.copy_from_table(table, output=parts.put, format="csv", header=True)
        await parts.put(None)

    task = asyncio.create_task(copy())
    while (part := await parts.get()) is not None:
        yield bytes(part)
    await task
