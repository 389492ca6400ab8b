"""The page that stands where a withdrawn release was: when and why it was withdrawn, and what to use instead."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from datasets.public_releases import PublicRelease
from portal.public.pages.versions import VersionView, version_views
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording


class WithdrawnPage(Page):
    """A withdrawn release."""

    dataset: str = Field(description="The title of the dataset.")
    synthetic: bool = Field(description="Whether its data was made up.")
    edition: str = Field(description="The period that the release covered.")
    version: str = Field(description="Its number.")
    withdrawn: str = Field(description="The day on which it was withdrawn.")
    moment: str = Field(description="That moment for machines.")
    reason: str = Field(description="Why.")
    newest: str = Field(description="The page of the newest release; empty where all are withdrawn.")
    versions: tuple[VersionView, ...] = Field(description="All releases of the dataset.")


def withdrawn_page(
    release: PublicRelease, siblings: Sequence[PublicRelease], links: Links, words: Wording
) -> WithdrawnPage:
    """Return the page of a release that has a withdrawal; ``siblings`` are all releases of its dataset."""
    assert release.withdrawal is not None
    standing = [sibling for sibling in siblings if sibling.withdrawal is None]
    return WithdrawnPage(
        language=words.language,
        title=words.gettext("This release was withdrawn"),
        description=words.of(release.withdrawal.reason),
        section="datasets",
        in_vietnamese=links.release(release.dataset, release.name, "vi"),
        in_english=links.release(release.dataset, release.name, "en"),
        indexed=False,
        dataset=words.of(release.description.title),
        synthetic=release.description.synthetic,
        edition=words.period(release.edition),
        version=str(release.version),
        withdrawn=words.day(release.withdrawal.withdrawn_at),
        moment=release.withdrawal.withdrawn_at.isoformat(),
        reason=words.of(release.withdrawal.reason),
        newest=links.dataset(release.dataset, words.language) if standing else "",
        versions=version_views(siblings, release, links, words),
    )
