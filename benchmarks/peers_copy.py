"""Fill PostgreSQL, in the environment of the peers: JSON with tables, files and indexes comes from standard input."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import asyncpg


async def fill(dsn: str, plan: dict[str, Any]) -> None:
    connection = await asyncpg.connect(dsn, timeout=60, command_timeout=1_000)
    for statement in plan["tables"]:
        await connection.execute(statement)
    for table, file in plan["files"].items():
        await connection.copy_to_table(table, source=file, format="csv")
    for statement in plan["indexes"]:
        await connection.execute(statement)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


if __name__ == "__main__":
    asyncio.run(fill(sys.argv[1], json.load(sys.stdin)))
