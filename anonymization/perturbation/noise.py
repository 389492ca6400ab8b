"""Counts with noise that is differentially private, through OpenDP, and what it promises and costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.perturbation.budget import Accountant, Loss
from anonymization.relations import Flags, Ints
from datasets.errors import DisclosureRuleInvalid, Problem

_LARGEST = 2**52
"""Counts and noise up to here are exact in every step, and no sum comes near the end of int64."""


@dataclass(frozen=True)
class Contributions:
    """The most that one person can change: how many noisy cells the person is in, and by how much in each.

    All cells that get noise count, margins too: see `cells_above`. The guarantee is about adding or taking away one
    person with all records; it holds only where the bounds do, so records beyond them are left out before counting
    (`within_bounds`).

    `together` is how many of these amounts may come together in one noisy cell: records of one person in five finest
    cells are five in their total. Where persons are counted, nobody is more than one, and it stays 1. All changes
    together are at most `cells` x `per_cell` (L1), and no cell changes by more than `together` x `per_cell`, so that
    their squares sum up to no more than the product of both (L2).
    """

    cells: int
    per_cell: int = 1
    together: int = 1

    def __post_init__(self) -> None:
        for name, value in (("cells", self.cells), ("per_cell", self.per_cell), ("together", self.together)):
            if not 1 <= value <= 2**20:
                raise _refused(name, "must be a whole number from 1 to about a million", "state the bound")


@dataclass(frozen=True)
class NoiseRule:
    """What noise to draw: its privacy loss, which fixes the distribution, and the bounds that make it true.

    Pure loss draws from the discrete Laplace (two-sided geometric) distribution, concentrated loss from the discrete
    Gaussian. `confidence` is that of the stated accuracy.
    """

    loss: Loss
    contributions: Contributions
    confidence: float = 0.95

    def __post_init__(self) -> None:
        amount = {"pure": self.loss.epsilon, "concentrated": self.loss.rho}.get(self.loss.accountant)
        if amount is None:
            raise _refused("loss", "must be pure or concentrated", "Gaussian noise is measured as concentrated")
        if not 1e-6 <= amount <= 1e3:
            raise _refused("loss", "must be between 0.000001 and 1000", "outside there is only noise, or none")
        if not 0.5 <= self.confidence < 1 - 1e-9:
            raise _refused("confidence", "must be at least 0.5 and below 1", "0.95 is usual")


@dataclass(frozen=True)
class Noisy:
    """Counts with noise, int64 (cells,), negative ones as they were drawn, and the statements that go with them.

    `scale` is OpenDP's parameter of the distribution; with `confidence` the noise of a cell is at most `within`. The
    statement is about one cell as it was drawn, not about all at once, and not about what is made consistent later.
    """

    counts: Ints
    distribution: Literal["discrete Laplace", "discrete Gaussian"]
    loss: Loss
    contributions: Contributions
    scale: float
    confidence: float
    within: int


def add_noise(counts: Ints, rule: NoiseRule) -> Noisy:
    """Return int64 (cells,) counts with noise.

    OpenDP draws from the machine's source of secrets and takes no seed, and must not: whoever knows a seed can subtract
    the noise. So this one function of the package does not give the same again. Drawn anew, the noise averages out and
    costs budget once more: draw once for a release and keep the result, from which everything else follows.

    Raises `DisclosureRuleInvalid` for counts that are not whole, negative or beyond 2**52, and where OpenDP is missing.
    """
    _check(counts)
    measurement, scale = _calibrated(rule)
    drawn = [int(one) for one in measurement(counts.tolist())]
    if max(map(abs, drawn), default=0) > 2 * _LARGEST:
        raise _refused("noise", "is larger than any count can be", "spend more, or bound contributions more tightly")
    gaussian = rule.loss.accountant == "concentrated"
    return Noisy(
        counts=np.array(drawn, dtype=np.int64),
        distribution="discrete Gaussian" if gaussian else "discrete Laplace",
        loss=rule.loss,
        contributions=rule.contributions,
        scale=scale,
        confidence=rule.confidence,
        within=stated_accuracy(rule.loss.accountant, scale=scale, confidence=rule.confidence),
    )


def accuracy_of(rule: NoiseRule) -> int:
    """Return how far the noise of one cell will be from zero at most, with the confidence of the rule.

    Nothing is drawn. Raises `DisclosureRuleInvalid` where OpenDP is missing.
    """
    _, scale = _calibrated(rule)
    return stated_accuracy(rule.loss.accountant, scale=scale, confidence=rule.confidence)


def stated_accuracy(accountant: Accountant, *, scale: float, confidence: float) -> int:
    """Return how far the noise of one cell is from zero at most, with this confidence, as OpenDP states it.

    OpenDP gives a fraction; noise is whole, so that its whole part says the same.
    """
    dp = _opendp()
    state = {"pure": dp.discrete_laplacian_scale_to_accuracy, "concentrated": dp.discrete_gaussian_scale_to_accuracy}
    if accountant not in state:
        raise _refused("loss", "must be pure or concentrated", "Gaussian noise is measured as concentrated")
    accuracy: float = state[accountant](scale=scale, alpha=1 - confidence)
    return math.floor(accuracy)


def within_bounds(persons: Ints, cells: Ints, contributions: Contributions, *, seed: int) -> Flags:
    """Return which records may be counted so that nobody exceeds the bounds, bool (records,).

    `persons` and `cells` are int64 (records,): whose record it is, and in which of the finest cells it counts, so that
    with margins `contributions.cells` is here that of the finest cells alone. In each cell a person keeps the first
    `per_cell` records, and of the person's cells those that come first in an order of all cells that the seed makes.
    One person's choice depends on nobody else, or one person more could change what is counted of others and the noise
    would be too little; so the order is the same for all, and the seed need not be secret.
    Raises `DisclosureRuleInvalid` where the lengths differ or a number is negative.
    """
    if persons.shape != cells.shape or min(persons.min(initial=0), cells.min(initial=0), seed) < 0:
        raise _refused("records", "must name a person and a cell each, by numbers from 0", "give arrays of one length")
    order = np.lexsort((cells, _mixed(cells, seed), persons))
    new_person, new_pair = _changes(persons[order]), _changes(persons[order], cells[order])
    places = np.cumsum(new_pair)
    place: Ints = places - np.maximum.accumulate(np.where(new_person, places, 0))
    kept = np.zeros(len(persons), dtype=np.bool_)
    kept[order] = (_ranks(new_pair) < contributions.per_cell) & (place < contributions.cells)
    return kept


def cells_above(matrix: sparse.csr_array) -> int:
    """Return the most cells that one finest cell counts in, itself included, by relations as in `Relations.matrix`.

    A person in one finest cell is in so many cells; who may be in several, in so many times as many. A cell is taken to
    count in every parent of a relation that it is a child of, which is right or too many.
    Raises `DisclosureRuleInvalid` where a cell would contain itself.
    """
    cells = matrix.shape[1]
    children = sparse.csr_array((matrix > 0).astype(np.int64))
    parents = sparse.csr_array((matrix < 0).astype(np.int64))
    up = sparse.csr_array(parents.T @ children)
    reached = sparse.csr_array(sparse.eye_array(cells, dtype=np.int64))
    before = 0
    while reached.nnz > before:
        before = reached.nnz
        reached = sparse.csr_array(((reached + up @ reached) > 0).astype(np.int64))
    if (reached.multiply(reached.T)).nnz > cells:
        raise _refused("relations", "must not make a cell contain itself", "correct the hierarchy")
    return int(reached.sum(axis=0).max(initial=0))


def _changes(*columns: Ints) -> Flags:
    """Where a row differs from the one before, the first always."""
    first = np.ones(len(columns[0]), dtype=np.bool_)
    first[1:] = np.any([one[1:] != one[:-1] for one in columns], axis=0)
    return first


def _ranks(starts: Flags) -> Ints:
    """The place of each row after the last start, from 0."""
    places = np.arange(len(starts))
    return places - np.maximum.accumulate(np.where(starts, places, 0))


def _mixed(numbers: Ints, seed: int) -> npt.NDArray[np.uint64]:
    """Return numbers that look random, one to one (splitmix64; Steele, Lea and Flood 2014)."""
    mixed = numbers.astype(np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) % 2**64)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return mixed ^ mixed >> np.uint64(31)


def _calibrated(rule: NoiseRule) -> tuple[Any, float]:
    """Return OpenDP's measurement of the least scale that keeps the loss, by OpenDP's own accounting."""
    dp: Any = _opendp()
    bounds = rule.contributions
    domain = dp.vector_domain(dp.atom_domain(T="i64"))
    distance: float
    if rule.loss.accountant == "pure":
        allowed = _below(rule.loss.epsilon)
        make, metric = dp.m.make_laplace, dp.l1_distance(T="i64")
        distance = bounds.cells * bounds.per_cell
        about = distance / allowed
    else:
        allowed = _below(rule.loss.rho)
        # Rounded up twice, root and product: a sensitivity too small would promise too much.
        root = math.nextafter(math.sqrt(bounds.cells * bounds.together), math.inf)
        distance = math.nextafter(root * bounds.per_cell, math.inf)
        make, metric = dp.m.make_gaussian, dp.l2_distance(T="f64")
        about = distance / math.sqrt(2 * allowed)

    def made(scale: float) -> Any:
        return make(domain, metric, scale=scale)

    scale = dp.binary_search_param(made, d_in=distance, d_out=allowed, T=float, bounds=(about / 2, about * 2))
    return made(scale), float(scale)


def _below(amount: Decimal) -> float:
    """Return the largest float that is not above the amount."""
    nearest = float(amount)
    return nearest if Decimal(nearest) <= amount else math.nextafter(nearest, 0)


def _opendp() -> Any:
    """Return OpenDP, which is installed only where noise is wanted."""
    try:
        import opendp.prelude as dp  # noqa: PLC0415 - an extra of the installation
    except ImportError:
        rule = "differential privacy needs OpenDP, which is not installed"
        raise _refused("extra noise", rule, "install ytemo with its extra: pip install 'ytemo[noise]'") from None
    dp.enable_features("contrib")
    return dp


def _check(counts: Ints) -> None:
    if counts.ndim != 1 or counts.dtype.kind not in "iu":
        raise _refused("counts", "must be whole numbers in one dimension", "convert them to int64 (cells,)")
    if len(counts) and (int(counts.min()) < 0 or int(counts.max()) > _LARGEST):
        raise _refused("counts", "must lie between 0 and 2**52", "counts of people are not negative")


def _refused(place: str, rule: str, remedy: str) -> DisclosureRuleInvalid:
    return DisclosureRuleInvalid("The noise cannot be drawn.", problems=[Problem(place, rule, remedy)])
