"""The attack on perturbed tables that uses additivity: what a reader gets who makes the published numbers add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import lsmr

from anonymization.perturbation.counts import Perturbed, refuse, require_counts, require_sums
from anonymization.perturbation.integer_programme import Reals
from anonymization.perturbation.sole_values import MOST_CELLS, have_one_value
from anonymization.relations import Flags, Ints
from anonymization.words import Text

UNSEEN = 1_000.0
"""How much less certain than a shown number one is taken to be that is not shown: it follows from the others."""

ROUNDS = 200
"""How often ranges are handed on through the relations; each time they can only become narrower."""


@dataclass(frozen=True)
class Averaged:
    """What averaging gives a reader about small cells, before (from each number alone) and after; no cell is named.

    `cells` counts the small cells. `error` is their mean squared error: for noise without bias, its variance. `hits` is
    the share of them that rounding to whole numbers gets exactly right; `pinned` is how many have one possible count
    left once ranges are handed on through the relations and, where `together`, by programs over all of them at once.
    """

    cells: int
    error_before: float
    error_after: float
    hits_before: float
    hits_after: float
    pinned_before: int
    pinned_after: int
    together: bool = False

    def statement(self) -> Text:
        """Say it in words that stand in a report."""
        before, after = round(100 * self.hits_before), round(100 * self.hits_after)
        errors = f"{self.error_before:.2f}", f"{self.error_after:.2f}"
        return Text(
            vi=(
                f"Trong {self.cells} ô nhỏ, người đọc dùng các tổng để lấy trung bình đoán đúng {after} % số ô "
                f"(trước đó {before} %); sai số bình phương trung bình từ {errors[0]} còn {errors[1]}; "
                f"{self.pinned_after} ô chỉ còn một giá trị có thể (trước đó {self.pinned_before})."
            ),
            en=(
                f"Of {self.cells} small cells, a reader who averages over the sums guesses {after} % exactly (before: "
                f"{before} %); the mean squared error goes from {errors[0]} to {errors[1]}; {self.pinned_after} cells "
                f"have one possible count left (before: {self.pinned_before})."
            ),
        )


def measure_averaging(
    matrix: sparse.csr_array, values: Ints, published: Perturbed, *, small: tuple[int, int] = (1, 4)
) -> Averaged:
    """Attack a perturbed table and compare with the truth, for cells whose count is from small[0] to small[1].

    `matrix` is int64 (relations, cells), zero on `values`, int64 (cells,). A cell that is not shown counts as guessed
    by the middle of its range before averaging. Up to `sole_values.MOST_CELLS` cells, all relations are taken together
    too. Raises `DisclosureRuleInvalid` where the relations do not hold.
    """
    counts = require_counts(values)
    require_sums(matrix, counts)
    wanted = np.flatnonzero((counts >= small[0]) & (counts <= small[1]))
    middle = (published.lowest + published.highest) / 2
    before = np.where(published.shown, published.values, middle)
    after = average(matrix, before, published.shown)
    lowest, highest = narrow(matrix, published.lowest, published.highest)
    after = np.clip(after, lowest, highest)
    truth = counts[wanted]
    together = len(counts) <= MOST_CELLS
    pinned = lowest[wanted] == highest[wanted]
    if together:
        pinned = have_one_value(matrix, (lowest, highest), counts, wanted)
    return Averaged(
        len(wanted),
        error_before=_error(before[wanted], truth),
        error_after=_error(after[wanted], truth),
        hits_before=_hits(before[wanted], truth),
        hits_after=_hits(after[wanted], truth),
        pinned_before=int((published.lowest == published.highest)[wanted].sum()),
        pinned_after=int(pinned.sum()),
        together=together,
    )


def average(matrix: sparse.csr_array, noisy: Reals, shown: Flags) -> Reals:
    """Return the numbers nearest to the shown ones that satisfy all relations, float64 (cells,).

    `matrix` is int64 (relations, cells), `noisy` float64 (cells,), `shown` bool (cells,). For noise of equal variance
    this is the best linear unbiased estimate; it is found by LSMR (Fong and Saunders, 2011).

    >>> matrix = sparse.csr_array(np.array([[1, 1, -1]]))
    >>> average(matrix, np.array([5.0, 5.0, 13.0]), np.array([True, True, True])).round(6).tolist()
    [6.0, 6.0, 12.0]
    """
    spread = np.where(shown, 1.0, UNSEEN)
    scaled = sparse.csr_array(matrix.astype(np.float64) @ sparse.diags_array(spread))
    # The least change (in units of each cell's uncertainty) that closes every gap: LSMR starts from none.
    change = lsmr(scaled, -(matrix @ noisy), atol=1e-10, btol=1e-10, conlim=0, maxiter=10 * len(noisy))[0]
    return np.asarray(noisy + spread * change, dtype=np.float64)


def narrow(matrix: sparse.csr_array, lowest: Ints, highest: Ints) -> tuple[Ints, Ints]:
    """Hand ranges on through the relations until nothing narrows: what whole numbers each cell can still be.

    `matrix` is int64 (relations, cells); the ranges are int64 (cells,), both ends included. A cell's share in a
    relation lies within what the others leave over. Raises `DisclosureRuleInvalid` where nothing is left for a cell.

    >>> matrix = sparse.csr_array(np.array([[1, 1, -1]]))
    >>> [one.tolist() for one in narrow(matrix, np.array([0, 3, 8]), np.array([5, 4, 9]))]
    [[4, 3, 8], [5, 4, 9]]
    """
    magnitude = np.maximum(np.abs(lowest), np.abs(highest)).astype(np.float64)
    if float((abs(matrix).astype(np.float64) @ magnitude).max(initial=0.0)) >= 2.0**62:
        raise refuse("a range is too wide to be calculated exactly", "give every cell a greatest count")
    lowest, highest = lowest.copy(), highest.copy()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    for _ in range(ROUNDS):
        least, most = _left_over(matrix, rows, lowest, highest)
        before = lowest.copy(), highest.copy()
        np.maximum.at(lowest, matrix.indices, least)
        np.minimum.at(highest, matrix.indices, most)
        if bool((lowest > highest).any()):
            raise refuse("the ranges contradict the relations", "give ranges that hold the true counts")
        if bool((before[0] == lowest).all() and (before[1] == highest).all()):
            break
    return lowest, highest


def _left_over(matrix: sparse.csr_array, rows: Ints, lowest: Ints, highest: Ints) -> tuple[Ints, Ints]:
    """Return for every entry of the matrix the least and the greatest value that its relation leaves to its cell."""
    factor = matrix.data
    ends = factor * lowest[matrix.indices], factor * highest[matrix.indices]
    low, high = np.minimum(*ends), np.maximum(*ends)
    total_low, total_high = np.zeros(matrix.shape[0], np.int64), np.zeros(matrix.shape[0], np.int64)
    np.add.at(total_low, rows, low)
    np.add.at(total_high, rows, high)
    # factor * cell lies between these two, so the cell lies between them divided by the factor, towards the inside.
    under, over = high - total_high[rows], low - total_low[rows]
    first, second = np.where(factor > 0, under, over), np.where(factor > 0, over, under)
    return -(-first // factor), second // factor


def _error(guess: Reals, truth: Ints) -> float:
    return float(np.mean((guess - truth) ** 2)) if len(truth) else 0.0


def _hits(guess: Reals, truth: Ints) -> float:
    return float(np.mean(np.floor(guess + 0.5) == truth)) if len(truth) else 0.0
