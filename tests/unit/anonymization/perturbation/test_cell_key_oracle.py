"""Our cell-key tables equal those of the ONS package on its own sample, with its noise table and with others."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from anonymization.perturbation.cell_key import cell_keys, perturb
from anonymization.perturbation.counts import WITHHELD
from anonymization.perturbation.noise_table import ons_noise
from anonymization.relations import Ints
from tests.support.oracles import oracle

Columns = dict[str, list[Any]]


def ours(data: Columns, noise: Columns, columns: list[str], threshold: int) -> Columns:
    """The table of the ONS package: every combination of members, in order, with null where nothing is shown."""
    members = [sorted(set(data[one])) for one in columns]
    places = {place: number for number, place in enumerate(product(*members))}
    cells = np.array([places[row] for row in zip(*(data[one] for one in columns), strict=True)])
    table = ons_noise(*(np.array(noise[one]) for one in ("pcv", "ckey", "pvalue")))
    keys = cell_keys(np.array(data["record_key"]), cells, count=len(places), modulus=table.modulus)
    counts = np.bincount(cells, minlength=len(places))
    found = perturb(counts, keys, table, threshold=threshold)
    shown = [None if value == WITHHELD else value for value in found.values.tolist()]
    by_column = zip(*places, strict=True)
    named: Columns = {name: list(values) for name, values in zip(columns, by_column, strict=True)}
    return named | {
        "pre_sdc_count": counts.tolist(),
        "ckey": keys.tolist(),
        "pcv": table.rows(counts).tolist(),
        "pvalue": table.noise[table.rows(counts), keys].tolist(),
        "count": shown,
    }


def other_noise(modulus: int, random: np.random.Generator, *, zeros: bool = False) -> Columns:
    """A noise table in which every combination of count and key has noise of its own."""
    first = 0 if zeros else 1
    counts, keys = (one.reshape(-1) for one in np.meshgrid(np.arange(first, 751), np.arange(modulus), indexing="ij"))
    noise: Ints = np.maximum(random.integers(-5, 6, size=len(counts)), -counts)
    return {"pcv": counts.tolist(), "ckey": keys.tolist(), "pvalue": noise.tolist()}


def compare(data: Columns, noise: Columns, columns: list[str], threshold: int) -> Columns:
    question = {"data": data, "noise": noise, "columns": columns, "threshold": threshold}
    theirs: Columns = oracle("cell_key_oracle.py", question)
    assert ours(data, noise, columns, threshold) == theirs
    return theirs


@pytest.mark.parametrize("columns", [["var1", "var5", "var8"], ["var2", "var3"], ["var10", "var9"]])
def test_the_packages_own_sample_and_noise_table(columns: list[str]) -> None:
    sample = oracle("cell_key_oracle.py", {"size": 1000, "key_range": 255})
    found = compare(sample["data"], sample["noise"], columns, 10)
    assert any(found["pvalue"])


@pytest.mark.parametrize("threshold", [0, 3])
def test_noise_that_depends_on_the_key(threshold: int) -> None:
    sample = oracle("cell_key_oracle.py", {"size": 1000, "key_range": 255})
    noise = other_noise(256, np.random.default_rng(threshold))
    found = compare(sample["data"], noise, ["var1", "var5", "var8"], threshold)
    assert (None in found["count"]) == (threshold > 0)
    assert 0 in found["pre_sdc_count"]


def test_large_counts_repeat_rows_501_to_750_with_4096_keys() -> None:
    sample = oracle("cell_key_oracle.py", {"size": 9000, "key_range": 4095})
    # With 750 × 4096 rows the question would be large: every sixteenth key is enough.
    data = sample["data"] | {"record_key": [one // 16 for one in sample["data"]["record_key"]]}
    found = compare(data, other_noise(256, np.random.default_rng(7)), ["var2", "var3"], 0)
    assert max(found["pre_sdc_count"]) > 1250
    assert max(found["pcv"]) <= 750


def test_zeros_with_a_row_of_their_own() -> None:
    sample = oracle("cell_key_oracle.py", {"size": 300, "key_range": 255})
    noise = other_noise(256, np.random.default_rng(3), zeros=True)
    found = compare(sample["data"], noise, ["var1", "var5", "var9"], 0)
    assert {key for key, count in zip(found["ckey"], found["pre_sdc_count"], strict=True) if count == 0} == {0}
