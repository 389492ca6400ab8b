"""Whatever the disk refuses in the middle of a publication, nothing half is published and running again succeeds."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datasets.errors import StoreUnavailable
from datasets.public_releases import PublicReleases
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.verification import verify_store
from tests.support.disk_faults import DISK_ERRORS, NthCall, kill, refuse, replaced
from tests.support.killed import in_killed_child
from tests.support.tiny_releases import NOW, REASON, TinyPackage, add_tiny, new_keys, tiny_package

Action = Callable[[ReleaseStore], Any]


class Scene:
    """A store with release 2025.1 that can be set up again and again, and a second package."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = tmp_path / "store"
        self._saved = tmp_path / "saved"
        self.signer: Signer = new_keys(self.root)
        self.second: TinyPackage = tiny_package(tmp_path / "second", content="2")
        add_tiny(ReleaseStore(self.root), tiny_package(tmp_path / "first"), self.signer)
        shutil.copytree(self.root, self._saved)

    def reset(self) -> None:
        shutil.rmtree(self.root)
        shutil.copytree(self._saved, self.root)

    def add(self, store: ReleaseStore) -> Any:
        return add_tiny(store, self.second, self.signer)

    def withdraw(self, store: ReleaseStore) -> Any:
        return store.withdraw("sexes", "2025", 1, reason=REASON, signer=self.signer, now=NOW)

    def calls(self, action: Action) -> list[str]:
        """Return every change of the disk that ``action`` makes when nothing fails."""
        counter = NthCall(0, kill)
        with replaced(counter):
            action(ReleaseStore(self.root))
        self.reset()
        return counter.calls

    def names(self) -> list[str]:
        return [release.name for release in self.readers().releases("sexes")]

    def readers(self) -> PublicReleases:
        return PublicReleases(self.root, self.root / "public-key.pem", lambda: NOW)

    def check_whole(self) -> None:
        """Every signature holds, and every file of every release is there."""
        assert verify_store(self.root, self.root / "public-key.pem").failures == ()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.mark.parametrize("code", DISK_ERRORS, ids=errno.errorcode.get)
def test_a_refused_change_publishes_nothing_or_all(scene: Scene, code: int) -> None:
    calls = scene.calls(scene.add)
    for number in range(1, len(calls) + 1):
        with replaced(NthCall(number, refuse(code))), pytest.raises(StoreUnavailable) as caught:
            scene.add(ReleaseStore(scene.root))

        assert caught.value.problems[0].remedy
        scene.check_whole()
        assert "2025.1" in scene.names()
        committed = "2025.2" in scene.names()
        assert committed == (number > _commit(calls))

        assert scene.add(ReleaseStore(scene.root)).version == 2
        scene.check_whole()
        assert list((scene.root / "staging").iterdir()) == []
        scene.reset()


def test_a_refused_change_of_a_withdrawal_withdraws_or_does_not(scene: Scene) -> None:
    for number in range(1, len(scene.calls(scene.withdraw)) + 1):
        with replaced(NthCall(number, refuse(errno.ENOSPC))), pytest.raises(StoreUnavailable):
            scene.withdraw(ReleaseStore(scene.root))

        scene.check_whole()
        assert scene.withdraw(ReleaseStore(scene.root)).reason == REASON
        assert scene.readers().releases("sexes")[0].withdrawal is not None
        scene.reset()


@pytest.mark.parametrize("action", ["add", "withdraw"])
def test_a_killed_job_leaves_whole_releases_and_the_next_one_cleans_up(scene: Scene, action: str) -> None:
    act: Action = getattr(scene, action)
    calls = scene.calls(act)
    killed = in_killed_child(action, scene.root, scene.second.folder, len(calls))

    assert len(killed) == len(calls)
    for state in killed:
        shutil.rmtree(scene.root)
        shutil.copytree(state, scene.root)
        scene.check_whole()
        assert "2025.1" in scene.names()
        act(ReleaseStore(scene.root))
        scene.check_whole()
        assert list((scene.root / "staging").iterdir()) == []


def test_a_store_without_permission_says_so(scene: Scene) -> None:
    with replaced(NthCall(1, refuse(errno.EACCES))), pytest.raises(StoreUnavailable) as caught:
        scene.add(ReleaseStore(scene.root))

    assert "Permission denied" in str(caught.value)
    assert "run the job again" in str(caught.value)


def _commit(calls: list[str]) -> int:
    """Return the number of the call that links the envelope: the last link."""
    return len(calls) - calls[::-1].index("link")
