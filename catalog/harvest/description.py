"""A remote record in the words of no standard, and the catalog record that is made of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from catalog.harvest.documents import UNREADABLE
from catalog.harvest.limits import MAX_FORMATS, MAX_KEYWORDS, MAX_LISTED
from catalog.harvest.our_words import format_of, frequency_of, licence_of, theme_label, theme_of
from catalog.harvest.plain_text import plain_line, plain_text, readable, safe_address
from catalog.harvest.records import HarvestedRecord, Item, Provenance, RemoteFile, Told
from catalog.harvest.sources import Source
from catalog.record import CatalogRecord
from datasets.hints import fold
from datasets.text import Bilingual, BilingualList

Texts = Mapping[str, str]
"""A text by its language: vi, en, or nothing where that is not said."""

_LONGEST_MOMENT = 40
"""Characters; Python reads fractions of a second of any length."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ][0-9:.,+Z-]*)?", re.ASCII)


@dataclass(frozen=True)
class Description:
    """What a remote says of a dataset, as it says it: nothing of this is clean."""

    remote_id: str
    titles: Texts
    name: str = ""
    summaries: Texts = field(default_factory=dict)
    keywords: tuple[tuple[str, str], ...] = ()
    """Language and word."""
    publisher: Texts = field(default_factory=dict)
    licence: str = ""
    frequency: str = ""
    issued: str = ""
    modified: str = ""
    start: str = ""
    end: str = ""
    landing_page: str = ""
    identifiers: tuple[str, ...] = ()
    files: tuple[tuple[str, str, str], ...] = ()
    """Title, address and format."""
    themes: tuple[str, ...] = ()


def item_of(description: Description, source: Source, now: datetime, *, received: bytes | None = None) -> Item:
    """Return the record that is made of a description, or why none is, with all that is wrong with it.

    ``received`` is what came over the wire where it can be told apart; its hash is kept, else that of the description.
    """
    content = received or json.dumps(asdict(description), sort_keys=True).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    description = Description(**{name: _readable(value) for name, value in vars(description).items()})
    told = list(_refusals(description))
    record = None
    if not any(each.is_refusal for each in told):
        record = _harvested(description, source, _provenance(description, source, now, sha256), told)
    return Item(
        remote_id=description.remote_id, name=description.name[:200], sha256=sha256, record=record, told=tuple(told)
    )


def _provenance(description: Description, source: Source, now: datetime, sha256: str) -> Provenance:
    moment = now.isoformat(timespec="seconds")
    return Provenance(
        source=source.id,
        protocol=source.protocol,
        remote_id=description.remote_id,
        asked=source.address,
        first_received=moment,
        received=moment,
        modified=plain_line(description.modified, most=40),
        sha256=sha256,
    )


def _readable(given: Any) -> Any:
    """Return texts, in whatever they stand, as ``readable`` does."""
    if isinstance(given, str):
        return readable(given)
    if isinstance(given, Mapping):
        return {key: _readable(value) for key, value in given.items()}
    return tuple(map(_readable, given))


def record_id(source: str, remote_id: str) -> str:
    """Return what a harvested record is called here; no dataset of our own can be called so, for the tilde."""
    return f"{source}~{hashlib.sha256(remote_id.encode()).hexdigest()[:16]}"


def _publisher_id(source: str, name: Bilingual) -> str:
    """Return what a publisher is called that a source names: who is named like one of ours is not taken for it."""
    return f"{source}~{hashlib.sha256(fold(name.vi).encode()).hexdigest()[:12]}"


def _refusals(description: Description) -> Iterable[Told]:
    if not any(plain_line(title) for title in description.titles.values()):
        yield Told(rule="has no title", remedy="tell its publisher to give it one", is_refusal=True)
    texts = (*description.titles.values(), *description.summaries.values(), description.remote_id)
    if any(UNREADABLE in text for text in texts):
        remedy = "tell those who keep the catalog to send UTF-8"
        yield Told(rule="holds bytes that are no characters", remedy=remedy, is_refusal=True)


def _harvested(about: Description, source: Source, provenance: Provenance, told: list[Told]) -> HarvestedRecord:
    title = _both(about.titles, line=True)
    assert title is not None
    publisher = _both(about.publisher, line=True) or source.title
    theme = theme_of((*about.themes, *(word for _, word in about.keywords)))
    record = CatalogRecord(
        id=record_id(source.id, about.remote_id),
        kind="unknown",
        title=title,
        summary=_both(about.summaries) or title,
        keywords=_keywords(about.keywords),
        publisher_id=_publisher_id(source.id, publisher),
        publisher_name=publisher,
        theme=theme,
        theme_label=theme_label(theme),
        licence=licence_of(about.licence),
        frequency=frequency_of(about.frequency),
        coverage_start=_day(about.start, "the start of its period", told) or None,
        coverage_end=_day(about.end, "the end of its period", told) or None,
        formats=_formats(about.files),
        published_at=_changed(about, provenance.received, told),
        editions=1,
    )
    return HarvestedRecord(
        record=record,
        provenance=provenance,
        landing_page=_landing_page(about.landing_page, told),
        identifiers=tuple(dict.fromkeys(filter(None, (each.strip()[:500] for each in about.identifiers[:MAX_LISTED])))),
        files=_files(about.files, told),
    )


def _both(texts: Texts, *, line: bool = False) -> Bilingual | None:
    """Return a text in both languages; what is there in one only stands for both, and is never made up."""
    cleaned = {language: plain_line(text) if line else plain_text(text) for language, text in texts.items()}
    cleaned = {language: text for language, text in cleaned.items() if text}
    if not cleaned:
        return None
    any_text = cleaned.get("") or cleaned.get("vi") or cleaned.get("en") or next(iter(cleaned.values()))
    return Bilingual(vi=cleaned.get("vi", any_text), en=cleaned.get("en", any_text))


def _keywords(keywords: Iterable[tuple[str, str]]) -> BilingualList:
    found: dict[str, dict[str, None]] = {"vi": {}, "en": {}}
    for language, word in list(keywords)[:MAX_KEYWORDS]:
        text = plain_line(word, most=100)
        for each in found if language not in found else (language,):
            if text:
                found[each].setdefault(text)
    return BilingualList(vi=tuple(found["vi"]), en=tuple(found["en"]))


def _changed(about: Description, received: str, told: list[Told]) -> str:
    """Return when a record last changed; one from days to come would be the newest of all, and make all others old."""
    found = _day(about.modified or about.issued, "the date of its last change", told)
    # Clocks of others run ahead, and the day begins in the east.
    latest = datetime.fromisoformat(received) + timedelta(days=2)
    if found[:10] <= latest.date().isoformat():
        return found
    told.append(Told(rule="the date of its last change is yet to come", remedy="tell its publisher; it was left out"))
    return ""


def _day(given: str, what: str, told: list[Told]) -> str:
    """Return a moment, day, month or year of ISO 8601 as it stands; a date that is none is left out and told."""
    given = given.strip()
    if not given or _is_moment(given):
        return given
    told.append(Told(rule=f"{what} is no date of ISO 8601", remedy="tell its publisher; it was left out"))
    return ""


def _is_moment(given: str) -> bool:
    try:
        if len(given) > _LONGEST_MOMENT:
            return False
        if re.fullmatch(r"\d{4}", given, re.ASCII):
            return 1000 <= int(given) <= 2999
        if re.fullmatch(r"\d{4}-\d{2}", given, re.ASCII):
            return bool(date.fromisoformat(f"{given}-01"))
        # Python takes any character between day and hour, also one that turns the direction of writing.
        return bool(_DAY.fullmatch(given)) and bool(datetime.fromisoformat(given))
    except ValueError:
        return False


def _formats(files: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    named = (format_of(kind, address) for _, address, kind in list(files)[:MAX_LISTED])
    return tuple(dict.fromkeys(filter(None, named)))[:MAX_FORMATS]


def _landing_page(given: str, told: list[Told]) -> str:
    if given and not safe_address(given):
        told.append(Told(rule="its page is no address of the web", remedy="tell its publisher; it was left out"))
    return safe_address(given)


def _files(files: Iterable[tuple[str, str, str]], told: list[Told]) -> tuple[RemoteFile, ...]:
    listed = list(files)[:MAX_LISTED]
    found = [
        RemoteFile(title=plain_line(title), address=safe_address(address), format=format_of(kind, address))
        for title, address, kind in listed
        if safe_address(address)
    ]
    if len(found) < len([each for each in listed if each[1].strip()]):
        rule = "the address of a file is no address of the web"
        told.append(Told(rule=rule, remedy="tell its publisher; the file was left out"))
    return tuple(found)
