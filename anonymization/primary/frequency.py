"""Primary suppression: which cells have too few contributors to be shown."""

from __future__ import annotations

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
