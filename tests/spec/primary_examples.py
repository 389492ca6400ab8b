"""Reads worked examples of primary rules: Markdown pages whose tables are both documentation and expected results.

A page has a title, prose, a line `Rules: KEY: VALUE; KEY: VALUE` as in a file of rules, optional lines `Measure: sums`
and `Sums: total = part + part; …`, and tables. Under `## Cells` each row is a cell with what is known of it and what is
expected: `shown` is `yes` or `[c]`. A column of contributions lists `4 x 100` for a weight of 4, `A 700` for an agent,
and `A 700 waived` for one who consents, separated by commas. `## Rates` has `rate` as `above / below`. Every column is
named in `CELL_COLUMNS` or `RATE_COLUMNS`; anything that is not understood is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from scipy import sparse

from anonymization.policies import resolve_safety
from anonymization.primary.assess import CellFacts
from anonymization.primary.contributions import Contributions, Records, largest_contributions
from anonymization.primary.rates import Rates
from anonymization.primary.units import NO_AREA
from datasets.disclosure import SafetyChoice, SafetyRules

GIVEN = ("cell", "people", "value", "contributions", "facilities", "in the largest", "population", "empty by nature")
EXPECTED = ("shown", "lower", "upper", "because")
CELL_COLUMNS = (*GIVEN, *EXPECTED)
RATE_COLUMNS = ("rate", "shown", "because")

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class PrimaryExample:
    """One worked example: the rules, the cells with what is expected of them, and rates where there are some."""

    title: str
    rules: SafetyRules
    counts: bool
    sums: dict[str, list[str]]
    cells: Rows
    rates: Rows = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [row["cell"] for row in self.cells]

    def facts(self) -> CellFacts:
        """Build what is known of the cells; a column that the page lacks is left out."""
        has = self.cells[0].keys()
        people = self._numbers("people") if "people" in has else self._people()
        return CellFacts(
            people,
            self._values(people),
            counts=self.counts,
            structural=np.array([row["empty by nature"] == "yes" for row in self.cells])
            if "empty by nature" in has
            else None,
            relations=self._relations() if self.sums else None,
            contributions=self._contributions() if "contributions" in has else None,
            units=self._numbers("facilities") if "facilities" in has else None,
            largest_unit=self._numbers("in the largest") if "in the largest" in has else None,
            population=self._numbers("population", NO_AREA) if "population" in has else None,
            rates=self.quotients(),
        )

    def quotients(self) -> Rates:
        """Build the rates of the page, none where it has none."""
        parts = [row["rate"].split(" / ") for row in self.rates]
        places = np.array([[self.names.index(name) for name in pair] for pair in parts], dtype=np.int64).reshape(-1, 2)
        return Rates(places[:, 0], places[:, 1])

    def _numbers(self, column: str, empty: int = 0) -> npt.NDArray[np.int64]:
        texts = [row[column].replace(",", "") for row in self.cells]
        return np.array([int(text) if text else empty for text in texts], dtype=np.int64)

    def _values(self, people: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        if "value" in self.cells[0]:
            return self._numbers("value")
        return people if self.counts else np.array([sum(w * v for _, v, w, _ in one) for one in self._listed()])

    def _people(self) -> npt.NDArray[np.int64]:
        return np.array([len({agent for agent, _, _, _ in one}) for one in self._listed()])

    def _relations(self) -> sparse.csr_array:
        matrix = np.zeros((len(self.sums), len(self.cells)), dtype=np.int64)
        for row, (total, parts) in enumerate(self.sums.items()):
            matrix[row, self.names.index(total)] = -1
            matrix[row, [self.names.index(part) for part in parts]] = 1
        return sparse.csr_array(matrix)

    def _contributions(self) -> Contributions:
        listed = self._listed()
        agents = {name: number for number, name in enumerate(sorted({one[0] for cell in listed for one in cell}))}
        flat = [(cell, agents[one[0]], *one[1:]) for cell, own in enumerate(listed) for one in own]
        cell, agent, value, weight, waived = (np.array(column) for column in zip(*flat, strict=True))
        weights = None if (weight == 1).all() else weight.astype(np.float64)
        return largest_contributions(Records(cell, agent, value, weights, waived), len(self.cells))

    def _listed(self) -> list[list[tuple[str, int, int, bool]]]:
        return [
            [_contribution(text, number) for number, text in enumerate(row["contributions"].split(","))]
            for row in self.cells
        ]


def _contribution(text: str, number: int) -> tuple[str, int, int, bool]:
    found = re.fullmatch(r"(?:(\d+) x )?(?:([A-Z]) )?(-?\d+)( waived)?", text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a contribution")
    return found[2] or f"#{number}", int(found[3]), int(found[1] or 1), found[4] is not None


def read_primary_example(path: Path) -> PrimaryExample:
    """Read one page; anything that is not understood is an error."""
    text = path.read_text(encoding="utf-8")
    title, rules = re.match(r"# (.+)\n", text), re.search(r"^Rules: (.+)$", text, re.MULTILINE)
    if title is None or rules is None:
        raise ValueError(f"{path.name}: needs a title and a line of rules")
    sums = re.search(r"^Sums: (.+)$", text, re.MULTILINE)
    families = [one.split(" = ") for one in sums[1].split("; ")] if sums else []
    tables = dict(re.findall(r"^## (Cells|Rates)\n\n((?:\|.*\n?)+)", text, re.MULTILINE))
    return PrimaryExample(
        title[1],
        _rules(rules[1]),
        counts="Measure: sums" not in text,
        sums={total: parts.split(" + ") for total, parts in families},
        cells=_rows(tables["Cells"], CELL_COLUMNS),
        rates=_rows(tables["Rates"], RATE_COLUMNS) if "Rates" in tables else [],
    )


def _rules(line: str) -> SafetyRules:
    keys: dict[str, Any] = yaml.safe_load("{" + line.replace("; ", ", ") + "}")
    return resolve_safety(SafetyChoice(**keys)) if "policy" in keys else SafetyRules(**keys)


def _rows(body: str, known: tuple[str, ...]) -> Rows:
    lines = [[one.strip() for one in line.strip().strip("|").split("|")] for line in body.strip().splitlines()]
    unknown = set(lines[0]) - set(known)
    if unknown:
        raise ValueError(f"unknown columns: {', '.join(sorted(unknown))}")
    return [dict(zip(lines[0], row, strict=True)) for row in lines[2:]]
