"""Which cells lack records that should be there: for data of which no record does not mean no case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from publishers.tabulate.cells import CubeShape, Ints, TableCells, roll_up
from publishers.tabulate.recode import PlannedDimension
from publishers.tabulate.tabulation import ESTIMATED, MISSING, NOT_APPLICABLE, REPORTED, Codes


def absences(
    shapes: Sequence[CubeShape],
    cells: TableCells,
    records: Sequence[Ints],
    *,
    partial: bool,
    period: tuple[date, date] | None,
) -> Codes:
    """Return REPORTED, MISSING, NOT_APPLICABLE or ESTIMATED for each cell of a table, int8 (rows,).

    ``records`` counts, for each cube, the records of each leaf, flat. A finest cell of the table without a record is
    missing, or not applicable where its members were not valid in its period. A margin over a missing cell is missing
    too, or, where ``partial``, estimated: the sum of what is known. Cells that are not applicable spoil no margin.
    """
    codes = np.full(len(cells), REPORTED, dtype=np.int8)
    for number, shape in enumerate(shapes):
        own = cells.cube == number
        if own.any():
            codes[own] = _of_cube(shape, tuple(cells.positions), records[number], partial, period)[cells.address[own]]
    return codes


def _of_cube(
    shape: CubeShape, names: Sequence[str], records: Ints, partial: bool, period: tuple[date, date] | None
) -> Codes:
    """Return the codes of all cells of a cube, int8 (positions,), for a table with the dimensions ``names``."""
    others = tuple(axis for axis, name in enumerate(shape.cube.dimensions) if name not in names)
    own = [one for one in shape.dimensions if one.name in names]
    found = records.reshape(shape.leaves).sum(axis=others)
    # A record proves that a cell exists, whatever the code list says about its validity.
    exists = applicable(own, period, found) | (found > 0)
    wanted = roll_up(exists.astype(np.int64), own)
    there = roll_up((found > 0).astype(np.int64), own)
    codes = np.full(wanted.shape, REPORTED, dtype=np.int8)
    codes[there < wanted] = ESTIMATED if partial else MISSING
    codes[there == 0] = MISSING
    codes[wanted == 0] = NOT_APPLICABLE
    positions = [1 if axis in others else size for axis, size in enumerate(shape.positions)]
    return np.broadcast_to(codes.reshape(positions), shape.positions).reshape(-1)


def applicable(
    dimensions: Sequence[PlannedDimension], period: tuple[date, date] | None, records: Ints | None = None
) -> npt.NDArray[np.bool_]:
    """Return which finest cells could exist: those whose members were valid in the cell's period, bool (leaves, …).

    The period of a cell is that of its members of time dimensions; the edition's where there is none. A member of whom
    ``records``, (leaves, …), has some from before it was valid stands for what was there before it, so that a period
    without any is one that was not reported; likewise after.
    """
    shape = tuple(one.members.leaves for one in dimensions)
    found = np.ones(shape, dtype=np.bool_)
    whole = ("", "") if period is None else (str(period[0]), str(period[1]))
    times = [axis for axis, one in enumerate(dimensions) if one.is_time]
    for axis, one in enumerate(dimensions):
        if axis in times:
            continue
        others: list[int | None] = [*times] or [None]
        for other in others:
            spans = [whole] if other is None else _validity(dimensions[other])
            outside = [_outside(own, spans) for own in _validity(one)]
            before, after = (np.array(side, dtype=np.bool_) for side in zip(*outside, strict=True))
            there = np.zeros_like(before) if records is None else _beside(records, axis, other)
            meets = ~(before & _none(there & before)) & ~(after & _none(there & after))
            found &= _spread(meets, axis, other, len(shape))
    return found


def _validity(dimension: PlannedDimension) -> list[tuple[str, str]]:
    """Return the first and last day of validity of each leaf; empty texts where it is open."""
    members = dimension.members
    leaves = [("", "")] * members.leaves
    inner = set(members.parents)
    for number, (code, span) in enumerate(zip(members.codes, members.spans, strict=True)):
        if number not in inner:
            member = dimension.codelist.by_code[code]
            leaves[span[0]] = (member.valid_from, member.valid_to)
    return leaves


def _outside(own: tuple[str, str], spans: Sequence[tuple[str, str]]) -> tuple[list[bool], list[bool]]:
    """Tell of each span of days whether it ends before ``own`` begins, and whether it begins after that ended.

    ISO 8601 texts sort as their dates do; an empty text is an open end.
    """
    before = [bool(own[0] and last) and own[0] > last for _, last in spans]
    return before, [bool(own[1] and first) and own[1] < first for first, _ in spans]


def _beside(records: Ints, axis: int, other: int | None) -> npt.NDArray[np.bool_]:
    """Return whether there are records, bool (members, periods); one period where there is no dimension of time."""
    kept = {axis, other} - {None}
    others = tuple(each for each in range(records.ndim) if each not in kept)
    there: npt.NDArray[np.bool_] = np.asarray(records.sum(axis=others)) > 0
    if other is None:
        return there.reshape(-1, 1)
    return there if axis < other else there.T


def _none(there: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return np.asarray(~there.any(axis=1, keepdims=True))


def _spread(meets: npt.NDArray[np.bool_], axis: int, other: int | None, dimensions: int) -> npt.NDArray[np.bool_]:
    """Shape an array (members, periods) so that it broadcasts over all dimensions."""
    shape = [1] * dimensions
    shape[axis] = meets.shape[0]
    if other is None:
        return meets[:, 0].reshape(shape)
    shape[other] = meets.shape[1]
    return (meets if axis < other else meets.T).reshape(shape)
