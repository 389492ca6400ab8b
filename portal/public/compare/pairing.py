"""Which two releases of a dataset are compared: those that an address names, or the newest and the one before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from datasets.public_releases import PublicRelease, PublicReleases


@dataclass(frozen=True)
class Pair:
    """Two releases, the older one first."""

    old: PublicRelease
    new: PublicRelease
    between: tuple[PublicRelease, ...] = ()
    """Those that were published after the one and before the other, in this order; withdrawn ones among them."""

    @property
    def same_period(self) -> bool:
        """Whether both are about the same time: then a cell that differs was corrected."""
        if self.old.edition == self.new.edition:
            return True
        then, now = self.old.description, self.new.description
        period = (now.period_start, now.period_end)
        return all(period) and (then.period_start, then.period_end) == period

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from every other pair."""
        return self.old.envelope_sha256, self.new.envelope_sha256


@dataclass(frozen=True)
class Paired:
    """What an address names: two releases, or one that there is nothing to compare with."""

    new: PublicRelease
    old: PublicRelease | None
    between: tuple[PublicRelease, ...] = ()
    swapped: bool = False
    """Whether the address names the newer one first."""

    @property
    def pair(self) -> Pair | None:
        if self.old is None or self.old.name == self.new.name:
            return None
        return Pair(self.old, self.new, self.between)


def paired(releases: PublicReleases, dataset: str, earlier: str, later: str) -> Paired:
    """Return the releases that ``earlier`` and ``later`` name, either of which may be left out.

    Raises what ``PublicReleases.find`` raises.
    """
    new = releases.find(dataset, later or "latest")
    old = releases.find(dataset, earlier) if earlier else before(releases, new)
    if old is not None and _place(releases, old) < _place(releases, new):
        return Paired(old, new, swapped=True)
    return Paired(new, old, _published_between(releases, old, new) if old is not None else ())


def before(releases: PublicReleases, release: PublicRelease) -> PublicRelease | None:
    """Return the release before ``release`` that was not withdrawn, None where it is the first."""
    found = releases.releases(release.dataset)[_place(releases, release) + 1 :]
    return next((each for each in found if each.withdrawal is None), None)


def steps(releases: PublicReleases, pair: Pair) -> tuple[PublicRelease, ...]:
    """Return the releases that led from the older one to the newer one, newest first, withdrawn ones among them."""
    return releases.releases(pair.new.dataset)[_place(releases, pair.new) : _place(releases, pair.old)]


def _published_between(releases: PublicReleases, *ends: PublicRelease) -> tuple[PublicRelease, ...]:
    first, last = sorted(map(_published, ends))
    within = [each for each in releases.releases(ends[0].dataset) if first < _published(each) < last]
    return tuple(sorted(within, key=_published))


def _published(release: PublicRelease) -> datetime:
    return release.manifest.published_at


def _place(releases: PublicReleases, release: PublicRelease) -> int:
    return [each.name for each in releases.releases(release.dataset)].index(release.name)
