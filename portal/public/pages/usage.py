"""How often the datasets are used: month by month, counted without anybody's data."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import StringIO

from pydantic import Field

from datasets.errors import YtemoError
from datasets.public_releases import PublicReleases
from datasets.text import Bilingual, Model
from portal.public.usage.counts import Used
from portal.public.usage.uses import KINDS
from portal.shared.labels import N_
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

KINDS_NAMED = {
    "page": N_("Pages viewed"),
    "explorer": N_("Explorer and embedded charts"),
    "download": N_("Files downloaded"),
    "query": N_("Questions to the API"),
}
SHOWN_MONTHS = 24
_BASE = 5
"""Counts are told by its multiples, as in the dataset of uses: exact ones beside them would undo that."""
DATASET = "portal-usage"
"""The dataset of uses, where it is published."""


class UsageRow(Model):
    """One dataset, or one month."""

    label: str = Field(description="What it is.")
    url: str = Field(default="", description="Its page.")
    counts: tuple[str, ...] = Field(description="How often, for each use.")


class UsagePage(Page):
    """How often the datasets are used."""

    uses: tuple[str, ...] = Field(description="What is counted.")
    datasets: tuple[UsageRow, ...] = Field(description="The datasets, all months together.")
    months: tuple[UsageRow, ...] = Field(description="The months, all datasets together, the newest first.")
    current: str = Field(description="The month that is not over yet.")
    csv: str = Field(description="All of it as CSV.")
    dataset: str = Field(description="The dataset of whole months; empty where none is published.")


def usage_page(
    used: Sequence[Used], titles: Mapping[str, Bilingual], links: Links, words: Wording, *, month: str
) -> UsagePage:
    """Return the page; ``titles`` are those of the visible datasets, ``month`` the one that is not over yet."""
    shown = [each for each in used if each.dataset in titles]
    totals = {dataset: Counter[str]() for dataset in titles}
    by_month: dict[str, Counter[str]] = {}
    for each in shown:
        totals[each.dataset][each.kind] += each.times
        by_month.setdefault(each.month, Counter())[each.kind] += each.times
    ordered = sorted(titles, key=lambda dataset: (-totals[dataset].total(), words.of(titles[dataset])))
    months = sorted(by_month, reverse=True)[:SHOWN_MONTHS]
    return UsagePage(
        language=words.language,
        title=words.gettext("How the data is used"),
        description=words.gettext("How often each dataset is viewed, downloaded and asked, month by month."),
        section="",
        in_vietnamese=links.usage("vi"),
        in_english=links.usage("en"),
        uses=tuple(words.gettext(KINDS_NAMED[kind]) for kind in KINDS),
        datasets=tuple(
            UsageRow(
                label=words.of(titles[dataset]),
                url=links.dataset(dataset, words.language),
                counts=_written(totals[dataset], words),
            )
            for dataset in ordered
        ),
        months=tuple(UsageRow(label=words.period(each), counts=_written(by_month[each], words)) for each in months),
        current=words.period(month),
        csv=links.usage_csv(),
        dataset=links.dataset(DATASET, words.language) if DATASET in titles else "",
    )


def usage_csv(used: Sequence[Used], titles: Mapping[str, Bilingual], *, month: str) -> str:
    """Return all counts of visible datasets, a row for each month, dataset and use; ``month`` is not over yet."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("month", "dataset", "use", "times", "complete"))
    for each in used:
        if each.dataset in titles:
            complete = "true" if each.month < month else "false"
            writer.writerow((each.month, each.dataset, each.use, _rounded(each.times), complete))
    return text.getvalue()


def titles_of(releases: PublicReleases) -> dict[str, Bilingual]:
    """Return the titles of the datasets that can be seen, by their identifiers."""
    titles = {}
    for dataset in releases.datasets():
        with suppress(YtemoError):  # one that was withdrawn or damaged this very moment
            titles[dataset] = releases.latest(dataset).description.title
    return titles


def _written(counts: Mapping[str, int], words: Wording) -> tuple[str, ...]:
    return tuple(words.number(_rounded(counts.get(kind, 0))) for kind in KINDS)


def _rounded(times: int) -> int:
    """Return the nearest multiple of the base, which is odd: there are no halves."""
    return (times + _BASE // 2) // _BASE * _BASE
