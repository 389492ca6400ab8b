"""The release calendar as iCalendar (RFC 5545): what came out, what is announced and what is overdue, each a whole day.

The few rules of the format that this needs are written here, and tests hold them against the RFC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from catalog.schedule import Appearance, Schedule, Standing
from catalog.standards.addresses import Addresses
from catalog.standards.atom import EVENTS, event_of
from catalog.standards.described import changed_at
from datasets.moments import VIETNAM_TIME
from datasets.text import Bilingual, Language

MEDIA_TYPE = "text/calendar"
MOST_EVENTS = 2_000
"""A calendar tells of so many releases of the past, the newest; what is still to come is always told."""
FOLDED_AT = 75
"""Octets that a line may have without its end (RFC 5545, section 3.1)."""
TITLE = Bilingual(vi="Lịch phát hành dữ liệu y tế mở", en="Release calendar of open health data")
_HEADS = {
    **EVENTS,
    "due": Bilingual(vi="Kỳ tiếp theo", en="Next edition"),
    "overdue": Bilingual(vi="Quá hạn", en="Overdue"),
}
_NEWEST = Bilingual(vi="Kỳ mới nhất hiện nay: {edition}.", en="The newest edition now: {edition}.")


@dataclass(frozen=True)
class _Event:
    """One day of the calendar."""

    uid: str
    day: date
    changed: datetime
    summary: str
    description: str
    address: str
    certain: bool
    """Whether it has happened; what is announced may still move."""


def icalendar(schedule: Schedule, addresses: Addresses, language: Language, period: Callable[[str], str]) -> bytes:
    """Return the calendar in one language. A release and an expected edition keep their UID in both, for good.

    ``period`` tells what people call an edition.
    """
    here = addresses.absolute(addresses.calendar_file(language))
    head = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//ytemo//Release calendar//{language.upper()}",
        "CALSCALE:GREGORIAN",
        f"NAME;LANGUAGE={language}:{_text(TITLE.of(language))}",
        f"X-WR-CALNAME:{_text(TITLE.of(language))}",
        "X-WR-TIMEZONE:Asia/Ho_Chi_Minh",
        "REFRESH-INTERVAL;VALUE=DURATION:P1D",
        "X-PUBLISHED-TTL:P1D",
        *([f"SOURCE;VALUE=URI:{here}"] if urlsplit(here).scheme else []),
    )
    events = (*_expected(schedule, addresses, language, period), *_appeared(schedule, addresses, language, period))
    lines = (*head, *(line for event in events for line in _lines(event, language)), "END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _expected(
    schedule: Schedule, addresses: Addresses, language: Language, period: Callable[[str], str]
) -> Iterator[_Event]:
    for standing in (*schedule.overdue, *schedule.coming):
        assert standing.expected is not None
        release, overdue = standing.release, standing.state == "overdue"
        yield _Event(
            uid=_uid(addresses, release.dataset, "after", release.edition),
            day=standing.expected.day,
            changed=_overdue_since(standing) if overdue else changed_at(release),
            summary=f"{_HEADS['overdue' if overdue else 'due'].of(language)}: {release.description.title.of(language)}",
            description=_NEWEST.of(language).format(edition=period(release.edition)),
            address=addresses.absolute(addresses.dataset(release.dataset, language)),
            certain=False,
        )


def _appeared(
    schedule: Schedule, addresses: Addresses, language: Language, period: Callable[[str], str]
) -> Iterator[_Event]:
    for appearance in schedule.appeared[:MOST_EVENTS]:
        release = appearance.release
        yield _Event(
            uid=_uid(addresses, release.dataset, release.name),
            day=appearance.day,
            changed=changed_at(release),
            summary=f"{_HEADS[event_of(release)].of(language)}: {release.description.title.of(language)}, "
            f"{period(release.edition)}",
            description=_told(appearance, language),
            address=addresses.absolute(addresses.release(release.dataset, release.name, language)),
            certain=True,
        )


def _told(appearance: Appearance, language: Language) -> str:
    """Return why a release was withdrawn and when, for its day is the one on which it came out; else what changed."""
    withdrawal = appearance.release.withdrawal
    if withdrawal is None:
        return appearance.release.manifest.changes.of(language)
    day = withdrawal.withdrawn_at.astimezone(VIETNAM_TIME)
    return f"{withdrawal.reason.of(language)} ({day:%d/%m/%Y})"


def _overdue_since(standing: Standing) -> datetime:
    assert standing.expected is not None
    first = standing.expected.day + timedelta(days=standing.expected.grace + 1)
    return datetime.combine(first, time(), VIETNAM_TIME)


def _uid(addresses: Addresses, *parts: str) -> str:
    """Return a name that stays and that no other portal gives (RFC 7986, section 5.3); no text of it is special."""
    host = urlsplit(addresses.absolute("/")).hostname or "ytemo"
    return f"{'.'.join(parts)}@{host}"


def _lines(event: _Event, language: Language) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{event.changed.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY;LANGUAGE={language}:{_text(event.summary)}"
    if event.description:
        yield f"DESCRIPTION;LANGUAGE={language}:{_text(event.description)}"
    yield f"URL:{event.address}"
    yield f"STATUS:{'CONFIRMED' if event.certain else 'TENTATIVE'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _text(value: str) -> str:
    """Return a value of type TEXT (RFC 5545, section 3.3.11), without the controls that it cannot hold."""
    broken = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char if char == "\n" or (char >= " " and char != "\x7f") else " " for char in broken)
    escaped = kept.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Return a line with its end; a long one goes on after a space, and no letter is cut apart."""
    parts, part = [], b""
    for char in line:
        letter = char.encode("utf-8", "replace")
        # Every line but the first begins with a space, which counts.
        if len(part) + len(letter) > FOLDED_AT:
            parts.append(part)
            part = b" "
        part += letter
    return b"\r\n".join((*parts, part)) + b"\r\n"
