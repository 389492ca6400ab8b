"""A table and its rules as files, what is read of them, and what is worked out one by one."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from publishers.standalone.rules_file import load_rules
from publishers.standalone.table_file import read_table_input
from publishers.standalone.table_input import TableInput

RULES = """
dimensions:
  area: {hierarchies: [{parents: {north: [a, b], south: [c]}}]}
  sex: {}
measures:
  cases: {}
safety: {policy: vn_proposed}
"""
INNER = {("a", "F"): 5, ("a", "M"): 7, ("b", "F"): 2, ("b", "M"): 0, ("c", "F"): 9, ("c", "M"): 4}
ROWS = "".join(f"{area},{sex},{cases}\n" for (area, sex), cases in INNER.items())


def read(folder: Path, rows: str = ROWS, rules: str = RULES, header: str = "area,sex,cases") -> TableInput:
    """Write a table and its rules into a folder, and read them."""
    (folder / "t.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    (folder / "work").mkdir(exist_ok=True)
    rules_read = load_rules(folder / "rules.yaml")
    return read_table_input(folder / "t.csv", rules_read, folder=folder, work=folder / "work")


def values(table: TableInput, measure: int = 0) -> dict[tuple[str, ...], float]:
    """Return the values by the codes of their cells."""
    return {table.codes(cell): float(table.measures[measure].values[cell]) for cell in range(len(table))}


def brute_force() -> dict[tuple[str, ...], float]:
    """Return all cells of the table, counted one by one."""
    parts = {"_T": "abc", "north": "ab", "south": "c", "a": "a", "b": "b", "c": "c"}
    sexes = {"_T": "FM", "F": "F", "M": "M"}
    return {
        (area, sex): float(sum(INNER[one] for one in product(parts[area], sexes[sex])))
        for area, sex in product(parts, sexes)
    }
