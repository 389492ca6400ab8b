"""After a power failure at any moment of a publication, the store holds whole releases and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from datasets import disk
from datasets.errors import VerificationFailed
from datasets.public_releases import PublicReleases
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from tests.support.power_loss import Trace, states
from tests.support.tiny_releases import NOW, REASON, add_tiny, new_keys, tiny_package


def replay(
    tmp_path: Path, publish: Callable[[ReleaseStore, Signer], Any], expected: Callable[[PublicReleases], bool]
) -> Iterator[list[str]]:
    """Publish onto a store that holds release 2025.1, losing the power at every moment in every way.

    Yield what is wrong with each state. ``expected`` says whether what was acknowledged is there. Release 2025.1 must
    be readable in every state, and so must every release that is shown.
    """
    root = tmp_path / "store"
    signer = new_keys(root)
    add_tiny(ReleaseStore(root), tiny_package(tmp_path / "first"), signer)
    before = shutil.copytree(root, tmp_path / "before")
    trace = Trace(root)
    trace.record(lambda: publish(ReleaseStore(root), signer))
    acknowledged = _acknowledged(trace)
    for length, state in states(trace, before, tmp_path / "state"):
        releases = PublicReleases(state, state / "public-key.pem", lambda: NOW)
        wrong = list(_what_is_wrong(releases))
        if length >= acknowledged and not expected(releases):
            wrong.append("what was acknowledged is missing")
        yield [f"after {length} changes: {what}" for what in wrong]


def _acknowledged(trace: Trace) -> int:
    """Return after how many changes the caller was told that all is done: the removal of the staging comes last."""
    places = [place for place, change in enumerate(trace.changes) if change.call == "leave"]
    return places[-2] if len(places) > 1 else len(trace.changes)


def _what_is_wrong(releases: PublicReleases) -> Iterator[str]:
    yield from map(str, releases.problems())
    if "2025.1" not in {release.name for release in releases.releases("sexes")}:
        yield "the release that was there is gone"
    standing = [release for name in releases.datasets() for release in releases.editions(name)]
    for release in standing:
        for entry in release.manifest.files:
            try:
                releases.file(release, entry.path)
            except VerificationFailed as error:
                yield str(error)


def add_second(tmp_path: Path) -> Callable[[ReleaseStore, Signer], Any]:
    return lambda store, signer: add_tiny(store, tiny_package(tmp_path / "second", content="2"), signer)


def second_is_there(releases: PublicReleases) -> bool:
    return "2025.2" in {release.name for release in releases.releases("sexes")}


def test_a_publication_survives_power_loss_at_any_moment(tmp_path: Path) -> None:
    found = list(replay(tmp_path, add_second(tmp_path), second_is_there))

    assert [wrong for wrong in found if wrong] == []
    assert len(found) > 60


def test_a_first_release_of_a_dataset_survives_power_loss(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / "other", dataset="ages", content="9")
    found = replay(
        tmp_path,
        lambda store, signer: add_tiny(store, package, signer),
        lambda releases: releases.latest("ages").version == 1,
    )

    assert [wrong for wrong in found if wrong] == []


def test_a_withdrawal_survives_power_loss(tmp_path: Path) -> None:
    def withdraw(store: ReleaseStore, signer: Signer) -> Any:
        return store.withdraw("sexes", "2025", 1, reason=REASON, signer=signer, now=NOW)

    found = list(replay(tmp_path, withdraw, lambda releases: releases.releases("sexes")[0].withdrawal is not None))

    assert [wrong for wrong in found if wrong] == []
    assert len(found) > 10


@pytest.mark.parametrize("forgotten", ["sync", "sync_folder"])
def test_the_replay_notices_a_store_that_forgets_to_sync(tmp_path: Path, forgotten: str) -> None:
    """Mutants, to know that the tests above can fail."""
    second = tiny_package(tmp_path / "second", content="2")

    def publish(store: ReleaseStore, signer: Signer) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(disk, forgotten, lambda _: None)
            return add_tiny(store, second, signer)

    assert any(replay(tmp_path, publish, second_is_there))


def test_the_replay_notices_an_envelope_that_comes_before_its_objects(tmp_path: Path) -> None:
    """A third mutant: the folders of objects are synced after the commit point, not before it."""
    late: list[Path] = []

    def publish(store: ReleaseStore, signer: Signer) -> Any:
        sync_folder = disk.sync_folder

        def postponed(path: Path) -> None:
            late.append(path)
            if path.parent.name == "releases":
                for folder in late:
                    sync_folder(folder)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(disk, "sync_folder", postponed)
            return add_tiny(store, tiny_package(tmp_path / "second", content="2"), signer)

    assert any(replay(tmp_path, publish, second_is_there))
