"""The table of all criteria: what each means, how much it weighs, and who judges it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from catalog.quality.coverage import own_period_finding, period_finding, place_finding, rows_finding
from catalog.quality.dictionary import labels_finding, names_finding
from catalog.quality.documentation import (
    caveats_finding,
    contact_finding,
    methods_finding,
    origin_finding,
    publisher_finding,
)
from catalog.quality.evidence import Evidence
from catalog.quality.findings import Finding
from catalog.quality.openness import dated_finding, files_finding, formats_finding, licence_finding
from catalog.quality.timeliness import calendar_finding, frequency_finding, own_frequency_finding
from catalog.quality.words import keywords_finding, summary_finding, title_finding
from catalog.record import CatalogRecord
from datasets.periods import period_of
from datasets.said import said


@dataclass(frozen=True)
class Criterion:
    """One thing that is looked at."""

    key: str
    meaning: str
    weight: int
    """3: without it the data is used wrongly, or not at all. 2: it is hard to find or to understand. 1: it helps."""
    ours: Callable[[Evidence, date], Finding] | None = None
    """None where every release has it: our own checks do not let another out, so it earns no points."""
    others: Callable[[CatalogRecord, date], Finding] | None = None
    """None where a harvested record cannot tell."""
    by_day: bool = False
    """Whether the same release may be judged otherwise tomorrow."""


def _of(judge: Callable[[Evidence], Finding]) -> Callable[[Evidence, date], Finding]:
    return lambda evidence, _: judge(evidence)


def _of_others(judge: Callable[[CatalogRecord], Finding]) -> Callable[[CatalogRecord, date], Finding]:
    return lambda record, _: judge(record)


def _their_frequency(record: CatalogRecord, today: date) -> Finding:
    changed = period_of(record.published_at[:10])
    return frequency_finding(record.frequency, changed[1] if changed else None, today)


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "title",
        said("Title in both languages, of fit length"),
        1,
        _of(lambda each: title_finding(each.about.title)),
        _of_others(lambda each: title_finding(each.title)),
    ),
    Criterion(
        "summary",
        said("Summary in both languages, of fit length"),
        2,
        _of(lambda each: summary_finding(each.about.title, each.about.summary)),
        _of_others(lambda each: summary_finding(each.title, each.summary)),
    ),
    Criterion(
        "keywords",
        said("Keywords in both languages"),
        2,
        _of(lambda each: keywords_finding(each.about.keywords)),
        _of_others(lambda each: keywords_finding(each.keywords)),
    ),
    Criterion("names", said("Columns and units named in both languages"), 3, _of(names_finding)),
    Criterion("labels", said("Codes labelled in both languages"), 2, _of(labels_finding)),
    Criterion("methods", said("Methods described in both languages"), 3, _of(methods_finding)),
    Criterion("caveats", said("What must be known before use"), 2, _of(caveats_finding)),
    Criterion("origin", said("Where the data comes from"), 2, _of(origin_finding)),
    Criterion("contact", said("Contact who can be reached"), 2, _of(contact_finding)),
    Criterion("publisher", said("Web site of the publisher"), 1, _of(publisher_finding)),
    Criterion(
        "period",
        said("Time that is covered"),
        2,
        _of(own_period_finding),
        _of_others(lambda each: period_finding(each.coverage_start or "", each.coverage_end or "")),
    ),
    Criterion("place", said("Place that is covered"), 1, _of(place_finding)),
    Criterion("rows", said("Every row of the source used"), 1, _of(rows_finding)),
    Criterion("calendar", said("Day of the next edition announced"), 1, _of(calendar_finding)),
    Criterion("frequency", said("Frequency kept"), 3, own_frequency_finding, _their_frequency, by_day=True),
    Criterion("licence", said("Open licence that machines know"), 3, None, _of_others(licence_finding)),
    Criterion("formats", said("Open formats for machines"), 3, None, _of_others(formats_finding)),
    Criterion("files", said("Files that can be had"), 2, None, _of_others(files_finding)),
    Criterion("dated", said("Day of the last change"), 1, None, _of_others(dated_finding)),
)


@dataclass(frozen=True)
class Guarantee:
    """What every release of ours has, because another cannot be published: shown, and worth no points."""

    key: str
    meaning: str


GUARANTEES: tuple[Guarantee, ...] = (
    Guarantee("licence", said("An open licence, known to machines")),
    Guarantee("formats", said("Open formats for machines: CSV, and Parquet for tables")),
    Guarantee("fixity", said("A SHA-256 checksum of every file, and a signature over all of them")),
    Guarantee("history", said("Every version kept, with what changed since the one before")),
    Guarantee("withheld", said("Withheld cells marked, counted and explained")),
    Guarantee("addresses", said("Addresses that stay: a version never changes")),
    Guarantee("records", said("Valid records in DCAT-AP, schema.org, Croissant and DataCite")),
)
