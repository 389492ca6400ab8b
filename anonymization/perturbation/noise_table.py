"""The table that a cell's noise is looked up in, by its count and its cell key: given, or made for a variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, minimize

from anonymization.perturbation.counts import refuse, require_base
from anonymization.perturbation.integer_programme import Reals, minimise_whole
from anonymization.relations import Flags, Ints
from datasets.errors import DisclosureRuleInvalid

ONS_LAST, ONS_PERIOD = 750, 250
"""Tables of the Office for National Statistics have rows up to 750; larger counts use rows 501 to 750 in turn."""
MOST_NOISE = 10_000
"""More is no noise any more, but another number."""


@dataclass(frozen=True)
class NoiseTable:
    """What is added to a count: `noise` is int64 (last row + 1, modulus), by the count and the cell key.

    Counts beyond the last row use the last `period` rows in turn. Raises `DisclosureRuleInvalid` where a count could
    become negative or the period is longer than the table.
    """

    noise: Ints
    period: int

    def __post_init__(self) -> None:
        if self.noise.ndim != 2 or not np.issubdtype(self.noise.dtype, np.integer) or self.noise.size == 0:
            raise refuse("the noise must be whole numbers by count and cell key", "give one row for each count")
        if not 1 <= self.period <= len(self.noise):
            raise refuse("the period is not between 1 and the number of rows", "repeat at most all rows")
        if bool((self.noise < -np.arange(len(self.noise))[:, None]).any()):
            raise refuse("a count would become negative", "take at most the count itself away")
        if self.largest > MOST_NOISE:
            raise refuse(f"the noise exceeds {MOST_NOISE:,}", "correct the table")

    @property
    def modulus(self) -> int:
        """The number of cell keys."""
        return int(self.noise.shape[1])

    @property
    def largest(self) -> int:
        """The most by which a count can change."""
        return int(np.abs(self.noise).max())

    def rows(self, counts: Ints) -> Ints:
        """Return the row of each count, both int64 (cells,).

        >>> NoiseTable(np.zeros((751, 256), dtype=np.int64), 250).rows(np.array([0, 750, 751, 1000, 1001]))
        array([  0, 750, 501, 750, 501])
        """
        last = len(self.noise) - 1
        return np.where(counts <= last, counts, (counts - 1 - last) % self.period + last - self.period + 1)

    def variance(self) -> Reals:
        """Return the variance of each row's noise when every cell key is equally likely, float64 (rows,)."""
        return np.asarray(self.noise.var(axis=1), dtype=np.float64)

    def kept(self) -> Reals:
        """Return for each row with which share of the cell keys a count stays as it is, float64 (rows,).

        >>> rounding_noise(3, modulus=3).kept().tolist()
        [1.0, 0.0, 0.0, 1.0]
        """
        return np.asarray((self.noise == 0).mean(axis=1), dtype=np.float64)

    def possible(self, counts: Ints, change: int) -> Flags:
        """Return for each count whether some cell key changes it by exactly `change`, bool (cells,)."""
        return np.asarray((self.noise == change).any(axis=1))[self.rows(counts)]


def ons_noise(counts: Ints, keys: Ints, noise: Ints) -> NoiseTable:
    """Make the table from rows as the Office for National Statistics has them: pcv, ckey and pvalue, int64 (rows,).

    The modulus is the largest key plus one. Row 0 may be left out: then zeros stay. Any other combination of a count up
    to 750 and a key that is missing or stands there twice is refused: a count would be shown unchanged in silence.
    """
    if not len(counts) == len(keys) == len(noise) or len(counts) == 0:
        raise refuse("the columns of a noise table differ in length or are empty", "give three columns")
    if bool((keys < 0).any()) or bool(((counts < 0) | (counts > ONS_LAST)).any()):
        raise refuse("a noise table has negative keys, or counts not from 0 to 750", "correct the table")
    modulus = int(keys.max()) + 1
    if len(counts) < ONS_LAST * modulus:  # a single large key must not ask for a large table
        raise _incomplete(f"at least {ONS_LAST * modulus - len(counts)}")
    times = np.zeros((ONS_LAST + 1, modulus), dtype=np.int64)
    np.add.at(times, (counts, keys), 1)
    if not times[0].any():
        times[0] = 1
    if bool((times != 1).any()):
        raise _incomplete(str(int((times != 1).sum())))
    found = np.zeros(times.shape, dtype=np.int64)
    found[counts, keys] = noise
    return NoiseTable(found, ONS_PERIOD)


def _incomplete(wrong: str) -> DisclosureRuleInvalid:
    rule = f"{wrong} combinations of count and cell key do not stand in the noise table once"
    return refuse(rule, "list every count from 1 to 750 with every key once")


def rounding_noise(base: int, *, modulus: int) -> NoiseTable:
    """Make the table with which cell keys round at random, the same in every table of the same records.

    A count with remainder r goes up for r of `base` keys; the modulus must be a multiple of the base.

    >>> rounding_noise(3, modulus=3).noise.tolist()
    [[0, 0, 0], [-1, -1, 2], [-2, 1, 1], [0, 0, 0]]
    """
    require_base(base)
    if modulus < 1 or modulus % base:
        raise refuse("the number of cell keys is not a multiple of the base", "draw record keys below a multiple of it")
    remainder = (np.arange(base + 1) % base)[:, None]
    up = np.arange(modulus)[None, :] >= modulus - remainder * (modulus // base)
    return NoiseTable(np.where(up, base - remainder, -remainder), base)


def entropy_noise(variance: float, largest: int, *, modulus: int = 256, gap: int = 0) -> NoiseTable:
    """Make the most uncertain noise with mean 0 and this variance, at most `largest`, that makes no count negative.

    No positive result is `gap` or less. The probabilities are those of greatest entropy (Marley and Leaver, 2011, for
    the Australian census; Giessing, 2016); the keys are shared out so that the mean is exactly 0. Zeros stay zeros.
    Raises `DisclosureRuleInvalid` where no noise has this variance.

    >>> entropy_noise(1.0, 3).variance()[3:].round(2).tolist()
    [0.99]
    """
    if not 0 < variance < 1e4 or not 1 <= largest <= 1000 or not 2 <= modulus <= 2**20 or not 0 <= gap < largest:
        raise refuse("variance, largest change, modulus or gap are out of range", "use variance 2, largest change 5")
    last = largest + (gap + 1 if gap else 0)  # from here on, every change is possible
    noise = np.zeros((last + 1, modulus), dtype=np.int64)
    for count in range(1, len(noise)):
        changes = np.arange(max(-largest, -count), largest + 1)
        changes = changes[(count + changes == 0) | (count + changes > gap)]
        shares = _most_uncertain(changes, variance)
        if shares is None:
            rule = f"no noise for a count of {count} has mean 0 and variance {variance:g}"
            raise refuse(rule, "choose another variance, a larger change, or a smaller gap")
        noise[count] = np.repeat(changes, _shared_out(changes, shares, modulus))
    return NoiseTable(noise, 1)


def _most_uncertain(changes: Ints, variance: float) -> Reals | None:
    """Return the probabilities of greatest entropy with mean 0 and this variance, None where there are none."""
    scale = float(np.abs(changes).max())
    moments = np.stack([changes / scale, (changes / scale) ** 2])
    wanted = np.array([0.0, variance / scale**2])

    def shares(weights: Reals) -> Reals:
        powers = weights @ moments
        grown = np.exp(powers - powers.max())
        return np.asarray(grown / grown.sum())

    def dual(weights: Reals) -> tuple[float, Reals]:
        powers = weights @ moments
        total = float(powers.max()) + float(np.log(np.exp(powers - powers.max()).sum()))
        return total - float(weights @ wanted), moments @ shares(weights) - wanted

    # Without bounds the weights of a variance that cannot be had would grow for ever.
    bounds = Bounds(np.full(2, -1e3), np.full(2, 1e3))
    answer = minimize(dual, np.zeros(2), jac=True, method="L-BFGS-B", bounds=bounds, tol=1e-14)
    found = np.asarray(answer.x, dtype=np.float64)
    missed = np.abs(moments @ shares(found) - wanted).max()
    return shares(found) if missed < 1e-4 else None


def _shared_out(changes: Ints, shares: Reals, modulus: int) -> Ints:
    """Return how many keys have each change, int64 (changes,): as near to the shares as a mean of exactly 0 allows."""
    size = len(changes)
    # Columns: keys of each change, then by how much they exceed the share, or fall short of it, in whole keys.
    nearest = np.rint(shares * modulus)
    identity = np.eye(size, dtype=np.int64)
    sums = np.zeros((2, 3 * size), dtype=np.int64)
    sums[0, :size], sums[1, :size] = 1, changes
    matrix = sparse.csr_array(np.concatenate([sums, np.concatenate([identity, -identity, identity], axis=1)]))
    slope = np.abs(nearest + 1 - shares * modulus) - np.abs(nearest - shares * modulus)
    cost = np.concatenate([np.zeros(size), 1 + slope / 4, 1 - slope / 4])
    limits = (np.zeros(3 * size), np.full(3 * size, float(modulus)))
    rows = np.concatenate([[float(modulus), 0.0], nearest])
    found = minimise_whole(matrix, rows, cost=cost, limits=limits).numbers
    if found is None:
        raise refuse("no choice of keys has a mean of exactly 0", "use more keys")
    return found[:size]
