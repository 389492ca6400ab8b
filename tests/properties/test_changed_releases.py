"""Releases with changed counts, of any tables over the same people: a cell is one number, whatever stands around it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymization.dimension import Dimension
from anonymization.perturbation.cell_key import record_keys
from anonymization.perturbation.draws import CellDraws
from anonymization.perturbation.noise_table import entropy_noise
from anonymization.perturbation.release import DrawnRounding, KeyNoise, PerturbedTables, perturb_tables
from anonymization.policies import resolve
from anonymization.relations import Ints
from anonymization.table import TableSet
from datasets.errors import DisclosureRisk
from datasets.perturbation_choice import CellKey, RandomRounding
from datasets.text import Bilingual
from tests.unit.anonymization.builders import flat, release, reordered, table, with_margins

REASON = Bilingual(vi="một phép thử", en="a test")
ROUNDED = resolve(RandomRounding(policy="vn_proposed", method="random_rounding", base=5, reason=REASON))
NOISY = resolve(CellKey(policy="vn_proposed", method="cell_key", variance=2, largest=5, reason=REASON))
NOISE = entropy_noise(2.0, 5)
SIDES = [flat("a", 3), flat("b", 2), flat("c", 2)]
Named = dict[frozenset[str], int]

PEOPLE = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 1)), min_size=30, max_size=90)
CHOSEN = st.sets(st.sampled_from([pair for size in (1, 2, 3) for pair in combinations(range(3), size)]), min_size=1)


def inner(people: Sequence[tuple[int, ...]], axes: tuple[int, ...], weights: Ints) -> Ints:
    shape = [len(SIDES[axis].members) - 1 for axis in axes]
    found = np.zeros(shape, dtype=np.int64)
    for one, weight in zip(people, weights.tolist(), strict=True):
        found[tuple(one[axis] for axis in axes)] += weight
    return found


def tables_of(people: Sequence[tuple[int, ...]], chosen: Sequence[tuple[int, ...]]) -> TableSet:
    ones = np.ones(len(people), dtype=np.int64)
    own = [table(str(axes), [SIDES[axis] for axis in axes], {"all": inner(people, axes, ones)}) for axes in chosen]
    return release(SIDES, own)


def named(found: PerturbedTables, dimensions: Sequence[Dimension]) -> Named:
    """Return the numbers by the names of their cells; a cell that has two is an error."""
    shown: Named = {}
    members = {one.name: one.members for one in dimensions}
    for one in found.tables:
        columns = [[members[name][at] for at in one.coordinates[name].tolist()] for name in one.dimensions]
        for place, value in zip(zip(*columns, strict=True), one.values["n_all"].tolist(), strict=True):
            name = frozenset(code for code in place if code != "_T")
            assert shown.setdefault(name, value) == value
    return shown


def rounded(tables: TableSet) -> Named | None:
    members = {one.name: ["" if code == "_T" else code for code in one.members] for one in tables.dimensions}
    draws = CellDraws(bytes(range(32)), "people", members).draw(tables)
    try:
        return named(perturb_tables(tables, ROUNDED, DrawnRounding(5, draws)), tables.dimensions)
    except DisclosureRisk:
        return None


@settings(max_examples=60, deadline=None)
@given(PEOPLE, CHOSEN)
def test_other_tables_and_another_order_change_no_rounded_number(
    people: list[tuple[int, int, int]], chosen: set[tuple[int, ...]]
) -> None:
    whole = tables_of(people, [(0, 1, 2)])
    some = tables_of(people, sorted(chosen))
    shuffled = TableSet(
        some.dimensions,
        some.populations,
        some.measures,
        tuple(reordered(one, np.random.default_rng(len(people)).permutation(len(one))) for one in some.tables),
    )
    all_numbers, own, again = rounded(whole), rounded(some), rounded(shuffled)
    assert own == again
    if own is not None and all_numbers is not None:
        assert own == {name: all_numbers[name] for name in own}
    true = dict(zip(map(tuple, whole.nodes.coordinates.tolist()), whole.contributors.tolist(), strict=True))
    for name, value in (own or {}).items():
        place = tuple(next((at for at, code in enumerate(one.members) if code in name), 0) for one in SIDES)
        assert value % 5 == 0
        assert abs(value - true[place]) < 5


@settings(max_examples=60, deadline=None)
@given(PEOPLE, CHOSEN)
def test_the_same_people_have_the_same_noise_in_any_tables(
    people: list[tuple[int, int, int]], chosen: set[tuple[int, ...]]
) -> None:
    own_keys = record_keys([str(number) for number in range(len(people))], bytes(32))
    found = []
    for axes_of in ([(0, 1, 2)], sorted(chosen)):
        tables = tables_of(people, axes_of)
        keys = {
            str(axes): with_margins([SIDES[axis] for axis in axes], inner(people, axes, own_keys)).reshape(-1) % 256
            for axes in axes_of
        }
        try:
            done = perturb_tables(tables, NOISY, KeyNoise(NOISE, {"n_all": keys}))
        except DisclosureRisk:
            return
        found.append(named(done, tables.dimensions))
    assert found[1] == {name: found[0][name] for name in found[1]}
