"""The tutorial on protecting a table works as it is written, commands, code and what it shows of their output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorials" / "protect-a-table.md"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)


def run(command: list[str], folder: Path) -> str:
    """Run a command as a reader would, and return all that it prints."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "400"}
    out, both = subprocess.PIPE, subprocess.STDOUT
    done = subprocess.run(command, cwd=folder, env=environ, stdout=out, stderr=both, text=True, check=True, timeout=300)
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tutorial")
    (made / "datasets").symlink_to(ROOT / "datasets")
    return Path(made)


def counts_out(text: str) -> str:
    """How many cells are withheld besides, and how many are left, is up to the search for a cheaper protection."""
    return re.sub(r"\d+ (of \d+ cells may|are withheld besides)", r"N \1", text)


def test_commands_and_code_print_what_is_shown(folder: Path) -> None:
    printed, shown = "", 0
    for language, text in BLOCKS:
        if language == "bash":
            printed = run(["bash", "-e", "-c", text], folder)
        elif language == "python":
            printed = run([sys.executable, "-c", text], folder)
        elif language == "text":
            shown += 1
            rest = counts_out(printed)
            for line in text.splitlines():
                assert counts_out(line) in rest, "printed in this order"
                rest = rest.partition(counts_out(line))[2]
    assert shown == 5
    assert (folder / "protected" / "report.html").is_file()
    assert not (folder / "too-much").exists()


def test_the_rules_that_are_shown_are_those_of_the_sample() -> None:
    (rules,) = [text for language, text in BLOCKS if language == "yaml"]
    assert rules == (ROOT / "datasets" / "samples" / "protect-a-table" / "rules.yaml").read_text(encoding="utf-8")


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)", TUTORIAL.read_text(encoding="utf-8")):
        assert (TUTORIAL.parent / link).is_file(), link
