"""What the tools answer from, and what every answer says of the release that it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datasets.public_releases import PublicRelease, PublicReleases
from datasets.text import Bilingual, Language
from portal.public.cited import cite
from portal.public.live_catalog import LiveCatalog
from portal.public.mcp.documents import SourceLinks
from portal.public.table_reading import TableReading
from portal.shared.links import Links

MADE_UP = Bilingual(
    vi="Số liệu giả lập để trình diễn, không phải số liệu thật: phải nói rõ khi trích dẫn.",
    en="Made-up data for demonstration, not real figures: say so when quoting it.",
)
"""The note of every answer from data that is made up."""


@dataclass(frozen=True)
class Sources:
    """What the tools read, and the addresses that they hand out."""

    releases: PublicReleases
    catalog: LiveCatalog
    reading: TableReading
    links: Links


def sourced(release: PublicRelease, links: Links, *, api: str, csv: str = "", cited: str = "") -> dict[str, Any]:
    """Return the fields of ``Sourced``; ``api`` asks the same again, and ``cited`` is the address in the citation.

    Without ``cited`` the citation has the page of the release.
    """
    pages = {language: links.absolute(links.release(release.dataset, release.name, language)) for language in _BOTH}
    return {
        "dataset": release.dataset,
        "release": release.name,
        "title": release.description.title,
        "synthetic": release.description.synthetic,
        "citation": Bilingual(
            vi=cite(release).text("vi", url=cited or pages["vi"]), en=cite(release).text("en", url=cited or pages["en"])
        ),
        "links": SourceLinks(api=api, page=pages["vi"], page_en=pages["en"], csv=csv),
    }


def period_of(release: PublicRelease) -> str:
    """Return the first and the last day that a release covers; empty where it has none."""
    about = release.description
    start, end = about.period_start or about.coverage.start, about.period_end or about.coverage.end
    return "/".join(filter(None, (start, end)))


_BOTH: tuple[Language, ...] = ("vi", "en")
