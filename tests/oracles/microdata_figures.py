"""What pycanon measures: k, l and t of records, asked as columns, quasi-identifiers and one sensitive column."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
from pycanon import anonymity  # type: ignore[import-not-found]


def figures(question: dict[str, Any]) -> dict[str, Any]:
    """Measure one set of records; `sensitive` may be left out, `only` names a single figure to time."""
    data = pd.DataFrame(question["columns"])
    known, learnt = question["quasi_identifiers"], [question["sensitive"]]
    return {
        "k": int(anonymity.k_anonymity(data, known)),
        "distinct": int(anonymity.l_diversity(data, known, learnt)),
        "entropy": int(anonymity.entropy_l_diversity(data, known, learnt)),
        "recursive": [float(one) for one in anonymity.recursive_c_l_diversity(data, known, learnt)],
        "t": float(anonymity.t_closeness(data, known, learnt)),
    }


def timed(question: dict[str, Any]) -> dict[str, Any]:
    """Make records by chance, the same as `benchmarks/bench_microdata.py` does, and time k-anonymity."""
    random = np.random.default_rng(question["seed"])
    data = pd.DataFrame({name: random.integers(0, size, question["records"]) for name, size in question["sizes"]})
    clock = time.perf_counter()
    k = int(anonymity.k_anonymity(data, list(data.columns)))
    return {"k": k, "seconds": time.perf_counter() - clock}


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    answer = timed(asked) if "seed" in asked else [figures(one) for one in asked]
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
