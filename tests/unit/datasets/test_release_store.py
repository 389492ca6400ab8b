"""Releases go into the store once, in order, signed; what is withdrawn stays withdrawn."""

from __future__ import annotations

import stat
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from datasets.envelope import sha256_of, unseal
from datasets.errors import (
    ReleaseExists,
    ReleaseNotFound,
    ReleaseRejected,
    ReleaseWithdrawn,
    SigningKeyUnavailable,
    StoreUnavailable,
    VerificationFailed,
)
from datasets.release import FileEntry, Manifest, Withdrawal
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.text import Bilingual
from tests.support.tiny_releases import NOW, REASON, TinyPackage, add_tiny, new_keys, tiny_package

LATER = NOW + timedelta(days=1)


@dataclass(frozen=True)
class Desk:
    """A store, its key, and a place to build packages."""

    root: Path
    store: ReleaseStore
    signer: Signer
    packages: Path

    def package(self, content: str = "1") -> TinyPackage:
        return tiny_package(self.packages / content, content=content)

    def add(self, content: str = "1", *, now: datetime = NOW, available_from: datetime | None = None) -> Manifest:
        return add_tiny(self.store, self.package(content), self.signer, now=now, available_from=available_from)

    def withdraw(self, version: int = 1, *, reason: Bilingual = REASON) -> Withdrawal:
        return self.store.withdraw("sexes", "2025", version, reason=reason, signer=self.signer, now=LATER)

    def envelope(self, name: str) -> Path:
        return self.root / "releases" / "sexes" / f"{name}.json"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    root = tmp_path / "store"
    return Desk(root, ReleaseStore(root), new_keys(root), tmp_path / "packages")


def test_a_release_is_stored_by_its_hashes(desk: Desk) -> None:
    manifest = desk.add()

    assert (manifest.version, manifest.previous, manifest.published_at) == (1, "", NOW)
    for entry in manifest.files:
        path = desk.root / "objects" / entry.sha256[:2] / entry.sha256
        assert path.read_bytes() == (desk.packages / "1" / entry.path).read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
    sealed = desk.envelope("2025.1").read_bytes()
    assert unseal(sealed, desk.signer.public_key, Manifest, "x") == manifest
    assert list((desk.root / "staging").iterdir()) == []


def test_other_content_becomes_the_next_version(desk: Desk) -> None:
    desk.add("1")
    second = desk.add("2", now=LATER)

    assert second.version == 2
    assert second.previous == sha256_of(desk.envelope("2025.1").read_bytes())


def test_the_same_content_again_is_the_same_release(desk: Desk) -> None:
    first = desk.add()

    assert desk.add(now=LATER) == first
    assert not desk.envelope("2025.2").exists()


def test_files_about_changes_do_not_make_new_content(desk: Desk) -> None:
    first = desk.add()
    package = desk.package()
    text = b"# Changes\n"
    (package.folder / "CHANGELOG.md").write_bytes(text)
    entry = FileEntry(path="CHANGELOG.md", sha256=sha256_of(text), bytes=len(text), media_type="text/markdown")
    again = replace(package, files=(*package.files, entry))

    assert add_tiny(desk.store, again, desk.signer, now=LATER) == first


def test_going_back_to_older_content_is_a_new_version(desk: Desk) -> None:
    desk.add("1")
    desk.add("2")

    assert desk.add("1").version == 3


def test_times_are_kept_in_utc(desk: Desk) -> None:
    hanoi = timezone(timedelta(hours=7))
    manifest = desk.add(now=NOW.astimezone(hanoi), available_from=LATER.astimezone(hanoi))

    assert manifest.published_at.utcoffset() == timedelta(0)
    assert manifest.available_from == LATER
    assert b'"available_from":"2026-03-02T09:30:00Z"' in desk.envelope("2025.1").read_bytes()


def test_another_job_that_took_the_version_is_not_overwritten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tiny_package(desk.packages / "other", content="other")
    lose_race(desk, other, monkeypatch)
    with pytest.raises(ReleaseExists, match=r"sexes 2025\.1.*publish version 2"):
        desk.add()

    assert desk.add().version == 2


def test_another_job_that_published_the_same_is_as_good(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_race(desk, tiny_package(desk.packages / "other", content="1"), monkeypatch)

    assert desk.add(now=LATER).published_at == NOW


def lose_race(desk: Desk, other: TinyPackage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another job publish ``other`` after the next job has chosen its version."""
    make_folders = ReleaseStore._make_folders

    def interrupted(store: ReleaseStore, folders: set[Path]) -> None:
        monkeypatch.undo()
        add_tiny(ReleaseStore(desk.root), other, desk.signer)
        make_folders(store, folders)

    monkeypatch.setattr(ReleaseStore, "_make_folders", interrupted)


def test_an_object_that_another_job_linked_meanwhile_is_used(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    package = desk.package()
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: "objects" not in path.parts and exists(path))
    add_tiny(desk.store, package, desk.signer)
    monkeypatch.undo()
    desk.envelope("2025.1").unlink()
    monkeypatch.setattr(Path, "exists", lambda path: "objects" not in path.parts and exists(path))

    assert add_tiny(desk.store, package, desk.signer).version == 1


# What is refused ------------------------------------------------------------------------------------------------------


def test_a_file_that_changed_after_it_was_checked_is_refused(desk: Desk) -> None:
    package = desk.package()
    (package.folder / "README.md").write_text("something else, of another length")
    with pytest.raises(ReleaseRejected, match=r"README\.md"):
        add_tiny(desk.store, package, desk.signer)

    assert not desk.envelope("2025.1").exists()


@pytest.mark.parametrize("kind", ["missing", "link", "folder"])
def test_a_file_that_is_none_is_refused(desk: Desk, kind: str) -> None:
    package = desk.package()
    path = package.folder / "README.md"
    path.rename(path.with_name("elsewhere"))
    if kind == "link":
        path.symlink_to("elsewhere")
    if kind == "folder":
        path.mkdir()
    with pytest.raises(ReleaseRejected, match=r"README\.md"):
        add_tiny(desk.store, package, desk.signer)


def test_a_key_that_readers_do_not_trust_is_refused(desk: Desk, tmp_path: Path) -> None:
    stranger = new_keys(tmp_path / "stranger")
    with pytest.raises(SigningKeyUnavailable, match=r"public-key\.pem"):
        add_tiny(desk.store, desk.package(), stranger)
    desk.add()
    with pytest.raises(SigningKeyUnavailable):
        desk.store.withdraw("sexes", "2025", 1, reason=REASON, signer=stranger, now=NOW)


def test_a_store_whose_public_key_is_elsewhere_takes_releases(desk: Desk) -> None:
    (desk.root / "public-key.pem").unlink()

    assert desk.add().version == 1


def test_a_damaged_object_is_not_published_again(desk: Desk) -> None:
    manifest = desk.add()
    path = desk.root / "objects" / manifest.files[0].sha256[:2] / manifest.files[0].sha256
    path.chmod(0o644)
    path.write_bytes(b"x" * manifest.files[0].bytes)
    package = tiny_package(desk.packages / "1", content="1")
    with pytest.raises(VerificationFailed, match=manifest.files[0].sha256):
        add_tiny(desk.store, replace(package, files=package.files[:1]), desk.signer)


def test_a_missing_version_stops_the_edition(desk: Desk) -> None:
    desk.add("1")
    desk.add("2")
    desk.envelope("2025.1").unlink()
    with pytest.raises(VerificationFailed, match="without a gap"):
        desk.add("3")


def test_a_damaged_version_stops_the_edition(desk: Desk) -> None:
    desk.add("1")
    path = desk.envelope("2025.1")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"Male", b"Mole").replace(b"2026", b"2027"))
    with pytest.raises(VerificationFailed, match=r"2025\.1\.json"):
        desk.add("2")


def test_a_store_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    signer = new_keys(tmp_path / "keys")
    (tmp_path / "store").write_text("no folder")
    with pytest.raises(StoreUnavailable, match="store"):
        add_tiny(ReleaseStore(tmp_path / "store"), tiny_package(tmp_path / "package"), signer)


# Withdrawal -----------------------------------------------------------------------------------------------------------


def test_a_withdrawal_names_what_it_withdraws(desk: Desk) -> None:
    desk.add()
    withdrawal = desk.withdraw()

    assert withdrawal.envelope == sha256_of(desk.envelope("2025.1").read_bytes())
    sealed = desk.envelope("2025.1.withdrawn").read_bytes()
    assert unseal(sealed, desk.signer.public_key, Withdrawal, "x") == withdrawal
    assert stat.S_IMODE(desk.envelope("2025.1.withdrawn").stat().st_mode) == 0o444


def test_a_release_is_withdrawn_once(desk: Desk) -> None:
    desk.add()
    first = desk.withdraw()

    assert desk.withdraw() == first
    with pytest.raises(ReleaseWithdrawn, match="another reason"):
        desk.withdraw(reason=Bilingual(vi="Lý do khác", en="Another reason"))


@pytest.mark.parametrize(
    ("dataset", "edition"), [("sexes", "2024"), ("others", "2025"), ("../x", "2025"), ("sexes", "a.b")]
)
def test_what_is_not_there_cannot_be_withdrawn(desk: Desk, dataset: str, edition: str) -> None:
    desk.add()
    with pytest.raises(ReleaseNotFound):
        desk.store.withdraw(dataset, edition, 1, reason=REASON, signer=desk.signer, now=NOW)


def test_withdrawn_content_does_not_come_back_by_itself(desk: Desk) -> None:
    desk.add("1")
    desk.withdraw()
    with pytest.raises(ReleaseWithdrawn, match=r"sexes 2025\.1"):
        desk.add("1")
    assert desk.add("2").version == 2
    with pytest.raises(ReleaseWithdrawn, match=r"sexes 2025\.1"):
        desk.add("1")


# Staging --------------------------------------------------------------------------------------------------------------


def test_a_job_works_in_its_own_folder(desk: Desk) -> None:
    folder = desk.store.stage("job-1")
    package = tiny_package(folder / "package")
    manifest = add_tiny(desk.store, package, desk.signer)
    desk.store.discard(folder)

    assert manifest.version == 1
    assert list((desk.root / "staging").iterdir()) == []


def test_staging_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    with pytest.raises(StoreUnavailable, match="store"):
        ReleaseStore(tmp_path / "store").stage("job-1")
