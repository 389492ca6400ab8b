"""Ctrl-C, SIGTERM and a lack of memory end the command line in one line and a documented code, at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from datasets.verification import verify_store
from tests.support.clinic import write_clinic
from tests.support.loaded_commands import run_loaded

_AT_IMPORT = """
import importlib.abc, os, signal, sys
act, wanted = sys.argv.pop(), sys.argv.pop()
class Act(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == wanted:
            if act == "memory":
                raise MemoryError
            if act == "loader":
                raise ImportError("x.so: failed to map segment from shared object")
            os.kill(os.getpid(), int(act))
sys.meta_path.insert(0, Act())
from portal.start import main
main()
"""
_AT_STEP = """
import os, sys
act, wanted = sys.argv.pop(), sys.argv.pop()
from publishers.terminal import Terminal
reported = Terminal.progress
def progress(terminal, step, done=None):
    reported(terminal, step, done)
    if step == wanted:
        if act == "memory":
            raise MemoryError("079123456789")
        os.kill(os.getpid(), int(act))
Terminal.progress = progress
from portal.start import main
main()
"""
_WITHOUT_NOHUP = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
"""Under nohup a closed terminal is nothing to stop for; these commands have no nohup."""
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


def run(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _WITHOUT_NOHUP + script, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, cwd=Path(__file__).parents[2]
    )


def run_job(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run_loaded(_WITHOUT_NOHUP + _AT_STEP, arguments)


@pytest.mark.parametrize("module", ["typer", "duckdb", "portal.cli", "publishers.cli"])
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_stopping_while_it_starts_is_one_line(module: str, number: signal.Signals, code: int) -> None:
    done = run(_AT_IMPORT, "definitions", "check", module, str(int(number)))
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("Stopped")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize("act", ["memory", "loader"])
def test_a_lack_of_memory_while_it_starts_is_one_line(act: str) -> None:
    done = run(_AT_IMPORT, "definitions", "check", "duckdb", act)
    assert done.returncode == 53, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "memory-exhausted" in done.stderr


@pytest.mark.parametrize("step", ["tabulate", "package"])
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_job_that_is_stopped_leaves_nothing(tmp_path: Path, step: str, number: signal.Signals, code: int) -> None:
    clinic, store = write_clinic(tmp_path / "visits"), tmp_path / "store"
    done = run_job("publish", clinic, "--edition", "2026", "--data-dir", store, step, str(int(number)))
    assert done.returncode == code, done.stderr
    assert "Stopped" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((store / "staging").iterdir())
    assert not list(store.glob("releases/*/*"))
    assert verify_store(store, store / "public-key.pem").failures == ()


def test_a_job_that_lacks_memory_says_so(tmp_path: Path) -> None:
    clinic, store = write_clinic(tmp_path / "visits"), tmp_path / "store"
    done = run_job("publish", clinic, "--edition", "2026", "--data-dir", store, "--json", "tabulate", "memory")
    assert done.returncode == 53, done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "memory-exhausted"
    assert "ulimit -v" in error["problems"][0]["remedy"]
    assert "079123456789" not in done.stdout + done.stderr
    assert not list((store / "staging").iterdir())


def test_too_small_a_limit_of_addresses_is_told_before_a_library_ends_the_process(tmp_path: Path) -> None:
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, -1)); from portal.start import main; main()"
    )
    clinic, store = write_clinic(tmp_path / "visits"), tmp_path / "store"
    done = run(script, "publish", clinic, "--edition", "2026", "--data-dir", store)
    assert done.returncode == 53, done.stderr
    assert "ulimit -v: is 1024 MiB, less than the 2048 MiB that a job needs" in done.stderr


def test_what_screens_would_obey_is_written_out(tmp_path: Path) -> None:
    name = os.fsdecode(b"a\x1b]0;x\x07\xc2\x9b31m\xff.zip")
    (tmp_path / name).write_bytes(b"x")
    for options in ([], ["--json"]):
        arguments = ["verify", tmp_path / name, "--public-key", tmp_path / name, *options]
        done = run_loaded("from portal.start import main; main()", arguments)
        assert done.returncode == 60, done.stderr
        for stream in (done.stdout, done.stderr):
            assert not [each for each in stream if each != "\n" and not each.isprintable()]
