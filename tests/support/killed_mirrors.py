"""Mirrors in child processes that are killed at one of their calls; run as a program of its own, told by lines.

A program of its own, because a process that forks must have no threads, and the test that runs the target has some.
Each line it reads is the number of a call (0 for none) and ``before`` or ``after``; it answers how the child ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datasets.public_releases import PublicReleases
from publishers.mirror import client, rows
from publishers.mirror.run import mirror
from tests.support.mirrors import asked_of, remote_of, told
from tests.support.releases import NOW

BATCH = 60
"""So many rows are sent at once here, for a store whose tables are small."""
Mirrored = Callable[[int, str], str]


@contextmanager
def killed_mirrors(root: Path, address: str) -> Iterator[Mirrored]:
    """Yield what mirrors the store at ``root`` in a process that is killed at the call with this number."""
    command = [sys.executable, "-m", "tests.support.killed_mirrors", str(root), address]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None

        def run(call: int, when: str) -> str:
            program.stdin.write(f"{call} {when}\n")  # type: ignore[union-attr]
            program.stdin.flush()  # type: ignore[union-attr]
            return program.stdout.readline().strip()  # type: ignore[union-attr]

        yield run
        program.stdin.close()


def main(root: Path, address: str) -> None:
    """Answer each line with ``killed``, or with the exit code of the child."""
    for line in sys.stdin:
        call, when = line.split()
        child = os.fork()
        if child == 0:
            _mirror_and_die(root, address, int(call), when)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write("killed\n" if killed else f"ended {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _mirror_and_die(root: Path, address: str, call: int, when: str) -> None:
    send, calls = client.BoundedCkan._request_fn, 0

    def counted(self: Any, *given: Any) -> tuple[int, str]:
        nonlocal calls
        calls += 1
        if calls == call and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = send(self, *given)
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    rows._BATCH = BATCH
    client.BoundedCkan._request_fn = counted  # type: ignore[method-assign,assignment]
    releases = PublicReleases(root, root / "public-key.pem", lambda: NOW)
    outcome = mirror(remote_of(address), releases, asked_of(releases, rows=True))
    os._exit(1 if told(outcome) else 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
