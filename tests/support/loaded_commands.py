"""Runs scripts with the command line in processes of their own, forked where it is loaded: loading takes the longest.

A program of its own forks, because the test runner may have threads.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOADED = ("portal.cli", "anonymization.secondary.withhold", "catalog.standards.checks", "portal.shared.links")
"""What a job loads, some of it only once it is needed."""
LONGEST = 120
_LARGEST = 1 << 20
_READY = b"ready"


def run_loaded(
    script: str,
    arguments: Sequence[object],
    *,
    stdout: int | None = None,
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Do as ``subprocess.run([sys.executable, "-c", script, *arguments])`` does, which captures what is written.

    ``stdout`` is a descriptor to write to instead, and ``environ`` holds variables besides those of this process. What
    takes longer than ``LONGEST`` seconds is ended by SIGALRM.
    """
    order = {"script": script, "arguments": list(map(str, arguments))}
    loader = _loader(frozenset((environ or {}).items()))
    (out, to_out), (err, to_err) = os.pipe(), os.pipe()
    socket.send_fds(loader, [json.dumps(order).encode()], [to_out if stdout is None else stdout, to_err])
    os.close(to_out)
    os.close(to_err)
    with ThreadPoolExecutor(2) as readers:
        written = list(readers.map(_whole, (out, err)))
    code = os.waitstatus_to_exitcode(int(loader.recv(_LARGEST)))
    return subprocess.CompletedProcess(["-c", *order["arguments"]], code, *written)


def _whole(pipe: int) -> str:
    with open(pipe, encoding="utf-8", errors="replace") as file:
        return file.read()


@cache
def _loader(environ: frozenset[tuple[str, str]]) -> socket.socket:
    """Start a process that has loaded the command line, and return what it takes orders from until this one ends."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    command = f"from tests.support.loaded_commands import serve; serve({theirs.fileno()})"
    process = subprocess.Popen(
        [sys.executable, "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[theirs.fileno()],
        env={**os.environ, **dict(environ)},
        cwd=ROOT,
    )
    theirs.close()
    if ours.recv(_LARGEST) != _READY:
        raise RuntimeError(process.communicate()[1].decode())
    atexit.register(_end, process, ours)
    return ours


def _end(process: subprocess.Popen[bytes], orders: socket.socket) -> None:
    orders.close()
    process.communicate()


def serve(descriptor: int) -> None:
    """Fork a process for each order, which does it and ends as any other; say how it ended."""
    for module in LOADED:
        importlib.import_module(module)
    orders = socket.socket(fileno=descriptor)
    orders.send(_READY)
    while (order := socket.recv_fds(orders, _LARGEST, 2))[0]:
        text, streams, *_ = order
        child = os.fork()
        if child == 0:
            orders.close()
            _do(json.loads(text), streams)
            return
        for stream in streams:
            os.close(stream)
        _, status = os.waitpid(child, 0)
        orders.send(str(status).encode())


def _do(order: Mapping[str, object], streams: Sequence[int]) -> None:
    for stream, known in zip(streams, (1, 2), strict=True):
        os.dup2(stream, known)
        os.close(stream)
    signal.alarm(LONGEST)
    assert isinstance(order["arguments"], list)
    sys.argv = ["-c", *order["arguments"]]
    exec(str(order["script"]), sys.modules["__main__"].__dict__)
