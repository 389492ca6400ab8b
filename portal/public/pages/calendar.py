"""The release calendar: what comes next by day, what is overdue, and what came out in the past year."""

from __future__ import annotations

from pydantic import Field

from catalog.schedule import Schedule
from portal.public.pages.schedule import AppearedView, ExpectedView, appeared_view, expected_view
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

MOST_SHOWN = 100
"""So many releases of the past year are listed; the feed and the pages of the datasets tell the others."""


class CalendarPage(Page):
    """The release calendar."""

    today: str = Field(description="The day in Viet Nam for which it was made.")
    coming: tuple[ExpectedView, ...] = Field(description="Editions with an announced day, the next one first.")
    overdue: tuple[ExpectedView, ...] = Field(description="Editions that are overdue, the latest first.")
    unannounced: tuple[ExpectedView, ...] = Field(description="Editions that are promised without a day.")
    appeared: tuple[AppearedView, ...] = Field(description="What came out in the past year, the newest first.")
    more: str = Field(description="How many others came out, in words; empty where all are listed.")
    file: str = Field(description="The calendar as programs subscribe to it.")
    subscription: str = Field(description="Its whole address, to be copied.")


def calendar_page(schedule: Schedule, links: Links, words: Wording) -> CalendarPage:
    """Return the page of a schedule."""
    today = schedule.today
    more = len(schedule.appeared) - MOST_SHOWN
    return CalendarPage(
        language=words.language,
        title=words.gettext("Release calendar"),
        description=words.gettext("When the next editions are due, which are overdue, and what came out."),
        section="calendar",
        in_vietnamese=links.calendar("vi"),
        in_english=links.calendar("en"),
        today=words.day(today),
        coming=tuple(expected_view(each, today, links, words) for each in schedule.coming),
        overdue=tuple(expected_view(each, today, links, words) for each in schedule.overdue),
        unannounced=tuple(expected_view(each, today, links, words) for each in schedule.unannounced),
        appeared=tuple(appeared_view(each, links, words) for each in schedule.appeared[:MOST_SHOWN]),
        more=_more(more, words) if more > 0 else "",
        file=links.calendar_file(words.language),
        subscription=links.absolute(links.calendar_file(words.language)),
    )


def _more(count: int, words: Wording) -> str:
    message = words.ngettext("%(count)s other release came out.", "%(count)s other releases came out.", count)
    return message % {"count": words.number(count)}
