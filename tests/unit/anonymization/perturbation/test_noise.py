"""Differentially private noise: what OpenDP states about it holds, and bounds of contributions are kept."""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from functools import cache

import numpy as np
import pytest
from scipy import sparse, stats

from anonymization.perturbation import noise
from anonymization.perturbation.budget import Loss, approximate, concentrated, pure
from anonymization.perturbation.noise import (
    Contributions,
    NoiseRule,
    Noisy,
    add_noise,
    cells_above,
    stated_accuracy,
    within_bounds,
)
from anonymization.relations import Ints
from datasets.errors import DisclosureRuleInvalid

DRAWS = 20_000
LOSSES = [pure("0.5"), pure(3), concentrated("0.1"), concentrated("0.5"), concentrated(4)]


@cache
def drawn(loss: Loss) -> Noisy:
    """Noise on nothing, drawn once for each loss: OpenDP takes its time."""
    return add_noise(np.zeros(DRAWS, np.int64), NoiseRule(loss, Contributions(12)))


def too_many_outside(found: Ints, within: int, confidence: float) -> bool:
    """Whether more lie outside than chance allows: for a true statement once in 100 million.

    OpenDP cannot be seeded, so a run of this file may fail by chance: in all, less than once in a million runs.
    """
    outside = int((np.abs(found) > within).sum())
    return outside > stats.binom.isf(1e-8, len(found), 1 - confidence)


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_the_stated_accuracy_holds_in_simulation(loss: Loss, confidence: float) -> None:
    noisy = drawn(loss)
    within = stated_accuracy(loss.accountant, scale=noisy.scale, confidence=confidence)
    assert not too_many_outside(noisy.counts, within, confidence)
    assert confidence != 0.95 or within == noisy.within


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_the_simulation_would_notice_twice_the_noise_and_the_statement_is_no_wider_than_needed(loss: Loss) -> None:
    noisy = drawn(loss)
    assert too_many_outside(2 * noisy.counts, noisy.within, 0.95)
    assert tail(loss, noisy.within) <= 0.05 < tail(loss, noisy.within - 2)


def tail(loss: Loss, within: int) -> float:
    """The exact probability of noise beyond `within`, from the definitions of the two distributions."""
    if loss.accountant == "pure":
        scale = 12 / float(loss.epsilon)
        shares = [math.exp(-abs(one) / scale) for one in range(-3000, 3001)]
    else:
        variance = 12 / (2 * float(loss.rho))
        shares = [math.exp(-one * one / (2 * variance)) for one in range(-3000, 3001)]
    return sum(share for one, share in zip(range(-3000, 3001), shares, strict=True) if abs(one) > within) / sum(shares)


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_the_noise_has_the_spread_that_its_loss_asks_for(loss: Loss) -> None:
    """Six standard errors: chance fails this less than once in ten million runs."""
    drawn_noise = drawn(loss).counts
    places = np.arange(-3000, 3001)
    if loss.accountant == "pure":
        shares = np.exp(-np.abs(places) * float(loss.epsilon) / 12)
    else:
        shares = np.exp(-(places**2) * float(loss.rho) / 12)
    shares /= shares.sum()
    variance, fourth = float(shares @ places**2), float(shares @ places.astype(float) ** 4)
    error = math.sqrt((fourth - variance**2) / DRAWS)
    assert abs(float((drawn_noise**2).mean()) - variance) < 6 * error
    assert abs(float(drawn_noise.mean())) < 6 * math.sqrt(variance / DRAWS)


def test_the_scale_is_the_least_that_keeps_the_loss() -> None:
    laplace = add_noise(np.zeros(1, np.int64), NoiseRule(pure("0.5"), Contributions(6, per_cell=2)))
    assert laplace.scale == pytest.approx(24, rel=1e-9)
    assert laplace.distribution == "discrete Laplace"
    gaussian = add_noise(np.zeros(1, np.int64), NoiseRule(concentrated("0.1"), Contributions(12)))
    assert gaussian.scale == pytest.approx(math.sqrt(60), rel=1e-9)
    threefold = add_noise(np.zeros(1, np.int64), NoiseRule(concentrated("0.1"), Contributions(12, per_cell=3)))
    assert threefold.scale == pytest.approx(3 * math.sqrt(60), rel=1e-9)
    assert (gaussian.distribution, gaussian.within, gaussian.confidence) == ("discrete Gaussian", 16, 0.95)
    assert (gaussian.loss, gaussian.contributions) == (concentrated("0.1"), Contributions(12))


def test_noise_is_not_the_same_twice() -> None:
    rule = NoiseRule(pure("0.01"), Contributions(1))
    counts = np.zeros(100, np.int64)
    assert (add_noise(counts, rule).counts != add_noise(counts, rule).counts).any()
    assert len(add_noise(counts[:0], rule).counts) == 0


@pytest.mark.parametrize(
    "counts", [np.array([-1]), np.array([0.5]), np.array([[1]]), np.array([2**53]), np.array([True])]
)
def test_what_is_no_count_is_refused(counts: Ints) -> None:
    with pytest.raises(DisclosureRuleInvalid, match="counts"):
        add_noise(counts, NoiseRule(pure(1), Contributions(1)))


def test_rules_that_cannot_be() -> None:
    for cells, per_cell in ((0, 1), (1, 0), (2**21, 1)):
        with pytest.raises(DisclosureRuleInvalid, match="state the bound"):
            Contributions(cells, per_cell)
    for loss in (approximate(1, "1e-6"), pure(0), concentrated(1e4)):
        with pytest.raises(DisclosureRuleInvalid, match="loss"):
            NoiseRule(loss, Contributions(1))
    for confidence in (0.4, 1.0, math.nan):
        with pytest.raises(DisclosureRuleInvalid, match="confidence"):
            NoiseRule(pure(1), Contributions(1), confidence)
    with pytest.raises(DisclosureRuleInvalid, match="loss"):
        stated_accuracy("approximate", scale=1.0, confidence=0.9)


def test_noise_beyond_all_counts_is_refused() -> None:
    rule = NoiseRule(pure("0.000001"), Contributions(2**20, 2**20))
    with pytest.raises(DisclosureRuleInvalid, match="larger than any count"):
        add_noise(np.zeros(2_000, np.int64), rule)


def test_a_loss_between_two_floats_is_rounded_down() -> None:
    """0.1 as a float is a little more than a tenth; OpenDP gets the float below, so that a tenth is a tenth."""
    assert [Decimal(noise._below(Decimal(one))) <= Decimal(one) for one in ("0.1", "0.3", "0.5")] == [True] * 3
    assert noise._below(Decimal("0.1")) == math.nextafter(0.1, 0)
    assert noise._below(Decimal("0.5")) == 0.5


def test_without_opendp_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    with pytest.raises(DisclosureRuleInvalid, match=r"pip install 'ytemo\[noise\]'"):
        add_noise(np.zeros(1, np.int64), NoiseRule(pure(1), Contributions(1)))


# Bounds ---------------------------------------------------------------------------------------------------------------


def test_records_beyond_the_bounds_are_left_out_and_no_others() -> None:
    random = np.random.default_rng(5)
    persons, cells = random.integers(0, 300, 4_000), random.integers(0, 12, 4_000)
    kept = within_bounds(persons, cells, Contributions(3, per_cell=2), seed=1)
    have, kept_of = defaultdict(Counter), defaultdict(Counter)  # type: ignore[var-annotated]
    for person, cell, one in zip(persons.tolist(), cells.tolist(), kept.tolist(), strict=True):
        have[person][cell] += 1
        kept_of[person][cell] += one
    for person, of_cell in have.items():
        found = {cell: records for cell, records in kept_of[person].items() if records}
        assert len(found) == min(3, len(of_cell))
        assert found == {cell: min(2, of_cell[cell]) for cell in found}


def test_what_is_kept_of_one_person_depends_on_nobody_else() -> None:
    random = np.random.default_rng(6)
    persons, cells = random.integers(0, 50, 900), random.integers(0, 20, 900)
    kept = within_bounds(persons, cells, Contributions(2), seed=9)
    for one in range(50):
        others = persons != one
        assert (within_bounds(persons[others], cells[others], Contributions(2), seed=9) == kept[others]).all()


def test_what_a_person_is_called_changes_nothing() -> None:
    random = np.random.default_rng(7)
    persons, cells = random.integers(0, 50, 900), random.integers(0, 20, 900)
    kept = within_bounds(persons, cells, Contributions(2), seed=9)
    assert (within_bounds(persons * 7 + 3, cells, Contributions(2), seed=9) == kept).all()


def test_other_seeds_keep_other_cells() -> None:
    persons, cells = np.zeros(64, np.int64), np.arange(64)
    first = [int(np.argmax(within_bounds(persons, cells, Contributions(1), seed=seed))) for seed in range(200)]
    assert len(set(first)) > 40


def test_no_records_and_records_that_cannot_be() -> None:
    none = np.zeros(0, np.int64)
    assert within_bounds(none, none, Contributions(1), seed=0).shape == (0,)
    one = np.zeros(1, np.int64)
    for persons, cells, seed in ((one, none, 0), (one - 1, one, 0), (one, one - 1, 0), (one, one, -1)):
        with pytest.raises(DisclosureRuleInvalid, match="records"):
            within_bounds(persons, cells, Contributions(1), seed=seed)


def test_how_many_cells_one_finest_cell_counts_in() -> None:
    # Cells 0 to 3 are two by two, 4 and 5 row sums, 6 and 7 column sums, 8 the total, 9 stands alone.
    relations = np.zeros((6, 10), np.int64)
    for row, (parent, children) in enumerate([(4, (0, 1)), (5, (2, 3)), (6, (0, 2)), (7, (1, 3)), (8, (4, 5))]):
        relations[row, parent], relations[row, list(children)] = -1, 1
    relations[5, 8], relations[5, [6, 7]] = -1, 1
    assert cells_above(sparse.csr_array(relations)) == 4
    assert cells_above(sparse.csr_array((0, 3), dtype=np.int64)) == 1
    circle = np.array([[-1, 1], [1, -1]])
    with pytest.raises(DisclosureRuleInvalid, match="contain itself"):
        cells_above(sparse.csr_array(circle))
