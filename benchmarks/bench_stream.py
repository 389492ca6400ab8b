"""Measure what a full download of a large table costs the server, in every format, and what is left when a caller goes.

Run: python -m benchmarks.bench_stream [--months 911]
A real server on loopback holds 10 million cells. Printed for each format: the server's processor seconds, beside those
of bare pyarrow that writes the same file, and by how much its memory grew; then how long the server goes on working
after a caller left in the middle.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks.bench_query import TABLE, make_store
from tests.support.releases import DemoStore

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEBIBYTE = 2**20
_FORMATS = ("csv", "jsonl", "arrow", "parquet")


@dataclass(frozen=True)
class Server:
    """A portal in a process of its own."""

    process: int
    port: int

    def seconds(self) -> float:
        """Return how much processor time it has used."""
        fields = Path(f"/proc/{self.process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident(self) -> float:
        """Return how much memory it holds, in MiB."""
        return int(Path(f"/proc/{self.process}/statm").read_text(encoding="ascii").split()[1]) * _PAGE / _MEBIBYTE

    @contextmanager
    def asked(self, question: str) -> Iterator[io.BufferedIOBase]:
        """Ask for the rows of the table, and yield what comes."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request("GET", f"/api/v1/datasets/notifiable-diseases/tables/{TABLE}/rows?{question}")
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(response.read(500).decode())
        try:
            yield response
        finally:
            connection.close()


@contextmanager
def serving(demo: DemoStore) -> Iterator[Server]:
    ytemo = Path(sys.executable).with_name("ytemo")
    command = [ytemo, "serve", "--data-dir", demo.root, "--port", "0"]
    environ = {**os.environ, "YTEMO_CALLS_PER_MINUTE": "0", "YTEMO_CALLS_AT_ONCE": "0"}
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True, env=environ) as process:  # noqa: S603
        assert process.stderr is not None
        address = next(found for line in process.stderr if (found := re.search(r"http://127\.0\.0\.1:(\d+)/", line)))
        try:
            yield Server(process.pid, int(address[1]))
        finally:
            process.send_signal(signal.SIGINT)


def download(server: Server, key: str) -> tuple[float, float, int]:
    """Return processor seconds, MiB by which memory grew at most, and MiB sent."""
    before, resident, most, sent = server.seconds(), server.resident(), 0.0, 0
    with server.asked(f"limit=all&format={key}&select=cases") as body:
        while part := body.read(4 * _MEBIBYTE):
            sent += len(part)
            most = max(most, server.resident() - resident)
    return server.seconds() - before, most, sent // _MEBIBYTE


def leave(server: Server) -> float:
    """Return for how many seconds the server works on after a caller left in the middle of a download."""
    with server.asked("limit=all&format=csv&cases__gte=1") as body:
        body.read(_MEBIBYTE)
    begun = last = time.monotonic()
    used = server.seconds()
    while time.monotonic() < last + 2:
        time.sleep(0.05)
        if server.seconds() > used:
            used, last = server.seconds(), time.monotonic()
    return last - begun


def bare(path: Path) -> float:
    """Return the processor seconds of pyarrow, on one thread, from the Parquet file to CSV."""
    begun = time.process_time()
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(122_880, use_threads=False):
            pa_csv.write_csv(batch, io.BytesIO())
    return time.process_time() - begun


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=911)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        demo = make_store(Path(folder) / "store", options.months)
        release = demo.releases.latest("notifiable-diseases")
        known = bare(demo.releases.file(release, f"data/{TABLE}.parquet").path)
        _say(f"{release.description.tables[0].rows} cells; pyarrow alone writes them as CSV in {known:.1f} s")
        with serving(demo) as server:
            time.sleep(5)  # The index is built first, and a store that has just been written is checked more often.
            _say(f"{'format':10}{'server s':>10}{'/ pyarrow':>11}{'memory +MiB':>13}{'sent MiB':>10}")
            for key in _FORMATS:
                seconds, grown, sent = download(server, key)
                _say(f"{key:10}{seconds:10.1f}{seconds / known:11.2f}{grown:13.0f}{sent:10}")
            _say(f"a caller left in the middle of a filtered download: the server worked on for {leave(server):.2f} s")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
