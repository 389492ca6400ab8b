"""A harvest that is killed at any change of the disk, and run again, ends as one that was not; a power cut too."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.harvest import ckan
from catalog.harvest.run import Conditions, Report, harvest
from catalog.harvest.sources import Source
from catalog.harvest.state import read_state
from catalog.harvest.store import read_harvested, stamp
from datasets import disk
from datasets.errors import JobRunning
from tests.support.disk_faults import NthCall, refuse, replaced
from tests.support.power_loss import Trace, states
from tests.support.remote_catalogs import BEGAN, Ckan, Remote, listening, package

ROWS = 10


class Killed(BaseException):
    """Stands for the end of the process: nothing of the program catches it."""


def kill(_name: str, args: tuple[Any, ...]) -> None:
    if _name == "write":
        os.write(args[0], args[1][: len(args[1]) // 2])
    raise Killed


@pytest.fixture(scope="module")
def remote() -> Iterator[Remote]:
    packages = {each["id"]: each for each in map(package, range(2 * ROWS + 3))}
    with pytest.MonkeyPatch.context() as patch, listening(Remote(Ckan(packages))) as remote:
        patch.setattr(ckan, "ROWS", ROWS)
        yield remote


def source(remote: Remote) -> Source:
    title: Any = {"vi": "Cổng", "en": "Portal"}
    return Source(id="ckan", title=title, protocol="ckan", address=remote.address, allow_private=True)


def run(remote: Remote, root: Path, now: datetime = BEGAN) -> Report:
    return harvest(source(remote), root / "ckan", Conditions(now=lambda: now, sleep=lambda _: None))


def records(remote: Remote, root: Path) -> dict[str, Any]:
    harvested = read_harvested(root, [source(remote)])
    assert harvested.problems == ()
    return {each.record.id: each.record for each in harvested.found}


def test_killed_anywhere_it_goes_on_where_it_was(remote: Remote, tmp_path: Path) -> None:
    whole = NthCall(0, kill)
    with replaced(whole):
        run(remote, tmp_path / "whole")
    wanted = records(remote, tmp_path / "whole")
    assert len(wanted) == 2 * ROWS + 3
    resumed = set()
    # The last call gives the lock back, which the end of a process does by itself.
    for number in range(1, len(whole.calls)):
        root = tmp_path / str(number)
        with replaced(NthCall(number, kill)), pytest.raises(Killed):
            run(remote, root)
        before = records(remote, root)
        assert before in ({}, wanted)
        remote.reset()
        again = run(remote, root)
        assert again.is_done
        assert records(remote, root) == wanted
        resumed.add(again.resumed)
        if again.resumed:
            # Pages that were had are not asked again.
            assert len(remote.asked) <= 4 - again.resumed + 1
    assert resumed == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_loses_nothing(remote: Remote, tmp_path: Path, code: int) -> None:
    run(remote, tmp_path / "before")
    wanted = records(remote, tmp_path / "before")
    counted = NthCall(0, kill)
    shutil.copytree(tmp_path / "before", tmp_path / "counted")
    with replaced(counted):
        run(remote, tmp_path / "counted", BEGAN + timedelta(days=8))
    for number in range(1, len(counted.calls) + 1):
        root = shutil.copytree(tmp_path / "before", tmp_path / str(number))
        with replaced(NthCall(number, refuse(code))), pytest.raises(OSError, match=r".") as failed:
            run(remote, root, BEGAN + timedelta(days=8))
        assert failed.value.errno == code
        assert records(remote, root) == wanted
        assert run(remote, root, BEGAN + timedelta(days=8)).is_done
        assert records(remote, root) == wanted


def test_after_a_power_cut_there_is_the_old_state_or_the_new(remote: Remote, tmp_path: Path) -> None:
    root = tmp_path / "store"
    run(remote, root)
    old = records(remote, root)
    shutil.copytree(root, tmp_path / "before")
    answer: Any = remote.answer
    changed = package(3, modified="2026-11-01T12:00:00", title="Tên mới")
    kept, answer.packages[changed["id"]] = answer.packages[changed["id"]], changed
    trace = Trace(root)
    try:
        trace.record(lambda: run(remote, root, BEGAN + timedelta(days=1)))
    finally:
        answer.packages[changed["id"]] = kept
    new = records(remote, root)
    assert new != old
    seen = set()
    for _, state in states(trace, tmp_path / "before", tmp_path / "scratch"):
        found = {each.record.id: each.record for each in read_harvested(state, [source(remote)]).found}
        assert found in (old, new)
        seen.add(found == new)
    assert seen == {False, True}


def test_a_damaged_generation_is_passed_over_and_told(remote: Remote, tmp_path: Path) -> None:
    run(remote, tmp_path)
    run(remote, tmp_path, BEGAN + timedelta(hours=1))
    before = stamp(tmp_path, [source(remote)])
    newest = tmp_path / "ckan" / "gen-2.jsonl"
    newest.write_bytes(newest.read_bytes().replace("Số ca".encode(), b"So ca", 1))
    state = read_state(tmp_path / "ckan")
    assert (state.number, len(state.entries)) == (1, 2 * ROWS + 3)
    assert [each.place for each in state.problems] == [str(newest)]
    report = run(remote, tmp_path, BEGAN + timedelta(hours=2))
    assert report.everything
    assert [each.rule for each in report.problems] == ["is not as it was written"]
    newest.write_bytes(b"no json")
    assert run(remote, tmp_path, BEGAN + timedelta(hours=3)).is_done
    assert stamp(tmp_path, [source(remote)]) == before
    for path in (tmp_path / "ckan").glob("gen-*"):
        path.write_bytes(b"\n")
    assert stamp(tmp_path, [source(remote)]) == "ckan:"
    assert run(remote, tmp_path, BEGAN + timedelta(hours=4)).counts.new == 2 * ROWS + 3


def test_a_run_that_lay_still_too_long_begins_anew(remote: Remote, tmp_path: Path) -> None:
    with replaced(NthCall(18, kill)), pytest.raises(Killed):
        run(remote, tmp_path)
    assert run(remote, tmp_path, BEGAN + timedelta(hours=25)).resumed == 0


def test_two_runs_at_once_are_one_too_many(remote: Remote, tmp_path: Path) -> None:
    (tmp_path / "ckan").mkdir()
    lock = disk.try_lock(tmp_path / "ckan" / "run.lock")
    assert lock is not None
    with pytest.raises(JobRunning, match="under way"):
        run(remote, tmp_path)
    disk.close(lock)
    assert run(remote, tmp_path).is_done
