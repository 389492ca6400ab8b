"""What a reader holds and what is on the disk are one, or reading fails."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from datasets import disk, fingerprint, verified_objects, verified_reads
from datasets.errors import StoreUnavailable, VerificationFailed
from datasets.package_zip import PackageZips
from datasets.release_store import ReleaseStore
from datasets.store_layout import StoreLayout
from datasets.verified_reads import VerifiedReads
from tests.support.public_scene import spoil
from tests.support.tiny_releases import add_tiny, new_keys, tiny_package


@pytest.fixture
def reads(tmp_path: Path) -> VerifiedReads:
    root = tmp_path / "store"
    signer = new_keys(root)
    add_tiny(ReleaseStore(root), tiny_package(tmp_path / "package"), signer)
    return VerifiedReads(StoreLayout(root), signer.public_key)


def test_an_envelope_is_handed_out_as_it_was_read(reads: VerifiedReads) -> None:
    release = reads.release("sexes", "2025", 1)

    assert reads.envelope(release).startswith(b'{"content":')
    with pytest.raises(VerificationFailed, match="as it was when it was first read"):
        reads.envelope(replace(release, envelope_sha256="0" * 64))


def test_a_name_that_is_no_dataset_has_no_folder(reads: VerifiedReads) -> None:
    assert reads.folder_stamp("../sexes") is None
    assert reads.folder_stamp("ages") is None
    assert reads.folder_stamp("sexes") is not None


def test_a_package_that_is_removed_while_it_is_made_says_so(
    reads: VerifiedReads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The derived folder may be deleted at any time, so also now."""
    monkeypatch.setattr(disk, "replace", lambda source, _: source.unlink())
    zips = PackageZips(tmp_path / "derived", reads.key)
    release = reads.release("sexes", "2025", 1)
    with pytest.raises(StoreUnavailable, match="removed while it was made"):
        zips.get(release, reads.envelope(release), [])


def test_an_object_that_cannot_be_read_is_damaged(reads: VerifiedReads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", -1)
    entry = reads.release("sexes", "2025", 1).manifest.files[0]
    reads.objects.path(entry)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(verified_objects, "stamp_of", refuse)
    with pytest.raises(VerificationFailed, match="Input/output error"):
        reads.objects.path(entry)
    assert not reads.objects.seems_sound(entry)
    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(VerificationFailed, match="Input/output error"):
        reads.objects.open(entry)


def test_an_envelope_that_cannot_be_looked_at_is_damaged(reads: VerifiedReads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", -1)
    reads.release("sexes", "2025", 1)

    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(verified_reads, "stamp_of", refuse)
    with pytest.raises(VerificationFailed, match="Input/output error"):
        reads.release("sexes", "2025", 1)


def test_an_envelope_that_changes_while_it_is_read_is_not_believed(
    reads: VerifiedReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamps = iter(range(2))
    monkeypatch.setattr(verified_reads, "stamp_of_open", lambda _: next(stamps))
    with pytest.raises(VerificationFailed, match="must not change while it is read"):
        reads.release("sexes", "2025", 1)


def test_an_object_that_is_restored_is_sound_and_one_changed_is_not(
    reads: VerifiedReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", -1)
    entry = reads.release("sexes", "2025", 1).manifest.files[0]
    path = reads.objects.path(entry)
    content = path.read_bytes()
    spoil(path)
    assert not reads.objects.seems_sound(entry)
    assert not reads.objects.seems_sound(entry), "known by now, and not hashed again"
    path.write_bytes(content)
    assert reads.objects.seems_sound(entry)


def test_an_object_that_another_thread_has_just_hashed_is_not_hashed_again(
    reads: VerifiedReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", -1)
    entry = reads.release("sexes", "2025", 1).manifest.files[0]
    hashed: list[int] = []

    def count(file: BinaryIO) -> str:
        hashed.append(file.fileno())
        return entry.sha256

    class OtherThreadFirst:
        """A lock for which this thread had to wait while another one did the work."""

        def __enter__(self) -> None:
            monkeypatch.setattr(reads.objects, "_hashing", contextlib.nullcontext())
            reads.objects.path(entry)

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr("datasets.verified_objects.sha256_of_stream", count)
    monkeypatch.setattr(reads.objects, "_hashing", OtherThreadFirst())

    assert reads.objects.path(entry) == reads.objects.place(entry)
    assert len(hashed) == 1
