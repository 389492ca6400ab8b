"""The page that stands where a withdrawn release was: when and why it was withdrawn, and what to use instead."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from datasets.public_releases import PublicRelease
from datasets.text import Language
from portal.public.pages.correction import standing_version
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
    instead: str = Field(description="What to do with numbers that were taken from it.")
    replaced: bool = Field(description="Whether another version of its edition stands.")
    newest: str = Field(description="That version, or the newest release of another period; empty where none stands.")
    here: str = Field(description="The page that tells all of it.")
    feed: str = Field(description="The feed of its dataset.")
    letters: str = Field(description="Where one subscribes to letters about it.")
    versions: tuple[VersionView, ...] = Field(description="All releases of the dataset.")


def withdrawn_page(
    release: PublicRelease, siblings: Sequence[PublicRelease], links: Links, words: Wording
) -> WithdrawnPage:
    """Return the page of a release that has a withdrawal; ``siblings`` are all releases of its dataset."""
    assert release.withdrawal is not None
    replacement = standing_version(release, siblings)
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
        instead=_instead(replacement, words),
        replaced=replacement is not None,
        newest=_newest(release.dataset, replacement, siblings, links, words.language),
        here=links.release(release.dataset, release.name, words.language),
        feed=links.feed(words.language, "datasets", release.dataset),
        letters=links.subscribe(words.language, f"datasets/{release.dataset}"),
        versions=version_views(siblings, release, links, words),
    )


def _instead(replacement: PublicRelease | None, words: Wording) -> str:
    if replacement is None:
        return words.gettext(
            "Its files are no longer given out. There is no other version for this period yet: do not use numbers that"
            " you have from it."
        )
    text = words.gettext(
        "Its files are no longer given out. If you have used its numbers, check them against version %(number)s."
    )
    return text % {"number": replacement.version}


def _newest(
    dataset: str,
    replacement: PublicRelease | None,
    siblings: Sequence[PublicRelease],
    links: Links,
    language: Language,
) -> str:
    if replacement is not None:
        return links.release(dataset, replacement.name, language)
    return links.dataset(dataset, language) if any(each.withdrawal is None for each in siblings) else ""
