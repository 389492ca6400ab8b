"""What hangs together, and what cannot move at all."""

from __future__ import annotations

import numpy as np

from anonymization.secondary.optimal.parts import Side, parts_of
from tests.unit.anonymization.secondary.optimal.examples import demand, line

TWO_SUMS = [[-1, 1, 1, 0, 0, 0], [0, 0, 0, -1, 1, 1]]


def test_each_part_has_its_own_columns_and_sides_and_the_unknown_ones_come_first() -> None:
    given = demand(TWO_SUMS, unknown=[2, 4], room=[9, 4, 5, 8, 2, 6])
    first, second = parts_of(given, [Side(4, -1, 1.0), Side(2, 1, 2.0)])
    assert first.cells.tolist() == [2, 0, 1]
    assert second.cells.tolist() == [4, 3, 5]
    assert first.unknown == second.unknown == 1
    assert first.candidates.tolist() == [0, 1]
    assert first.matrix.toarray().tolist() == [[1, -1, 1]]
    assert first.fall.tolist() == [5, 9, 4]
    assert first.cost.tolist() == [1, 2]
    assert first.sides == (Side(0, 1, 2.0),)
    assert second.sides == (Side(0, -1, 1.0),)


def test_parts_without_sides_are_left_out() -> None:
    given = demand(TWO_SUMS, unknown=[2, 4], room=[9, 4, 5, 8, 2, 6])
    (part,) = parts_of(given, [Side(4, 1, 1.0)])
    assert part.cells.tolist() == [4, 3, 5]
    assert parts_of(given, []) == []


def test_what_is_shown_or_told_or_stands_alone_is_no_column() -> None:
    rows = [[-1, 1, 1, 1, 0, 0, 0], [0, 0, 0, 1, -1, 0, 0], [0, 0, 0, 0, -1, 1, 1]]
    cost = [1, np.inf, 3, 4, 5, np.inf, np.inf]
    rise = [np.inf] * 6 + [0.0]
    given = demand(rows, unknown=[1, 6], room=[9, 4, 5, 1, 1, 1, 0], cost=cost, rise=rise)
    # Column 5 is shown and column 6 told: column 4 stands alone, and without it column 3 does.
    (part,) = parts_of(given, [Side(1, 1, 1.0), Side(6, 1, 1.0)])
    assert part.cells.tolist() == [1, 0, 2]
    assert part.sides == (Side(0, 1, 1.0),)
    assert part.matrix.shape == (1, 3)


def test_rooms_are_told_in_levels_and_there_is_no_end_to_them_for_what_must_only_be_open() -> None:
    part = line(2.0)
    fall, rise = part.rooms(part.sides[0])
    assert fall.tolist() == [1.5, 10, 1, 2.5, 5]
    assert np.isinf(rise).all()
    free = line(1.0, free=True)
    assert np.isinf(free.rooms(free.sides[0])).all()
