"""What follows from editions of any periods: who protects finds everything that who attacks finds, by other means."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymization.attack_over_time import cells_that_leave_few
from anonymization.dimension import TOTAL
from anonymization.ledger import EarlierDimension, EarlierRelease, EarlierTable
from anonymization.published import publish, with_contributors
from anonymization.rests_over_time import rests_over_time
from anonymization.table import Measure, Population, TableSet
from tests.unit.anonymization.builders import flat, listed, rules

AREA = flat("area", 2)
CUTS = 5

periods = st.tuples(st.integers(0, CUTS), st.integers(0, CUTS)).filter(lambda one: one[0] < one[1])
editions = st.lists(st.tuples(periods, st.sets(st.integers(0, 2), max_size=2)), min_size=1, max_size=5)
counts = st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=2), min_size=CUTS, max_size=CUTS)


def count(by_day: list[list[int]], days: tuple[int, int]) -> list[int]:
    areas = np.array(by_day)[slice(*days)].sum(axis=0)
    return [int(areas.sum()), *areas.tolist()]


def tables_of(
    by_day: list[list[int]], own: tuple[int, int], others: list[tuple[tuple[int, int], set[int]]]
) -> TableSet:
    earlier = []
    for number, (days, gone) in enumerate(others):
        if days == own:
            continue
        at = {"area": np.arange(3, dtype=np.int32), "edition": np.zeros(3, dtype=np.int32)}
        hidden = np.isin(np.arange(3), sorted(gone))
        values = {"n": np.where(hidden, np.nan, count(by_day, days))}
        table = EarlierTable("t", ("area", "edition"), at, {"all": hidden}, values)
        name = f"{number}: {days}"
        dimensions = (EarlierDimension.of(AREA), EarlierDimension("edition", (name,)))
        earlier.append(EarlierRelease(name, dimensions, (table,), "publish", days=days, whole=("edition", name)))
    now = count(by_day, own)
    table_ = listed("t", {"area": [0, 1, 2]}, {"all": now}, {"n": now})
    measures, populations = (Measure("n", "all"),), (Population("all"),)
    return TableSet((AREA,), populations, measures, (table_,), earlier=tuple(earlier), days=own)


def follows(known: list[tuple[int, ...]], wanted: tuple[int, ...]) -> bool:
    """Whether days are a sum of what is known, by ranks."""
    matrix = np.array(known, dtype=float).reshape(len(known), CUTS)
    both = np.vstack([matrix, wanted])
    return bool(np.linalg.matrix_rank(both) == (np.linalg.matrix_rank(matrix) if known else 0))


def oracle(by_day: list[list[int]], own: tuple[int, int], others: list[tuple[tuple[int, int], set[int]]]) -> set[int]:
    """Return the cells with few in days that follow now, did not before, and hold no other days that follow."""
    found = set()
    for cell in range(3):
        day = [sum(areas) if cell == 0 else areas[cell - 1] for areas in by_day]
        inside = [tuple(int(first <= at < after) for at in range(CUTS)) for first, after in [own]]
        before = [
            tuple(int(days[0] <= at < days[1]) for at in range(CUTS))
            for days, gone in others
            if cell not in gone and days != own
        ]
        some = [one for one in product((0, 1), repeat=CUTS) if any(one) and follows([*before, *inside], one)]
        least = [one for one in some if not any(other != one and all(map(int.__le__, other, one)) for other in some)]
        for one in least:
            few = 0 < sum(number for number, here in zip(day, one, strict=True) if here) < 5
            if few and one != inside[0] and not follows(before, one):
                found.add(cell)
    return found


@settings(max_examples=300, deadline=None)
@given(by_day=counts, own=periods, others=editions)
def test_every_small_rest_is_found(
    by_day: list[list[int]], own: tuple[int, int], others: list[tuple[tuple[int, int], set[int]]]
) -> None:
    tables = tables_of(by_day, own, others)
    if not tables.earlier:
        return
    protected = set(np.flatnonzero(rests_over_time(tables).small(rules())).tolist())
    whole = publish(tables, np.zeros(3, np.bool_), rules())
    attacked = {dict(one.place).get("area", TOTAL) for one in cells_that_leave_few(with_contributors(whole, tables))}
    expected = oracle(by_day, own, others)
    assert attacked == {AREA.members[cell] for cell in expected}
    assert expected <= protected
