"""What primary rules find: which cells are sensitive, why, and how far apart readers' bounds for them have to stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from anonymization.relations import Flags
from datasets.errors import DisclosureRuleInvalid, Problem

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]


class Reason(IntEnum):
    """Which rule made a cell sensitive; where several did, the first of this list is named."""

    NONE = 0
    FREQUENCY = 1
    ZERO = 2
    GROUP_DISCLOSURE = 3
    DOMINANCE = 4
    P_PERCENT = 5
    P_Q = 6
    UNITS = 7
    RECOGNISABLE_UNIT = 8
    POPULATION_FLOOR = 9


@dataclass(frozen=True)
class Sensitivity:
    """The finding of one rule, or of several together.

    `sensitive` is bool (cells,). `lower` and `upper` are float64 (cells,), distances from the true value in units of
    the cell: readers must not be able to exclude `value - lower` nor `value + upper`. Both are 0 where a cell is not
    sensitive; where they are 0 and it is, exact derivation alone is to be prevented. `reason` is int8 (cells,), codes
    of `Reason`. Raises `DisclosureRuleInvalid` where these do not fit together.
    """

    sensitive: Flags
    lower: Floats
    upper: Floats
    reason: Codes

    def __post_init__(self) -> None:
        shapes = {self.sensitive.shape, self.lower.shape, self.upper.shape, self.reason.shape}
        if len(shapes) != 1 or self.sensitive.ndim != 1:
            raise _invalid("its arrays must have one entry for each cell")
        levels = np.concatenate([self.lower, self.upper])
        if not np.isfinite(levels).all() or (levels < 0).any():
            raise _invalid("protection levels must be finite and not negative")
        if ((self.reason != Reason.NONE) != self.sensitive).any():
            raise _invalid("exactly the sensitive cells must have a reason")
        if levels[~np.tile(self.sensitive, 2)].any():
            raise _invalid("only sensitive cells may have protection levels")

    def __len__(self) -> int:
        return len(self.sensitive)

    def without(self, exempt: Flags) -> Sensitivity:
        """Return the same without the cells flagged in `exempt`, bool (cells,)."""
        return of_rule(self.sensitive & ~exempt, self.reason, self.lower, self.upper)


def _invalid(rule: str) -> DisclosureRuleInvalid:
    return DisclosureRuleInvalid("A finding of rules contradicts itself.", problems=[Problem("sensitivity", rule)])


def of_rule(
    sensitive: Flags, reason: Codes | Reason, lower: npt.ArrayLike = 0.0, upper: npt.ArrayLike = 0.0
) -> Sensitivity:
    """Return the finding of one rule; `reason`, `lower` and `upper` count only where `sensitive`.

    >>> of_rule(np.array([True, False]), Reason.FREQUENCY, lower=[1.0, 1.0], upper=3.0).upper.tolist()
    [3.0, 0.0]
    """
    return Sensitivity(
        np.asarray(sensitive, dtype=np.bool_),
        np.where(sensitive, lower, 0.0).astype(np.float64),
        np.where(sensitive, upper, 0.0).astype(np.float64),
        np.where(sensitive, reason, Reason.NONE).astype(np.int8),
    )


def combine(findings: Sequence[Sensitivity], cells: int) -> Sensitivity:
    """Return the union of findings about the same cells, with the larger level on each side.

    The order of `findings` does not matter: the reason is the first in the order of `Reason`.

    >>> few = of_rule(np.array([True, False]), Reason.FREQUENCY, upper=4.0)
    >>> close = of_rule(np.array([True, True]), Reason.P_PERCENT, lower=2.0, upper=2.0)
    >>> both = combine([close, few], 2)
    >>> both.lower.tolist(), both.upper.tolist(), both.reason.tolist()
    ([2.0, 2.0], [4.0, 2.0], [1, 5])
    """
    none = len(Reason)
    sensitive = np.zeros(cells, dtype=np.bool_)
    lower, upper = np.zeros(cells), np.zeros(cells)
    reason = np.full(cells, none)
    for one in findings:
        if len(one) != cells:
            raise _invalid(f"a rule looked at {len(one)} cells where there are {cells}")
        sensitive = sensitive | one.sensitive
        lower, upper = np.maximum(lower, one.lower), np.maximum(upper, one.upper)
        reason = np.minimum(reason, np.where(one.sensitive, one.reason, none))
    return of_rule(sensitive, reason.astype(np.int8), lower, upper)
