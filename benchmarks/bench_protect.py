"""Measures both guarantees on the shared test problems, beside what other programs took for them."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from anonymization.audit_system import audit_system
from anonymization.protect_system import ProtectedSystem, protect_system
from anonymization.system import EFFORT, LinearSystem, Reals, system_of
from datasets.disclosure import Guarantee

INSTANCES = Path(__file__).resolve().parents[2] / "shared" / "data" / "sdc_instances"

PEER = {
    ("T1", "exact"): "GaussSuppression 233 / 2,855 / 4.0 s",
    ("T1b", "exact"): "GaussSuppression 1,935 / 24,978 / 283 s",
    ("T1", "interval"): "GaussSuppression with ranges 254 / 3,076 / 93.9 s, not audited",
    ("TARGUS", "interval"): "optimum 7 cells",
    ("HIER13", "interval"): "873 cells (prototype)",
}
"""Secondary cells, their value and seconds, on a machine of this kind, not in this run; others were not measured."""

COSTS: dict[str, Callable[[Reals], Reals]] = {"value": lambda values: np.maximum(values, 0.5), "count": np.ones_like}
"""What it costs to withhold each cell, where that is not the default, information: log(1 + value)."""

LARGE = 10_000
"""Cells from which exact protection is audited for exact recovery only."""

FEW = 400_000
"""A tenth of the usual effort."""

SMALL = ("TARGUS", "TABLE1", "DALE", "JJTABEL3", "HIER13", "TABLE3")


def read(name: str, *, cost: str) -> LinearSystem:
    """Read one problem; see SOURCE.txt beside it for the format. `cost` is `value`, `count` or `information`."""
    cells = pd.read_csv(INSTANCES / name / "cells.csv.gz")
    relations = pd.read_csv(INSTANCES / name / "relations.csv.gz")
    columns = pd.Index(cells["cell"]).get_indexer(pd.Index(relations["cell"]))
    rows, names = pd.factorize(relations["relation"])
    entries = relations["coefficient"].to_numpy(dtype=np.float64)
    matrix = sparse.csr_array(sparse.coo_array((entries, (rows, columns)), shape=(len(names), len(cells))))
    values = cells["value"].to_numpy(dtype=np.float64)
    return system_of(
        [str(one) for one in cells["cell"]],
        values,
        ([str(one) for one in names], matrix),
        sensitive=cells["primary"].to_numpy() == 1,
        levels=(cells["lower_protection"].to_numpy(), cells["upper_protection"].to_numpy()),
        known=cells["structural_zero"].to_numpy() == 1,
        tolerance=1e-3,
        **({"cost": COSTS[cost](values)} if cost in COSTS else {}),
    )


def measure(name: str, guarantee: Guarantee, effort: int, *, cost: str | None = None) -> None:
    """Protect one problem, audit it by itself, and print both."""
    system = read(name, cost=cost or ("value" if guarantee == "exact" else "information"))
    clock = time.process_time()
    protected = protect_system(system, guarantee=guarantee, effort=effort)
    seconds = time.process_time() - clock
    clock = time.process_time()
    # Ranges are looked at after exact protection as well, to see what it leaves, where that takes a moment only.
    attack: Guarantee = "interval" if guarantee == "interval" or len(system) < LARGE else "exact"
    audit = audit_system(system, protected.withheld, guarantee=attack)
    audited = time.process_time() - clock
    unsafe = int((audit.verdicts >= 2).sum())
    sys.stdout.write(
        _line(name, system, protected, seconds) + f"; audit ({attack}) {audited:.1f} s, {unsafe:,} not safe\n"
    )
    sys.stdout.flush()


def _line(name: str, system: LinearSystem, protected: ProtectedSystem, seconds: float) -> str:
    secondary, value = int(protected.secondary.sum()), float(system.values[protected.secondary].sum())
    text = f"{name:9}{protected.guarantee:9}{len(system):>8,} cells, {int(system.sensitive.sum()):>6,} sensitive: "
    text += f"{secondary:>6,} / {value:,.0f} / {seconds:.2f} CPU s"
    if protected.gap is not None:
        text += ", the cheapest" if protected.gap == 0 else f", others at most {100 * protected.gap:.1f} % cheaper"
    if (name, protected.guarantee) in PEER:
        text += f"  [{PEER[name, protected.guarantee]}]"
    return text


def main(arguments: list[str] | None = None) -> None:
    """Print, for each problem and guarantee: secondary cells, value, time, the proof, and what an audit says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["T1", *SMALL, "TWO5IN6", "T1b", "T2"])
    parser.add_argument("--guarantee", choices=["exact", "interval"])
    parser.add_argument("--effort", type=int, default=EFFORT, help="for small problems, besides the first answer")
    given = parser.parse_args(arguments)
    protect_system(read("TARGUS", cost="value"), effort=0)  # compiles
    times = {}
    for name in given.names:
        if given.guarantee != "interval":
            clock = time.process_time()
            measure(name, "exact", 0)
            times[name] = time.process_time() - clock
            if name in ("T1", *SMALL):
                measure(name, "exact", given.effort)
        if given.guarantee != "exact" and name not in ("T2", "TWO5IN6"):
            measure(name, "interval", 0)
            if name in ("T1", *SMALL):
                measure(name, "interval", given.effort)
            if name == "T1":
                sys.stdout.write("T1 again, with as few cells as possible, whatever they hold:\n")
                measure(name, "interval", 0, cost="count")
                measure(name, "interval", FEW, cost="count")
    if {"T1b", "T2"} <= times.keys():
        growth = np.log(times["T2"] / times["T1b"]) / np.log(65_067 / 16_974)
        text = f"exact: time grows with the number of cells to the power of {growth:.2f} from T1b to T2"
        sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
