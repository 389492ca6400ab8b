"""Numbers rounded half to even, exactly: a mean of 2.675 is 2.68, whatever floating-point numbers make of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

DECIMALS = 2
"""The digits of means and rates whose definition does not say how many."""
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def rounded_ratio(above: Ints, below: Ints, decimals: int, *, per: int = 1) -> Floats:
    """Return ``above / below * per`` with ``decimals`` digits, half to even, float64; ``below`` must be positive.

    Whole numbers are divided as whole numbers. Where they would overflow 64 bits, Python's integers take over.
    """
    scale = 10**decimals
    factor = scale * per
    fits = (np.abs(above) <= np.iinfo(np.int64).max // factor) & (below <= np.iinfo(np.int64).max // 2)
    scaled = np.zeros(len(above), dtype=np.float64)
    scaled[fits] = _half_even(above[fits] * factor, below[fits])
    for row in np.flatnonzero(~fits):
        whole, rest = divmod(int(above[row]) * factor, int(below[row]))
        double = 2 * rest - int(below[row])
        scaled[row] = whole + int(double > 0 or (double == 0 and whole % 2 == 1))
    return np.asarray(scaled / scale, dtype=np.float64)


MILLIONTHS = 1_000_000
"""Sums of numbers that are not whole are counted in millionths, whatever column they come from."""
LARGEST_IN_MILLIONTHS = 1e9
"""Up to here a floating-point number still tells which number of millionths it stands for."""


def rounded(values: Floats, decimals: int, *, below: Ints | int = 1, per: int = 1) -> Floats:
    """Return sums of millionths, over ``below`` and times ``per``, with ``decimals`` digits, half to even, float64.

    Beyond a thousand million, the floating-point number itself is rounded: it holds no more than its own digits.
    """
    divisors = np.broadcast_to(np.asarray(below, dtype=np.int64), values.shape)
    small = np.abs(values) < LARGEST_IN_MILLIONTHS
    found = np.round(values / divisors * per, decimals).astype(np.float64)
    millionths = np.rint(values[small] * MILLIONTHS).astype(np.int64)
    found[small] = rounded_ratio(millionths, divisors[small] * MILLIONTHS, decimals, per=per)
    return found


def _half_even(above: Ints, below: Ints) -> Ints:
    whole, rest = np.divmod(above, below)
    up = (2 * rest > below) | ((2 * rest == below) & (whole % 2 == 1))
    return np.asarray(whole + up, dtype=np.int64)
