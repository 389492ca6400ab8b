"""What would make a release better before it goes out: the criteria, asked of a package that is not published yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from catalog.quality.evidence import Evidence
from catalog.quality.reading import METHODS
from catalog.quality.score import Quality, quality_of
from datasets.codelist_files import parse_codelist
from datasets.errors import Problem
from datasets.release import ReleaseDescription

Read = Callable[[str], str]
"""Returns the text of a file of the package, by its path."""


def record_advice(description: ReleaseDescription, read: Read) -> tuple[Problem, ...]:
    """Return what would make the records of a package better; it may go out all the same."""
    codelists = {
        each.id: parse_codelist(read(each.path), each.id, each.title, source=each.source, place=each.path)
        for each in description.codelists
    }
    evidence = Evidence(description, codelists, read(METHODS), appeared=date.min)
    return tuple(advice_of(quality_of(evidence, date.min)))


def advice_of(quality: Quality) -> Iterator[Problem]:
    """Yield what is not as it should be as a problem each, with the key or file to edit."""
    for each in quality.missing:
        place = ", ".join(_edited(where) for where in each.finding.places) or each.criterion.key
        yield Problem(place, each.finding.reason.rstrip("."), each.finding.remedy)


def _edited(place: str) -> str:
    """Return where a thing is edited: a key of ``dataset.yaml``, or a file beside it."""
    return place if place.endswith((".md", ".csv")) else f"{place} in dataset.yaml"
