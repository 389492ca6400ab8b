"""The page of what others made with the data."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from datasets.errors import YtemoError
from datasets.public_releases import PublicReleases
from datasets.text import Model
from portal.public.pages.harvested import OutwardLink, outward
from portal.public.pages.parts import Choice, Fact
from portal.public.reuses import Reuse
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording


class ReuseView(Model):
    """One thing that somebody made."""

    anchor: str = Field(description="Its place on the page.")
    link: OutwardLink = Field(description="What it is called, and where it is.")
    summary: str = Field(description="What it shows; empty where nothing says so.")
    facts: tuple[Fact, ...] = Field(description="Who made it, and when.")
    datasets: tuple[Choice, ...] = Field(description="Our datasets that it uses.")


class ReusesPage(Page):
    """What others made."""

    reuses: tuple[ReuseView, ...] = Field(description="The newest first.")


def reuses_page(reuses: Sequence[Reuse], releases: PublicReleases, links: Links, words: Wording) -> ReusesPage:
    """Return the page of ``reuses``."""
    return ReusesPage(
        language=words.language,
        title=words.gettext("Made with this data"),
        description=words.gettext("Articles, maps, studies and tools that others made with the data of this portal."),
        section="",
        in_vietnamese=links.reuses("vi"),
        in_english=links.reuses("en"),
        reuses=tuple(_view(each, releases, links, words) for each in reuses),
    )


def _view(reuse: Reuse, releases: PublicReleases, links: Links, words: Wording) -> ReuseView:
    used = (_dataset(each, releases, links, words) for each in reuse.datasets)
    return ReuseView(
        anchor=reuse.id,
        link=outward(words.of(reuse.title), reuse.url),
        summary=words.of(reuse.summary) if reuse.summary else "",
        facts=(
            Fact(label=words.gettext("Made by"), value=reuse.author),
            Fact(label=words.gettext("Day"), value=words.day(reuse.day), moment=reuse.day.isoformat()),
        ),
        datasets=tuple(each for each in used if each),
    )


def _dataset(dataset: str, releases: PublicReleases, links: Links, words: Wording) -> Choice | None:
    """Return a dataset that is public; of others, such as one that is still under embargo, nothing is told."""
    try:
        title = releases.latest(dataset).description.title
    except YtemoError:
        return None
    return Choice(label=words.of(title), url=links.dataset(dataset, words.language))
