"""What is said of a publication is true, also where nobody can hear it or somebody stops it at the worst moment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from datasets.verification import verify_store
from tests.support.clinic import write_clinic
from tests.support.loaded_commands import run_loaded

YTEMO = "from portal.cli import main; main()"
STOPPED_AT_THE_COMMIT = """
import datasets.disk as disk
link = disk.link
def stopped(source, target):
    link(source, target)
    if "releases" in target.parts:
        raise {error}
disk.link = stopped
"""
PUBLISHED = "This command has published clinic-visits 2026.1; the same command again adds nothing to it."


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one release."""
    folder = tmp_path_factory.mktemp("first")
    clinic = write_clinic(folder / "visits")
    arguments = ("publish", clinic, "--edition", "2026", "--data-dir", folder / "store")
    command = [sys.executable, "-c", YTEMO, *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "store"


def ytemo(
    *arguments: str | Path, before: str = "", stdout: int | None = None, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return run_loaded(before + YTEMO, arguments, stdout=stdout, environ=environ)


def refusing() -> int:
    """Return a descriptor that takes nothing, as a full device does."""
    return os.open(os.devnull, os.O_RDONLY)


def broken() -> int:
    read, write = os.pipe()
    os.close(read)
    return write


@pytest.mark.parametrize(("stream", "how"), [(refusing, ()), (broken, ("--json",))])
def test_a_result_that_nobody_takes_is_told_on_standard_error(stream: object, how: list[str], tmp_path: Path) -> None:
    assert callable(stream)
    clinic, stdout = write_clinic(tmp_path / "visits"), stream()
    ended = ytemo("publish", clinic, "--edition", "2026", "--data-dir", tmp_path / "store", *how, stdout=stdout)
    os.close(stdout)
    assert ended.returncode == 74
    assert ended.stderr.splitlines()[-1].startswith("The result could not be written to standard output: ")
    assert ended.stderr.splitlines()[-1].endswith(PUBLISHED)
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


def test_a_withdrawal_that_nobody_heard_of_is_told(first: Path, tmp_path: Path) -> None:
    store, stdout = shutil.copytree(first, tmp_path / "store"), refusing()
    reasons = ("--reason-vi", "Sai số.", "--reason-en", "Wrong number.")
    ended = ytemo("withdraw", "clinic-visits", "2026.1", "--data-dir", store, *reasons, stdout=stdout)
    os.close(stdout)
    assert ended.returncode == 74
    assert "This command has withdrawn clinic-visits 2026.1" in ended.stderr


def test_a_command_that_published_nothing_says_so(first: Path) -> None:
    stdout = refusing()
    ended = ytemo("verify", first, stdout=stdout)
    os.close(stdout)
    assert (ended.returncode, "Nothing new was published" in ended.stderr) == (74, True)


@pytest.mark.parametrize(
    ("error", "code"),
    [("KeyboardInterrupt", 130), ("OSError(28, 'No space left on device')", 50), ("ValueError('secret')", 70)],
)
def test_what_happens_behind_the_commit_does_not_deny_it(error: str, code: int, tmp_path: Path) -> None:
    clinic, store = write_clinic(tmp_path / "visits"), tmp_path / "store"
    before = STOPPED_AT_THE_COMMIT.format(error=error)
    ended = ytemo("publish", clinic, "--edition", "2026", "--data-dir", store, before=before)
    assert ended.returncode == code
    assert PUBLISHED in ended.stderr
    assert "Nothing" not in ended.stderr
    again = ytemo("publish", clinic, "--edition", "2026", "--data-dir", store)
    assert (again.returncode, "nothing was added" in again.stdout) == (0, True)
    assert verify_store(store, store / "public-key.pem").failures == ()


def test_machines_are_told_what_was_published_before_an_error(tmp_path: Path) -> None:
    clinic = write_clinic(tmp_path / "visits")
    before = STOPPED_AT_THE_COMMIT.format(error="OSError(28, 'No space left on device')")
    ended = ytemo("publish", clinic, "--edition", "2026", "--data-dir", tmp_path / "store", "--json", before=before)
    assert json.loads(ended.stdout)["error"]["done"] == ["published clinic-visits 2026.1"]


@pytest.mark.parametrize(("encoding", "how"), [("ascii", ()), ("ascii", ("--json",)), ("latin-1", ()), ("utf-8", ())])
def test_a_stream_without_vietnamese_stops_nothing(encoding: str, how: list[str], first: Path, tmp_path: Path) -> None:
    store = shutil.copytree(first, tmp_path / "Kho dữ liệu 🏥")
    clinic = write_clinic(tmp_path / "visits", rows=3_001)
    environ = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    ended = ytemo("publish", clinic, "--edition", "2026", "--data-dir", store, *how, environ=environ)
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
    if how:
        assert json.loads(ended.stdout)["version"] == 2
        assert json.loads(ended.stdout).get("store", str(store)) == str(store)
    wrong = ytemo("verify", tmp_path / "không có 🏥", *how, environ=environ)
    assert (wrong.returncode, "Traceback" in wrong.stderr) != (1, True)
    assert wrong.returncode not in (0, 1, 70)
