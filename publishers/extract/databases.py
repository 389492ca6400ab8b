"""SQL sources: one SELECT on PostgreSQL, MySQL or SQLite, read-only and streamed into a staged table.

The address of a database holds a password: neither it nor a driver's message is ever shown.
"""

from __future__ import annotations

import importlib
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from datasets.source import Source
from publishers.extract.cells import Notation
from publishers.extract.headers import normal_header
from publishers.extract.location import unreadable
from publishers.extract.raw_table import RawTable
from publishers.extract.staging import Staging, staged_table

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, TextClause

_FETCH = 10_000
_CONNECT_SECONDS = 10
_DRIVERS = {
    "postgresql": ("postgresql+psycopg", "psycopg", "postgresql"),
    "mysql": ("mysql+pymysql", "pymysql", "mysql"),
    "mariadb": ("mariadb+pymysql", "pymysql", "mysql"),
    "sqlite": ("sqlite", "sqlite3", "sql"),
}
_READ_ONLY = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "START TRANSACTION READ ONLY",
    "mariadb": "START TRANSACTION READ ONLY",
}
_NOT_CODE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)


def open_database(source: Source, *, edition: str, work: Path, environ: Mapping[str, str]) -> RawTable:
    """Run the declared query and stage its rows; SourceUnreadable names the variable, never what it holds."""
    name = source.database
    statement = _single_select(source.query)
    if not environ.get(name):
        raise unreadable(name, "is not set: it must hold the database's URL", "set it for the job's user")
    sqlalchemy = _module("sqlalchemy", "sql")
    engine = _engine(environ[name], name)
    target = work / "staged.parquet"
    try:
        headers = _stage(engine, _bound(statement, edition), source=source, target=target)
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise _refused(name, error) from None
    finally:
        engine.dispose()
    return staged_table(target, name=name, headers=headers, row_word="record", blank_rows=False)


def _single_select(query: str) -> str:
    """Refuse anything but one SELECT early; the read-only transaction is what protects the database."""
    statement = query.strip().removesuffix(";").strip()
    code = _NOT_CODE.sub(" ", statement)
    # INTO writes a file (MySQL) or a table (PostgreSQL); the first even in a transaction that only reads.
    writes = re.search(r"\binto\b", code, re.IGNORECASE)
    if ";" in code or writes or not re.match(r"\s*(select|with)\b", code, re.IGNORECASE):
        raise unreadable(
            "source.query", "must be one SELECT statement, without INTO", "write it as SELECT … or WITH … SELECT …"
        )
    return statement


def _bound(statement: str, edition: str) -> TextClause:
    sqlalchemy = _module("sqlalchemy", "sql")
    text: TextClause = sqlalchemy.text(statement)
    unknown = sorted(set(text.compile().params) - {"edition"})
    if unknown:
        raise unreadable("source.query", f"holds :{unknown[0]}", "only `:edition` is known; write `\\:` for a colon")
    return text.bindparams(edition=edition) if "edition" in text.compile().params else text


def _engine(address: str, name: str) -> Engine:
    sqlalchemy = _module("sqlalchemy", "sql")
    try:
        url: URL = sqlalchemy.make_url(address)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise unreadable(name, "does not hold a database URL", "write postgresql://, mysql:// or sqlite:///") from None
    kind = url.get_backend_name()
    if kind not in _DRIVERS:
        raise unreadable(name, "holds the URL of an unknown kind of database", "use PostgreSQL, MySQL or SQLite")
    driver, module, extra = _DRIVERS[kind]
    _module(module, extra)
    url = url.set(drivername=driver)
    engine: Engine
    if kind == "sqlite":
        engine = sqlalchemy.create_engine("sqlite://", creator=_sqlite(url, name), hide_parameters=True)
    else:
        timeout = {"connect_timeout": _CONNECT_SECONDS}
        engine = sqlalchemy.create_engine(url, connect_args=timeout, hide_parameters=True)
    return engine


def _sqlite(url: URL, name: str) -> Any:
    """SQLite would make a new file for a wrong name: open it read-only."""
    path = Path(url.database or "")
    if not path.is_file():
        raise unreadable(name, "names no SQLite file", "write sqlite:////absolute/path/to/the/file")
    return lambda: sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)


def _stage(engine: Engine, statement: TextClause, *, source: Source, target: Path) -> tuple[str, ...]:
    with engine.connect() as connection:
        _read_only(connection)
        result = connection.execution_options(stream_results=True, yield_per=_FETCH).execute(statement)
        headers = tuple(result.keys())
        keys = [normal_header(header) for header in headers]
        notation = Notation.of(source)
        number = 0
        with Staging(target, width=len(headers)) as staging:
            for batch in result.partitions():
                for row in batch:
                    number += 1
                    cells = zip(row, keys, strict=True)
                    staging.add(number, [_text(notation, cell, key, source.database) for cell, key in cells])
        connection.rollback()
    return headers


def _text(notation: Notation, cell: object, key: str, name: str) -> str | None:
    try:
        return notation.text(cell, key)
    except TypeError as error:
        raise unreadable(f"{name}, column {key}", f"holds {error}, which has no text", "cast it in the query") from None


def _read_only(connection: Connection) -> None:
    """PostgreSQL and MySQL then refuse every write, one inside WITH too; SQLite was opened read-only."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(_READ_ONLY[connection.dialect.name])


def _module(name: str, extra: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise unreadable(name, "is not installed", f"install it with: pip install 'ytemo[{extra}]'") from None


def _refused(name: str, error: Exception) -> Exception:
    """Say what kind of refusal it was; a driver's own words may quote the address or a value."""
    sqlalchemy = _module("sqlalchemy", "sql")
    if isinstance(error, sqlalchemy.exc.ProgrammingError):
        return unreadable(name, "refused the query", "check its tables and columns, and that it only reads")
    if isinstance(error, sqlalchemy.exc.OperationalError):
        return unreadable(
            name, "could not be reached, refused the user, or refused the query", "check the variable and the query"
        )
    return unreadable(name, f"could not be read ({type(error).__name__})", "check the variable and the query")
