"""A job notices whatever was taken out of a store, also where as many files are left as the head says."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from datasets import chain
from datasets.errors import StoreUnavailable
from datasets.release import Head
from datasets.release_store import ReleaseStore
from datasets.store_layout import StoreLayout
from datasets.verification import taken_out, verify_store
from datasets.verified_reads import VerifiedReads
from tests.support.tiny_releases import NOW, REASON, add_tiny, new_keys, tiny_package


class Scene:
    """A store with two versions of one edition, the first withdrawn, and another dataset."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "store"
        self.signer = new_keys(self.root)
        self.add("sexes", "1")
        ReleaseStore(self.root).withdraw("sexes", "2025", 1, reason=REASON, signer=self.signer, now=NOW)
        self.add("ages", "1")
        self.add("sexes", "2")
        self.sexes, self.ages = self.root / "releases" / "sexes", self.root / "releases" / "ages"

    def add(self, dataset: str, content: str) -> None:
        package = tiny_package(self.folder / f"{dataset}-{content}", dataset=dataset, content=content)
        add_tiny(ReleaseStore(self.root), package, self.signer)

    def told(self) -> list[str]:
        return [str(problem) for problem in taken_out(StoreLayout(self.root), self.signer.public_key)]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def replaced(path: Path, content: bytes, other: Path | None = None) -> None:
    path.unlink()
    (other or path).write_bytes(content)


def made_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


HARMS: dict[str, tuple[Callable[[Scene], object], str]] = {
    "newest moved to another dataset": (
        lambda s: (s.sexes / "2025.2.json").rename(s.ages / "2025.2.json"),
        "ages/2025.2.json: must be at the place of sexes 2025.2",
    ),
    "newest renamed to its own withdrawal": (
        lambda s: (s.sexes / "2025.2.json").rename(s.sexes / "2025.2.withdrawn.json"),
        "sexes/2025.2.withdrawn.json: withdraws a release whose envelope is missing",
    ),
    "only release renamed to its own withdrawal": (
        lambda s: (s.ages / "2025.1.json").rename(s.ages / "2025.1.withdrawn.json"),
        "ages/2025.1.withdrawn.json: withdraws a release whose envelope is missing",
    ),
    "newest replaced by a stray withdrawal": (
        lambda s: replaced(s.sexes / "2025.2.json", b"", s.ages / "2025.9.withdrawn.json"),
        "ages/2025.9.withdrawn.json: withdraws a release whose envelope is missing",
    ),
    "newest replaced by a stray file elsewhere": (
        lambda s: replaced(s.sexes / "2025.2.json", b"{}", s.ages / "2030.1.json"),
        "ages/2030.1.json: must hold content and signature",
    ),
    "newest replaced by the one before": (
        lambda s: replaced(s.sexes / "2025.2.json", (s.sexes / "2025.1.json").read_bytes()),
        "sexes/2025.2.json: must be at the place of sexes 2025.1",
    ),
    "withdrawal taken away and a copy of a release put there": (
        lambda s: (s.sexes / "2025.1.withdrawn.json").rename(s.sexes / "2025.3.json"),
        "sexes/2025.3.json: ",
    ),
    "folder renamed": (
        lambda s: s.sexes.rename(s.root / "releases" / "sexes-old"),
        "sexes-old/2025.1.json: must be at the place of sexes 2025.1",
    ),
    "envelope of another dataset cut short": (
        lambda s: replaced(s.ages / "2025.1.json", b""),
        "ages/2025.1.json: must be JSON",
    ),
    "newest taken away": (lambda s: (s.sexes / "2025.2.json").unlink(), "releases, number 4 of 4: is missing"),
    "pipe in the place of an envelope": (
        lambda s: made_a_pipe(s.ages / "2025.1.json"),
        "ages/2025.1.json: must be a file",
    ),
}


@pytest.mark.parametrize("harm", HARMS)
def test_nothing_goes_unnoticed_whether_or_not_the_count_is_right(scene: Scene, harm: str) -> None:
    assert scene.told() == []
    do, says = HARMS[harm]
    do(scene)
    told = scene.told()
    assert any(says in problem for problem in told), told


def test_what_is_no_part_of_the_store_is_in_no_job_s_way(scene: Scene) -> None:
    """`verify` tells of it; nothing that was published is missing for it."""
    (scene.sexes / "2025.1.json.bak").write_bytes(b"")
    (scene.root / "releases" / "README").write_bytes(b"")
    (scene.root / "releases" / "nowhere").symlink_to("gone")
    assert scene.told() == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_other_jobs_put_in_meanwhile_is_not_taken_for_a_fault(
    scene: Scene, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two, one comes to lie behind the folder that is looked at, and the other before."""
    names, waiting = VerifiedReads.dataset_names, [("ages", "2"), ("zones", "1")][:jobs]

    def meanwhile(self: VerifiedReads) -> tuple[str, ...]:
        found = names(self)
        while waiting:
            scene.add(*waiting.pop())
        return found

    monkeypatch.setattr(VerifiedReads, "dataset_names", meanwhile)
    assert scene.told() == []
    assert not waiting


def test_a_fault_is_told_although_other_jobs_go_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    heads = VerifiedReads.head
    numbers = iter([5, 6, 7, 7])
    monkeypatch.setattr(VerifiedReads, "head", lambda self: Head(number=next(numbers), envelope=heads(self).envelope))  # type: ignore[union-attr]
    assert any("number 7 of 7: is missing" in problem for problem in scene.told())


@pytest.mark.parametrize("check", ["job", "verify"])
@pytest.mark.parametrize("name", ["loop", "closed"])
def test_a_folder_that_cannot_be_looked_at_is_named(
    scene: Scene, name: str, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scene.root / "releases" / name
    if name == "loop":
        path.symlink_to("loop")
    else:
        path.mkdir()
        listdir = os.listdir

        def refuse(folder: Path) -> list[str]:
            if folder == path:
                raise PermissionError(13, "Permission denied", str(path))
            return listdir(folder)

        monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(StoreUnavailable, match="The release store cannot be read") as caught:
        scene.told() if check == "job" else verify_store(scene.root, scene.root / "public-key.pem")
    (problem,) = caught.value.problems
    assert problem.place == str(path)
    assert problem.rule.startswith("cannot be read: ")
    assert problem.remedy.startswith("Give this user the right to read it, or move it away")


def test_an_error_without_a_path_names_the_folder(tmp_path: Path) -> None:
    assert chain.unreadable(OSError(5, "Input/output error"), tmp_path).problems[0].place == str(tmp_path)


def test_a_copy_of_a_dataset_s_folder_is_told(scene: Scene) -> None:
    shutil.copytree(scene.ages, scene.root / "releases" / "ages-copy")
    (problem,) = scene.told()
    assert "ages-copy/2025.1.json: must be at the place of ages 2025.1" in problem
