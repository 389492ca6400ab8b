"""Measures the exact audit on a cube of a million cells, for patterns from almost nothing withheld to almost all."""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
from scipy import sparse

from anonymization.null_space import determined

GROUPS = ((6, 6), (22,), (2,), (4, 4), (4, 3))
"""6 regions of 6 provinces, 22 chapters, 2 sexes, 4 age groups of 4 ages, 4 quarters of 3 months; totals besides."""


def cube(seed: int) -> tuple[sparse.csr_array, np.ndarray]:
    """Return the relations of a cube with all margins, float64 (relations, cells), and its counts, int64 (cells,)."""
    dimensions = [_dimension(levels) for levels in GROUPS]
    sizes = [size for size, _, _ in dimensions]
    leaves = np.random.default_rng(seed).poisson(1.1, size=[len(own) for _, own, _ in dimensions])
    counts = leaves
    for axis, (size, own, sums) in enumerate(dimensions):
        wide = np.zeros((*counts.shape[:axis], size, *counts.shape[axis + 1 :]), dtype=np.int64)
        moved, source = np.moveaxis(wide, axis, 0), np.moveaxis(counts, axis, 0)
        moved[own] = source
        for parent, children in reversed(sums):
            moved[parent] = moved[children].sum(axis=0)
        counts = wide
    blocks = [_sums(sizes, axis, sums) for axis, (_, _, sums) in enumerate(dimensions)]
    return sparse.csr_array(sparse.vstack(blocks)), counts.reshape(-1)


def _dimension(levels: tuple[int, ...]) -> tuple[int, np.ndarray, list[tuple[int, np.ndarray]]]:
    """Return how many members there are, which are leaves, and each parent with its children, from the top down."""
    front, sums, size = [0], [], 1
    for width in levels:
        below = []
        for parent in front:
            children = np.arange(size, size + width)
            sums.append((parent, children))
            below += children.tolist()
            size += width
        front = below
    return size, np.array(front), sums


def _sums(sizes: list[int], axis: int, sums: list[tuple[int, np.ndarray]]) -> sparse.csr_array:
    own = np.zeros((len(sums), sizes[axis]))
    for row, (parent, children) in enumerate(sums):
        own[row, parent], own[row, children] = -1, 1
    before, after = int(np.prod(sizes[:axis])), int(np.prod(sizes[axis + 1 :]))
    return sparse.csr_array(sparse.kron(sparse.kron(sparse.eye(before), own), sparse.eye(after)))


def main() -> None:
    """Print, for each pattern, how many cells are withheld, how many can be derived, and the time that it took."""
    matrix, counts = cube(seed=1)
    assert not (matrix @ counts).any()
    random = np.random.default_rng(2)
    small = (counts > 0) & (counts < 5)
    determined(sparse.csr_array(matrix[:100, :100]), random)  # compiles
    for share in (0.0, 0.02, 0.1, 0.3, 1.0):
        hidden = small | ((counts > 0) & (random.random(len(counts)) < share))
        columns = np.flatnonzero(hidden)
        own = matrix[:, columns]
        clock = time.process_time()
        lost = int(determined(own, np.random.default_rng(3)).sum())
        seconds = time.process_time() - clock
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        text = f"{len(counts):,} cells, {len(columns):,} withheld: {lost:,} derivable"
        sys.stdout.write(f"{text}, {seconds:.1f} CPU s, {memory:.1f} GiB\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
