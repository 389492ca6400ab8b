"""The open-data plan: every dataset, who answers for it, how often it appears, and whether it does; also as CSV."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO

from pydantic import Field

from catalog.quality.timeliness import PROMISES
from catalog.schedule import Schedule, Standing
from datasets.text import Model
from portal.public.pages.parts import Fact
from portal.public.pages.planned import PlannedView, planned_view
from portal.public.pages.schedule import URGENT, DatasetName, dataset_name
from portal.public.planned import Planned
from portal.shared import labels
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

CSV_TYPE = "text/csv; charset=utf-8"
COLUMNS = (
    "dataset",
    "title",
    "theme",
    "publisher",
    "frequency",
    "edition",
    "published",
    "next_due",
    "next_due_announced",
    "state",
    "state_in_words",
    "rules",
    "made_up",
    "page",
)
_CALCULATED = ("=", "+", "-", "@", "\t", "\r")
"""With these a text begins that a spreadsheet would calculate."""


class PlannedDataset(Model):
    """A dataset of the plan."""

    name: DatasetName = Field(description="The dataset.")
    theme: str = Field(description="Its theme.")
    publisher: str = Field(description="Who answers for it.")
    frequency: str = Field(description="How often it appears.")
    edition: str = Field(description="Its newest edition.")
    published: Fact = Field(description="When that edition came out.")
    due: str = Field(description="When the next one is due; empty where none is promised.")
    moment: str = Field(description="The same for machines.")
    announced: bool = Field(description="Whether that day was announced; otherwise it follows from the frequency.")
    state: str = Field(description="How it stands, in words.")
    urgent: bool = Field(description="Whether the day of the next edition has passed.")
    ends: str = Field(description="Where its numbers end, if the series has stopped; empty otherwise.")
    rules: tuple[str, ...] = Field(description="The reporting rules that it follows.")


class PlanPage(Page):
    """The open-data plan."""

    today: str = Field(description="The day in Viet Nam for which it was made.")
    counts: tuple[Fact, ...] = Field(description="How many datasets there are, and how many stand in each way.")
    datasets: tuple[PlannedDataset, ...] = Field(description="Every dataset, those first whose day has passed.")
    planned: tuple[PlannedView, ...] = Field(description="What is planned and not published yet.")
    graces: tuple[Fact, ...] = Field(description="How late an edition may be, by frequency, before it is overdue.")
    file: str = Field(description="The plan as CSV.")
    calendar: str = Field(description="The release calendar.")


def plan_page(schedule: Schedule, links: Links, words: Wording, *, planned: Sequence[Planned] = ()) -> PlanPage:
    """Return the page of a schedule, and of what is ``planned`` and not published yet."""
    return PlanPage(
        language=words.language,
        title=words.gettext("Open-data plan"),
        description=words.gettext(
            "Every dataset, who publishes it, how often, when it last came out and when it is due again."
        ),
        section="plan",
        in_vietnamese=links.plan("vi"),
        in_english=links.plan("en"),
        today=words.day(schedule.today),
        counts=tuple(_counts(schedule, len(planned), words)),
        datasets=tuple(_planned(each, links, words) for each in _ordered(schedule)),
        planned=tuple(planned_view(each, words) for each in planned),
        graces=tuple(_graces(words)),
        file=links.plan_file(words.language),
        calendar=links.calendar(words.language),
    )


def plan_csv(schedule: Schedule, links: Links, words: Wording, *, planned: Sequence[Planned] = ()) -> bytes:
    """Return the plan as CSV with days as ISO writes them; the mark at its beginning tells spreadsheets its letters."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for standing in _ordered(schedule):
        writer.writerow([_inert(value) for value in _row(standing, links, words)])
    for each in planned:
        writer.writerow([_inert(value) for value in _row_to_come(each, words)])
    return text.getvalue().encode("utf-8-sig")


def _ordered(schedule: Schedule) -> list[Standing]:
    """Return what is overdue and due first, because it is looked for, and all else by its name."""
    return sorted(schedule.standings, key=lambda each: (_place(each), each.release.dataset))


def _place(standing: Standing) -> int:
    order = tuple(labels.STANDINGS)
    return -order.index(standing.state) if standing.state in URGENT else 0


def _counts(schedule: Schedule, planned: int, words: Wording) -> Iterator[Fact]:
    counted = Counter(each.state for each in schedule.standings)
    yield Fact(label=words.gettext("Datasets"), value=words.number(len(schedule.standings)))
    for state, label in labels.STANDINGS.items():
        yield Fact(label=words.gettext(label), value=words.number(counted[state]))
    yield Fact(label=words.gettext("Not published yet"), value=words.number(planned))


def _graces(words: Wording) -> Iterator[Fact]:
    for frequency, promise in PROMISES.items():
        message = words.ngettext("%(count)s day", "%(count)s days", promise.grace)
        yield Fact(label=labels.frequency(frequency, words), value=message % {"count": words.number(promise.grace)})


def _planned(standing: Standing, links: Links, words: Wording) -> PlannedDataset:
    release, expected, about = standing.release, standing.expected, standing.release.description
    return PlannedDataset(
        name=dataset_name(release, links.dataset(release.dataset, words.language), words),
        theme=labels.theme(about.theme, words),
        publisher=words.of(about.publisher.name),
        frequency=labels.frequency(about.frequency, words),
        edition=words.period(release.edition),
        published=Fact(
            label=words.gettext("Published"), value=words.day(standing.appeared), moment=standing.appeared.isoformat()
        ),
        due=words.day(expected.day) if expected else "",
        moment=expected.day.isoformat() if expected else "",
        announced=expected is not None and expected.announced,
        state=words.gettext(labels.STANDINGS[standing.state]),
        urgent=standing.state in URGENT,
        ends=_ends(standing, words),
        rules=tuple(words.of(rule.title) for rule in about.rules),
    )


def _ends(standing: Standing, words: Wording) -> str:
    if standing.state != "stopped":
        return ""
    return words.gettext("The numbers end in %(year)s") % {"year": standing.release.description.period_end[:4]}


def _row(standing: Standing, links: Links, words: Wording) -> Iterator[str]:
    release, expected, about = standing.release, standing.expected, standing.release.description
    yield from (release.dataset, words.of(about.title), labels.theme(about.theme, words))
    yield from (words.of(about.publisher.name), labels.frequency(about.frequency, words))
    yield from (release.edition, standing.appeared.isoformat())
    yield expected.day.isoformat() if expected else ""
    yield str(expected.announced).lower() if expected else ""
    yield from (standing.state, words.gettext(labels.STANDINGS[standing.state]))
    yield "; ".join(words.of(rule.citation) for rule in about.rules)
    yield str(about.synthetic).lower()
    yield links.absolute(links.dataset(release.dataset, words.language))


def _row_to_come(planned: Planned, words: Wording) -> Iterator[str]:
    yield from (planned.id, words.of(planned.title), labels.theme(planned.theme, words))
    yield from (words.of(planned.publisher), labels.frequency(planned.frequency, words))
    yield from ("", "", planned.due.isoformat() if planned.due else "", "")
    yield from ("planned", words.gettext("Not published yet"), "", "", "")


def _inert(value: str) -> str:
    return f"'{value}" if value.startswith(_CALCULATED) else value
