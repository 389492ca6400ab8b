"""Facilities from record to release: made-up visits are tabulated by hand, protected, and attacked by brute force."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from anonymization import ProtectedTables, protect
from anonymization.dimension import TOTAL
from anonymization.table import Measure, Population, Table, TableSet
from datasets.cell_rules import Facilities
from datasets.disclosure import DisclosureRules, Guarantee
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.builders import flat

Visit = tuple[str, str, str, bool]
"""Area, kind, hospital, and whether the patient died."""
FEWEST, PERCENT, THRESHOLD = 2, 20.0, 3


@st.composite
def visits(draw: st.DrawFn) -> list[Visit]:
    """Visits to a few hospitals, of which each does little but what it is known for."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    found = []
    for area, kind in product(("a1", "a2", "a3"), ("b1", "b2")):
        hospitals = chance.choice([["x"], ["x", "y"], ["x", "y", "z"], ["y", "z"]])
        found += [
            (area, kind, chance.choice(hospitals), chance.random() < 0.3)
            for _ in range(chance.choice([0, 2, 5, 9, 12, 20]))
        ]
    return found


def tables_of(records: list[Visit], *, part: bool) -> TableSet:
    a, b = flat("a", 3), flat("b", 2)
    places = list(product(a.members, b.members))

    def inside(place: tuple[str, str], *, died: bool | None) -> list[str]:
        return [
            hospital
            for area, kind, hospital, dead in records
            if place[0] in (TOTAL, area) and place[1] in (TOTAL, kind) and died in (None, dead)
        ]

    def counted(*, died: bool | None) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        cells = [inside(place, died=died) for place in places]
        return np.array([len(one) for one in cells]), np.array([len(set(one)) for one in cells])

    counts, units = {}, {}
    counts["all"], units["all"] = counted(died=None)
    outside = {}
    if part:
        counts["died"], units["died"] = counted(died=True)
        outside["died"] = counted(died=False)[1]
    at = {
        one.name: np.array([one.members.index(place[axis]) for place in places], dtype=np.int32)
        for axis, one in enumerate((a, b))
    }
    own = Table("t", ("a", "b"), at, counts, dict(counts), units=units, units_outside=outside)
    populations = (Population("all"), *([Population("died", "all")] if part else []))
    return TableSet((a, b), populations, tuple(Measure(one.name, one.name) for one in populations), (own,))


def rules(guarantee: Guarantee) -> DisclosureRules:
    units = Facilities(column="hospital", fewest=FEWEST, range_percent=PERCENT)
    return DisclosureRules(
        policy="test", method="suppression", threshold=THRESHOLD, zeros="publish", guarantee=guarantee, units=units
    )


def bounds(tables: TableSet, protected: ProtectedTables) -> list[tuple[int, int, float, float]]:
    """Return for every secret its value, its hospitals, and the least and the most that it can be: programs for each.

    The unknowns are the survivors and the dead of the six finest cells.
    """
    (own,), (shown,) = tables.tables, protected.tables
    finest = list(product(range(1, 4), range(1, 3)))
    rows = np.array(
        [
            [float(one in (0, area) and other in (0, kind)) for area, kind in finest]
            for one, other in zip(own.coordinates["a"], own.coordinates["b"], strict=True)
        ]
    )
    nothing = np.zeros_like(rows)
    sums = {"all": np.hstack([rows, rows]), "died": np.hstack([nothing, rows]), "rest": np.hstack([rows, nothing])}
    gone = {name: shown.withheld(name) for name in own.contributors}
    equal = np.vstack([sums[name][~hidden] for name, hidden in gone.items()])
    values = np.concatenate([own.contributors[name][~hidden] for name, hidden in gone.items()])
    some = np.vstack([sums[name][hidden] for name, hidden in gone.items()])
    secrets = [(sums[name], own.contributors[name], own.units[name]) for name in gone]
    if "died" in gone:
        left = own.contributors["all"] - own.contributors["died"]
        secrets.append((sums["rest"], left, own.units_outside["died"]))
    found = []
    for matrix, counts, units in secrets:
        for row, count, hospitals in zip(matrix, counts.tolist(), units.tolist(), strict=True):
            if count and (count < THRESHOLD or hospitals < FEWEST):
                # Of a withheld cell everybody knows that somebody is in it.
                ends = []
                for sign in (1.0, -1.0):
                    answer = linprog(sign * row, A_ub=-some, b_ub=-np.ones(len(some)), A_eq=equal, b_eq=values)
                    assert answer.status in (0, 3)
                    ends.append(-sign * np.inf if answer.status == 3 else sign * float(answer.fun or 0.0))
                found.append((count, hospitals, ends[0], ends[1]))
    return found


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(visits(), st.booleans())
def test_no_hospital_is_bounded_more_closely_than_promised(records: list[Visit], part: bool) -> None:
    tables = tables_of(records, part=part)
    try:
        protected = protect(tables, rules("interval"))
    except DisclosureRisk:
        return  # a few records need not be protectable, and then nothing is published
    for count, hospitals, _, most in bounds(tables, protected):
        wanted = max(
            count + 1, count * (1 + PERCENT / 100) if hospitals < FEWEST else 0, THRESHOLD * (count < THRESHOLD)
        )
        assert most >= wanted - 1e-6, (count, hospitals, most)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(visits(), st.booleans())
def test_no_hospital_can_be_worked_out(records: list[Visit], part: bool) -> None:
    tables = tables_of(records, part=part)
    try:
        protected = protect(tables, rules("exact"))
    except DisclosureRisk:
        return
    for count, hospitals, least, most in bounds(tables, protected):
        assert most - least >= 1 - 1e-6, (count, hospitals)


def test_most_made_up_visits_are_published_and_have_hospitals_to_hide() -> None:
    chance = random.Random(1)
    published = hidden = 0
    for _ in range(20):
        records = [
            (area, kind, hospital, chance.random() < 0.3)
            for area, kind in product(("a1", "a2", "a3"), ("b1", "b2"))
            for hospital in chance.choice([["x"], ["x", "y"], ["y", "z"]])
            for _ in range(chance.randrange(4, 15))
        ]
        tables = tables_of(records, part=False)
        try:
            protected = protect(tables, rules("interval"))
        except DisclosureRisk:
            continue
        published += 1
        large = (tables.tables[0].units["all"] < FEWEST) & (tables.tables[0].contributors["all"] >= THRESHOLD)
        hidden += int(protected.tables[0].withheld("all")[large].sum())
    assert published >= 10
    assert hidden >= 10
