"""Reads worked examples of perturbation: Markdown pages whose tables are both documentation and expected results.

A page has a title, prose, one line `Method: nearest, base 5` (or `controlled`, `small counts` with a base, or
`cell key, threshold 10`), and tables under `## Given`, `## Published` and, for cell keys, `## Cell keys` and
`## Noise` (rows: counts, columns: cell keys; the last row serves all larger counts). Tables are two-way or one-way with
the total `_T` first. `[c]` is withheld.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from anonymization.perturbation.cell_key import perturb
from anonymization.perturbation.controlled_rounding import round_controlled
from anonymization.perturbation.counts import Perturbed
from anonymization.perturbation.noise_table import NoiseTable
from anonymization.perturbation.rounding import round_nearest
from anonymization.perturbation.small_counts import round_small_counts
from anonymization.relations import Ints

WITHHELD = "[c]"
Grid = list[list[str]]


@dataclass(frozen=True)
class Page:
    """One worked example: its title, the method with its number, and its tables without their headings."""

    title: str
    method: str
    number: int
    grids: dict[str, Grid]

    def counts(self, name: str) -> Ints:
        """The numbers of one table, int64 (rows, columns)."""
        return np.array([[int(one) for one in row] for row in self.grids[name]], dtype=np.int64)

    def relations(self) -> sparse.csr_array:
        """One row for each sum: the total comes first in every row and column that has parts."""
        height, width = self.counts("Given").shape
        cells = np.arange(height * width).reshape(height, width)
        lines = [line for line in (*cells, *cells.T) if len(line) > 1]
        matrix = np.zeros((len(lines), cells.size), dtype=np.int64)
        for row, line in zip(matrix, lines, strict=True):
            row[line[0]], row[line[1:]] = -1, 1
        return sparse.csr_array(matrix)

    def result(self) -> Perturbed:
        """What the method publishes."""
        counts = self.counts("Given").reshape(-1)
        if self.method == "nearest":
            return round_nearest(counts, base=self.number)
        if self.method == "controlled":
            return round_controlled(self.relations(), counts, base=self.number).published
        if self.method == "small counts":
            return round_small_counts(self.relations(), counts, base=self.number)
        table = NoiseTable(self.counts("Noise"), 1)
        return perturb(counts, self.counts("Cell keys").reshape(-1), table, threshold=self.number)

    def published(self) -> Grid:
        """What the method publishes, in the form of the page."""
        found = self.result()
        cells = [str(value) if seen else WITHHELD for value, seen in zip(found.values, found.shown, strict=True)]
        width = self.counts("Given").shape[1]
        return [cells[first : first + width] for first in range(0, len(cells), width)]


def read_page(path: Path) -> Page:
    """Read one page; anything that is not understood is an error."""
    text = path.read_text(encoding="utf-8")
    title = re.match(r"# (.+)\n", text)
    method = re.search(
        r"^Method: (nearest|controlled|small counts|cell key), (?:base|threshold) (\d+)$", text, re.MULTILINE
    )
    if title is None or method is None:
        raise ValueError(f"{path.name}: needs a title and a line with the method")
    grids = {}
    for name, body in re.findall(r"^## (Given|Published|Cell keys|Noise)\n\n((?:\|.*\n)+)", text, re.MULTILINE):
        lines = [[one.strip() for one in line.strip("|").split("|")] for line in body.splitlines()]
        grids[name] = [line[1:] for line in lines[2:]]
    return Page(title[1], method[1], int(method[2]), grids)
