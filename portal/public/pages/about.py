"""What the portal is, what its numbers promise, and what its marks mean."""

from __future__ import annotations

from pydantic import Field

from portal.public.pages.dictionary import LegendEntry, legend
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording


class AboutPage(Page):
    """The page about the portal."""

    public_key: str = Field(description="Address of the key that releases are signed with.")
    legend: tuple[LegendEntry, ...] = Field(description="The statuses that a cell can have.")


def about_page(links: Links, words: Wording) -> AboutPage:
    """Return the page about the portal."""
    return AboutPage(
        language=words.language,
        title=words.gettext("About this portal"),
        description=words.gettext("How the data is published, how people are protected, and what you may do with it."),
        section="about",
        in_vietnamese=links.about("vi"),
        in_english=links.about("en"),
        public_key=links.public_key(),
        legend=legend(words),
    )
