"""A job's folder lives as long as the job: leftovers of dead jobs go, folders of living ones stay."""

from __future__ import annotations

import errno
import fcntl
import stat
from pathlib import Path

import pytest

from datasets import disk, staging
from datasets.errors import JobRunning, StoreUnavailable
from datasets.staging import Staging


@pytest.fixture
def area(tmp_path: Path) -> Staging:
    return Staging(tmp_path / "staging")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_LOCK_ATTEMPTS", 1)


def test_a_folder_is_made_and_removed(area: Staging) -> None:
    folder = area.open("job-1")
    (folder / "file").write_text("x")
    area.close(folder)

    assert list(area.root.iterdir()) == []


def test_nobody_else_may_look_in(area: Staging) -> None:
    folder = area.open("job-1")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(area.root.stat().st_mode) == 0o700


def test_what_a_dead_job_left_is_removed_by_the_next(area: Staging) -> None:
    (area.root / "dead.ytemo-job" / "deep").mkdir(parents=True)
    (area.root / "dead.ytemo-lock").touch()
    (area.root / "unlocked.ytemo-job").mkdir()
    folder = area.open("job-1")

    assert sorted(path.name for path in area.root.iterdir()) == ["job-1.ytemo-job", "job-1.ytemo-lock"]
    assert list(folder.iterdir()) == []


def test_a_living_job_keeps_its_folder(area: Staging) -> None:
    folder = area.open("job-1")
    Staging(area.root).open("job-2")
    area.open("job-3")

    assert folder.is_dir()


@pytest.mark.usefixtures("impatient")
def test_a_job_runs_once(area: Staging) -> None:
    area.open("job-1")
    with pytest.raises(JobRunning, match=r"the same dataset\n.* job-1: must run once at a time. Wait until"):
        Staging(area.root).open("job-1")


def test_a_job_that_died_runs_again(area: Staging) -> None:
    (area.root / "job-1.ytemo-job").mkdir(parents=True)
    (area.root / "job-1.ytemo-job" / "half").touch()

    assert list(area.open("job-1").iterdir()) == []


@pytest.mark.parametrize("job", ["", ".", "..", "a/b", ".hidden", "a b"])
def test_a_job_is_no_path(area: Staging, job: str) -> None:
    with pytest.raises(ValueError, match="job is named"):
        area.open(job)


def test_new_folders_never_meet(area: Staging) -> None:
    assert area.open_new("add") != area.open_new("add")


def test_a_folder_of_another_process_can_be_closed(area: Staging) -> None:
    """The process that staged a package for approval is not the one that publishes it."""
    folder = area.root / "job-1.ytemo-job"
    folder.mkdir(parents=True)
    area.close(folder)

    assert not folder.exists()


@pytest.mark.usefixtures("impatient")
def test_a_lock_whose_name_is_gone_guards_nothing(area: Staging, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another job may remove the lock file between its opening and its locking."""
    area.root.mkdir(parents=True)
    flock = fcntl.flock

    def removed_first(descriptor: int, operation: int) -> None:
        area.root.joinpath("job-1.ytemo-lock").unlink()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", removed_first)
    with pytest.raises(JobRunning):
        area.open("job-1")


def test_an_area_that_another_job_removes_is_made_again(area: Staging, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview takes the area away that it had made, at any moment until somebody's lock is in it."""
    times = iter([True, True, False])
    try_lock = disk.try_lock

    def removed_first(path: Path) -> int | None:
        if next(times):
            area.root.rmdir()
            area.root.parent.rmdir()
        return try_lock(path)

    monkeypatch.setattr(disk, "try_lock", removed_first)
    assert area.open("job-1").is_dir()


def test_a_job_whose_folder_cannot_be_made_gives_its_lock_back(area: Staging, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, mode: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    area.root.mkdir(parents=True)
    with monkeypatch.context() as patch:
        patch.setattr(disk, "make_folder", full)
        with pytest.raises(OSError, match="No space"):
            area.open("job-1")

    assert Staging(area.root).open("job-1").is_dir()


def test_cleaning_an_area_that_is_not_there_does_nothing(area: Staging) -> None:
    area.clean()

    assert not area.root.exists()


def someone_else_s(folder: Path) -> list[str]:
    """Put into ``folder`` what other programs and people have; return all paths in it."""
    (folder / "thesis").mkdir(parents=True)
    for name in ("thesis/chapter-1", "thesis.lock", "yarn.lock", "job-1", ".hidden"):
        (folder / name).write_text("mine", encoding="utf-8")
    return everything(folder)


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_staging_area_that_is_a_link_is_refused_and_nothing_behind_it_touched(area: Staging, tmp_path: Path) -> None:
    before = someone_else_s(tmp_path / "home")
    area.root.symlink_to(tmp_path / "home")
    for use in (area.clean, lambda: area.open("job-1")):
        with pytest.raises(StoreUnavailable, match="staging: must be a folder, not a link to one"):
            use()

    assert everything(tmp_path / "home") == before


def test_what_other_people_keep_there_stays(area: Staging) -> None:
    before = someone_else_s(area.root)
    area.clean()
    area.close(area.open("thesis"))
    area.close(area.open("job-1"))

    assert everything(area.root) == before


def test_links_in_the_place_of_a_job_s_folder_are_not_followed(area: Staging, tmp_path: Path) -> None:
    before = someone_else_s(tmp_path / "home")
    area.root.mkdir()
    for name in ("dead", "job-1"):
        (area.root / f"{name}.ytemo-job").symlink_to(tmp_path / "home")
        (area.root / f"{name}.ytemo-lock").touch()
    with pytest.raises(StoreUnavailable, match=r"job-1\.ytemo-job: must be a folder, not a link to one"):
        area.open("job-1")

    assert everything(tmp_path / "home") == before
