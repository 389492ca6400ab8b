"""Whichever byte of a store or a package is changed, verification fails and names the file."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.errors import VerificationFailed
from datasets.public_releases import PublicReleases
from datasets.release_store import ReleaseStore
from datasets.verification import verify_package, verify_store
from tests.support.tiny_releases import NOW, REASON, add_tiny, new_keys, tiny_package

SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


class Target:
    """A store with two versions, one withdrawn, its package as ZIP and folder, and every file of all of them."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "store"
        signer = new_keys(self.root)
        store = ReleaseStore(self.root)
        for content in ("1", "2"):
            add_tiny(store, tiny_package(folder / content, content=content), signer)
        self.key = self.root / "public-key.pem"
        releases = PublicReleases(self.root, self.key, lambda: NOW)
        self.zip = folder / "package.zip"
        shutil.copy(releases.package_zip(releases.latest("sexes")).path, self.zip)
        self.folder = folder / "unpacked"
        with zipfile.ZipFile(self.zip) as archive:
            archive.extractall(self.folder)
        store.withdraw("sexes", "2025", 2, reason=REASON, signer=signer, now=NOW)
        stored = [*(self.root / "objects").rglob("*"), *(self.root / "releases").rglob("*")]
        self.stored = sorted(path for path in (self.root / "head.json", *stored) if path.is_file())
        self.unpacked = sorted(path for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Target:
    return Target(tmp_path_factory.mktemp("target"))


@contextmanager
def flipped(path: Path, place: int, mask: int) -> Iterator[None]:
    """Change some bits of one byte of ``path`` while the block runs."""
    sound = path.read_bytes()
    content = bytearray(sound)
    content[place % len(content)] ^= mask
    path.chmod(0o644)
    path.write_bytes(bytes(content))
    try:
        yield
    finally:
        path.write_bytes(sound)


places = st.integers(0, 1 << 16)
masks = st.integers(1, 255)


@SETTINGS
@given(st.data(), places, masks)
def test_any_changed_byte_of_the_store_is_noticed(target: Target, data: st.DataObject, place: int, mask: int) -> None:
    path = data.draw(st.sampled_from(target.stored))
    with flipped(path, place, mask):
        failures = verify_store(target.root, target.key).failures
        shown = PublicReleases(target.root, target.key, lambda: NOW)
        problems = [problem.place for problem in shown.problems()]

    assert any(problem.place.endswith(path.name) for problem in failures)
    assert problems == ([str(path)] if "releases" in path.parts else [])


@SETTINGS
@given(places, masks)
def test_any_changed_byte_of_the_public_key_is_noticed(target: Target, place: int, mask: int) -> None:
    with flipped(target.key, place, mask):
        try:
            names = [problem.place for problem in verify_store(target.root, target.key).failures]
        except VerificationFailed as error:
            names = [problem.place for problem in error.problems]
            assert names == [str(target.key)]

    assert names


@SETTINGS
@given(places, masks)
def test_any_changed_byte_of_a_zip_is_noticed(target: Target, place: int, mask: int) -> None:
    with flipped(target.zip, place, mask):
        failures = verify_package(target.zip, target.key).failures

    assert failures
    assert failures[0].place in {target.zip.name, *(path.name for path in target.unpacked), "codelists/sex.csv"}


@SETTINGS
@given(st.data(), places, masks)
def test_any_changed_byte_of_an_unpacked_package_is_noticed(
    target: Target, data: st.DataObject, place: int, mask: int
) -> None:
    path = data.draw(st.sampled_from(target.unpacked))
    with flipped(path, place, mask):
        failures = verify_package(target.folder, target.key).failures

    assert [problem.place for problem in failures] == [path.relative_to(target.folder).as_posix()]


def test_the_target_is_sound(target: Target) -> None:
    """Without a change nothing fails, so that the failures above come from the change."""
    assert verify_store(target.root, target.key).failures == ()
    assert verify_package(target.zip, target.key).failures == ()
    assert verify_package(target.folder, target.key).failures == ()
