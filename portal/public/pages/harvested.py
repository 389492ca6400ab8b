"""The page of a record of another catalog: what is known of it, where it comes from, and where its data is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

from pydantic import Field

from catalog.origin import Origin
from catalog.quality.score import quality_of_record
from catalog.record import CatalogRecord
from datasets.text import Model, legible
from datasets.web_address import web_address
from portal.public.pages.parts import Fact
from portal.public.pages.quality import RecordQuality, record_quality
from portal.shared import labels
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

PROTOCOLS = {"ckan": "CKAN", "dcat": "DCAT", "oai-pmh": "OAI-PMH", "frictionless": "Frictionless"}
"""Names, which are the same in every language."""


class OutwardLink(Model):
    """A link that leads away from the portal."""

    label: str = Field(description="What is there.")
    url: str = Field(description="An address of the web; empty where there is none to follow.")
    host: str = Field(description="Whose machine it leads to.")
    format: str = Field(default="", description="The format of a file, where it is known.")


class HarvestedPage(Page):
    """A record of another catalog."""

    source: str = Field(description="The name of the other catalog.")
    summary: tuple[str, ...] = Field(description="What it says of the dataset, a paragraph each.")
    landing: OutwardLink | None = Field(description="Its page there.")
    facts: tuple[Fact, ...] = Field(description="Publisher, theme, licence, period.")
    files: tuple[OutwardLink, ...] = Field(description="Its files, which are kept there.")
    more_files: str = Field(description="How many files more there are, in words; empty for none.")
    provenance: tuple[Fact, ...] = Field(description="From where and when the record was received.")
    also_in: tuple[OutwardLink, ...] = Field(description="Other catalogs that list the same dataset.")
    quality: RecordQuality = Field(description="How good the record is, by what it says.")


def harvested_page(
    record: CatalogRecord, origin: Origin, links: Links, words: Wording, *, today: date
) -> HarvestedPage:
    """Return the page of a record that came from ``origin``, judged as of ``today``."""
    summary = words.of(record.summary)
    page_of = words.gettext("Page of the dataset there")
    return HarvestedPage(
        language=words.language,
        title=words.of(record.title),
        description=shortened(summary),
        section="datasets",
        in_vietnamese=links.dataset(record.id, "vi"),
        in_english=links.dataset(record.id, "en"),
        indexed=False,
        source=words.of(origin.source_title),
        summary=() if record.summary == record.title else tuple(filter(None, summary.split("\n"))),
        landing=outward(page_of, origin.landing_page) if origin.landing_page else None,
        facts=tuple(_facts(record, words)),
        files=tuple(outward(each.title or each.address, each.address, each.format) for each in origin.files),
        more_files=_more_files(origin, words),
        provenance=tuple(_provenance(origin, words)),
        also_in=tuple(outward(words.of(each.source_title), each.landing_page) for each in origin.also_in),
        quality=record_quality(quality_of_record(record, today), today, words),
    )


def outward(label: str, address: str, file_format: str = "") -> OutwardLink:
    """Return a link to an address of others; what is no address of the web leads nowhere."""
    url = web_address(address)
    return OutwardLink(label=label, url=url, host=_host(url), format=file_format.upper())


def day(text: str, words: Wording) -> str:
    """Return a year, month or day as people write it; whatever else others have written stays as it is."""
    return words.period(text[:10])


def shortened(text: str, most: int = 300) -> str:
    """Return the beginning of a text in one line, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most].rpartition(" ")[0].rstrip(" ,;.") + "…"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _more_files(origin: Origin, words: Wording) -> str:
    if not origin.more_files:
        return ""
    more = words.ngettext("and %(count)s more file there", "and %(count)s more files there", origin.more_files)
    return more % {"count": words.number(origin.more_files)}


def _facts(record: CatalogRecord, words: Wording) -> Iterator[Fact]:
    yield Fact(label=words.gettext("Publisher"), value=words.of(record.publisher_name))
    yield Fact(label=words.gettext("Theme"), value=words.of(record.theme_label))
    if record.licence in labels.LICENCES:
        name, url = labels.licence(record.licence, words), labels.LICENCE_URLS[record.licence]
        yield Fact(label=words.gettext("Licence"), value=name, url=url)
    else:
        yield Fact(label=words.gettext("Licence"), value=record.licence or words.gettext("Not stated"))
    if record.frequency in labels.FREQUENCIES:
        yield Fact(label=words.gettext("Frequency"), value=labels.frequency(record.frequency, words))
    covered = dict.fromkeys(filter(None, (record.coverage_start, record.coverage_end)))
    if covered:
        yield Fact(label=words.gettext("Period"), value=" – ".join(day(each, words) for each in covered))
    keywords = record.keywords.vi if words.language == "vi" else record.keywords.en
    if keywords:
        yield Fact(label=words.gettext("Keywords"), value=", ".join(keywords))


def _provenance(origin: Origin, words: Wording) -> Iterator[Fact]:
    yield Fact(label=words.gettext("Catalog"), value=words.of(origin.source_title))
    yield Fact(label=words.gettext("Asked by"), value=PROTOCOLS.get(origin.protocol, origin.protocol))
    yield Fact(label=words.gettext("Its name there"), value=legible(origin.remote_id))
    if origin.modified:
        yield Fact(label=words.gettext("Changed there"), value=day(origin.modified, words))
    yield Fact(label=words.gettext("First received"), value=day(origin.first_received, words))
    yield Fact(label=words.gettext("Last change received"), value=day(origin.received, words))
