"""Publishes the same edition from many processes at the same moment; run as a program of its own, because it forks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

from datasets import disk
from datasets.errors import ReleaseExists
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from tests.support.tiny_releases import TinyPackage, add_tiny, tiny_package

Answers = list[tuple[str, int]]
"""For each process: the SHA-256 of the code list that it published, and the version that it got; 0 if it lost."""


def race(
    root: Path, *, processes: int, rounds: int, content: Literal["same", "different"], broken: bool = False
) -> list[Answers]:
    """Let ``processes`` publish one edition, ``rounds`` times, each round another edition; return all answers.

    With ``broken`` the commit point overwrites, as a rename would: a mutant, to know that the test can fail.
    """
    arguments = [str(root), str(processes), str(rounds), content, "broken" if broken else "sound"]
    command = [sys.executable, "-m", "tests.support.racing", *arguments]
    done = subprocess.run(command, check=True, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE)
    return [[(sha256, version) for sha256, version in answers] for answers in json.loads(done.stdout)]


def main(root: Path, processes: int, rounds: int, content: str, mutant: str) -> None:
    """Print the answers of all rounds as JSON."""
    signer = Signer.from_file(root / "private" / "signing-key.pem")
    if mutant == "broken":
        disk.link = disk.replace
    answers = []
    for number in range(rounds):
        edition = str(2000 + number)
        packages = [
            tiny_package(root.parent / edition / str(n), edition=edition, content="1" if content == "same" else str(n))
            for n in range(processes)
        ]
        answers.append(_round(root, packages, signer))
    print(json.dumps(answers))  # noqa: T201 - the answer to the process that started this one


def _round(root: Path, packages: list[TinyPackage], signer: Signer) -> Answers:
    start = time.monotonic() + 0.02
    pipes = []
    for package in packages:
        reader, writer = os.pipe()
        if os.fork() == 0:
            while time.monotonic() < start:
                pass
            os.write(writer, json.dumps(_publish(root, package, signer)).encode())
            os._exit(0)
        os.close(writer)
        pipes.append(reader)
    answers = []
    for reader in pipes:
        with os.fdopen(reader) as pipe:
            sha256, version = json.loads(pipe.read())
            answers.append((sha256, version))
        os.wait()
    return answers


def _publish(root: Path, package: TinyPackage, signer: Signer) -> tuple[str, int]:
    sha256 = package.files[1].sha256
    try:
        return sha256, add_tiny(ReleaseStore(root), package, signer).version
    except ReleaseExists:
        return sha256, 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5])
