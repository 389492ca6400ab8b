"""Reads worked disclosure examples: Markdown pages whose tables are both documentation and expected results.

A page has a title, prose, one line `Rules: threshold 5, zeros publish` that may go on `, facilities 3`,
`, p 10 percent` and `, interval` in this order, optional lines `Hierarchy area: _T > north south; north > n1 n2`,
`Population died: part of all` and `Always shown: area _T north, kind hip` (a dimension that is left out stands at its
total), and tables, each under a heading `## Given NAME (POPULATION)` or `## Published NAME (POPULATION)`; from how many
facilities given cells come stands under `## Facilities NAME (POPULATION)`, and of those who are in the whole alone
under `## Facilities outside NAME (POPULATION)`. Who paid how much in the finest cells stands under
`## Contributions NAME (POPULATION)` as `x 1000, y 30`, and the sums that are published of it under
`## Published sums NAME (POPULATION)`. The first cell of a table names its dimensions, `area` or `area / sex`. A blank
cell is not part of the table; `[c]` is withheld.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from anonymization.chosen_cells import Chosen
from anonymization.dimension import TOTAL, Dimension
from anonymization.table import Measure, Population, Table, TableSet
from datasets.cell_rules import Facilities
from datasets.disclosure import Concentration, DisclosureRules, PPercent, ZeroPolicy

Grid = dict[tuple[str, ...], str]
"""The text of each cell by its members."""

WITHHELD = "[c]"

KINDS = {
    "Given": "given",
    "Published": "published",
    "Facilities": "facilities",
    "Facilities outside": "outside",
    "Contributions": "contributions",
    "Published sums": "published_sums",
}
"""Headings of tables, and the fields of an example that they are read into."""


@dataclass
class Example:
    """One worked example: what is given, the rules, and what is published, by table and population."""

    title: str
    rules: DisclosureRules
    dimensions: dict[str, list[str]] = field(default_factory=dict)
    hierarchies: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    axes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    given: dict[tuple[str, str], Grid] = field(default_factory=dict)
    published: dict[tuple[str, str], Grid] = field(default_factory=dict)
    facilities: dict[tuple[str, str], Grid] = field(default_factory=dict)
    outside: dict[tuple[str, str], Grid] = field(default_factory=dict)
    always_shown: list[str] = field(default_factory=list)
    contributions: dict[tuple[str, str], Grid] = field(default_factory=dict)
    published_sums: dict[tuple[str, str], Grid] = field(default_factory=dict)

    def tables(self) -> TableSet:
        """Build what is to be protected; the measure of a population has its name."""
        dimensions = tuple(self._dimension(name, members) for name, members in self.dimensions.items())
        names = list(dict.fromkeys(population for _, population in self.given))
        populations = tuple(Population(name, self.parts.get(name)) for name in names)
        measures = tuple(Measure(name, name) for name in names)
        paid = dict.fromkeys(population for _, population in self.contributions)
        measures += tuple(Measure(sum_of(name), name, adds_up="amounts") for name in paid)
        listed = {one.name: one.members for one in dimensions}
        tables = tuple(self._table(name, listed) for name in self.axes)
        shown = tuple(self._chosen(text, listed, names) for text in self.always_shown)
        return TableSet(dimensions, populations, measures, tables, always_shown=shown)

    def _chosen(self, text: str, members: dict[str, tuple[str, ...]], populations: list[str]) -> Chosen:
        named = {axis: own for axis, *own in (one.split() for one in text.split(","))}
        at = {axis: frozenset(members[axis].index(one) for one in own) for axis, own in named.items()}
        return Chosen(text, at, frozenset(populations))

    def _dimension(self, name: str, found: list[str]) -> Dimension:
        members = tuple(found)
        families = self.hierarchies.get(name)
        if families is None:
            families = {TOTAL: [one for one in members if one != TOTAL]} if TOTAL in members else {}
        above = {child: parent for parent, children in families.items() for child in children}
        return Dimension(name, members, (tuple(members.index(above[one]) if one in above else -1 for one in members),))

    def _table(self, name: str, members: dict[str, tuple[str, ...]]) -> Table:
        grids = {population: grid for (table, population), grid in self.given.items() if table == name}
        places = list(next(iter(grids.values())))
        axes = self.axes[name]
        counts = {population: np.array([int(grid[one]) for one in places]) for population, grid in grids.items()}
        at = {
            axis: np.array([members[axis].index(place[number]) for place in places]) for number, axis in enumerate(axes)
        }
        units, outside = (
            {
                population: np.array([int(grid[one]) for one in places])
                for (table, population), grid in given
                if table == name
            }
            for given in (self.facilities.items(), self.outside.items())
        )
        paid = {of: self._sizes(places, grid) for (table, of), grid in self.contributions.items() if table == name}
        values = counts | {sum_of(of): sizes[:, 0].astype(np.int64) for of, sizes in paid.items()}
        amounts = {sum_of(of): sizes for of, sizes in paid.items()}
        return Table(name, axes, at, counts, values, units=units, units_outside=outside, amounts=amounts)

    @staticmethod
    def _sizes(places: list[tuple[str, ...]], finest: Grid) -> npt.NDArray[np.float64]:
        """Add up what each contributor has in a cell; the total and the three largest."""
        found = []
        for place in places:
            own: dict[str, int] = defaultdict(int)
            for at, text in finest.items():
                if all(one in (TOTAL, other) for one, other in zip(place, at, strict=True)):
                    for who, amount in (one.split() for one in text.split(",")):
                        own[who] += int(amount)
            falling = sorted(own.values(), reverse=True)
            found.append([sum(falling), *falling, 0, 0, 0][:4])
        return np.array(found, dtype=np.float64)


def sum_of(population: str) -> str:
    """Return the name of the sum of what a population pays."""
    return f"paid by {population}"


def read_example(path: Path) -> Example:
    """Read one page; anything that is not understood is an error."""
    text = path.read_text(encoding="utf-8")
    title = re.match(r"# (.+)\n", text)
    rules = re.search(
        r"^Rules: threshold (\d+), zeros (publish|protect)(?:, facilities (\d+))?(?:, p (\d+) percent)?(, interval)?$",
        text,
        re.MULTILINE,
    )
    if title is None or rules is None:
        raise ValueError(f"{path.name}: needs a title and a line of rules")
    example = Example(
        title[1],
        DisclosureRules(
            policy="example",
            method="suppression",
            threshold=int(rules[1]),
            zeros=cast("ZeroPolicy", rules[2]),
            units=Facilities(column="hospital", fewest=int(rules[3])) if rules[3] else None,
            concentration=Concentration(column="payer", p_percent=PPercent(p=float(rules[4]))) if rules[4] else None,
            guarantee="interval" if rules[5] else "exact",
        ),
    )
    for name, families in re.findall(r"^Hierarchy (\w+): (.+)$", text, re.MULTILINE):
        pairs = [one.split(" > ") for one in families.split("; ")]
        example.hierarchies[name] = {parent.strip(): children.split() for parent, children in pairs}
    example.always_shown += re.findall(r"^Always shown: (.+)$", text, re.MULTILINE)
    example.parts.update(re.findall(r"^Population (\w+): part of (\w+)$", text, re.MULTILINE))
    for kind, name, population, body in re.findall(
        rf"^## ({'|'.join(KINDS)}) (\w+) \((\w+)\)\n\n((?:\|.*\n)+)", text, re.MULTILINE
    ):
        _read_grid(example, kind, (name, population), body)
    return example


def _read_grid(example: Example, kind: str, key: tuple[str, str], body: str) -> None:
    lines = [[one.strip() for one in line.strip().strip("|").split("|")] for line in body.strip().splitlines()]
    header, rows = lines[0], lines[2:]
    axes = tuple(one.strip() for one in header[0].split("/"))
    grid: Grid = {}
    for row in rows:
        for column, value in zip(header[1:], row[1:], strict=True):
            members = (row[0], column)[: len(axes)]
            for axis, member in zip(axes, members, strict=True):
                known = example.dimensions.setdefault(axis, [])
                if member not in known:
                    known.append(member)
            if value:
                grid[members] = value
    example.axes[key[0]] = axes
    getattr(example, KINDS[kind])[key] = grid
