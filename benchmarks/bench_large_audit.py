"""Measures the exact audit on a cube of a million cells, for patterns from almost nothing withheld to almost all."""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
from scipy import sparse

from anonymization.audit_system import Verdict, audit_system
from anonymization.system import LinearSystem, system_of

GROUPS = ((6, 6), (22,), (2,), (4, 4), (4, 3))
"""6 regions of 6 provinces, 22 chapters, 2 sexes, 4 age groups of 4 ages, 4 quarters of 3 months; totals besides."""


def cube(seed: int, groups: tuple[tuple[int, ...], ...] = GROUPS) -> tuple[sparse.csr_array, np.ndarray]:
    """Return the relations of a cube with all margins, float64 (relations, cells), and its counts, int64 (cells,)."""
    sizes = [len(own) for _, own, _ in map(_dimension, groups)]
    return with_margins(np.random.default_rng(seed).poisson(1.1, size=sizes), groups)


def with_margins(leaves: np.ndarray, groups: tuple[tuple[int, ...], ...]) -> tuple[sparse.csr_array, np.ndarray]:
    """Return the relations and the counts of a cube from those of its leaves, one axis for each dimension."""
    dimensions = [_dimension(levels) for levels in groups]
    sizes, counts = [size for size, _, _ in dimensions], leaves
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
    names = [str(cell) for cell in range(len(counts))]
    sums = ([str(row) for row in range(matrix.shape[0])], matrix)
    nothing = np.zeros(len(counts))
    system = system_of(names, counts, sums, sensitive=nothing > 0, levels=(nothing, nothing))
    random = np.random.default_rng(2)
    small = (counts > 0) & (counts < 5)
    audit_system(_compiling(), np.ones(4, dtype=np.bool_), guarantee="exact")
    for share in (0.0, 0.02, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        _measure(system, small | ((counts > 0) & (random.random(len(counts)) < share)))


def _measure(system: LinearSystem, withheld: np.ndarray) -> None:
    clock = time.process_time()
    audit = audit_system(system, withheld, guarantee="exact")
    seconds = time.process_time() - clock
    lost = int((audit.verdicts == Verdict.DERIVABLE).sum())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    text = f"{len(system):,} cells, {int(withheld.sum()):,} withheld: {lost:,} derivable"
    sys.stdout.write(f"{text}, {seconds:.1f} CPU s, {memory:.1f} GiB\n")
    sys.stdout.flush()


def _compiling() -> LinearSystem:
    """Return a system of four cells, for which what is compiled at first use is compiled."""
    square = sparse.csr_array(np.array([[1.0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]))
    none = np.zeros(4)
    return system_of(list("abcd"), none, (list("efgh"), square), sensitive=none > 0, levels=(none, none))


if __name__ == "__main__":
    main()
