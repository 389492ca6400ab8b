"""Whatever small table comes in: small cells are withheld, what is shown is true, and readers cannot come too close.

The attacker here is a plain linear program over what the safe table shows and what its rules tell everybody: sums, true
zeros, and that a withheld count is at least 1. It shares no code with protection and audit.
"""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from anonymization.policies import resolve_safety
from datasets.disclosure import Guarantee
from publishers.standalone.results import SAFE_TABLE, write_results
from publishers.standalone.rules_file import load_rules
from publishers.standalone.table_file import read_table_input
from publishers.standalone.table_protection import Demand, ProtectedTable, protect_table

RULES = """
dimensions:
  area: {hierarchies: [{parents: {north: [a, b], south: [c, d]}}]}
  sex: {total: _T}
measures: {cases: {}}
safety: {policy: vn_proposed}
"""
FLOOR = 5
PARENTS = {"a": "north", "b": "north", "c": "south", "d": "south", "north": "_T", "south": "_T"}

tables = st.lists(st.integers(0, 14), min_size=12, max_size=12)


def protect(rows: list[str], guarantee: Guarantee = "interval") -> tuple[ProtectedTable, list[dict[str, str]]]:
    """Protect rows of a table by way of files, and return the safe table too."""
    with tempfile.TemporaryDirectory() as name, mock.patch("anonymization.protect_system.TRIES", 1):
        folder = Path(name)
        (folder / "t.csv").write_text("area,sex,cases\n" + "\n".join(rows) + "\n")
        (folder / "rules.yaml").write_text(RULES)
        for made in ("work", "out"):
            (folder / made).mkdir()
        rules = load_rules(folder / "rules.yaml")
        assert rules.safety is not None
        table = read_table_input(folder / "t.csv", rules, folder=folder, work=folder / "work")
        done = protect_table(table, Demand((resolve_safety(rules.safety),), guarantee, effort=0))
        write_results(folder / "out", done)
        return done, list(csv.DictReader(io.StringIO((folder / "out" / SAFE_TABLE).read_text(encoding="utf-8"))))


def truth(inner: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Count every cell of all margins one by one."""
    found: dict[tuple[str, str], int] = {}
    for (area, sex), cases in inner.items():
        for above in (area, PARENTS[area], "_T"):
            for both in (sex, "_T"):
                found[above, both] = found.get((above, both), 0) + cases
    return found


def ranges(
    safe: dict[tuple[str, str], str], inner: list[tuple[str, str]]
) -> dict[tuple[str, str], tuple[float, float]]:
    """Return between which bounds readers can put each withheld cell; the unknowns are the innermost cells."""
    cells = list(safe)
    parts = np.array([[float(cell in truth(dict.fromkeys([one], 1))) for one in inner] for cell in cells])
    shown = np.array([safe[cell] != "" for cell in cells])
    values = np.array([float(safe[cell] or 0) for cell in cells])
    bounds = [(0.0, None) if safe[one] else (1.0, None) for one in inner]
    found = {}
    for at in np.flatnonzero(~shown):
        ends = []
        for sign in (1.0, -1.0):
            # A withheld total is at least 1 as well.
            done = linprog(
                sign * parts[at], -parts[~shown], -np.ones((~shown).sum()), parts[shown], values[shown], bounds=bounds
            )
            end = done.fun if done.status == 0 else -np.inf
            assert end is not None
            ends.append(sign * float(end))
        found[cells[at]] = (ends[0], ends[1])
    return found


@settings(max_examples=20, deadline=None, derandomize=True)
@given(tables)
def test_small_cells_are_out_of_reach_and_the_rest_is_true(counts: list[int]) -> None:
    places = [(area, sex) for area in "abcd" for sex in "FMX"]
    inner = dict(zip(places, counts, strict=True))
    rows = [f"{area},{sex},{cases}" for (area, sex), cases in inner.items()]
    done, written = protect(rows)
    safe = {(row["area"], row["sex"]): row["cases"] for row in written}
    true = truth(inner)
    assert set(safe) == set(true)
    for cell, cases in true.items():
        assert safe[cell] in ("", str(cases))
        if 0 < cases < FLOOR or cases == 0:
            assert (safe[cell] == "") == (cases > 0)
    system = done.system
    wanted = {
        done.table.codes(int(cell)): (system.wanted_fall[cell], system.wanted_rise[cell])
        for cell in np.flatnonzero(system.sensitive)
    }
    for cell, (low, high) in ranges(safe, places).items():
        assert high - low > 1e-6
        if cell in wanted:
            assert low <= true[cell] - wanted[cell][0] + 1e-6
            assert high >= true[cell] + wanted[cell][1] - 1e-6
            assert high >= FLOOR - 1e-6


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([0, 1, 1, 1, 2, 9, 20]), min_size=12, max_size=12))
def test_under_exact_nobody_is_told_a_count_by_its_being_one_at_least(counts: list[int]) -> None:
    places = [(area, sex) for area in "abcd" for sex in "FMX"]
    rows = [f"{area},{sex},{cases}" for (area, sex), cases in zip(places, counts, strict=True)]
    done, written = protect(rows, "exact")
    safe = {(row["area"], row["sex"]): row["cases"] for row in written}
    assert done.protected.guarantee == "exact"
    for cell, (low, high) in ranges(safe, places).items():
        assert high - low > 1e-6, cell


@settings(max_examples=4, deadline=None, derandomize=True)
@given(tables, st.permutations(range(12)))
def test_the_order_of_rows_does_not_matter(counts: list[int], order: list[int]) -> None:
    places = [(area, sex) for area in "abcd" for sex in "FMX"]
    rows = [f"{area},{sex},{cases}" for (area, sex), cases in zip(places, counts, strict=True)]
    assert protect(rows)[1] == protect([rows[at] for at in order])[1]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([0, 1, 1, 3, 8, 9, 20]), min_size=12, max_size=12))
def test_nobody_finds_another_cell_by_subtracting_their_own(counts: list[int]) -> None:
    places = [(area, sex) for area in "abcd" for sex in "FMX"]
    done, _ = protect([f"{area},{sex},{cases}" for (area, sex), cases in zip(places, counts, strict=True)])
    system, withheld = done.system, done.protected.withheld
    for row in range(system.matrix.shape[0]):
        cells = system.matrix.indices[system.matrix.indptr[row] : system.matrix.indptr[row + 1]]
        hidden = [int(cell) for cell in cells if withheld[cell]]
        values = sorted(float(system.values[cell]) for cell in hidden)
        if len(hidden) == 2 and values[0] == 1 and all(system.sensitive[cell] for cell in hidden):
            # A total of one person and its only part are about the same person.
            assert values == [1, 1]
            assert any(system.matrix[row, cell] < 0 for cell in hidden)
