"""What publishing one column pins down, against taking it away and looking, compiled and interpreted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from anonymization.secondary.interval import strands
from anonymization.secondary.interval.demand import Demand
from anonymization.secondary.interval.strands import Strands
from tests.unit.anonymization.secondary.interval.interpreted import interpret

Flags = npt.NDArray[np.bool_]


def made_up(seed: int) -> tuple[Demand, Flags]:
    """Sums of a few columns each, some withheld, some of these protected upwards or downwards."""
    random = np.random.default_rng(seed)
    shape = (int(random.integers(1, 9)), int(random.integers(2, 14)))
    matrix = sparse.csr_array(np.where(random.random(shape) < 0.35, random.choice([-1.0, 1.0], shape), 0.0))
    withheld = random.random(shape[1]) < 0.8
    lower, upper = (np.where(withheld & (random.random(shape[1]) < 0.15), 1.0, 0.0) for _ in range(2))
    whole = np.full(shape[1], np.inf)
    return Demand(matrix, whole, whole, lower, upper, np.ones(shape[1]), lower + upper > 0), withheld


def pinned(demand: Demand, withheld: Flags, column: int) -> bool:
    """Take the column away, then whatever stands alone in a sum, again and again; look whether a protected one goes."""
    moving, matrix = withheld.copy(), demand.matrix.toarray() != 0
    before = matrix.astype(np.int64) @ moving
    moving[column] = False
    protected, again = (demand.lower > 0) | (demand.upper > 0), True
    while again:
        again = False
        for row, held in enumerate(matrix):
            alone = held & moving
            # What stood alone before is told anyway: publishing the column changes nothing of it.
            if alone.sum() == 1 and (before[row] > 1):
                moving[alone] = False
                again = True
    return bool((withheld & ~moving & protected)[np.arange(len(moving)) != column].any())


@pytest.mark.parametrize("compiled", [True, False])
def test_pins_says_whether_a_protected_column_is_left_alone(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not compiled:
        interpret(monkeypatch, strands)
    seen = []
    for seed in range(300):
        demand, withheld = made_up(seed)
        state = Strands(demand, withheld)
        for column in np.flatnonzero(withheld & ~demand.unknown).tolist():
            seen.append(state.pins(column))
            assert seen[-1] == pinned(demand, withheld, column), seed
    assert 50 < sum(seen) < len(seen) - 50


def test_pins_leaves_everything_as_it_was_and_set_is_as_if_made_anew() -> None:
    for seed in range(200):
        demand, withheld = made_up(seed)
        random = np.random.default_rng(seed)
        state, now = Strands(demand, withheld), withheld.copy()
        for _ in range(6):
            columns = random.permutation(demand.width)[:3]
            state.set(columns, withheld=bool(random.random() < 0.5))
            now = state._moving.copy()
            for column in np.flatnonzero(now).tolist():
                state.pins(column)
        anew = Strands(demand, now)
        assert (state._moving == now).all()
        assert (state._count == anew._count).all()
        assert (state._count == (demand.matrix.toarray() != 0).astype(np.int64) @ now).all()


def test_columns_are_withheld_and_published_once_however_often_it_is_said() -> None:
    demand, withheld = made_up(3)
    state = Strands(demand, withheld)
    first = np.array([0, 1])
    for flag in (True, True, False, False, True):
        state.set(first, withheld=flag)
        assert state._moving[first].tolist() == [flag, flag]
        assert (state._count == (demand.matrix.toarray() != 0).astype(np.int64) @ state._moving).all()
