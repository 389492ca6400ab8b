"""Small inputs for `ytemo protect` and `ytemo audit`, a raw system and a table, and how the commands are run."""

from __future__ import annotations

import csv
from pathlib import Path

from typer.testing import CliRunner, Result

from portal.cli import app

CELLS = """\
cell,value,primary,structural_zero,lower_protection,upper_protection
all,60,0,0,0,0
r1,24,0,0,0,0
r2,36,0,0,0,0
c1,20,0,0,0,0
c2,40,0,0,0,0
a,4,1,0,3,3
b,20,0,0,0,0
c,16,0,0,0,0
d,20,0,0,0,0
"""
SUMS = {
    "rows": "all r1 r2",
    "columns": "all c1 c2",
    "row 1": "r1 a b",
    "row 2": "r2 c d",
    "left": "c1 a c",
    "right": "c2 b d",
}
RELATIONS = "relation,cell,coefficient\n" + "".join(
    f"{name},{cell},{'-1' if place == 0 else '1'}\n"
    for name, cells in SUMS.items()
    for place, cell in enumerate(cells.split())
)

TABLE_RULES = """
dimensions:
  area: {hierarchies: [{parents: {north: [a, b], south: [c, d]}}]}
  cause: {}
measures:
  cases: {}
  deaths: {}
rates:
  fatality: {numerator: deaths, denominator: cases, per: 100}
frozen: [{area: _T, cause: _T}]
safety: {policy: vn_proposed}
"""
CASES = {
    ("a", "x"): (12, 0), ("a", "y"): (30, 11), ("b", "x"): (9, 6), ("b", "y"): (3, 0), ("c", "x"): (40, 20),
    ("c", "y"): (25, 8), ("d", "x"): (16, 7), ("d", "y"): (0, 0),
}  # fmt: skip


def run(*arguments: str | Path) -> Result:
    """Run a command with the least effort."""
    quick = ["--effort", "0"] if arguments[0] == "protect" and "--effort" not in arguments else []
    return CliRunner().invoke(app, [*map(str, arguments), *quick])


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
