"""Nothing can be taken out of a store unnoticed: each envelope names the one before, the head the newest."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from datasets import disk
from datasets.envelope import seal, sha256_of, unseal
from datasets.errors import ReleaseNotFound, StoreUnavailable, VerificationFailed
from datasets.release import ChainLink, Head, Manifest
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.verification import verify_store
from tests.support.tiny_releases import NOW, REASON, add_tiny, new_keys, tiny_package


class Scene:
    """A store with five envelopes: two versions, the second withdrawn, and two other datasets."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        self.root = tmp_path / "store"
        self.signer: Signer = new_keys(self.root)
        self.add("sexes", "1")
        self.add("sexes", "2")
        ReleaseStore(self.root).withdraw("sexes", "2025", 2, reason=REASON, signer=self.signer, now=NOW)
        self.add("ages", "1")
        self.add("areas", "1")

    def add(self, dataset: str, content: str) -> Manifest:
        package = tiny_package(self.folder / f"{dataset}-{content}", dataset=dataset, content=content)
        return add_tiny(ReleaseStore(self.root), package, self.signer)

    def file(self, name: str) -> Path:
        return self.root / "releases" / name

    def head(self) -> Head:
        return unseal((self.root / "head.json").read_bytes(), self.signer.public_key, Head, "head.json")

    def failures(self, kept: Head | str | None = None) -> list[str]:
        return [str(problem) for problem in verify_store(self.root, self.root / "public-key.pem", kept).failures]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_the_chain_numbers_everything(scene: Scene) -> None:
    newest = scene.file("areas/2025.1.json").read_bytes()
    before = scene.file("ages/2025.1.json").read_bytes()

    assert scene.failures() == []
    assert scene.head() == Head(number=5, envelope=sha256_of(newest))
    chain = unseal(newest, scene.signer.public_key, Manifest, "x").chain
    assert chain == ChainLink(number=5, before=sha256_of(before))


@pytest.mark.parametrize(
    ("gone", "number"),
    [
        ("sexes/2025.2.withdrawn.json", 3),
        ("sexes/2025.1.json", 1),
        ("ages/2025.1.json", 4),
        ("ages", 4),
        ("areas/2025.1.json", 5),
        ("areas", 5),
    ],
)
def test_what_was_taken_out_is_told_by_its_number(scene: Scene, gone: str, number: int) -> None:
    path = scene.file(gone)
    shutil.rmtree(path) if path.is_dir() else path.unlink()

    assert any(f"releases, number {number} of 5: is missing" in failure for failure in scene.failures())


def test_what_was_taken_out_stays_missing_when_more_is_added(scene: Scene) -> None:
    scene.file("areas/2025.1.json").unlink()
    added = scene.add("ages", "2")

    assert added.chain is not None
    assert added.chain.number == 6
    assert any("number 5 of 6: is missing" in failure for failure in scene.failures())


def test_everything_taken_out_is_told_by_the_head(scene: Scene) -> None:
    shutil.rmtree(scene.root / "releases")
    (scene.root / "releases").mkdir()

    assert sum("is missing" in failure for failure in scene.failures()) == 5


def test_a_head_without_which_nobody_knows_the_end_is_missed(scene: Scene) -> None:
    (scene.root / "head.json").unlink()

    assert scene.failures() == [
        "head.json: must be there: it says which envelope is the newest. Restore it from a backup or a mirror"
    ]


def test_a_head_of_another_key_or_a_changed_one_is_told(scene: Scene) -> None:
    other = new_keys(scene.folder / "other")
    (scene.root / "head.json").unlink()
    (scene.root / "head.json").write_bytes(seal(scene_head(scene), other))

    assert ["head.json" in failure for failure in scene.failures()] == [True]


def scene_head(scene: Scene) -> Head:
    return Head(number=5, envelope=sha256_of(scene.file("areas/2025.1.json").read_bytes()))


def test_a_head_that_is_older_than_the_store_is_told(scene: Scene) -> None:
    old = seal(Head(number=2, envelope=sha256_of(scene.file("sexes/2025.2.json").read_bytes())), scene.signer)
    (scene.root / "head.json").unlink()
    (scene.root / "head.json").write_bytes(old)

    assert any("head.json: must be number 5, not 2" in failure for failure in scene.failures())


def test_the_end_taken_with_its_head_is_told_by_a_head_that_was_kept_elsewhere(scene: Scene) -> None:
    """Within the store nothing can tell that there was more; somebody else's note can."""
    kept = scene.head()
    scene.file("areas/2025.1.json").unlink()
    (scene.root / "head.json").unlink()
    old = Head(number=4, envelope=sha256_of(scene.file("ages/2025.1.json").read_bytes()))
    (scene.root / "head.json").write_bytes(seal(old, scene.signer))

    assert scene.failures() == []
    for note in (kept, kept.envelope):
        assert ["must still be in the store" in failure for failure in scene.failures(note)] == [True]
    assert scene.failures(old) == []


def test_a_fork_is_told(scene: Scene, tmp_path: Path) -> None:
    """Two machines that publish into copies of one store give the same number twice."""
    copy = tmp_path / "copy"
    shutil.copytree(scene.root, copy)
    scene.add("ages", "2")
    add_tiny(ReleaseStore(copy), tiny_package(tmp_path / "x", content="3"), scene.signer)
    shutil.copytree(copy / "objects", scene.root / "objects", dirs_exist_ok=True)
    shutil.copy(copy / "releases" / "sexes" / "2025.3.json", scene.file("sexes/2025.3.json"))

    assert any("must not have the place of ages/2025.2.json: number 6" in failure for failure in scene.failures())


@pytest.mark.parametrize("again", [lambda s: s.add("ages", "2"), lambda s: s.add("sexes", "9")])
def test_a_job_that_was_killed_before_the_head_is_made_good(scene: Scene, again: Callable[[Scene], Manifest]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "replace", lambda source, target: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            scene.add("ages", "2")

    assert scene.head().number == 5
    assert scene.failures() == []
    manifest = again(scene)
    assert manifest.chain is not None
    assert scene.head().number == manifest.chain.number
    assert scene.failures() == []


def test_a_lost_head_is_made_again_by_the_next_job(scene: Scene) -> None:
    (scene.root / "head.json").unlink()
    scene.add("areas", "1")

    assert scene.head() == scene_head(scene)


def test_a_withdrawal_that_was_killed_before_the_head_is_made_good(scene: Scene) -> None:
    def withdraw() -> None:
        ReleaseStore(scene.root).withdraw("ages", "2025", 1, reason=REASON, signer=scene.signer, now=NOW)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "replace", lambda source, target: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            withdraw()
    withdraw()

    assert scene.head().number == 6
    assert scene.failures() == []


def test_jobs_of_many_datasets_add_to_one_chain_at_the_same_time(scene: Scene) -> None:
    threads = [threading.Thread(target=scene.add, args=(f"dataset-{n}", "1")) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert scene.head().number == 17
    assert scene.failures() == []
    assert list((scene.root / "staging").iterdir()) == []


@pytest.mark.parametrize("name", ["objects", "releases"])
def test_a_link_in_the_place_of_the_store_s_folders_is_told(scene: Scene, name: str) -> None:
    (scene.root / name).rename(scene.folder / "elsewhere")
    (scene.root / name).symlink_to(scene.folder / "elsewhere")

    assert any(f"{name}: must be a folder of the store's own, not a link" in failure for failure in scene.failures())


@pytest.mark.parametrize("name", ["head.json", "releases/areas/2025.1.json", "both"])
def test_a_pipe_makes_nobody_wait(scene: Scene, name: str) -> None:
    """Also where a job reads all envelopes, because the head does not tell how many there should be."""
    for path in map(scene.root.joinpath, ["head.json", "releases/areas/2025.1.json"] if name == "both" else [name]):
        path.unlink()
        os.mkfifo(path)
    ReleaseStore(scene.root).withdraw("ages", "2025", 1, reason=REASON, signer=scene.signer, now=NOW)
    assert scene.head().number == (5 if name == "both" else 6)


@pytest.mark.parametrize("name", ["2025.1.json", "2025.1.withdrawn.json"])
def test_a_pipe_in_the_place_of_what_a_job_needs_is_told(scene: Scene, name: str) -> None:
    path = scene.file(f"ages/{name}")
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    with pytest.raises(VerificationFailed if "withdrawn" in name else ReleaseNotFound):
        ReleaseStore(scene.root).withdraw("ages", "2025", 1, reason=REASON, signer=scene.signer, now=NOW)
    if "withdrawn" not in name:
        with pytest.raises(VerificationFailed) as caught:
            scene.add("ages", "2")
        assert caught.value.problems[0].rule == "must be a file, not a folder, a pipe or a device"


@pytest.mark.parametrize("name", ["staging/chain.ytemo-lock", "objects"])
def test_what_stands_in_the_way_is_to_be_moved_and_no_room_to_be_made(scene: Scene, name: str) -> None:
    path = scene.root / name
    if path.is_dir():
        path.rename(scene.root / "elsewhere")
        path.write_bytes(b"")
    else:
        path.mkdir()
    with pytest.raises(StoreUnavailable) as caught:
        scene.add("ages", "2")
    (problem,) = caught.value.problems
    assert problem.place.startswith(str(path))
    assert problem.remedy == "Move away what stands there, then run the job again: nothing is lost"
