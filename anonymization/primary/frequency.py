"""Primary suppression by counting: which cells have too few contributors to be shown, and which zeros tell too much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anonymization.primary.sensitivity import Floats, Reason, Sensitivity, of_rule
from anonymization.relations import Flags, Ints
from datasets.disclosure import DisclosureRules


def sensitive(contributors: Ints, rules: DisclosureRules) -> Flags:
    """Return which cells are sensitive: those with 1 to threshold - 1 contributors, and empty ones under `protect`.

    With `zeros: publish` an empty cell is shown as zero, so everyone knows that a withheld cell has at least one
    contributor. With `zeros: protect` an empty cell is withheld as well. Raising the threshold only ever adds cells.
    `contributors` is int64 (cells,) and never negative.

    >>> import numpy as np
    >>> rules = DisclosureRules(policy="vn_proposed", method="suppression", threshold=5, zeros="publish")
    >>> sensitive(np.array([0, 1, 4, 5]), rules).tolist()
    [False, True, True, False]
    """
    small: Flags = contributors < rules.threshold
    return small if rules.zeros == "protect" else small & (contributors > 0)


@dataclass(frozen=True)
class Margins:
    """The protection levels of rules that count: float64 (cells,) below and above the true value, in its units."""

    lower: Floats
    upper: Floats

    @property
    def levels(self) -> tuple[Floats, Floats]:
        """Both, lower first."""
        return self.lower, self.upper


def count_margins(contributors: Floats, values: Floats, *, threshold: int, known_lower: float) -> Margins:
    """Return the levels for counts: the threshold must remain possible above, and one less below.

    `upper` is the threshold less the contributors, at least 1; each further contributor adds one or more to a count.
    `lower` is 1, or less where readers know that a withheld count is at least `known_lower` (1 where true zeros are
    shown, else 0). The theory gives no interval for this rule (Handbook on SDC, 2nd edition, 4.2.2; the tau-ARGUS
    manual, 4.4.4, lets the user choose one): this is the least for which no reader can tell that the cell is small.

    >>> margins = count_margins(np.array([1.0, 4.0]), np.array([1.0, 9.0]), threshold=5, known_lower=1.0)
    >>> margins.lower.tolist(), margins.upper.tolist()
    ([0.0, 1.0], [4.0, 1.0])
    """
    return Margins(
        np.clip(values - known_lower, 0.0, 1.0),
        np.maximum(np.ceil(threshold - contributors), 1.0),
    )


def amount_margins(values: Floats, *, percent: float, zero_range: float) -> Margins:
    """Return the levels for sums withheld by a rule that counts: `percent` of the value, and `zero_range` above zero.

    The percentage is what tau-ARGUS calls the frequency range; for a sum of zero it uses a fixed distance upwards.

    >>> amount_margins(np.array([200.0, 0.0]), percent=10.0, zero_range=1.0).upper.tolist()
    [20.0, 1.0]
    """
    share = np.abs(values) * percent / 100.0
    return Margins(share, np.where(values == 0.0, zero_range, share))


def few_contributors(contributors: Floats, threshold: int, margins: Margins) -> Sensitivity:
    """Return the cells with some contributors, but fewer than `threshold`.

    `contributors` is float64 (cells,), because the number of people that a weighted sample stands for need not be
    whole. Raising the threshold only ever adds cells.
    """
    found = (contributors > 0) & (contributors < threshold)
    return of_rule(found, Reason.FREQUENCY, margins.lower, margins.upper)


def telling_zeros(contributors: Floats, values: Floats, margins: Margins) -> Sensitivity:
    """Return the observed zeros: cells without contributors, or with contributors who all have nothing.

    Zeros that have to be so are not for this rule; `assess` exempts them from all.
    """
    return of_rule((contributors == 0) | (values == 0.0), Reason.ZERO, margins.lower, margins.upper)
