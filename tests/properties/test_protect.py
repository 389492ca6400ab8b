"""Properties of protect, checked against brute force: every table that a reader could believe in is enumerated."""

from __future__ import annotations

import importlib
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymization import ProtectedTables, protect
from anonymization.primary.frequency import sensitive
from anonymization.protect import CellStatus
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules, ZeroPolicy
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.builders import cube, flat, release, reordered, rules, table

Counts = npt.NDArray[np.int64]

protection = importlib.import_module("anonymization.protect")  # the package's attribute of this name is the function

quick = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

counts = st.sampled_from([0, 0, 1, 1, 2, 3, 6, 9])
shapes = st.sampled_from([(2,), (3,), (4,), (1, 3), (2, 2), (2, 3), (1, 2, 2), (2, 2, 1)])
zero_policies: st.SearchStrategy[ZeroPolicy] = st.sampled_from(["publish", "protect"])


@st.composite
def cubes(draw: st.DrawFn) -> Counts:
    """The inside of a small cube of up to three dimensions."""
    shape = draw(shapes)
    size = int(np.prod(shape))
    return np.array(draw(st.lists(counts, min_size=size, max_size=size)), dtype=np.int64).reshape(shape)


@st.composite
def parts(draw: st.DrawFn) -> tuple[Counts, Counts]:
    """A few counts and, for each, how many of them died."""
    whole = draw(st.lists(counts, min_size=2, max_size=3))
    dead = [draw(st.integers(0, count)) for count in whole]
    return np.array(whole), np.array(dead)


def values_of(tables: TableSet, protected: ProtectedTables) -> tuple[list[int], list[bool]]:
    """The true contributors of every published cell and whether it is withheld, table by table."""
    truth: list[int] = []
    withheld: list[bool] = []
    for before, after in zip(tables.tables, protected.tables, strict=True):
        for population in before.contributors:
            truth += before.contributors[population].tolist()
            withheld += after.withheld(population).tolist()
    return truth, withheld


def possible(rows: Counts, truth: Counts, withheld: npt.NDArray[np.bool_], *, reach: int, lowest: int) -> Counts:
    """Every assignment of whole numbers to the innermost counts that a reader could believe in, as published cells."""
    start = np.linalg.lstsq(rows.astype(float), truth.astype(float), rcond=None)[0].round().astype(int)
    pinned = {
        int(np.flatnonzero(row)[0]): int(value)
        for row, value, gone in zip(rows, truth, withheld, strict=True)
        if not gone and row.sum() == 1
    }
    ranges = [
        [pinned[column]] if column in pinned else range(int(start[column]) + reach + 1)
        for column in range(rows.shape[1])
    ]
    cells = np.array(list(product(*ranges))) @ rows.T
    fits = (cells[:, ~withheld] == truth[~withheld]).all(axis=1) & (cells[:, withheld] >= lowest).all(axis=1)
    return np.asarray(cells[fits])


def assert_nothing_derivable(
    rows: Counts, tables: TableSet, protected: ProtectedTables, chosen: DisclosureRules
) -> None:
    truth, gone = (np.array(one) for one in values_of(tables, protected))
    lowest = 1 if chosen.zeros == "publish" else 0
    for reach in (2, 4, 7):
        cells = possible(rows, truth, gone, reach=reach, lowest=lowest)
        assert len(cells) > 0
        fixed = (cells[:, gone] == cells[0, gone]).all(axis=0)
        if not fixed.any():
            return
    pytest.fail(f"{int(fixed.sum())} withheld cells take a single value")


def sums_of(shape: tuple[int, ...]) -> Counts:
    """Which innermost counts each cell of a dense cube adds up, in the order of the builder's tables."""
    size = int(np.prod(shape))
    inside = np.eye(size, dtype=np.int64).reshape(*shape, size)
    for axis in range(len(shape)):
        inside = np.concatenate([inside.sum(axis=axis, keepdims=True), inside], axis=axis)
    return inside.reshape(-1, size)


@quick
@given(cubes(), st.integers(2, 7), zero_policies)
def test_no_withheld_cell_of_a_cube_has_a_single_possible_value(
    inner: Counts, threshold: int, zeros: ZeroPolicy
) -> None:
    tables, chosen = cube(inner), rules(threshold, zeros)
    assert_nothing_derivable(sums_of(inner.shape), tables, protect(tables, chosen), chosen)


@quick
@given(parts(), st.integers(2, 6), zero_policies)
def test_neither_a_part_nor_the_small_rest_of_a_whole_has_a_single_possible_value(
    both: tuple[Counts, Counts], threshold: int, zeros: ZeroPolicy
) -> None:
    whole, dead = both
    tables, chosen = cube(whole, dead), rules(threshold, zeros)
    protected = protect(tables, chosen)
    # Innermost counts: the survivors and the dead of each member. The builder lists everyone first, then the dead.
    sums = sums_of(whole.shape)
    rows = np.block([[sums, sums], [np.zeros_like(sums), sums]])
    assert_nothing_derivable(rows, tables, protected, chosen)
    truth, gone = (np.array(one) for one in values_of(tables, protected))
    rest = truth[: len(sums)] - truth[len(sums) :]
    lowest = 1 if zeros == "publish" else 0
    for reach in (2, 4, 7):
        cells = possible(rows, truth, gone, reach=reach, lowest=lowest)
        rests = cells[:, : len(sums)] - cells[:, len(sums) :]
        told = (rests == rests[0]).all(axis=0) & sensitive(rest, chosen)
        if not told.any():
            return
    pytest.fail(f"{int(told.sum())} small rests take a single value")


@quick
@given(cubes().filter(lambda one: one.ndim == 2), st.integers(2, 6), zero_policies)
def test_no_cell_is_derivable_from_two_tables_together(inner: Counts, threshold: int, zeros: ZeroPolicy) -> None:
    a, b = (flat(name, size) for name, size in zip("ab", inner.shape, strict=True))
    tables = release(
        [a, b],
        [table("by_a", [a], {"all": inner.sum(axis=1)}), table("by_both", [a, b], {"all": inner})],
    )
    chosen = rules(threshold, zeros)
    protected = protect(tables, chosen)
    sums = sums_of(inner.shape)
    margin = sums.reshape(len(a.members), len(b.members), -1)[:, 0]
    assert_nothing_derivable(np.concatenate([margin, sums]), tables, protected, chosen)
    shared = protected.table("by_both").statuses["all"].reshape(len(a.members), -1)[:, 0]
    assert (shared == protected.table("by_a").statuses["all"]).all()


@quick
@given(cubes(), st.integers(1, 9), st.integers(0, 5), zero_policies)
def test_raising_the_threshold_never_shrinks_the_primary_set(
    inner: Counts, threshold: int, more: int, zeros: ZeroPolicy
) -> None:
    contributors = cube(inner).contributors
    lower, higher = (sensitive(contributors, rules(one, zeros)) for one in (threshold, threshold + more))
    assert (higher | ~lower).all()


@quick
@given(cubes(), st.integers(2, 7), zero_policies, st.data())
def test_the_order_of_rows_does_not_matter(
    inner: Counts, threshold: int, zeros: ZeroPolicy, data: st.DataObject
) -> None:
    tables, chosen = cube(inner), rules(threshold, zeros)
    order = np.array(data.draw(st.permutations(range(len(tables.tables[0])))))
    shuffled = release(tables.dimensions, [reordered(tables.tables[0], order)])
    one, other = protect(tables, chosen), protect(shuffled, chosen)
    assert (one.tables[0].statuses["all"][order] == other.tables[0].statuses["all"]).all()


@quick
@given(cubes(), st.integers(2, 7), zero_policies)
def test_the_same_input_gives_the_same_output_and_what_is_shown_is_true(
    inner: Counts, threshold: int, zeros: ZeroPolicy
) -> None:
    tables, chosen = cube(inner), rules(threshold, zeros)
    one, other = protect(tables, chosen), protect(tables, chosen)
    codes, truth = one.tables[0].statuses["all"], tables.tables[0].contributors["all"]
    assert (codes == other.tables[0].statuses["all"]).all()
    shown = codes <= CellStatus.ZERO
    assert (one.tables[0].values["n_all"][shown] == truth[shown]).all()
    assert not np.isin(one.tables[0].values["n_all"][~shown], truth).any()
    assert not (shown & sensitive(truth, chosen)).any()


@quick
@given(cubes(), st.integers(2, 7), zero_policies)
def test_without_secondary_suppression_the_audit_catches_what_brute_force_finds(
    inner: Counts, threshold: int, zeros: ZeroPolicy
) -> None:
    tables, chosen = cube(inner), rules(threshold, zeros)
    lowest = 1 if zeros == "publish" else 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protection, "withhold_secondary", lambda own, *_, **__: np.zeros(len(own.nodes), np.bool_))
        try:
            protected = protect(tables, chosen)
        except DisclosureRisk:
            truth = tables.tables[0].contributors["all"]
            gone = sensitive(truth, chosen)
            cells = possible(sums_of(inner.shape), truth, gone, reach=4, lowest=lowest)
            assert (cells[:, gone] == cells[0, gone]).all(axis=0).any()
        else:
            assert_nothing_derivable(sums_of(inner.shape), tables, protected, chosen)
