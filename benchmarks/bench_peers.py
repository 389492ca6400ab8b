"""Measure the query API beside Datasette (SQLite), PostgreSQL (asyncpg) and an empty route: all are asked the same.

Run: python -m benchmarks.bench_peers [--quick] [--months 911] [--rows 1000000] [--folder KEPT]
A cube of 10 million cells and a register of 1 million rows are published in a store, and the same rows are loaded into
SQLite and PostgreSQL with the indexes that serve these questions best. Answers are compared before anything is timed.
Each server is one process (PostgreSQL: its application, and a backend for each of 8 connections); one light generator
of load, a process of its own, asks them in turn over loopback. No two questions are alike, but for those asked "again":
50 over and over. Processor time is that of the server and its children: on a busy machine compare this.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.peers_data import CELLS, REGISTER, make_tables, parquet_files
from benchmarks.peers_questions import DOWNLOADS, FLOOR, QUESTIONS, Question, drawn, paths, summed
from benchmarks.peers_servers import ROOT, Server, asyncpg_app, datasette, empty_route, load_postgres, portal, postgres
from datasets.public_releases import PublicReleases
from tests.support.oracles import ENVIRONMENTS, build_environment

_LOCK = ROOT / "benchmarks" / "peers.lock"
_CONCURRENCIES = (1, 8, 32)
_RUNS = (1, 8, 32, 8)
"""The cheaper one of two runs at the same concurrency counts: something else took time from the other."""
_CHECKED, _WARMED = 5, 60
_LONGEST_DOWNLOAD = 25.0
"""Seconds after which a download is cut: Datasette would take minutes."""


@dataclass(frozen=True)
class Effort:
    """How long each measurement takes, in seconds, and how many different questions there are for each."""

    seconds: float
    questions: int


@dataclass(frozen=True)
class Measured:
    """What one run of the generator found."""

    rate: float
    p50: float
    p99: float
    cpu: float
    """Milliseconds of processor time for each request."""


def measure(server: Server, asked: Sequence[str], concurrency: int, seconds: float) -> Measured:
    """Ask ``asked``, so many at once."""
    before = server.seconds()
    question = {"port": server.port, "paths": list(asked), "concurrency": concurrency, "seconds": seconds}
    command = [sys.executable, "-I", "-S", str(ROOT / "benchmarks" / "peers_load.py")]
    done = subprocess.run(command, input=json.dumps(question), stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    told = json.loads(done.stdout)
    cpu = (server.seconds() - before) / told["requests"] * 1000
    return Measured(told["requests"] / told["seconds"], told["p50"], told["p99"], cpu)


def check(servers: Sequence[Server], question: Question, months: int) -> None:
    """Raise RuntimeError unless every server gives the same figures to the same questions."""
    for values in drawn(question, _CHECKED, months=months, seed=1):
        found = {}
        for server in servers:
            if server.name != FLOOR:
                (path,) = paths(question, server.name, [values])
                found[server.name] = tuple(round(each, 6) for each in summed(question, _body(server, path)))
        if len(set(found.values())) != 1:
            raise RuntimeError(f"{question.table}, {question.name}, {values}: {found}")


def _body(server: Server, path: str) -> bytes:
    """Return an answer; a portal that is still reading its table into memory says 503, and is asked again."""
    for _ in range(20):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=100)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.status != 503:
            break
    if response.status != 200:
        raise RuntimeError(f"{server.name} {path}: {response.status} {body[:500]!r}")
    return body


def ask(servers: Sequence[Server], question: Question, effort: Effort, months: int) -> None:
    """Print a line for each server: at each concurrency, then the same questions again.

    Servers take turns, so that what else the machine does meets them alike.
    """
    check(servers, question, months)
    warm = drawn(question, _WARMED, months=months, seed=2)
    fresh = drawn(question, effort.questions * len(_RUNS), months=months, seed=3)
    found: dict[str, dict[str, Measured]] = {server.name: {} for server in servers}
    for server in servers:
        measure(server, paths(question, server.name, warm), 8, effort.seconds)
    for number, concurrency in enumerate(_RUNS):
        for server in servers:
            run_of = measure(
                server, paths(question, server.name, fresh[number :: len(_RUNS)]), concurrency, effort.seconds
            )
            before = found[server.name].get(f"{concurrency}")
            if before is None or run_of.cpu < before.cpu:
                found[server.name][f"{concurrency}"] = run_of
    for server in servers:
        again = paths(question, server.name, fresh[:50]) * 400
        found[server.name]["again"] = measure(server, again, 8, effort.seconds)
    say(f"\n{question.table}: {question.name}")
    for name, runs in found.items():
        rates = " |".join(
            f"{runs[key].rate:8.0f} {runs[key].p50:7.2f} {runs[key].p99:7.2f}" for key in ("1", "8", "32")
        )
        say(f"  {name:12}{rates} |{runs['8'].cpu:9.3f} |{runs['again'].rate:8.0f}{runs['again'].cpu:9.3f}")


def download(servers: Sequence[Server], table: str) -> None:
    """Print what a download of a whole table costs."""
    say(f"\n{table}: full CSV")
    for server in servers:
        if server.name == FLOOR:
            continue
        before, begun, sent, lines = server.seconds(), time.perf_counter(), 0, 0
        connection = HTTPConnection("127.0.0.1", server.port, timeout=600)
        connection.request("GET", DOWNLOADS[table][server.name])
        response = connection.getresponse()
        cut = False
        while not cut and (part := response.read(2**20)):
            sent, lines = sent + len(part), lines + part.count(b"\n")
            cut = time.perf_counter() - begun > _LONGEST_DOWNLOAD
        seconds, used = time.perf_counter() - begun, server.seconds() - before
        connection.close()
        rate = f"{lines / seconds:12,.0f} rows/s"
        note = f" (cut at {lines:,} rows)" if cut else ""
        say(f"  {server.name:12}{seconds:8.1f} s{used:8.1f} s CPU{rate}{sent / 2**20:8.0f} MiB{note}")


# Setting up -----------------------------------------------------------------------------------------------------------


@contextmanager
def started(folder: Path, options: argparse.Namespace) -> Iterator[list[Server]]:
    """Make or find the tables in ``folder``, and start every server that there can be."""
    python = build_environment(ENVIRONMENTS, _LOCK) / "bin" / "python"
    store = folder / "store"
    fresh = not store.exists()
    if fresh:
        make_tables(store, months=options.months, rows=options.rows)
    parquet = parquet_files(PublicReleases(store, store / "public-key.pem"))
    file = folder / "bench.db"
    with ExitStack() as stack:
        if fresh:
            command = [sys.executable, "-m", "benchmarks.peers_data", "sqlite", file, parquet[CELLS], parquet[REGISTER]]
            loading = stack.enter_context(subprocess.Popen(list(map(str, command)), cwd=ROOT))  # noqa: S603
            stack.callback(loading.kill)
        database = stack.enter_context(postgres(folder / "postgres"))
        if database and fresh:
            load_postgres(python, database[0], parquet, folder)
        if fresh and loading.wait():
            raise RuntimeError("SQLite could not be filled")
        servers = [stack.enter_context(empty_route()), stack.enter_context(portal(store))]
        servers.append(stack.enter_context(datasette(python, file)))
        if database:
            servers.append(stack.enter_context(asyncpg_app(python, *database)))
        else:
            say("PostgreSQL is not installed here (postgres and initdb): it is left out")
        yield servers


def run(servers: Sequence[Server], effort: Effort, options: argparse.Namespace) -> None:
    time.sleep(4)  # The index is built first, and a store that has just been written is checked more often.
    say(f"{options.rows:,} rows and {64 * (options.months + 1) * 171:,} cells; {os.cpu_count()} cores")
    heads = " |".join(f"{f'req/s at {number}':>8} {'p50':>6} {'p99':>6}" for number in _CONCURRENCIES)
    say(f"  {'ms':10}{heads} | CPU at 8 | again: req/s, CPU")
    for question in QUESTIONS:
        ask(servers, question, effort, options.months)
    for table in DOWNLOADS:
        download(servers, table)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=911)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="measure each for a moment only")
    parser.add_argument("--folder", type=Path, help="keep the tables here, and use them again")
    options = parser.parse_args(arguments)
    effort = Effort(0.25, 1_000) if options.quick else Effort(0.7, 6_000)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own where the benchmark runs as root.
        with started(folder, options) as servers:
            run(servers, effort, options)


if __name__ == "__main__":
    main(sys.argv[1:])
