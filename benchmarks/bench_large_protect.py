"""Measures exact protection up to a million cells, beside elimination at once where that can still be done."""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from anonymization import protect_system as protection
from anonymization.audit_system import audit_system
from anonymization.protect_system import ProtectedSystem, protect_system
from anonymization.system import LinearSystem, system_of
from benchmarks.bench_large_audit import with_margins
from benchmarks.bench_protect import INSTANCES, read

AREAS, CHAPTERS, SEXES = (6, 6), (22,), (2,)

CUBES = (
    (AREAS, CHAPTERS, SEXES, (4,)),
    (AREAS, CHAPTERS, SEXES, (4,), (4,)),
    (AREAS, CHAPTERS, SEXES, (4, 4), (4, 3)),
)
"""About 10^4, 10^5 and 10^6 cells: age groups are added, then quarters, then single ages and months."""

MEAN = 4.0
"""The mean count of a leaf, so that about 3 in 10 cells are from 1 to 4 as in T2."""


def skewed(seed: int, groups: tuple[tuple[int, ...], ...]) -> LinearSystem:
    """Return a cube whose areas and chapters differ much in size; counts from 1 to 4 are sensitive."""
    random = np.random.default_rng(seed)
    sizes = [int(np.prod(levels)) for levels in groups]
    rates = np.ones([1] * len(sizes))
    for axis, size in enumerate(sizes):
        shape = [size if other == axis else 1 for other in range(len(sizes))]
        rates = rates * np.exp((1.0 if axis < 2 else 0.4) * random.standard_normal(size)).reshape(shape)
    matrix, counts = with_margins(random.poisson(rates * MEAN / rates.mean()), groups)
    names, sums = [str(cell) for cell in range(len(counts))], [str(row) for row in range(matrix.shape[0])]
    none = np.zeros(len(counts))
    small = (counts > 0) & (counts < 5)
    cost = np.maximum(counts, 0.5)
    return system_of(names, counts, (sums, matrix), sensitive=small, levels=(none, none), cost=cost)


def measure(name: str, system: LinearSystem, *, levels: bool) -> tuple[ProtectedSystem, float]:
    """Protect a system, level by level or at once, and print what came of it; the time includes the own audit."""
    protection.LARGE = 0 if levels else len(system)
    clock = time.process_time()
    protected = protect_system(system, guarantee="exact", effort=0)
    seconds = time.process_time() - clock
    clock = time.process_time()
    audit = audit_system(system, protected.withheld, guarantee="exact", seed=5)
    audited = time.process_time() - clock
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    how = "level by level" if levels else "at once"
    text = f"{name}, {how}: {len(system):,} cells, {int(system.sensitive.sum()):,} sensitive: "
    text += f"{int(protected.secondary.sum()):,} more withheld, value {protected.cost:,.0f}, {seconds:.1f} CPU s; "
    text += f"audit {audited:.1f} s, {int((audit.verdicts > 1).sum())} derivable; at most {memory:.1f} GiB so far\n"
    sys.stdout.write(text)
    sys.stdout.flush()
    return protected, seconds


def main() -> None:
    """Print what both ways withhold where both can be gone, then how time grows with the number of cells."""
    protection.LARGE = 0
    protect_system(skewed(0, ((2,), (3,), (2,))), guarantee="exact", effort=0)  # compiles
    for name in ("T1b", "T2"):
        if (INSTANCES / name).is_dir():
            _compare(name, read(name, cost="value"))
    times, cells = [], []
    for groups in CUBES:
        system = skewed(1, groups)
        name = f"cube of {len(groups)} dimensions"
        times.append(_compare(name, system) if len(system) < 100_000 else measure(name, system, levels=True)[1])
        cells.append(len(system))
    for first, second in ((0, 1), (1, 2), (0, 2)):
        growth = np.log(times[second] / times[first]) / np.log(cells[second] / cells[first])
        span = f"from {cells[first]:,} to {cells[second]:,} cells"
        sys.stdout.write(f"level by level: time grows with the number of cells to the power of {growth:.2f} {span}\n")


def _compare(name: str, system: LinearSystem) -> float:
    """Print both ways and their ratio; return how long it took level by level."""
    at_once, _ = measure(name, system, levels=False)
    levels, seconds = measure(name, system, levels=True)
    cells = levels.secondary.sum() / at_once.secondary.sum()
    text = (
        f"{name}: level by level withholds {cells:.3f} times the cells and {levels.cost / at_once.cost:.3f} times the"
    )
    sys.stdout.write(text + " value\n")
    return seconds


if __name__ == "__main__":
    main()
