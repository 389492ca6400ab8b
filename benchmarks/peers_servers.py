"""Starts what is compared, each in processes of its own, and tells how much processor time these have used."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from benchmarks.peers_data import POSTGRES_INDEXES, POSTGRES_TABLES, ordered_rows

ROOT = Path(__file__).resolve().parents[1]
_UVICORN = r"running on http://127\.0\.0\.1:(\d+)"
_PORTAL = r"http://127\.0\.0\.1:(\d+)/"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """Something that listens on this machine; all that ``processes`` and their children use is its cost."""

    name: str
    port: int
    processes: tuple[int, ...]

    def seconds(self) -> float:
        """Return the processor time used since the start, that of children that have ended included."""
        return sum(_ticks(process) for process in _with_children(self.processes)) / _TICKS


def _with_children(processes: Sequence[int]) -> set[int]:
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            parents[int(folder.name)] = int((_stat(int(folder.name)) or ["", "0"])[1])
    found = set(processes)
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _ticks(process: int) -> int:
    fields = _stat(process)
    return sum(map(int, fields[11:15])) if fields else 0


def _stat(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
    except OSError:
        return []


@contextmanager
def running(
    name: str, command: Sequence[str | Path], told: str, environ: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run ``command`` until the block ends; it tells its port on standard error in a line that matches ``told``."""
    environ = {**os.environ, **(environ or {})}
    with subprocess.Popen(  # noqa: S603
        list(map(str, command)), stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environ
    ) as process:
        assert process.stderr is not None
        try:
            lines = []
            for line in process.stderr:
                lines.append(line)
                if found := re.search(told, line):
                    break
            else:
                raise RuntimeError(f"{name} did not start:\n{''.join(lines[-20:])}")
            yield Server(name, int(found[1]), (process.pid,))
        finally:
            process.send_signal(signal.SIGINT)
            _ended(process)


def _ended(process: subprocess.Popen[str]) -> None:
    try:
        process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


UNLIMITED = {"YTEMO_CALLS_PER_MINUTE": "0", "YTEMO_CALLS_AT_ONCE": "0"}
"""Settings under which one caller may ask as much as the portal can answer."""


@contextmanager
def portal(root: Path) -> Iterator[Server]:
    """Run the portal over a store, as people start it."""
    command = [sys.executable, "-m", "portal.start", "serve", "--data-dir", root, "--port", "0"]
    # One caller asks as much as thousands do elsewhere.
    with running("ytemo", command, _PORTAL, {"YTEMO_CALLS_PER_MINUTE": "0", "YTEMO_CALLS_AT_ONCE": "0"}) as server:
        yield server


@contextmanager
def empty_route() -> Iterator[Server]:
    """Run the floor."""
    with running("empty route", [sys.executable, "-m", "benchmarks.peers_floor"], _PORTAL) as server:
        yield server


@contextmanager
def datasette(python: Path, file: Path) -> Iterator[Server]:
    """Run Datasette over an SQLite file that does not change."""
    command = [python, "-m", "uvicorn", "--factory", "benchmarks.peers_datasette:app", "--no-access-log"]
    with running("Datasette", [*command, "--port", str(_free_port())], _UVICORN, {"PEER_FILE": str(file)}) as server:
        yield server


# PostgreSQL -----------------------------------------------------------------------------------------------------------


@contextmanager
def postgres(folder: Path) -> Iterator[tuple[str, int] | None]:
    """Run a cluster of PostgreSQL of its own in ``folder``; yield its address and process, None where there is none."""
    programs = _postgres_programs()
    if programs is None:
        yield None
        return
    user = "postgres" if os.getuid() == 0 else None
    if not folder.exists():
        _make_cluster(programs, folder, user)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "shared_buffers": "1GB",
        "work_mem": "64MB",
        "maintenance_work_mem": "1GB",
        "effective_cache_size": "8GB",
        "random_page_cost": "1.1",
        "fsync": "off",
        "max_wal_size": "8GB",
        "jit": "off",
    }
    command = [programs / "postgres", "-D", folder / "data", *(f"--{name}={value}" for name, value in options.items())]
    with ExitStack() as stack:
        log = stack.enter_context((folder.parent / "postgres.log").open("wb"))
        process = stack.enter_context(
            subprocess.Popen(list(map(str, command)), user=user, cwd="/", stdout=log, stderr=log)  # noqa: S603
        )
        try:
            _wait_for(folder / ".s.PGSQL.5432", process)
            yield f"postgresql://bench@/postgres?host={folder}", process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _make_cluster(programs: Path, folder: Path, user: str | None) -> None:
    folder.mkdir()
    if user:
        shutil.chown(folder, user)
    options = [
        "--pgdata",
        folder / "data",
        "--username",
        "bench",
        "--auth",
        "trust",
        "--locale",
        "C",
        "--encoding",
        "UTF8",
    ]
    command = [str(part) for part in (programs / "initdb", *options)]
    subprocess.run(command, check=True, capture_output=True, user=user, cwd="/")  # noqa: S603


def _postgres_programs() -> Path | None:
    found = shutil.which("postgres")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((each for each in folders if (each / "initdb").exists() and (each / "postgres").exists()), None)


def _wait_for(place: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not place.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("PostgreSQL did not start")
        time.sleep(0.05)
    time.sleep(0.5)


def load_postgres(python: Path, dsn: str, parquet: Mapping[str, Path], folder: Path) -> None:
    """Copy both tables into PostgreSQL by way of CSV files in ``folder``, index them, and let it gather statistics."""
    files = {table: folder / f"{table}.csv" for table in parquet}
    for table, path in parquet.items():
        database = duckdb.connect(config={"memory_limit": "2GB"})
        database.execute(f"COPY ({ordered_rows(table, path)}) TO '{files[table]}' (FORMAT csv, HEADER false)")
    plan = {"tables": POSTGRES_TABLES, "files": {table: str(file) for table, file in files.items()}}
    plan["indexes"] = POSTGRES_INDEXES
    script = ROOT / "benchmarks" / "peers_copy.py"
    subprocess.run([python, script, dsn], input=json.dumps(plan), text=True, check=True)  # noqa: S603
    for file in files.values():
        file.unlink()


@contextmanager
def asyncpg_app(python: Path, dsn: str, database: int) -> Iterator[Server]:
    """Run the peer on PostgreSQL; what the database uses is counted with it."""
    command = [python, "-m", "uvicorn", "benchmarks.peers_app:app", "--port", str(_free_port()), "--no-access-log"]
    with running("PostgreSQL", command, _UVICORN, {"PEER_DSN": dsn}) as server:
        yield replace(server, processes=(*server.processes, database))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
