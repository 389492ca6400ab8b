"""A disk that fills up while a package is made: the documented exit code, a place, a remedy, and nothing published.

The kernel's limit on the size of files stands in for the full disk: it refuses real writes of real libraries, in the
middle of any of them, from the moment at which packaging starts.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from datasets.verification import verify_store
from tests.support.clinic import write_clinic, write_visits
from tests.support.loaded_commands import run_loaded

_FROM_A_STEP_ON = """
import resource, sys
from publishers.terminal import Terminal
limit, wanted = int(sys.argv.pop()), sys.argv.pop()
reported = Terminal.progress
def progress(terminal, step, done=None):
    reported(terminal, step, done)
    if step == wanted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
Terminal.progress = progress
from portal.cli import main
main()
"""
SIZES = (0, 600, 1_500, 3_000, 6_000)
"""Bytes: the files of the package fail in turn."""


def run(*arguments: str | Path, limit: int, step: str = "package") -> subprocess.CompletedProcess[str]:
    return run_loaded(_FROM_A_STEP_ON, [*arguments, "--json", step, str(limit)])


def refused(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert done.returncode == 50, done.stdout + done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "store-unavailable"
    (problem,) = error["problems"]
    assert all(problem.values())
    assert "Make room" in problem["remedy"]
    return dict(problem)


@pytest.fixture(scope="module")
def ministry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ministry")
    clinic = write_clinic(folder / "visits")
    done = run("publish", clinic, "--edition", "2026", "--data-dir", folder / "store", limit=1 << 40)
    assert done.returncode == 0, done.stderr
    write_visits(clinic / "visits-2026.csv", rows=3_001)
    return folder


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_published_and_the_exit_code_is_documented(ministry: Path, size: int) -> None:
    store = ministry / "store"
    done = run("publish", ministry / "visits", "--edition", "2026", "--data-dir", store, limit=size)
    refused(done)
    assert "panicked" not in done.stderr, "no library speaks for itself"
    assert "RUST_BACKTRACE" not in done.stderr
    assert [path.name for path in (store / "releases").rglob("*.json")] == ["2026.1.json"]
    assert verify_store(store, store / "public-key.pem").failures == ()
    assert not list((store / "staging").iterdir())


@pytest.mark.parametrize("step", ["open the source", "check and convert every cell", "tabulate", "protect and audit"])
@pytest.mark.parametrize("size", [0, 100])
def test_a_disk_that_is_full_from_an_early_step_on_has_the_same_code(ministry: Path, step: str, size: int) -> None:
    store = ministry / "store"
    done = run("publish", ministry / "visits", "--edition", "2026", "--data-dir", store, limit=size, step=step)
    refused(done)
    assert not list((store / "staging").iterdir())


def test_a_package_that_was_only_built_leaves_no_half(ministry: Path, tmp_path: Path) -> None:
    arguments = ("build", ministry / "visits", "--edition", "2026", "--data-dir", tmp_path / "data")
    refused(run(*arguments, "--output", tmp_path / "preview", limit=1_500))
    assert not (tmp_path / "preview").exists()


def test_a_place_for_the_package_that_cannot_be_written_is_named(ministry: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    output = tmp_path / "file" / "preview"
    arguments = ("build", ministry / "visits", "--edition", "2026", "--data-dir", tmp_path / "data")
    done = run(*arguments, "--output", output, limit=1 << 40)
    assert done.returncode == 11, done.stderr
    (problem,) = json.loads(done.stdout)["error"]["problems"]
    assert problem["place"] == f"--output {output}"
    assert problem["remedy"]
