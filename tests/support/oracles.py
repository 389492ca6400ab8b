"""Asks programs by others, which need older libraries than ours, from an environment of their own."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "tests" / "oracles"
LOCK = SCRIPTS / "requirements.lock"
ENVIRONMENTS = ROOT / ".venv-oracles"


def oracle(script: str, question: Any) -> Any:
    """Run a script of `tests/oracles/` in the environment of the oracles: JSON in, the last line that it prints out."""
    place = SCRIPTS / script
    if not place.is_file():
        raise FileNotFoundError(f"{script}: no such script in tests/oracles")
    done = subprocess.run(
        [oracle_python(), "-I", str(place)],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        raise RuntimeError(f"{script} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


@cache
def oracle_python() -> str:
    """Return the interpreter of the oracles' environment; the first caller on a machine builds it."""
    return str(build_environment(ENVIRONMENTS, LOCK) / "bin" / "python")


def build_environment(folder: Path, lock: Path) -> Path:
    """Return the folder of the environment for this lock and this Python, built if it is not there yet.

    A file lock lets one process build while others wait; a build that was cut off lacks its mark and is begun anew.
    """
    version = f"{sys.implementation.cache_tag} {sys.base_prefix}"
    key = hashlib.sha256(lock.read_bytes() + version.encode()).hexdigest()[:16]
    place = folder / key
    folder.mkdir(exist_ok=True)
    with (folder / f"{key}.building").open("w") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        if not (place / ".ready").exists():
            shutil.rmtree(place, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(place)])
            pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            # The lock is complete, and one pin in it overrides what a package asks for: pip must not resolve again.
            _run([*pip, "--require-hashes", "--no-deps", "--requirement", str(lock)])
            (place / ".ready").touch()
    return place


def _run(command: list[str]) -> None:
    # Variables of an active environment must not lead the new one astray.
    environ = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    if done.returncode:
        raise RuntimeError(f"the oracles' environment could not be built:\n{done.stdout}{done.stderr}")
