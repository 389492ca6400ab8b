"""The records of other catalogs, as they are listed beside ours: marked, and each where its own data is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from catalog.harvest.records import HarvestedRecord
from catalog.harvest.store import Found, read_harvested, remembered_sources, stamp
from catalog.origin import AlsoIn, Origin, OriginFile
from catalog.quality.score import quality_of_harvested
from catalog.record import CatalogRecord
from catalog.terms import record_texts
from datasets.errors import Problem
from datasets.text import Bilingual

MAX_OTHERS = 100_000
"""Records of other catalogs that can be found here, those of the first sources; beyond that they are left out."""
MAX_TEXT = 30_000_000
"""Characters of their texts together that can be searched for; it takes the portal up to 100 bytes to keep one."""
_MOST_FILES = 50
_NAME = re.compile("[0-9a-f]{16}")
"""What follows the source and a tilde in the identifier of a record."""
_MOST_ALSO = 20


@dataclass(frozen=True)
class Listed:
    """The records that can be listed, and what kept others out."""

    records: tuple[CatalogRecord, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Others:
    """Where harvested records are kept. Whatever is wrong there is told and left out; nothing is ever raised."""

    folder: Path
    own_address: str = ""
    """The public address of our own portal: what others have harvested from it is not listed twice."""

    def stamp(self) -> str:
        """Return a text that changes with the records; empty where nothing was ever harvested. It is asked often."""
        try:
            found = stamp(self.folder)
        except (OSError, ValueError):
            found = "unreadable"
        return f"{found} {self.own_address}" if found else ""

    def listed(self) -> Listed:
        """Return every record that other catalogs list now."""
        try:
            harvested = read_harvested(self.folder, own_address=self.own_address)
        except (OSError, ValueError, RecursionError):
            remedy = "look at its permissions, and harvest again"
            return Listed((), (Problem(str(self.folder), "must be a folder of harvested records", remedy),))
        titles = {source.id: source.title for source in remembered_sources(self.folder)}
        sound = {each.record.id: each for each in reversed(harvested.found) if _is_named_rightly(each)}
        chosen = [each for each in harvested.found if sound.get(each.record.id) is each]
        fitting = _fitting(chosen)
        problems = [*harvested.problems, *_left_out(len(harvested.found), len(chosen), len(fitting))]
        records = tuple(listed_record(each, titles) for each in fitting)
        return Listed(records, tuple(problems))


def listed_record(found: Found, titles: Mapping[str, Bilingual]) -> CatalogRecord:
    """Return the record with where it comes from; ``titles`` are those of the sources."""
    record = found.harvested.record.model_copy(update={"harvested": _origin(found, titles)})
    return record.model_copy(update={"quality": quality_of_harvested(record)})


def _origin(found: Found, titles: Mapping[str, Bilingual]) -> Origin:
    harvested, known = found.harvested, found.harvested.provenance
    return Origin(
        source=known.source,
        source_title=found.source_title,
        protocol=known.protocol,
        remote_id=known.remote_id,
        landing_page=harvested.landing_page,
        first_received=known.first_received,
        received=known.received,
        modified=known.modified,
        files=tuple(_files(harvested)),
        more_files=max(0, len(harvested.files) - _MOST_FILES),
        also_in=tuple(
            AlsoIn(source_title=titles.get(each.provenance.source, found.source_title), landing_page=each.landing_page)
            for each in found.also_in[:_MOST_ALSO]
        ),
    )


def _files(harvested: HarvestedRecord) -> Iterator[OriginFile]:
    """Yield the first files; one whose address is none of the web is no file, whoever wrote it into our folder."""
    for each in harvested.files[:_MOST_FILES]:
        file = OriginFile(title=each.title, address=each.address, format=each.format)
        if file.address:
            yield file


def _is_named_rightly(found: Found) -> bool:
    """Say whether a record is called as its source is: no file that was tampered with can stand for one of ours."""
    source, _, rest = found.record.id.partition("~")
    return source == found.harvested.provenance.source and _NAME.fullmatch(rest) is not None


def _fitting(found: Sequence[Found]) -> Sequence[Found]:
    """Return the first records, as many as there is room for: what others write can fill the memory of no portal."""
    few = found[:MAX_OTHERS]
    sizes = accumulate(sum(len(text) for _, text in record_texts(each.record)) for each in few)
    return few[: bisect_right(list(sizes), MAX_TEXT)]


def _left_out(found: int, sound: int, fitting: int) -> Iterator[Problem]:
    if found > sound:
        rule = f"{found - sound} records are not called as their source is, or as another one is"
        yield Problem("harvested records", rule, "harvest again with --everything")
    if sound > fitting:
        rule = (
            f"at most {MAX_OTHERS:,}, and {MAX_TEXT:,} characters of them together, can be found here;"
            f" {sound - fitting:,} were left out"
        )
        yield Problem("harvested records", rule, "take sources off the list, or harvest a part of them (set)")
