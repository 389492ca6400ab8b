"""By how few persons an edition has more than one inside it, as the marks of that one tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anonymization.ledger import EarlierRelease
from anonymization.table import Measure, Population, TableSet
from publishers.ledger_growth import knowing_growth
from publishers.value_marks import Marker, Marks
from tests.unit.anonymization.builders import listed
from tests.unit.anonymization.test_rests_over_time import AREA, before

MARKER = Marker(b"k" * 32, "00" * 32)
CODES = {"t": {"area": list(AREA.members)}}
YEAR = ((0, 12), 5)


def counted(people: list[int], visits: list[int], *, told: bool = False) -> TableSet:
    values = {"visits": visits} | ({"people": people} if told else {})
    own = listed("t", {"area": [0, 1, 2, 3]}, {"all": people}, values)
    measures = [Measure("visits", "all")] + ([Measure("people", "all", additive=False)] if told else [])
    return TableSet((AREA,), (Population("all"),), tuple(measures), (own,))


NOW = counted([60, 20, 30, 12], [150, 60, 60, 30])
THEN = counted([50, 20, 26, 10], [96, 40, 48, 8])


def earlier(days: tuple[int, int] | None = (0, 9), *, hidden: int | None = None) -> EarlierRelease:
    found = before([96, 40, 48, 8], days, "9m", gone=[] if hidden is None else [hidden])
    table = replace(found.tables[0], values={"visits": found.tables[0].values["n"]})
    return replace(found, tables=(table,))


def people(release: EarlierRelease, now: TableSet = NOW, *, within: tuple[tuple[int, int], int] = YEAR) -> list[float]:
    marks = Marks.of(THEN, MARKER)
    known = knowing_growth(release, CODES, now, (marks, MARKER), within=within)
    found: list[float] = known.tables[0].people.get("all", np.zeros(0)).tolist()
    return found


def test_numbers_that_are_near_are_known() -> None:
    """Ten more in total are too many to ask for; four more in the second area are not."""
    assert people(earlier()) == pytest.approx([np.nan, 20, 26, 10], nan_ok=True)
    assert people(earlier(), within=((0, 12), 4)) == pytest.approx([np.nan, 20, np.nan, 10], nan_ok=True)


def test_inside_a_longer_edition_the_present_one_has_fewer() -> None:
    fewer = counted([48, 20, 20, 8], [90, 40, 42, 8])
    assert people(earlier((-3, 15)), fewer) == pytest.approx([50, 20, np.nan, 10], nan_ok=True)


def test_what_was_withheld_is_not_asked_for() -> None:
    assert people(earlier(hidden=3)) == pytest.approx([np.nan, 20, 26, np.nan], nan_ok=True)


@pytest.mark.parametrize("days", [None, (0, 12), (9, 15), (-3, 9)])
def test_nothing_is_known_of_other_periods(days: tuple[int, int] | None) -> None:
    assert people(earlier(days)) == []


def test_nothing_is_asked_where_readers_have_the_numbers() -> None:
    assert people(earlier(), counted([60, 20, 30, 12], [150, 60, 60, 30], told=True)) == []
    assert people(replace(earlier(), whole=None)) == []
