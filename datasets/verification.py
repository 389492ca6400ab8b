"""Checks a whole release store: every signature, object and chain of versions, and that nothing else is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from datasets.chain import release_files, unreadable
from datasets.chain_checks import Placed, chain_problems, kept_problems
from datasets.errors import Problem, VerificationFailed
from datasets.fingerprint import sha256_of_file, stamp_of
from datasets.package_verification import VerificationReport, verify_package
from datasets.release import Head, Manifest, PublicRelease
from datasets.signing import PublicKey
from datasets.store_layout import StoreLayout, is_dataset_name, is_object_name, parse_release_file
from datasets.verified_reads import VerifiedReads

__all__ = ["VerificationReport", "taken_out", "verify_package", "verify_store"]

_REMEDY = "Restore it from a backup or a mirror"


def verify_store(root: Path, public_key: Path, kept: Head | str | None = None) -> VerificationReport:
    """Check the store at ``root`` with the published key, reading every byte of it and writing none.

    ``kept`` is what somebody noted elsewhere: an earlier head, or the SHA-256 of an envelope. Raises VerificationFailed
    only for a public key that cannot be read, StoreUnavailable where a folder cannot be.
    """
    try:
        return _verified(StoreLayout(root), public_key, kept)
    except OSError as error:
        raise unreadable(error, root) from None


def _verified(layout: StoreLayout, public_key: Path, kept: Head | str | None) -> VerificationReport:
    reads = VerifiedReads(layout, PublicKey.from_file(public_key))
    failures: list[Problem] = [
        _failure(folder, "must be a folder of the store's own, not a link")
        for folder in (layout.releases, layout.objects)
        if folder.is_symlink()
    ]
    sizes: dict[str, int] = {}
    placed: list[Placed] = []
    envelopes = 0
    for folder in _entries(layout.releases):
        if folder.is_symlink() or not folder.is_dir() or not is_dataset_name(folder.name):
            failures.append(_failure(folder, "must be the folder of a dataset"))
            continue
        failures += _strangers(folder)
        for release in _releases(reads, folder.name, failures):
            envelopes += 1
            placed += _placed(reads, release)
            sizes.update({entry.sha256: entry.bytes for entry in release.manifest.files})
    failures += _chain_problems(reads, placed, kept, unreadable=sum(1 for _ in release_files(layout)) - len(placed))
    objects = _check_objects(layout, sizes, failures)
    return VerificationReport(envelopes + objects, tuple(failures))


def taken_out(layout: StoreLayout, key: PublicKey) -> tuple[Problem, ...]:
    """Return what was taken out of a store, as far as its envelopes and its head tell; no object is looked at.

    Every envelope and tombstone is read: their number is soon right again, by a copy or a file that was renamed. One
    that cannot be read may be of any dataset, whatever folder it lies in. Raises VerificationFailed where the head is
    damaged, StoreUnavailable where a folder cannot be read.
    """
    while True:
        # Each time anew: what was read before is not forgotten, even if it is gone.
        reads = VerifiedReads(layout, key)
        head = reads.head()
        problems = tuple(_taken_out(layout, reads, head))
        if not problems or reads.head() == head:
            return problems
        # Another job put something in, some of it perhaps behind the place that was looked at.


def _taken_out(layout: StoreLayout, reads: VerifiedReads, head: Head | None) -> Iterator[Problem]:
    files = sum(1 for _ in release_files(layout))
    placed: list[Placed] = []
    failures: list[Problem] = []
    for dataset in reads.dataset_names():
        for release in _releases(reads, dataset, failures):
            placed += _placed(reads, release)
    yield from chain_problems(placed, head, unreadable=files - len(placed))
    yield from failures


def _releases(reads: VerifiedReads, dataset: str, failures: list[Problem]) -> Iterator[PublicRelease]:
    """Yield the sound releases of a dataset, and add what is wrong with the others to ``failures``."""
    names = reads.release_files(dataset)
    versions = {(name.edition, name.version) for name in names if not name.withdrawn}
    for name in names:
        if name.withdrawn and (name.edition, name.version) not in versions:
            place = f"{dataset}/{name.edition}.{name.version}.withdrawn.json"
            failures.append(Problem(place, "withdraws a release whose envelope is missing", _REMEDY))
    heads: dict[str, tuple[int, str]] = {}
    for edition, version in sorted(versions):
        try:
            release = reads.release(dataset, edition, version)
        except VerificationFailed as error:
            failures += error.problems
            heads[edition] = (version, "")
            continue
        failures += _version_problems(release.manifest, heads.get(edition, (0, "")))
        heads[edition] = (version, release.envelope_sha256)
        yield release


def _version_problems(manifest: Manifest, head: tuple[int, str]) -> Iterator[Problem]:
    version, sha256 = head
    place = f"{manifest.dataset}/{manifest.edition}.{manifest.version}.json"
    if manifest.version != version + 1:
        yield Problem(place, f"must follow version {manifest.version - 1}, whose envelope is missing", _REMEDY)
    elif manifest.previous != sha256:
        before = f"{manifest.dataset}/{manifest.edition}.{version}.json"
        yield Problem(before, f"must be the envelope that {place} names as the one before", _REMEDY)


def _placed(reads: VerifiedReads, release: PublicRelease) -> Iterator[Placed]:
    name = f"{release.dataset}/{release.name}"
    yield Placed(f"{name}.json", release.manifest.chain, release.envelope_sha256)
    if release.withdrawal is not None:
        yield Placed(f"{name}.withdrawn.json", release.withdrawal.chain, reads.tombstone_sha256(release))


def _chain_problems(
    reads: VerifiedReads, placed: list[Placed], kept: Head | str | None, *, unreadable: int
) -> Iterator[Problem]:
    try:
        head = reads.head()
    except VerificationFailed as error:
        yield from error.problems
        return
    yield from chain_problems(placed, head, unreadable=unreadable)
    if kept is not None:
        yield from kept_problems(placed, kept)


def _check_objects(layout: StoreLayout, sizes: dict[str, int], failures: list[Problem]) -> int:
    """Check every object that is there and that every object of a release is there; return how many were checked."""
    found: set[str] = set()
    for folder in _entries(layout.objects):
        for path in _entries(folder) if folder.is_dir() and not folder.is_symlink() else (folder,):
            if not is_object_name(path.name) or path.parent.name != path.name[:2] or stamp_of(path) is None:
                failures.append(_failure(path, "must be an object: a file named by its SHA-256"))
                continue
            found.add(path.name)
            if (problem := _object_problem(path, sizes.get(path.name))) is not None:
                failures.append(problem)
    failures += [
        _failure(layout.object(name), "must be there: a release needs it") for name in sorted(sizes.keys() - found)
    ]
    return len(found)


def _object_problem(path: Path, size: int | None) -> Problem | None:
    try:
        if size is not None and path.stat().st_size != size:
            return _failure(path, f"must have {size} bytes")
        if sha256_of_file(path) != path.name:
            return _failure(path, "must hold the content whose SHA-256 is its name")
    except OSError as error:
        return _failure(path, f"cannot be read: {error.strerror}")
    return None


def _strangers(folder: Path) -> Iterator[Problem]:
    for path in _entries(folder):
        if parse_release_file(path.name) is None:
            yield _failure(path, "must be an envelope or a withdrawal: <edition>.<version>.json")


def _entries(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in sorted(os.listdir(folder))]  # noqa: PTH208 - sorted names
    except (FileNotFoundError, NotADirectoryError):
        return []


def _failure(path: Path, rule: str) -> Problem:
    return Problem(str(path), rule, _REMEDY)
