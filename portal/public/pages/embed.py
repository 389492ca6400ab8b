"""A chart inside the page of another site: what it shows, where it is from, and whether there are newer numbers."""

from __future__ import annotations

from pydantic import Field

from portal.public.cited import cite
from portal.public.explore.answering import Refused
from portal.public.explore.legend import legend
from portal.public.explore.telling import Telling
from portal.public.pages.caveats import warnings_of
from portal.public.pages.correction import CorrectionView
from portal.public.pages.explore import Drawing, Opened, drawing_of, notes_of
from portal.public.pages.explore_table import ExploreTable, table_of
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording


class EmbedPage(Page):
    """A chart for another site."""

    about: str = Field(description="Edition and version.")
    held: str = Field(description="What the other dimensions are held at.")
    synthetic: bool = Field(description="Whether the data is made up.")
    drawing: Drawing | None = Field(description="The chart, where there is one.")
    table: ExploreTable | None = Field(description="The numbers, where there are any.")
    marks: tuple[str, ...] = Field(description="What each mark in it means.")
    warnings: tuple[str, ...] = Field(description="What its methods stress must be known before it is used.")
    notes: tuple[str, ...] = Field(description="What must be known of it.")
    credit: str = Field(description="Publisher and source.")
    caveats: str = Field(description="What must be known before it is used, on the page of the release.")
    explore: str = Field(description="The same in the explorer.")
    correction: CorrectionView | None = Field(description="The version that corrects it, where there is one.")
    newest: str = Field(description="The same of the newest release, where that is neither this nor its correction.")


def embed_page(opened: Opened, found: Telling | Refused, links: Links, words: Wording, *, methods: str) -> EmbedPage:
    """Return the page; ``methods`` are those of the release, in both languages."""
    release = opened.release
    parameters = found.exploration.parameters()
    told = found if isinstance(found, Telling) else None
    cited = cite(release)
    explore = links.explore(release.dataset, words.language, parameters, release=release.name)
    later = links.explore(release.dataset, words.language, parameters)
    return EmbedPage(
        language=words.language,
        title=told.own_title if told else words.of(release.description.title),
        description=words.of(release.description.summary),
        section="",
        in_vietnamese=links.embedded(release.dataset, "vi", parameters, release=release.name),
        in_english=links.embedded(release.dataset, "en", parameters, release=release.name),
        indexed=False,
        about=told.about if told else "",
        held=told.held if told else "",
        synthetic=release.description.synthetic,
        drawing=drawing_of(told, links) if told else None,
        table=table_of(told, links, release.name) if told else None,
        marks=legend(told) if told else (),
        warnings=warnings_of(methods, words),
        notes=tuple(notes_of(told)) if told else (),
        credit=cited.credit(words.language),
        caveats=links.absolute(f"{links.release(release.dataset, release.name, words.language)}#caveats"),
        explore=links.absolute(explore),
        correction=opened.corrected(parameters, links, words),
        newest=links.absolute(later) if opened.is_older else "",
    )
