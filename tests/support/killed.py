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

import numpy as np

from datasets.perturbation_choice import PrivacyBudget
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.store_keys import open_signer
from datasets.store_layout import StoreLayout
from publishers.privacy_accounts import Entry
from publishers.privacy_budgets import Budgets
from tests.support.disk_faults import NthCall, kill, replaced
from tests.support.tiny_releases import NOW, REASON, add_tiny, tiny_package


def in_killed_child(action: str, root: Path, package: Path, calls: int) -> list[Path]:
    """Run ``action`` (keys, add, withdraw or spend) once for each of ``calls``, each time on a copy of the store at
    ``root``.

    Return the copies, as the killed children left them.
    """
    states = root.with_name("killed")
    command = [sys.executable, "-m", "tests.support.killed", action, str(root), str(package), str(states), str(calls)]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
    return sorted(states.iterdir())


def main(action: str, root: Path, package: Path, states: Path, calls: int) -> None:
    """Make ``states``: one copy of ``root`` for each call, after a job was killed at that call."""
    for number in range(1, calls + 1):
        state = shutil.copytree(root, states / f"{number:03d}")
        child = os.fork()
        if child == 0:
            with replaced(NthCall(number, kill)):
                _ACTIONS[action](state, package)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            sys.exit(f"the child was not killed at call {number}")


def _keys(root: Path, _package: Path) -> None:
    open_signer(root, root / "private" / "signing-key.pem", root / "public-key.pem")


def _add(root: Path, package: Path) -> None:
    add_tiny(ReleaseStore(root), tiny_package(package, content="2"), _signer(root))


def _withdraw(root: Path, _package: Path) -> None:
    ReleaseStore(root).withdraw("sexes", "2025", 1, reason=REASON, signer=_signer(root), now=NOW)


SPENT = PrivacyBudget(population="patients", rho=1)
"""What `spend` spends from, in steps of 0.4."""


def spend(root: Path, _package: Path) -> list[int] | None:
    """Spend for one content, draw, and keep what was drawn; return it, or None where it had been kept.

    What may have been seen is written beside the store, outside of what tests count as changes of the disk.
    """
    budgets = Budgets(StoreLayout(root), _signer(root))
    wanted = Entry(number=0, dataset="sexes", edition="2025", start=None, end=None, content="a", rho=0.4)
    spent = budgets.spend(SPENT, wanted)
    if spent.drawn is not None:
        return [int(one) for one in spent.drawn["people"]]
    drawn = np.frombuffer(os.urandom(8), dtype="<u4").astype(np.int64)
    (root / "seen").write_text(str(drawn.tolist()), encoding="utf-8")
    budgets.keep("patients", spent, {"people": drawn})
    return None


def _signer(root: Path) -> Signer:
    return Signer.from_file(root / "private" / "signing-key.pem")


_ACTIONS = {"keys": _keys, "add": _add, "withdraw": _withdraw, "spend": spend}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
