"""Who calls is told by web servers that are trusted, and by nobody else, however long and odd what they pass on is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.public_scene import PublicScene

YTEMO = str(Path(sys.executable).with_name("ytemo"))
PER_MINUTE = 3


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    public = PublicScene(tmp_path_factory.mktemp("scene"))
    public.add("1")
    return public.root


class Served:
    """A portal in a process of its own, asked from this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(self, *forwarded: str, path: str = "/api/v1/datasets") -> int:
        """Return the status of an answer to a request that was passed on for ``forwarded``."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=20)
        connection.putrequest("GET", path)
        for each in forwarded:
            connection.putheader("X-Forwarded-For", each)
        connection.endheaders()
        status = connection.getresponse().status
        connection.close()
        return status

    def until_refused(self, *forwarded: str) -> int:
        """Return how many requests were answered before one was not."""
        return next(number for number in range(100) if self.ask(*forwarded) == 429)


@contextmanager
def served(root: Path, **settings: str) -> Iterator[Served]:
    environ = {**os.environ, "YTEMO_CALLS_PER_MINUTE": str(PER_MINUTE), **settings}
    command = [YTEMO, "serve", "--data-dir", str(root), "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environ)
    assert process.stderr is not None
    try:
        port = next(int(found[1]) for line in process.stderr if (found := re.search(r"127\.0\.0\.1:(\d+)/", line)))
        yield Served(port)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=40)


@pytest.fixture(scope="module")
def behind_a_proxy(root: Path) -> Iterator[Served]:
    with served(root) as portal:
        yield portal


def test_callers_behind_a_web_server_of_this_machine_are_told_apart(behind_a_proxy: Served) -> None:
    assert behind_a_proxy.until_refused("203.0.113.1") == PER_MINUTE
    assert behind_a_proxy.until_refused("203.0.113.2") == PER_MINUTE
    assert behind_a_proxy.until_refused("2001:db8:1::1") == PER_MINUTE
    assert behind_a_proxy.ask("2001:db8:1::2") == 429, "a network of 64 bits is one caller"


def test_what_a_caller_claims_itself_is_not_believed(behind_a_proxy: Served) -> None:
    """A web server adds whom it heard from behind what it was sent."""
    assert behind_a_proxy.until_refused("198.51.100.1, 203.0.113.3") == PER_MINUTE
    assert behind_a_proxy.ask("198.51.100.2, 203.0.113.3") == 429
    assert behind_a_proxy.ask("198.51.100.3", "203.0.113.3") == 429
    assert behind_a_proxy.ask("198.51.100.4,203.0.113.3, 127.0.0.1") == 429


def test_whoever_has_no_address_is_one_caller(behind_a_proxy: Served) -> None:
    odd = ("garbage", "[::1", "999.1.1.1", "unknown", "_hidden", "2001:db8::1::2", "\xff", "x" * 40_000)
    statuses = [behind_a_proxy.ask(each) for each in odd]
    assert statuses == [200] * PER_MINUTE + [429] * (len(odd) - PER_MINUTE)


@pytest.mark.parametrize("forwarded", ["9" * 60_000, "1.1.1.1," * 7_000, "127.0.0.1," * 5_900, ":" * 60_000])
def test_long_headers_are_answered_at_once(behind_a_proxy: Served, forwarded: str) -> None:
    behind_a_proxy.ask(forwarded, path="/api/v1/limits")
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        assert behind_a_proxy.ask(forwarded, path="/api/v1/limits") == 200
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.1


def test_nobody_is_believed_who_is_not_trusted(root: Path) -> None:
    with served(root, YTEMO_TRUSTED_PROXIES="10.0.0.0/8, 2001:db8::5") as portal:
        assert portal.until_refused("203.0.113.1") == PER_MINUTE
        assert portal.ask("203.0.113.2") == 429


def test_a_broken_file_of_keys_stops_the_start(root: Path, tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text("a: [\n")
    told = subprocess.run([YTEMO, "serve", "--data-dir", str(root), "--port", "0"], capture_output=True, text=True,
                          env={**os.environ, "YTEMO_KEYS_FILE": str(tmp_path / "keys.yaml")}, check=False,
                          timeout=60)  # fmt: skip
    assert told.returncode == 11
    assert "keys.yaml line" in told.stderr
    assert "Traceback" not in told.stderr
