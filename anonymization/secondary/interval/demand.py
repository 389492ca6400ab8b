"""What interval protection is asked for: how far every withheld value must seem able to rise and to fall."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.relations import Flags, Ints

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Demand:
    """One system of sums with what must be protected in it and what may be withheld for that.

    `matrix` is float64 (relations, columns): what readers know is that `matrix @ values` stays what it is. `fall` and
    `rise` are how far each value can fall or rise before it meets what readers know of it beforehand; inf is no bound.
    `lower` and `upper` are the protection levels, zero where nothing is asked: readers must hold it possible that the
    value is `lower` less and, at another time, that it is `upper` more. Levels stay within `fall` and `rise`. `cost` is
    the positive price of withholding a column, inf where it may not be withheld. `unknown` columns nobody sees at all.
    """

    matrix: sparse.csr_array
    fall: Reals
    rise: Reals
    lower: Reals
    upper: Reals
    cost: Reals
    unknown: Flags

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.cost)

    @cached_property
    def rows(self) -> tuple[Ints, Ints, Reals]:
        """The matrix row by row: starts, columns, coefficients."""
        return _arrays(self.matrix)

    @cached_property
    def columns(self) -> tuple[Ints, Ints, Reals]:
        """The matrix column by column: starts, rows, coefficients."""
        return _arrays(sparse.csr_array(self.matrix.T))


def _arrays(matrix: sparse.csr_array) -> tuple[Ints, Ints, Reals]:
    matrix.sort_indices()
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data.astype(np.float64)
