"""Measures exact secondary suppression on the shared test problems, beside what GaussSuppression took for them."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from anonymization.relations import Flags, from_entries
from anonymization.secondary.gauss import choose, determined

INSTANCES = Path(__file__).resolve().parents[2] / "shared" / "data" / "sdc_instances"
PEER = {"T1": (233, 4.0), "T1b": (1_935, 283.0)}
"""Secondary cells and seconds of GaussSuppression 1.2.3 (R) on a machine of this kind, not in this run; none for T2."""


@dataclass(frozen=True)
class Instance:
    """A test problem: relations (relations, cells), values (cells,), and which cells are sensitive or must be zero."""

    matrix: sparse.csr_array
    values: npt.NDArray[np.float64]
    primary: Flags
    zero: Flags


def read(name: str) -> Instance:
    """Read one problem; see SOURCE.txt beside it for the format."""
    cells = pd.read_csv(INSTANCES / name / "cells.csv.gz")
    relations = pd.read_csv(INSTANCES / name / "relations.csv.gz")
    columns = pd.Index(cells["cell"]).get_indexer(pd.Index(relations["cell"]))
    rows = pd.factorize(relations["relation"])[0]
    entries = relations["coefficient"].to_numpy(dtype=np.int64)
    return Instance(
        matrix=from_entries(entries, rows, columns, (int(rows.max()) + 1, len(cells))),
        values=cells["value"].to_numpy(dtype=np.float64),
        primary=cells["primary"].to_numpy() == 1,
        zero=cells["structural_zero"].to_numpy() == 1,
    )


def protect(one: Instance) -> tuple[Flags, float]:
    """Return the secondary cells and the CPU seconds that finding them took."""
    candidates = np.flatnonzero(~one.primary & ~one.zero & (one.values > 0))
    candidates = candidates[np.argsort(one.values[candidates], kind="stable")]
    clock = time.process_time()
    secondary, _ = choose(
        one.matrix,
        unknown=one.primary,
        protect=one.primary,
        candidates=candidates,
        random=np.random.default_rng(0),
    )
    return secondary, time.process_time() - clock


def main(arguments: list[str] | None = None) -> None:
    """Print, for each problem, what was withheld, how long it took, and that nothing can be derived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["T1", "T1b", "T2"])
    names = parser.parse_args(arguments).names
    protect(read("T1"))  # compiles
    for name in names:
        one = read(name)
        secondary, seconds = protect(one)
        withheld = one.primary | secondary
        lost = int((determined(one.matrix, withheld, np.random.default_rng(1)) & one.primary).sum())
        cells, value = int(secondary.sum()), float(one.values[secondary].sum())
        text = f"{name:5}{len(one.values):>8,} cells  {cells:>6,} secondary, value {value:,.0f}, {lost} derivable"
        text += f"  {seconds:.2f} CPU s"
        if name in PEER:
            peer_cells, peer_seconds = PEER[name]
            text += f"  GaussSuppression: {peer_cells:,}, {peer_seconds:.0f} s ({seconds / peer_seconds:.3f} times)"
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
