"""Runs programs in JavaScript and R that documentation shows: in Node.js, and in R as a WebAssembly program (webR).

webR comes from npm by its own lock file, once for each checkout. It is R itself, without its add-on packages: code that
needs one is checked for its grammar only.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from portal.build_assets import npm_command

TESTS = Path(__file__).parents[1]
R = TESTS / "r"
JAVASCRIPT = TESTS / "javascript"


class ProgramFailed(Exception):
    """A program of the documentation does not run."""


def run_javascript(programs: Sequence[str]) -> list[str]:
    """Run each of ``programs`` as a module, and return what it prints."""
    return _outputs(_ask(JAVASCRIPT / "run.mjs", list(programs)), programs)


def run_r(programs: Sequence[str]) -> list[str]:
    """Run each of ``programs`` in an environment of its own, and return what it prints; a warning is an error."""
    return _outputs(_ask_r(programs, parsed=False), programs)


def read_r(programs: Sequence[str]) -> None:
    """Check the grammar of ``programs`` by R's own parser; nothing of them is run."""
    _outputs(_ask_r(programs, parsed=True), programs)


def _ask_r(programs: Sequence[str], *, parsed: bool) -> Any:
    _install(R)
    return _ask(R / "run.mjs", {"programs": list(programs), "parsed": parsed})


def _ask(script: Path, question: Any) -> Any:
    node = shutil.which("node") or npm_command()[0]
    done = subprocess.run(
        [node, script.name],
        cwd=script.parent,
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        raise ProgramFailed(f"{script.name} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout)


def _outputs(answers: Sequence[dict[str, Any]], programs: Sequence[str]) -> list[str]:
    assert len(answers) == len(programs)
    for answer, program in zip(answers, programs, strict=True):
        if "error" in answer or answer.get("warnings"):
            raise ProgramFailed(f"{answer}\n\n{program}")
    return [str(answer["out"]) for answer in answers]


def _install(folder: Path) -> None:
    """Install the packages of ``folder`` by its lock, if that was not done yet; others wait meanwhile."""
    key = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    modules = folder / "node_modules"
    mark = modules / ".ready"
    with (folder / "package-lock.json").open() as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        if mark.is_file() and mark.read_text() == key:
            return
        command = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
        mark.write_text(key)
