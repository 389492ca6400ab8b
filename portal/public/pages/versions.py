"""The editions and versions of a dataset, withdrawn ones among them, each with what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pydantic import Field

from datasets.changes import Changes
from datasets.public_releases import PublicRelease
from datasets.text import Model
from portal.public.pages.history import change_texts
from portal.shared.links import Links
from portal.shared.wording import Wording


class VersionView(Model):
    """One release in the list of versions."""

    edition: str = Field(description="The period that it covers.")
    version: str = Field(description="Its number.")
    published: str = Field(description="The day on which it appeared.")
    moment: str = Field(description="That moment for machines.")
    changes: str = Field(description="What changed since the version or edition before.")
    details: tuple[str, ...] = Field(default=(), description="The same at more length, a sentence for each change.")
    url: str = Field(description="Its page.")
    compare: str = Field(
        default="", description="Where it is compared with the one before; empty for the first and for withdrawn ones."
    )
    current: bool = Field(description="Whether it is the release that the page shows.")
    withdrawn: str = Field(default="", description="The day on which it was withdrawn; empty where it was not.")
    reason: str = Field(default="", description="Why it was withdrawn.")


def version_views(
    releases: Sequence[PublicRelease],
    shown: PublicRelease,
    links: Links,
    words: Wording,
    comparisons: Mapping[str, Changes] = MappingProxyType({}),
) -> tuple[VersionView, ...]:
    """Return all visible releases of a dataset, in the given order; ``comparisons`` tell of some, by their names."""
    return tuple(
        VersionView(
            edition=words.period(release.edition),
            version=str(release.version),
            published=words.day(release.manifest.available_from),
            moment=release.manifest.available_from.isoformat(),
            changes=words.of(release.manifest.changes),
            details=_details(release, comparisons, words),
            url=links.release(release.dataset, release.name, words.language),
            compare=_compare(release, releases, links, words),
            current=release.name == shown.name,
            withdrawn=words.day(release.withdrawal.withdrawn_at) if release.withdrawal else "",
            reason=words.of(release.withdrawal.reason) if release.withdrawal else "",
        )
        for release in releases
    )


def _details(release: PublicRelease, comparisons: Mapping[str, Changes], words: Wording) -> tuple[str, ...]:
    found = comparisons.get(release.name)
    return () if found is None else change_texts(found, release.description, words)


def _compare(release: PublicRelease, releases: Sequence[PublicRelease], links: Links, words: Wording) -> str:
    """Return the address of the comparison with the release before that stands."""
    names = [each.name for each in releases if each.withdrawal is None]
    if release.name not in names[:-1]:
        return ""
    parameters = (("from", names[names.index(release.name) + 1]), ("to", release.name))
    return links.compare(release.dataset, words.language, parameters)
