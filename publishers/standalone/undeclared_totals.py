"""Totals that a table writes otherwise than its rules say: counted as one more part, they would double every sum."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from anonymization.dimension import Dimension
from anonymization.relations import Flags
from anonymization.system import Reals
from datasets.errors import Problem, SourceInvalid
from publishers.standalone.table_input import shape_of

NAMES = frozenset(
    {"total", "grand total", "all", "overall", "both", "both sexes", "all ages"}
    | {"tổng", "tổng số", "tổng cộng", "cộng", "chung", "tất cả", "cả nước", "toàn quốc", "cả hai giới"}
)
"""What totals are called, in small letters."""
FEWEST_PLACES, FEWEST_OTHERS = 2, 3
"""A sum of two others that is met only once may be chance; one of three or more is not taken for it."""


def refuse_undeclared_totals(
    place: str,
    dimensions: Sequence[Dimension],
    cells: tuple[Flags, Sequence[Reals], float],
    *,
    declared: Collection[str],
    remedy: str,
) -> None:
    """Refuse a table in which a code that is taken for a part seems to be the total of its dimension.

    `cells` are which cells rows name, bool (cells,), the values of each measure there, float64 (cells,), and by which
    part a sum may fail to add up. A code is refused that is called as totals are, or that is the sum of all others
    wherever it stands. Dimensions that are `declared`, that have hierarchies, or of which rows name the total, are
    what they say. `remedy` may name `{code}` and `{name}` of the dimension. Raises `SourceInvalid`.
    """
    given, values, tolerance = cells
    shape = shape_of(dimensions)
    problems = []
    for axis, dimension in enumerate(dimensions):
        there = np.moveaxis(given.reshape(shape), axis, 0)
        if dimension.name in declared or len(dimension.sums) != 1 or there[dimension.total].any():
            continue
        parts = list(dimension.sums[0][1])
        numbers = [np.moveaxis(one.reshape(shape), axis, 0)[parts] for one in values]
        sums = _sums_of_others(there[parts], numbers, tolerance)
        for code, rule in _suspects([dimension.members[at] for at in parts], sums):
            told = remedy.format(code=code, name=dimension.name)
            problems.append(Problem(f"{place}, column {dimension.name}", rule, told))
    if problems:
        raise SourceInvalid("A total seems to be taken for a part", problems=problems)


def _suspects(codes: Sequence[str], sums: Flags) -> Iterator[tuple[str, str]]:
    for code, is_sum in zip(codes, sums, strict=True):
        if is_sum:
            yield code, f"the code {code} is the sum of the others wherever it stands, so that it seems to be the total"
        elif len(codes) > 1 and code.strip().lower() in NAMES:
            yield code, f"the code {code} is called like a total"


def _sums_of_others(there: Flags, numbers: Sequence[Reals], tolerance: float) -> Flags:
    """Return which codes, the first axis, are the sum of all others in every cell that rows name, bool (codes,)."""
    others = tuple(range(1, there.ndim))
    same, places = there.any(axis=others), np.zeros(len(there), dtype=np.int64)
    if len(there) <= 2:
        return np.zeros(len(there), dtype=np.bool_)
    for each in numbers:
        whole = each.sum(axis=0)
        same &= (~there | (np.abs(2 * each - whole) <= tolerance * np.abs(whole))).all(axis=others)
        filled = each != 0
        # A code that is the same as one other is no sum.
        places += (there & filled & (filled.sum(axis=0) > 2)).sum(axis=others)
    return same & (places >= (1 if len(there) > FEWEST_OTHERS else FEWEST_PLACES))
