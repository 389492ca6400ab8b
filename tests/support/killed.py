"""Publishes in child processes that are killed at each change of the disk in turn; run as a program of its own.

A program of its own, because a process that forks must have no threads, and the test runner may have some.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from tests.support.disk_faults import NthCall, kill, replaced
from tests.support.tiny_releases import NOW, REASON, add_tiny, tiny_package


def in_killed_child(action: str, root: Path, package: Path, calls: int) -> list[Path]:
    """Run ``action`` (add or withdraw) once for each of ``calls``, each time on a copy of the store at ``root``.

    Return the copies, as the killed children left them.
    """
    states = root.with_name("killed")
    command = [sys.executable, "-m", "tests.support.killed", action, str(root), str(package), str(states), str(calls)]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
    return sorted(states.iterdir())


def main(action: str, root: Path, package: Path, states: Path, calls: int) -> None:
    """Make ``states``: one copy of ``root`` for each call, after a job was killed at that call."""
    signer = Signer.from_file(root / "private" / "signing-key.pem")
    tiny = tiny_package(package, content="2")
    for number in range(1, calls + 1):
        state = shutil.copytree(root, states / f"{number:03d}")
        child = os.fork()
        if child == 0:
            with replaced(NthCall(number, kill)):
                if action == "add":
                    add_tiny(ReleaseStore(state), tiny, signer)
                else:
                    ReleaseStore(state).withdraw("sexes", "2025", 1, reason=REASON, signer=signer, now=NOW)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            sys.exit(f"the child was not killed at call {number}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
