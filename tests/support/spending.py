"""Spends of one budget from many processes at the same moment; run as a program of its own, because it forks."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from datasets.errors import DisclosureRuleInvalid
from datasets.perturbation_choice import PrivacyBudget
from datasets.signing import Signer
from datasets.store_layout import StoreLayout
from publishers import privacy_budgets
from publishers.privacy_accounts import Entry
from publishers.privacy_budgets import Budgets

BUDGET = PrivacyBudget(population="patients", rho=1)


def spend_at_once(root: Path, *, processes: int, broken: bool = False) -> list[int]:
    """Let each process spend a tenth of the budget; return the numbers of the spendings, 0 where it was refused.

    With ``broken`` nobody waits for anybody: a mutant, to know that the test can fail.
    """
    command = [
        sys.executable,
        "-m",
        "tests.support.spending",
        str(root),
        str(processes),
        "broken" if broken else "sound",
    ]
    done = subprocess.run(command, check=True, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE)
    return [int(one) for one in json.loads(done.stdout)]


def main(root: Path, processes: int, mutant: str) -> None:
    """Print the numbers as JSON."""
    if mutant == "broken":
        privacy_budgets.disk.wait_for_lock = lambda path: os.open(path, os.O_RDWR | os.O_CREAT)  # type: ignore[attr-defined]
    budgets = Budgets(StoreLayout(root), Signer.from_file(root / "private" / "signing-key.pem"))
    start, pipes = time.monotonic() + 0.2, []
    for number in range(processes):
        reader, writer = os.pipe()
        if os.fork() == 0:
            while time.monotonic() < start:
                pass
            os.write(writer, str(_spend(budgets, number)).encode())
            os._exit(0)
        os.close(writer)
        pipes.append(reader)
    answers = []
    for reader in pipes:
        with os.fdopen(reader) as pipe:
            answers.append(int(pipe.read() or 0))
        os.wait()
    print(json.dumps(answers))  # noqa: T201 - the answer to the process that started this one


def _spend(budgets: Budgets, number: int) -> int:
    wanted = Entry(number=0, dataset=f"data-{number}", edition="2026", start=None, end=None, content="a", rho=0.1)
    with contextlib.suppress(DisclosureRuleInvalid, OSError):
        return budgets.spend(BUDGET, wanted).entry.number
    return 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
