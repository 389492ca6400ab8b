"""Which releases of each dataset are visible at a moment, kept for as long as its folder and the embargoes allow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from datasets.errors import Problem, VerificationFailed
from datasets.fingerprint import Stamp
from datasets.release import PublicRelease
from datasets.store_layout import ReleaseFile
from datasets.verified_reads import VerifiedReads


@dataclass(frozen=True)
class Snapshot:
    """The visible releases of one dataset, newest first: true from ``since`` to ``until``, while ``stamp`` holds."""

    stamp: Stamp | None
    since: datetime
    until: datetime | None
    releases: tuple[PublicRelease, ...]
    damaged: Mapping[tuple[str, int], Problem]
    """What is wrong with releases that are known to be out, by edition and version."""
    hidden: tuple[Problem, ...]
    """What is wrong with releases that are under embargo or may be: the public must not learn of them."""

    @cached_property
    def editions(self) -> tuple[PublicRelease, ...]:
        """The newest version of each edition that is not withdrawn."""
        newest: dict[str, PublicRelease] = {}
        for release in filter(stands, self.releases):
            newest.setdefault(release.edition, release)
        return tuple(newest.values())

    @cached_property
    def digest(self) -> bytes:
        """What changes when a release comes or is withdrawn."""
        lines = [f"{r.dataset} {r.name} {r.envelope_sha256} {stands(r)}\n" for r in self.releases]
        return hashlib.sha256("".join(lines).encode()).digest()


class Snapshots:
    """Takes snapshots of datasets, and takes them again when something changed. Safe to share among threads."""

    def __init__(self, reads: VerifiedReads, now: Callable[[], datetime]) -> None:
        self._reads = reads
        self._now = now
        # Threads may take the same snapshot twice and then store equal values: no lock is needed.
        self._kept: dict[str, Snapshot] = {}

    def of(self, dataset: str) -> Snapshot:
        """Return what is visible of ``dataset`` now."""
        stamp = self._reads.folder_stamp(dataset)
        known = self._kept.get(dataset)
        now = self._now()
        if known is not None and known.stamp == stamp and known.since <= now and (not known.until or now < known.until):
            return known
        snapshot = self._take(dataset, stamp, now)
        # A folder that has just changed may change again within the same tick of the file system's clock, and a file
        # that is mended in its place does not change the folder at all.
        is_sound = not snapshot.damaged and not snapshot.hidden
        if stamp is not None and stamp.settled and is_sound:
            self._kept[dataset] = snapshot
        return snapshot

    def _take(self, dataset: str, stamp: Stamp | None, now: datetime) -> Snapshot:
        releases: list[PublicRelease] = []
        embargoes: list[datetime] = []
        damaged: dict[tuple[str, int], Problem] = {}
        hidden: list[Problem] = []
        for file in self._reads.release_files(dataset) if stamp else ():
            if file.withdrawn:
                continue
            found = self._read(dataset, file)
            appears = self._appearance(dataset, file, found)
            if appears is not None and appears > now:
                embargoes.append(appears)
            if isinstance(found, PublicRelease):
                releases += [found] if appears is not None and appears <= now else []
            elif appears is not None and appears <= now:
                damaged[file.edition, file.version] = found
            else:
                hidden.append(found)
        releases.sort(key=_age, reverse=True)
        return Snapshot(stamp, now, min(embargoes, default=None), tuple(releases), damaged, tuple(hidden))

    def _read(self, dataset: str, file: ReleaseFile) -> PublicRelease | Problem:
        try:
            return self._reads.release(dataset, file.edition, file.version)
        except VerificationFailed as error:
            return error.problems[0]

    def _appearance(self, dataset: str, file: ReleaseFile, found: PublicRelease | Problem) -> datetime | None:
        if isinstance(found, PublicRelease):
            return found.manifest.available_from
        return self._reads.appearance(dataset, file.edition, file.version)


def stands(release: PublicRelease) -> bool:
    """Say whether a release is not withdrawn."""
    return release.withdrawal is None


def _age(release: PublicRelease) -> tuple[str, str, int]:
    """Order by period, so that editions whose names are no periods do not mix with those that are."""
    return release.description.period_end, release.edition, release.version
