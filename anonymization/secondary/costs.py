"""What it costs to withhold a cell: what secondary suppression keeps low."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.relations import Flags
from datasets.cell_rules import Price

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Costs:
    """What is kept low: by its kind, times a factor for each node, float64 (nodes,), of weights and chance."""

    kind: Price
    factor: Reals

    def of(self, values: Reals) -> Reals:
        """Return what it costs to withhold nodes with these values, float64 (nodes,).

        >>> Costs("information", np.ones(2)).of(np.array([0.0, 99.0])).round(2).tolist()
        [0.0, 4.61]
        """
        if self.kind == "count":
            return self.factor
        return self.factor * (values if self.kind == "value" else np.log1p(np.abs(values)))

    def shared(self, values: Reals, pattern: sparse.csr_array, protect: Flags) -> Reals:
        """Return the prices by which cells are tried in turn, float64 (nodes,).

        Where it is not the value that counts, prices hardly differ, so that each is divided among the sums with a cell
        in `protect`, bool (columns,), in which the node stands: a node in several of them serves several cells, and a
        total of everything serves hardly any.
        """
        if self.kind == "value":
            return self.of(values)
        needy = (pattern @ protect.astype(np.float64) > 0).astype(np.float64)
        return np.asarray(self.of(values) / (1.0 + ((pattern > 0).astype(np.float64).T @ needy)[: len(values)]))
