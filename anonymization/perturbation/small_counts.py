"""Small-count rounding: only small cells inside a table are changed, and every total is added up from them anew."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from anonymization.perturbation.counts import Perturbed, refuse, require_base, require_counts, require_sums
from anonymization.perturbation.integer_programme import Reals
from anonymization.relations import Flags, Ints, from_entries
from anonymization.words import Text


def round_small_counts(matrix: sparse.csr_array, values: Ints, *, base: int) -> Perturbed:
    """Turn every inner count from 1 to base - 1 into 0 or `base`, near all totals, and add the totals up anew.

    `matrix` is int64 (relations, cells) with +1 at the parts and -1 at one total in each row, zero on `values`, int64
    (cells,) counts from 0. Inner cells are those that are no total. Which small cells go up is chosen one by one, each
    time the change that brings the squares of all differences down most, after Langsrud and Heldal (2018). Raises
    `DisclosureRuleInvalid` where the sums are not all made from inner cells, as between old and new provinces.

    >>> matrix = sparse.csr_array(np.array([[1, 1, 1, 1, -1]]))
    >>> round_small_counts(matrix, np.array([1, 2, 2, 40, 45]), base=3).values.tolist()
    [0, 3, 3, 40, 46]
    """
    require_base(base)
    counts = require_counts(values)
    require_sums(matrix, counts)
    inner, sums = inner_sums(matrix)
    within = counts[inner]
    small = np.flatnonzero((within > 0) & (within < base))
    rounded = within.copy()
    rounded[small] = base * _chosen(sparse.csc_array(sums[:, small]), within[small], base)
    published = np.asarray(sums @ rounded, dtype=np.int64)
    require_sums(matrix, published)
    shown: Flags = np.ones(len(counts), dtype=np.bool_)
    # Each small cell below changes by less than the base; a count that is shown as 0 is made of small ones only.
    changed = np.asarray(sums[:, np.flatnonzero(within < 2 * base)].astype(np.bool_).sum(axis=1), dtype=np.int64)
    reach = changed * (base - 1)
    return Perturbed(published, shown, np.maximum(published - reach, 0), published + reach, _statement(base))


def inner_sums(matrix: sparse.csr_array) -> tuple[Ints, sparse.csr_array]:
    """Return the cells that are no total, int64 (inner,), and of which of them each cell is the sum, (cells, inner).

    Raises `DisclosureRuleInvalid` for sums that go round in a circle, or that the inner cells do not imply.
    """
    cells = matrix.shape[1]
    entries = sparse.coo_array(matrix)
    rows, columns, factors = entries.row.astype(np.int64), entries.col.astype(np.int64), entries.data
    totals = np.full(cells, -1, dtype=np.int64)
    totals[columns[factors < 0]] = rows[factors < 0]
    inner = np.flatnonzero(totals < 0)
    total_of = np.full(matrix.shape[0], -1, dtype=np.int64)
    total_of[totals[totals >= 0]] = np.flatnonzero(totals >= 0)
    parts = (factors > 0) & (total_of[rows] >= 0)
    below = from_entries(factors[parts], total_of[rows[parts]], columns[parts], (cells, cells))
    own = from_entries(np.ones(len(inner), dtype=np.int64), inner, np.arange(len(inner)), (cells, len(inner)))
    sums = own
    for _ in range(cells + 1):
        wider = sparse.csr_array(below @ sums + own)
        if abs(wider - sums).sum() == 0:
            break
        sums = wider
    else:
        raise refuse("the sums go round in a circle", "give every total one row for its parts")
    if bool((np.diff(sums.indptr) == 0).any()):
        raise refuse("the sums go round in a circle", "give every total one row for its parts")
    if abs(matrix @ sums).sum():
        raise refuse("some sums do not follow from the cells inside", "use controlled rounding or cell keys instead")
    return inner, sums


def _chosen(sums: sparse.csc_array, counts: Ints, base: int) -> Ints:
    """Return 1 for each small cell that becomes the base and 0 for the others, int64 (small,).

    Two beginnings are tried, none and each at its nearest: from either, changes can end where only two at once help.
    """
    ends = [_improved(sums, counts, start, base) for start in (0 * counts, (2 * counts >= base).astype(np.int64))]
    return min(ends, key=lambda up: float(((sums @ (counts - base * up)) ** 2).sum()))


def _improved(sums: sparse.csc_array, counts: Ints, up: Ints, base: int) -> Ints:
    up = up.copy()
    lengths = np.asarray(sums.multiply(sums).sum(axis=0), dtype=np.float64)
    by_cell = sparse.csr_array(sums.T)
    pull: Reals = np.asarray(by_cell @ (sums @ (counts - base * up)), dtype=np.float64)
    while len(counts):
        sign = 1.0 - 2.0 * up
        gain = 2.0 * sign * pull - base * lengths
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        changed = sums[:, [best]]
        pull -= sign[best] * base * np.asarray((by_cell @ changed).todense(), dtype=np.float64).reshape(-1)
        up[best] = 1 - up[best]
    return up


def _statement(base: int) -> Text:
    return Text(
        vi=(
            f"Chỉ các ô trong cùng có từ 1 đến {base - 1} người được đổi thành 0 hoặc {base}; mọi tổng được cộng lại "
            f"từ các ô đó. Bảo đảm: không có số nào từ 1 đến {base - 1} được công bố, và các phần cộng lại đúng bằng "
            f"tổng. Không bảo đảm: số 0 là không có ai, số {base} là đúng {base} người; tổng có thể lệch; và ô lớn "
            "được công bố đúng như thật."
        ),
        en=(
            f"Only innermost cells with 1 to {base - 1} people are changed, to 0 or {base}; every total is added up "
            f"from them. Promised: no number from 1 to {base - 1} is published, and parts add up to totals. Not "
            f"promised: that 0 means nobody or {base} means {base}; totals may differ from the truth; and large "
            "inner cells are shown as they are."
        ),
    )
