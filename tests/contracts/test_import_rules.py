"""The import rules hold, and each of them catches a violation that is planted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("anonymization", "catalog", "datasets", "portal", "publishers")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product's code in which a violation may be planted."""
    target = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("*.parquet", "__pycache__", "static", "codelists")
        shutil.copytree(ROOT / package, target / package, ignore=ignored)
    shutil.copy(ROOT / ".importlinter", target)
    return target


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_rules_hold(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("datasets/names.py", "import portal.cli", "Layers"),
        ("datasets/names.py", "import anonymization.table", "Layers"),
        ("anonymization/table.py", "import publishers.job", "Layers"),
        ("catalog/record.py", "import publishers.job", "Layers"),
        ("publishers/job.py", "import catalog.record", "Layers"),
        ("portal/public/app.py", "import publishers.job", "The public portal"),
        ("portal/query/model.py", "import datasets.release_store", "The public portal"),
        ("catalog/record.py", "import datasets.definition_files", "The public portal"),
        ("catalog/record.py", "import anonymization.table", "The public portal"),
        ("anonymization/table.py", "import datasets.release", "Anonymization sees"),
        ("anonymization/table.py", "import pathlib", "Anonymization sees"),
        ("anonymization/table.py", "import time", "Anonymization sees"),
        ("publishers/job.py", "import fastapi", "Web libraries"),
        ("datasets/names.py", "import jinja2", "Web libraries"),
        ("datasets/names.py", "import socket", "Of the nouns"),
        ("anonymization/table.py", "import datasets.outbound.transport", "Anonymization sees"),
        ("portal/query/model.py", "import datasets.outbound.transport", "The public portal asks"),
        ("portal/public/app.py", "import catalog.harvest.run", "The public portal asks"),
        ("catalog/record.py", "import whoosh", "The search library"),
        ("catalog/record.py", "import ckanapi", "ckanapi and frictionless"),
        ("portal/query/model.py", "import frictionless", "ckanapi and frictionless"),
        ("portal/public/app.py", "import smtplib", "Only letters"),
        ("publishers/job.py", "import datasets.settings", "Only entry points"),
        ("portal/query/model.py", "import datasets.settings", "Only entry points"),
    ],
)
def test_a_planted_violation_is_caught(copy: Path, module: str, line: str, contract: str) -> None:
    path = copy / module
    original = path.read_text(encoding="utf-8")
    path.write_text(
        original.replace("from __future__ import annotations\n", f"from __future__ import annotations\n{line}\n", 1)
    )
    try:
        result = lint(copy)
    finally:
        path.write_text(original, encoding="utf-8")
    broken = [text for text in result.stdout.splitlines() if "BROKEN" in text]
    assert result.returncode != 0
    assert any(text.startswith(contract) for text in broken), result.stdout
