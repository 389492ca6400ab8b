"""Whatever small table of cases and deaths comes in: readers who subtract cannot come too close to the survivors.

The attacker here is a plain linear program over what the safe table shows and what its rules tell everybody: sums, true
zeros, that a withheld count is at least 1, and that deaths are among the cases. It shares no code with protection and
audit.
"""

from __future__ import annotations

import csv
import io
import tempfile
from itertools import product
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from anonymization.policies import resolve_safety
from datasets.disclosure import Guarantee
from publishers.standalone.results import SAFE_TABLE, write_results
from publishers.standalone.rules_file import load_rules
from publishers.standalone.table_file import read_table_input
from publishers.standalone.table_protection import Demand, protect_table

RULES = """
dimensions:
  area: {hierarchies: [{parents: {north: [a, b], south: [c, d]}}]}
  sex: {}
measures: {cases: {}, deaths: {part_of: cases}}
safety: {policy: vn_proposed}
"""
FLOOR = 5
ABOVE = {"a": ("a", "north", "_T"), "b": ("b", "north", "_T"), "c": ("c", "south", "_T"), "d": ("d", "south", "_T")}
PLACES = list(product("abcd", "FM"))

Cell = tuple[str, str]
Counts = dict[Cell, tuple[int, int]]

pairs = st.tuples(st.integers(0, 14), st.integers(0, 14)).map(lambda one: (max(one), min(one)))
"""Cases and deaths of one cell."""
few = st.sampled_from([(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (6, 5), (12, 11), (40, 20)])
tables = st.one_of(*(st.lists(one, min_size=8, max_size=8) for one in (pairs, few)))


def holds(cell: Cell, inner: Cell) -> bool:
    """Say whether an innermost cell is counted in a cell."""
    return cell[0] in ABOVE[inner[0]] and cell[1] in (inner[1], "_T")


def protect(inner: Counts, guarantee: Guarantee, rules: str = RULES) -> dict[Cell, tuple[str, str]]:
    """Protect a table by way of files, and return cases and deaths as the safe table shows them."""
    with tempfile.TemporaryDirectory() as name, mock.patch("anonymization.protect_system.TRIES", 1):
        folder = Path(name)
        rows = [f"{area},{sex},{cases},{deaths}\n" for (area, sex), (cases, deaths) in inner.items()]
        (folder / "t.csv").write_text("area,sex,cases,deaths\n" + "".join(rows))
        (folder / "rules.yaml").write_text(rules)
        for made in ("work", "out"):
            (folder / made).mkdir()
        read = load_rules(folder / "rules.yaml")
        assert read.safety is not None
        table = read_table_input(folder / "t.csv", read, folder=folder, work=folder / "work")
        done = protect_table(table, Demand((resolve_safety(read.safety),), guarantee, effort=0))
        write_results(folder / "out", done)
        written = csv.DictReader(io.StringIO((folder / "out" / SAFE_TABLE).read_text(encoding="utf-8")))
        return {(row["area"], row["sex"]): (row["cases"], row["deaths"]) for row in written}


def survivors(safe: dict[Cell, tuple[str, str]]) -> dict[Cell, tuple[float, float]]:
    """Return between which bounds readers can put the survivors of each cell.

    The unknowns are the deaths of the innermost cells, and then their survivors: none of them is negative.
    """
    shown, known, hidden = [], [], []
    for cell, texts in safe.items():
        deaths = np.array([float(holds(cell, one)) for one in PLACES])
        for row, text in zip((np.tile(deaths, 2), np.append(deaths, np.zeros(8))), texts, strict=True):
            if text:
                shown.append(row)
                known.append(float(text))
            else:
                hidden.append(-row)
    found = {}
    for cell in safe:
        row = np.append(np.zeros(8), [float(holds(cell, one)) for one in PLACES])
        ends = []
        for sign in (1.0, -1.0):
            done = linprog(
                sign * row,
                np.array(hidden) if hidden else None,
                -np.ones(len(hidden)) if hidden else None,
                np.array(shown) if shown else None,
                known or None,
            )
            assert done.status in (0, 3), done.message
            end = done.fun if done.status == 0 else -np.inf
            assert end is not None
            ends.append(sign * float(end))
        found[cell] = (ends[0], ends[1])
    return found


@settings(max_examples=25, deadline=None, derandomize=True)
@given(tables)
def test_few_survivors_cannot_be_worked_out_nor_told_to_be_few(counts: list[tuple[int, int]]) -> None:
    inner = dict(zip(PLACES, counts, strict=True))
    safe = protect(inner, "interval")
    for cell, (low, high) in survivors(safe).items():
        within = [number for place, number in inner.items() if holds(cell, place)]
        cases, deaths = (sum(column) for column in zip(*within, strict=True))
        assert safe[cell][0] in ("", str(cases))
        assert safe[cell][1] in ("", str(deaths))
        assert "" in safe[cell] or not 0 < cases - deaths < FLOOR
        if 0 < cases - deaths < FLOOR:
            assert high >= FLOOR - 1e-6, cell
            assert high - low > 1e-6, cell


@settings(max_examples=15, deadline=None, derandomize=True)
@given(tables)
def test_under_exact_few_survivors_cannot_be_worked_out(counts: list[tuple[int, int]]) -> None:
    inner = dict(zip(PLACES, counts, strict=True))
    for cell, (low, high) in survivors(protect(inner, "exact")).items():
        within = [number for place, number in inner.items() if holds(cell, place)]
        if 0 < sum(cases - deaths for cases, deaths in within) < FLOOR:
            assert high - low > 1e-6, cell


def test_without_part_of_the_one_survivor_is_shown() -> None:
    """Were this to fail, the properties above would find nothing."""
    inner = dict.fromkeys(PLACES, (40, 20)) | {("a", "F"): (12, 11)}
    rules = RULES.replace("deaths: {part_of: cases}", "deaths: {}")
    assert survivors(protect(inner, "interval", rules))["a", "F"] == pytest.approx((1.0, 1.0))
    assert survivors(protect(inner, "interval"))["a", "F"][1] >= FLOOR
