"""The rows and columns that sums of earlier releases add to what readers know, worked out by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization.ledger_sums import EarlierSums
from anonymization.secondary import earlier
from anonymization.secondary.earlier import with_earlier
from anonymization.secondary.knowledge import Knowledge

NONE = math.nan
A, B, TOTAL = range(3)
FIRST, SECOND, THIRD = range(3, 6)
"""Columns of the sums: the three nodes, then cells that earlier releases have."""

Row = dict[int, int]
Cells = list[tuple[bool, float, float]]
"""For each cell whether nobody saw it, its present value, and the value that was shown."""


def present(values: list[float]) -> Knowledge:
    """A and B add up to a total; a fourth column is something that is never shown."""
    return Knowledge(
        matrix=sparse.csr_array(np.array([[1, 1, -1, 0]])),
        truth=np.array([*values, 7.0]),
        lower=np.array([1.0, 2.0, 3.0, 0.0]),
        integer=True,
        exact=True,
        present=np.ones(3, dtype=np.bool_),
        shown=np.ones(3, dtype=np.bool_),
        guarded=np.array([False, False, False, True]),
    )


def sums(rows: list[Row], cells: Cells, *, here: bool = False, zeros: bool = False) -> EarlierSums:
    dense = np.zeros((len(rows), 3 + len(cells)), dtype=np.int64)
    for number, row in enumerate(rows):
        for column, sign in row.items():
            dense[number, column] = sign
    unknown = np.array([one for one, _, _ in cells])
    nothing = np.zeros(len(rows), dtype=np.int64)
    return EarlierSums(
        matrix=sparse.csr_array(dense),
        axis=nothing,
        population=nothing,
        here=np.full(len(rows), here),
        unknown=unknown,
        zeros=unknown & zeros,
        now=np.array([now for _, now, _ in cells]),
        then=np.array([then for _, _, then in cells]),
    )


def joined(
    values: list[float], added: EarlierSums, *, told: str = "...", exact: bool = True, pattern: bool = False
) -> Knowledge:
    flags = np.array([letter == "x" for letter in told])
    firm = np.full(len(added), exact)
    return with_earlier(present(values), added, firm, lowest=1.0, told=flags, pattern=pattern)


def test_a_withheld_cell_of_then_is_what_its_neighbour_and_its_total_leave() -> None:
    """Nine were shown; A, still four, and a cell that nobody saw make them up. B was shown as well."""
    found = joined([4, 6, 10], sums([{A: 1, FIRST: 1, SECOND: -1}], [(True, NONE, NONE), (False, NONE, 9)]), told=".x.")
    assert found.matrix.toarray().tolist() == [
        [1, 1, -1, 0, 0, 0, 0],
        [1, 0, 0, 0, 1, 1, 0],
        [0, 1, 0, 0, 0, 0, -1],
    ]
    assert found.truth.tolist() == [4, 6, 10, 7, 5, -9, 6]
    assert (found.matrix @ found.truth == 0).all()
    assert found.lower.tolist() == [1, 2, 3, 0, 1, -math.inf, -math.inf]
    assert found.guarded.tolist() == [False, False, False, True, True, False, False]
    assert found.told.tolist() == [5, 6]
    assert found.exact


def test_a_cell_that_its_own_release_gave_away_is_not_guarded_any_more() -> None:
    """The first is told by its own sum, the second is not."""
    added = sums(
        [{FIRST: 1, THIRD: -1}, {A: 1, SECOND: 1, THIRD: -1}],
        [(True, NONE, NONE), (True, NONE, NONE), (False, NONE, 8)],
    )
    found = joined([4, 6, 10], added)
    assert found.truth[4:6].tolist() == [8, 4]
    assert found.guarded[4:].tolist() == [False, True, False, False]


def test_where_zeros_may_be_the_least_is_zero() -> None:
    cells: Cells = [(True, NONE, NONE), (False, NONE, 4)]
    row: Row = {A: 1, FIRST: 1, SECOND: -1}
    assert joined([4, 6, 10], sums([row], cells, zeros=True)).lower[4] == 0
    assert joined([4, 6, 10], sums([row], cells, zeros=True)).truth[4] == 0
    assert joined([4, 6, 10], sums([row], cells)).lower[4] == 1


@pytest.mark.parametrize(
    ("here", "now", "then", "kept"),
    [
        (True, 10, 11, True),  # a sum of present cells, revised since: what holds now holds
        (True, 11, 10, False),
        (False, 11, 10, True),  # a sum of then: what was shown
        (False, 10, 11, False),
        (False, 10, NONE, False),  # nobody was told a number
        (True, NONE, 10, False),
    ],
)
def test_a_sum_stays_where_readers_have_a_number_that_agrees(here: bool, now: float, then: float, kept: bool) -> None:
    added = sums([{A: 1, B: 1, FIRST: -1}], [(False, now, then)], here=here)
    found = joined([4, 6, 10], added)
    assert found.matrix.shape == ((2, 5) if kept else (1, 4))
    if kept:
        assert found.matrix.toarray()[1].tolist() == [1, 1, 0, 0, 1]
        assert found.truth[4] == -10
    # The pattern is that of all sums, whether they hold or not.
    assert joined([4, 6, 10], added, pattern=True).matrix.shape == (2, 5)


def test_a_present_sum_with_a_cell_that_nobody_saw_is_one_of_then() -> None:
    added = sums([{A: 1, FIRST: 1, SECOND: -1}], [(True, NONE, NONE), (False, 12, 9)], here=True)
    assert joined([4, 6, 10], added).truth[4:].tolist() == [5, -9]


def test_sums_of_shown_numbers_alone_say_nothing() -> None:
    added = sums([{FIRST: 1, SECOND: -1}, {A: 1, FIRST: -1}], [(False, 4, 4), (False, 4, 4)])
    assert joined([4, 6, 10], added).matrix.toarray().tolist() == [[1, 1, -1, 0, 0], [1, 0, 0, 0, 1]]


def test_a_sum_that_cannot_hold_is_left_out_and_its_cell_stays_at_its_least() -> None:
    """Three were shown, A alone is four now."""
    found = joined([4, 6, 10], sums([{A: 1, FIRST: 1, SECOND: -1}], [(True, NONE, NONE), (False, NONE, 3)]))
    assert found.matrix.toarray().tolist() == [[1, 1, -1, 0, 0]]
    assert found.truth.tolist() == [4, 6, 10, 7, 1]


@pytest.mark.parametrize(("shown", "kept"), [(10.019, True), (10.021, False)])
def test_rounded_amounts_may_be_off_by_a_thousandth_of_the_sum_of_all_in_it(shown: float, kept: bool) -> None:
    """The sum is 10 and what was shown 10.02: a thousandth of 20.02 is just above what they differ by."""
    found = joined([4.5, 5.5, 10.0], sums([{A: 1, B: 1, FIRST: -1}], [(False, NONE, shown)]))
    assert found.matrix.shape[0] == (2 if kept else 1)


def test_amounts_that_are_zero_agree_with_zero() -> None:
    found = joined([0.0, 5.5, 5.5], sums([{A: 1, FIRST: -1}], [(False, NONE, 0)]))
    assert found.matrix.shape[0] == 2


def test_whole_numbers_may_not_be_off_at_all() -> None:
    values: list[float] = [40000, 60000, 100000]
    assert joined(values, sums([{A: 1, B: 1, FIRST: -1}], [(False, NONE, 100001)])).matrix.shape[0] == 1


def test_a_sum_of_distinct_persons_becomes_inequalities_with_gaps() -> None:
    """One was shown, and A is one: the unseen cell is one as well, as each may be no more than the total."""
    added = sums([{A: 1, FIRST: 1, SECOND: -1}], [(True, NONE, NONE), (False, NONE, 1)])
    found = joined([1, 9, 10], added, exact=False)
    assert found.matrix.toarray().tolist() == [
        [1, 1, -1, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 0, 0, 0, 1, -1, 0, 0, 1, 0, 0],
        [-1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0],
        [0, 0, 0, 0, -1, 0, 0, -1, 0, 0, 1],
    ]
    assert found.truth.tolist() == [1, 9, 10, 7, 1, 1, 0, 0, -1, 1, 1]
    assert found.lower[4:].tolist() == [1, 0, 0, 0, -math.inf, -math.inf, -math.inf]
    assert found.guarded[4:].tolist() == [True, False, False, False, False, False, False]
    assert found.told.tolist() == [8, 9, 10]
    assert not found.exact


@pytest.mark.parametrize("truth", [[4.0, 6.0, 10.0], [4.5, 5.5, 10.0]])
def test_cells_of_whole_counts_are_whole(truth: list[float]) -> None:
    """Their sum is five and they were equally many: in whole numbers one of the two cannot hold."""
    rows: list[Row] = [{FIRST: 1, SECOND: 1, THIRD: -1, A: 0}, {FIRST: 1, SECOND: -1}]
    found = joined(truth, sums(rows, [(True, NONE, NONE), (True, NONE, NONE), (False, NONE, 5)]))
    cells: npt.NDArray[np.float64] = found.truth[4:6]
    if truth[0] == 4:
        assert (cells == np.round(cells)).all()
        assert found.matrix.shape[0] == 2
    else:
        assert cells.tolist() == [2.5, 2.5]
        assert found.matrix.shape[0] == 3


def test_what_a_solver_leaves_nearly_whole_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Floating point: the answer is off by ten millionths, and it is not asked for again."""
    asked: list[object] = []
    solver = SimpleNamespace(
        setOptionValue=lambda *option: None,
        passModel=asked.append,
        getSolution=lambda: SimpleNamespace(col_value=[5 + 1e-7, 0.0, 0.0]),
    )
    monkeypatch.setattr(earlier, "quiet_solver", lambda: solver)
    monkeypatch.setattr(earlier, "solved", lambda one: True)
    found = joined([4, 6, 10], sums([{A: 1, FIRST: 1, SECOND: -1}], [(True, NONE, NONE), (False, NONE, 9)]))
    assert found.truth[4] == 5
    assert len(asked) == 1
