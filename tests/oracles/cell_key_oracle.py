"""What the ONS package makes of its own sample: noise tables and columns in, frequency tables out."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import pandas as pd
from cell_key_perturbation.create_perturbed_table import create_perturbed_table
from cell_key_perturbation.utils.generate_test_data import generate_test_data
from cell_key_perturbation.utils.generate_test_ptable import generate_ptable_10_5_rule


def sample(question: dict[str, Any]) -> dict[str, Any]:
    """Return the package's own microdata and noise table, column by column."""
    data = generate_test_data(size=question["size"], key_range=question["key_range"])
    noise = generate_ptable_10_5_rule(key_range=question["key_range"])
    return {"data": data.to_dict("list"), "noise": noise.to_dict("list")}


def perturbed(question: dict[str, Any]) -> dict[str, Any]:
    """Return the package's table for these columns; a count that it withholds is null."""
    table = create_perturbed_table(
        data=pd.DataFrame(question["data"]),
        ptable=pd.DataFrame(question["noise"]),
        geog=[],
        tab_vars=question["columns"],
        record_key="record_key",
        threshold=question["threshold"],
    )
    found: dict[str, Any] = table.to_dict("list")
    found["count"] = [None if pd.isna(one) else int(one) for one in found["count"]]
    return found


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        answer = perturbed(asked) if "columns" in asked else sample(asked)
    sys.stdout.write(json.dumps(answer) + "\n")
