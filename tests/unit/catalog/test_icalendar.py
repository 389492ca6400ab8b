"""The calendar keeps RFC 5545: read back by a reader that knows nothing of the writer, it says what was put in."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.quality.timeliness import Expected
from catalog.schedule import Appearance, Schedule, Standing
from catalog.standards.icalendar import FOLDED_AT, icalendar
from datasets.release import Manifest, PublicRelease, Withdrawal
from datasets.text import LANGUAGES, Bilingual, Language
from portal.shared.links import Links
from tests.support.tiny_releases import CHANGES, REASON, tiny_description

LINKS = Links("https://data.example.org")
TODAY = date(2026, 6, 15)
_CONTENT = re.compile(r"([A-Z-]+)((?:;[A-Z-]+=(?:\"[^\"]*\"|[^\";:,]*))*):(.*)", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """A content line as the grammar of section 3.1 takes it apart."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as section 3.3.11 reads one of type TEXT: nothing special stands in it unescaped."""
        assert re.fullmatch(r"(?:[^\\;,\x00-\x1f\x7f]|\\[\\;,nN])*", self.value), self.value
        return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], self.value)


def read(body: bytes) -> list[Line]:
    """Unfold a calendar and take its lines apart; whatever breaks the grammar fails."""
    assert body.endswith(b"\r\n")
    physical = body[:-2].split(b"\r\n")
    assert all(len(line) <= FOLDED_AT for line in physical)
    assert not any(b"\r" in line or b"\n" in line for line in physical)
    # No letter is cut apart: each line by itself is UTF-8.
    texts = [line.decode("utf-8") for line in physical]
    unfolded: list[str] = []
    for text in texts:
        if text.startswith(" "):
            unfolded[-1] += text[1:]
        else:
            unfolded.append(text)
    return [line_of(text) for text in unfolded]


def line_of(text: str) -> Line:
    found = _CONTENT.fullmatch(text)
    assert found, text
    pairs = [each.partition("=") for each in found[2].split(";")[1:]]
    return Line(found[1], {name: value for name, _, value in pairs}, found[3])


def events(lines: list[Line]) -> list[dict[str, Line]]:
    """Return the events; each property stands once, and those that must be there are."""
    assert (lines[0].name, lines[0].value) == ("BEGIN", "VCALENDAR")
    assert (lines[-1].name, lines[-1].value) == ("END", "VCALENDAR")
    found: list[dict[str, Line]] = []
    inside = False
    for line in lines[1:-1]:
        if line.name in {"BEGIN", "END"}:
            assert line.value == "VEVENT"
            assert inside == (line.name == "END")
            inside = line.name == "BEGIN"
            if inside:
                found.append({})
        elif inside:
            assert line.name not in found[-1]
            found[-1][line.name] = line
    assert not inside
    for event in found:
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY"} <= set(event)
        assert re.fullmatch(r"\d{8}T\d{6}Z", event["DTSTAMP"].value)
        assert event["DTSTART"].parameters == event["DTEND"].parameters == {"VALUE": "DATE"}
        start, end = (date.fromisoformat(event[name].value) for name in ("DTSTART", "DTEND"))
        assert end - start == timedelta(days=1)
        assert event["URL"].value.startswith("https://data.example.org/")
    uids = [event["UID"].text for event in found]
    assert len(uids) == len(set(uids))
    return found


def release(dataset: str, edition: str = "2025", *, title: Bilingual | None = None, **about: Any) -> PublicRelease:
    moment = datetime(2026, 3, 1, 20, tzinfo=UTC)
    description = tiny_description(dataset, edition)
    if title:
        about["title"] = title
    manifest = Manifest(
        dataset=dataset,
        edition=edition,
        version=1,
        published_at=moment,
        available_from=moment,
        description=description.model_copy(update=about),
        files=(),
        changes=CHANGES,
    )
    return PublicRelease(manifest=manifest, envelope_sha256="0" * 64)


def schedule(*standings: Standing, appeared: tuple[Appearance, ...] = ()) -> Schedule:
    return Schedule(TODAY, standings, appeared)


def standing(found: PublicRelease, day: date, *, overdue: bool = False) -> Standing:
    expected = Expected(day, announced=True, grace=15)
    return Standing(found, date(2026, 3, 2), expected, "overdue" if overdue else "current")


def written(found: Schedule, language: Language = "en") -> list[Line]:
    return read(icalendar(found, LINKS, language, lambda edition: f"<{edition}>"))


def test_a_calendar_says_what_it_is() -> None:
    lines = {line.name: line for line in written(schedule())[1:-1]}
    assert lines["VERSION"].value == "2.0"
    assert lines["PRODID"].value
    assert lines["NAME"].text == lines["X-WR-CALNAME"].text
    assert lines["SOURCE"].value == "https://data.example.org/en/calendar.ics"
    assert lines["REFRESH-INTERVAL"].value == "P1D"


def test_an_expected_edition_and_a_release_are_whole_days_in_words() -> None:
    found = release("stays", title=Bilingual(vi="Lượt ra viện", en="Stays"))
    plan = schedule(standing(found, date(2026, 7, 31)), appeared=(Appearance(found, date(2026, 3, 2)),))
    due, came = events(written(plan))
    assert (due["SUMMARY"].text, due["DTSTART"].value) == ("Next edition: Stays", "20260731")
    assert due["DESCRIPTION"].text == "The newest edition now: <2025>."
    assert (due["STATUS"].value, came["STATUS"].value) == ("TENTATIVE", "CONFIRMED")
    assert (came["SUMMARY"].text, came["DTSTART"].value) == ("New edition: Stays, <2025>", "20260302")
    assert came["DTSTAMP"].value == "20260301T200000Z"
    assert came["DESCRIPTION"].text == CHANGES.en
    assert came["SUMMARY"].parameters == {"LANGUAGE": "en"}
    assert {event["TRANSP"].value for event in (due, came)} == {"TRANSPARENT"}


def test_what_is_overdue_says_so_from_the_day_on_which_it_is() -> None:
    late = standing(release("stays"), date(2026, 5, 20), overdue=True)
    (event,) = events(written(schedule(late)))
    assert event["SUMMARY"].text == "Overdue: Sex"
    # Midnight in Viet Nam after the day and its grace of fifteen days.
    assert event["DTSTAMP"].value == "20260604T170000Z"


def test_a_withdrawn_release_says_why() -> None:
    found = release("stays")
    withdrawal = Withdrawal(
        dataset="stays",
        edition="2025",
        version=1,
        envelope=found.envelope_sha256,
        reason=REASON,
        withdrawn_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    gone = replace(found, withdrawal=withdrawal)
    (event,) = events(written(schedule(appeared=(Appearance(gone, date(2026, 3, 2)),))))
    assert event["SUMMARY"].text.startswith("Withdrawn: ")
    assert event["DESCRIPTION"].text.startswith(REASON.en)
    assert event["DTSTAMP"].value == "20260401T000000Z"


def test_names_stay_in_both_languages_and_when_a_day_moves() -> None:
    found = release("stays")

    def uids(day: date, language: Language) -> list[str]:
        plan = schedule(standing(found, day), appeared=(Appearance(found, date(2026, 3, 2)),))
        return [event["UID"].text for event in events(written(plan, language))]

    first = uids(date(2026, 7, 31), "vi")
    assert first == ["stays.after.2025@data.example.org", "stays.2025.1@data.example.org"]
    assert first == uids(date(2026, 8, 31), "en")


def test_what_is_unannounced_or_unpromised_is_no_event() -> None:
    found = release("stays")
    free = Standing(found, TODAY, None, "unpromised")
    regular = Standing(found, TODAY, Expected(TODAY, announced=False, grace=4), "unannounced")
    assert events(written(schedule(free, regular))) == []


@given(
    st.text(alphabet=st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=200), st.sampled_from(LANGUAGES)
)
def test_any_title_is_read_back_as_it_was(title: str, language: Language) -> None:
    found = release("stays", title=Bilingual.model_construct(vi=title, en=title))
    (event,) = events(written(schedule(standing(found, TODAY)), language))
    plain = "".join(" " if char < " " and char != "\n" else char for char in re.sub("\r\n?", "\n", title))
    assert event["SUMMARY"].text.partition(": ")[2] == plain.replace("\x7f", " ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hostile_title_opens_no_event_of_its_own(language: Language) -> None:
    title = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nURL:https://evil.example\r\n"
    found = release("stays", title=Bilingual.model_construct(vi=title, en=title))
    (event,) = events(written(schedule(standing(found, TODAY)), language))
    assert "evil" not in event["URL"].value
