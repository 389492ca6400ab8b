"""Measures k-anonymity of a million records against pycanon, and what making them k-anonymous takes."""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from anonymization.microdata.anonymity import closeness, distinct_diversity, entropy_diversity, k_anonymity
from anonymization.microdata.classes import group, spread
from anonymization.microdata.records import encode
from anonymization.microdata.suppression import suppress
from tests.support.oracles import oracle

SEED = 7
SIZES = (("age", 90), ("sex", 2), ("province", 63))
ROUNDS = 3
"""The best of so many counts, for both."""


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def k_of(records: int) -> tuple[int, float]:
    """Return k and the seconds from plain arrays to k, the columns made as the oracle makes them."""
    random = np.random.default_rng(SEED)
    data = {name: random.integers(0, size, records) for name, size in SIZES}
    clock = time.perf_counter()
    k = k_anonymity(group(encode(data), list(data)))
    return k, time.perf_counter() - clock


def against_pycanon(records: int) -> None:
    """Print both times and their ratio; the two must find the same k."""
    question = {"seed": SEED, "sizes": SIZES, "records": records}
    ours = min((k_of(records) for _ in range(ROUNDS)), key=lambda one: one[1])
    theirs = min(
        (oracle("microdata_figures.py", question) for _ in range(ROUNDS)),
        key=lambda one: float(one["seconds"]),
    )
    if ours[0] != theirs["k"]:
        raise ValueError("pycanon finds another k")
    ratio = theirs["seconds"] / ours[1]
    _write(f"k of {records:,} records: {ours[1]:.3f} s, pycanon {theirs['seconds']:.3f} s: {ratio:.1f} times faster")


def whole_file(records: int) -> None:
    """Print what l, t and local suppression take, on skewed records where many are rare."""
    random = np.random.default_rng(SEED)
    skewed = {name: (random.random(records) ** 3 * size).astype(np.int64) for name, size in SIZES}
    data = encode(
        {**skewed, "education": random.integers(0, 5, records), "diagnosis": random.integers(0, 200, records)}
    )
    names = ["age", "sex", "province", "education"]
    clock = time.perf_counter()
    found = spread(group(data, names), data.column("diagnosis"))
    figures = distinct_diversity(found), entropy_diversity(found), closeness(found)
    _write(f"l and t of {records:,} records: {time.perf_counter() - clock:.3f} s ({len(figures)} figures)")
    clock = time.perf_counter()
    lost = suppress(data, names, k=10)
    _write(
        f"local suppression to k = 10: {time.perf_counter() - clock:.2f} s, {lost.cells:,} cells withheld, "
        f"{lost.cells / max(1, lost.at_least):.3f} times the least that any way can lose"
    )


def main(arguments: list[str] | None = None) -> None:
    """Measure everything and print figures and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    against_pycanon(options.records)
    whole_file(options.records)


if __name__ == "__main__":
    main()
