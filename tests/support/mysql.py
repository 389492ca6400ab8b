"""A server that speaks MySQL's protocol (mysql-mimic) over a DuckDB with real tables: sockets, passwords, typed rows.

No MySQL or MariaDB server comes as a package. What this one leaves out is MySQL's own SQL; what our reader relies on is
there: the handshake, the text protocol, results that are streamed, errors with their numbers, read-only transactions.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb
from mysql_mimic import IdentityProvider, MysqlServer, ResultColumn, ResultSet, Session
from mysql_mimic.auth import NativePasswordAuthPlugin, User
from mysql_mimic.charset import CharacterSet
from mysql_mimic.errors import ErrorCode, MysqlError
from mysql_mimic.session import Query
from mysql_mimic.types import ColumnType

USER, PASSWORD = "reader", "correct-horse"
_TYPES = {
    "INTEGER": ColumnType.LONG,
    "BIGINT": ColumnType.LONGLONG,
    "DOUBLE": ColumnType.DOUBLE,
    "DATE": ColumnType.DATE,
    "TIMESTAMP": ColumnType.DATETIME,
    "VARCHAR": ColumnType.VARCHAR,
}


class _Users(IdentityProvider):  # type: ignore[misc]
    def get_plugins(self) -> list[NativePasswordAuthPlugin]:
        return [NativePasswordAuthPlugin()]

    async def get_user(self, username: str) -> User | None:
        if username != USER:
            return None
        secret = NativePasswordAuthPlugin.create_auth_string(PASSWORD)
        return User(name=USER, auth_string=secret, auth_plugin=NativePasswordAuthPlugin.name)


class _Session(Session):  # type: ignore[misc]
    """One client: variables and SHOW are answered by mysql-mimic, everything else by DuckDB."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        super().__init__()
        self._cursor = database.cursor()
        self.middlewares.insert(0, self._transactions)

    async def _transactions(self, query: Query) -> object:
        words = query.sql.strip().upper()
        if words == "START TRANSACTION READ ONLY":
            self._cursor.execute("BEGIN TRANSACTION READ ONLY")
        elif words == "ROLLBACK":
            with suppress(duckdb.TransactionException):  # MySQL allows it outside of a transaction
                self._cursor.execute("ROLLBACK")
        else:
            return await query.next()
        return ResultSet([], [])

    async def query(self, _expression: object, sql: str, _attrs: object) -> ResultSet:
        try:
            self._cursor.execute(sql)
        except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException) as error:
            raise MysqlError(str(error), code=ErrorCode.PARSE_ERROR) from None
        except duckdb.Error as error:
            raise MysqlError(str(error), code=ErrorCode.UNKNOWN_ERROR) from None
        columns = [_column(name, str(kind)) for name, kind, *_ in self._cursor.description or ()]
        return ResultSet(self._rows(), columns)

    def _rows(self) -> Iterator[tuple[object, ...]]:
        while rows := self._cursor.fetchmany(1_000):
            yield from rows


def _column(name: str, kind: str) -> ResultColumn:
    if kind == "BLOB":
        return ResultColumn(name, ColumnType.BLOB, CharacterSet.binary)
    return ResultColumn(name, ColumnType.NEWDECIMAL if kind.startswith("DECIMAL") else _TYPES[kind])


@contextmanager
def mysql_server(tables: str) -> Iterator[str]:
    """Serve what the SQL ``tables`` makes, and yield the URL of the database; the server ends afterwards."""
    started: queue.SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = queue.SimpleQueue()
    with duckdb.connect() as database:
        database.execute(tables)
        thread = threading.Thread(target=lambda: asyncio.run(_serve(database, started)))
        thread.start()
        loop, stop, port = started.get(timeout=30)
        try:
            yield f"mysql://{USER}:{PASSWORD}@127.0.0.1:{port}/his"
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()


async def _serve(
    database: duckdb.DuckDBPyConnection,
    started: queue.SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]],
) -> None:
    server = MysqlServer(session_factory=lambda: _Session(database), identity_provider=_Users())
    await server.start_server(host="127.0.0.1", port=0)
    stop = asyncio.Event()
    started.put((asyncio.get_running_loop(), stop, server.sockets()[0].getsockname()[1]))
    await stop.wait()
    server.close()
