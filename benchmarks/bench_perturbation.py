"""Measures cell-key tables beside the ONS package on the same records, and controlled rounding on a made-up cube."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np

from anonymization.perturbation.cell_key import cell_keys, perturb
from anonymization.perturbation.controlled_rounding import round_controlled
from anonymization.perturbation.noise_table import NoiseTable
from tests.support.oracles import oracle_python
from tests.unit.anonymization.builders import cube

RECORDS = 1_000_000
PEER = f"""
import contextlib, sys, time
from cell_key_perturbation.create_perturbed_table import create_perturbed_table
from cell_key_perturbation.utils.generate_test_data import generate_test_data
from cell_key_perturbation.utils.generate_test_ptable import generate_ptable_10_5_rule
data, noise = generate_test_data(size={RECORDS}), generate_ptable_10_5_rule()
with contextlib.redirect_stdout(sys.stderr):
    clock = time.process_time()
    create_perturbed_table(data, noise, ["var1"], ["var5", "var8"], "record_key")
    seconds = time.process_time() - clock
print(seconds)
"""


def ours() -> float:
    """Return the CPU seconds for one table of 200 cells from records whose members are numbers already."""
    random = np.random.default_rng(0)
    keys = random.integers(0, 256, RECORDS)
    members = [random.integers(0, size, RECORDS) for size in (5, 10, 4)]
    table = NoiseTable(np.zeros((751, 256), dtype=np.int64), 250)
    clock = time.process_time()
    cells = (members[0] * 10 + members[1]) * 4 + members[2]
    counts = np.bincount(cells, minlength=200)
    perturb(counts, cell_keys(keys, cells, count=200), table, threshold=10)
    return time.process_time() - clock


def peer() -> float:
    """Return the CPU seconds of the ONS package for the same kind of table, in the environment of the oracles."""
    done = subprocess.run([oracle_python(), "-I", "-c", PEER], capture_output=True, text=True, check=True)  # noqa: S603
    return float(done.stdout)


def main() -> None:
    """Print both, and how long it takes to round a cube so that it adds up."""
    own, theirs = ours(), peer()
    text = f"cell keys  {RECORDS:,} records  {own:.3f} CPU s  cell-key-perturbation {theirs:.3f} s"
    sys.stdout.write(f"{text} ({own / theirs:.3f} times)\n")
    tables = cube(np.random.default_rng(0).poisson(6, size=(30, 20, 3)))
    clock = time.process_time()
    found = round_controlled(tables.relations.matrix, tables.contributors, base=5)
    seconds = time.process_time() - clock
    apart = float(np.minimum(tables.contributors % 5, -tables.contributors % 5).sum())
    text = f"controlled rounding  {len(tables.nodes):,} cells  {seconds:.2f} CPU s  distance {found.distance:,}"
    sys.stdout.write(f"{text}, {found.distance / apart:.3f} times that of rounding each cell by itself\n")


if __name__ == "__main__":
    main()
