"""Changes the engine in one place at a time and tells which changes no test noticed: `python -m tests.mutants`.

mutmut makes and runs the mutants. Here stands what it lacks: a seeded sample of each module, the tests that should
notice a change in it (`modules.toml`), the changes that change nothing (`equivalents.toml`), and a table of the result.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tests.mutants.mutant import Mutant, mutants_of
from tests.mutants.tree import configure, copy_project, undecorate

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SURVIVED = frozenset({0, 5, 33})
"""mutmut's codes for changes that no test noticed, or that no test even ran into."""

TIMED_OUT = frozenset({-24, 24, 36, 152, 255})
"""Its codes for changes that made the tests run for too long: most of them loop for ever, and count as noticed."""


@dataclass(frozen=True)
class Outcome:
    """What became of a sample of one module's mutants."""

    module: str
    possible: int
    tried: int
    timed_out: tuple[Mutant, ...]
    survivors: tuple[Mutant, ...]

    def row(self) -> str:
        """Return the row of the table."""
        return _row(self.module, [self])


def _row(name: str, outcomes: Sequence[Outcome]) -> str:
    possible, tried = (sum(getattr(one, column) for one in outcomes) for column in ("possible", "tried"))
    killed = tried - sum(len(one.survivors) for one in outcomes)
    timed_out = sum(len(one.timed_out) for one in outcomes)
    share = f"{killed / tried:.0%}" if tried else "-"
    return f"{name:<52} {possible:>8} {tried:>6} {killed:>6} {share:>6} {timed_out:>10}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when every module was measured, whatever survived."""
    chosen = _arguments(arguments)
    modules: dict[str, list[str]] = tomllib.loads((HERE / "modules.toml").read_text())["modules"]
    unknown = sorted(set(chosen.modules) - set(modules))
    if unknown:
        sys.exit(f"{', '.join(unknown)}: not in tests/mutants/modules.toml")
    project = (ROOT / "pyproject.toml").read_text()
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        target = Path(folder)
        copy_project(ROOT, target)
        _tell(f"{'module':<52} {'mutants':>8} {'tried':>6} {'killed':>6} {'share':>6} {'timed out':>10}")
        for module in chosen.modules or modules:
            undecorate(ROOT, target, module)
            configure(target, project, module, modules[module])
            outcome = measure(target, module, sample=chosen.sample, seed=chosen.seed)
            outcomes.append(outcome)
            _tell(outcome.row())
            for one in outcome.survivors:
                _tell(f"    {module}:{one.line}\n        - {one.before}\n        + {one.after}")
            for one in outcome.timed_out:
                _tell(f"    ran out of time: {module}:{one.line}\n        - {one.before}\n        + {one.after}")
    _tell(_row("all", outcomes))
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="modules to change, such as anonymization/audit.py; all by default")
    parser.add_argument("--sample", type=int, default=25, help="how many mutants of each module (default: 25)")
    parser.add_argument("--seed", type=int, default=1, help="which of them (default: 1)")
    return parser.parse_args(arguments)


def measure(target: Path, module: str, *, sample: int, seed: int) -> Outcome:
    """Run a sample of the mutants of one module in a copy of the project that is configured for it."""
    _mutmut(target, "no mutant has this name")  # writes all mutants, and finds out which tests run which function
    notes = target / "mutants" / f"{module}.meta"
    if not (target / "mutants" / "mutmut-stats.json").exists():
        sys.exit(f"{module}: its tests do not pass in the copy, or do not run it; see above")
    names = [str(one) for one in json.loads(notes.read_text())["exit_code_by_key"]]
    random.Random(seed).shuffle(names)
    known = {(one["module"], one["before"], one["after"]) for one in _equivalents()}
    source = (ROOT / module).read_text()
    for _, before, _ in sorted(one for one in known if one[0] == module and one[1] not in source):
        _tell(f"    {module} has changed: take out of equivalents.toml, or bring up to date, {before!r}")
    changed = mutants_of(target / "mutants" / module, names, source)
    drawn = list(islice((one for one in changed if (module, one.before, one.after) not in known), sample))
    _mutmut(target, *(one.name for one in drawn))
    codes = json.loads(notes.read_text())["exit_code_by_key"]
    unfinished = [one for one in drawn if codes[one.name] in (None, 2)]
    if unfinished:
        sys.exit(f"{module}: {len(unfinished)} mutants were not run")
    survivors, timed_out = (
        tuple(sorted((one for one in drawn if codes[one.name] in group), key=lambda one: one.line))
        for group in (SURVIVED, TIMED_OUT)
    )
    return Outcome(module, len(names), len(drawn), timed_out, survivors)


def _equivalents() -> list[dict[str, str]]:
    listed: list[dict[str, str]] = tomllib.loads((HERE / "equivalents.toml").read_text()).get("equivalent", [])
    return listed


def _mutmut(target: Path, *names: str) -> None:
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1", *names]
    with (target / "mutmut.log").open("w") as log:
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run(command, cwd=target, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False)


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
