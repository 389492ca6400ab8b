"""Releases counts under differential privacy in one step: spend the budget, draw the noise, make it add up."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import sparse

from anonymization.perturbation.budget import Budget, Spending
from anonymization.perturbation.consistency import make_consistent
from anonymization.perturbation.noise import NoiseRule, Noisy, add_noise, cells_above
from anonymization.relations import Ints
from datasets.errors import DisclosureRuleInvalid, Problem


@dataclass(frozen=True)
class PrivateCounts:
    """What is published, int64 (cells,), the noisy counts that it was made from, and the budget that is left.

    `moved` is how far a count was moved on average to make all add up. Keep `noisy` with the release: whoever has it
    can make the same counts again with `make_consistent`; drawn anew they would be others.
    """

    counts: Ints
    noisy: Noisy
    moved: float
    budget: Budget


def release_counts(
    counts: Ints, matrix: sparse.csr_array, rule: NoiseRule, *, release: str, budget: Budget
) -> PrivateCounts:
    """Return counts with noise that fulfil the relations, and what the population's budget is after this release.

    `counts` is int64 (cells,), one for each column of `matrix`, which is as `Relations.matrix`. The list of cells must
    not come from the records: a cell without anybody gets noise like the others, or that it is missing would tell.
    Raises `DisclosureRuleInvalid`, before anything is drawn, where the counts do not add up, where the rule bounds one
    person to fewer cells than the relations put one person in, and where the budget does not allow it.
    """
    if counts.shape != (matrix.shape[1],) or (matrix @ counts).any():
        raise _refused("counts", "must be one for each cell, and add up", "correct the tables")
    if cells_above(matrix) > rule.contributions.cells:
        says = "bound a person to fewer cells than one finest cell and all the sums above it are"
        raise _refused("contributions", says, "raise the bound: see `cells_above`")
    after = budget.spend(budget.population, Spending(release, rule.loss))
    noisy = add_noise(counts, rule)
    found = make_consistent(noisy.counts, matrix)
    return PrivateCounts(found.counts, noisy, found.moved, after)


def _refused(place: str, rule: str, remedy: str) -> DisclosureRuleInvalid:
    return DisclosureRuleInvalid("The counts cannot be released.", problems=[Problem(place, rule, remedy)])
