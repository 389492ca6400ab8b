"""Demands that earlier releases make impossible: told in words, with the coarser releases that would be possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from anonymization.ledger_cells import CONTRIBUTORS
from anonymization.relations import Flags
from anonymization.table import Dimension, Table, TableSet
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk, Problem

TRIED_CELLS = 20_000
"""Up to so many cells, coarser releases are protected to see whether that succeeds; of larger ones they are named."""

TRIES = 8
"""The most coarser releases that are tried."""


def check_possible(tables: TableSet, sensitive: Flags, rules: DisclosureRules) -> None:
    """Raise DisclosureRisk where earlier releases have shown what is sensitive now, or hid what is to be shown.

    `sensitive` is bool (nodes,). Values are never told, only how many cells of which table, and which release did it.
    """
    problems: list[Problem] = []
    empty = tables.contributors == 0
    for number, entry in enumerate(tables.ledger.entries):
        name = tables.earlier[number].name
        told = entry.told(CONTRIBUTORS)[: len(tables.nodes)]
        hidden = entry.withheld[: len(tables.nodes)] & tables.ledger.kept
        if rules.method == "none":
            rule = f"cells would be shown that {name} withheld"
            remedy = "keep method: suppression for this edition; what was withheld once must stay so"
            problems += _of_tables(tables, hidden, rule, remedy)
            continue
        rule = f"cells must be withheld, but {name} showed them with the value that they still have"
        remedy = (
            "readers have these numbers, and no program can take them back: publish coarser tables, or leave the"
            " edition as it is and say in its methods what is wrong; where the rules were changed, keep the earlier"
            " ones"
        )
        problems += _of_tables(tables, told & sensitive, rule, remedy)
        if rules.zeros == "publish":
            rule = f"empty cells would be shown that {name} withheld because it protected zeros"
            problems += _of_tables(tables, hidden & empty, rule, "keep zeros: protect for this edition")
    if problems:
        raise DisclosureRisk("Earlier releases make this one impossible.", problems=problems)


def _of_tables(tables: TableSet, cells: Flags, rule: str, remedy: str) -> Iterator[Problem]:
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        count = int((cells & tables.shown)[nodes].sum())
        if count and any(table is one for one in tables.tables):
            place = f"table {table.name!r} ({', '.join(table.dimensions)}), population {population!r}"
            yield Problem(place, f"{count} {rule}", remedy)


def advice(tables: TableSet, succeeds: Callable[[TableSet], bool]) -> Problem:
    """Return which coarser releases would be possible; they are tried where the release is small enough for that."""
    choices = list(coarser(tables))
    if not choices:
        return Problem("coarser tables", "there are none: this edition cannot be published again with these tables")
    if len(tables.nodes) > TRIED_CELLS:
        named = "; ".join(words for words, _ in choices)
        return Problem("coarser tables", "were not tried, because the release is large", f"try: {named}")
    helpful = [words for words, coarse in choices[:TRIES] if succeeds(coarse)]
    if helpful:
        return Problem("coarser tables", "would succeed", f"publish it {'; or '.join(helpful)}")
    tried = "; ".join(words for words, _ in choices[:TRIES])
    return Problem(
        "coarser tables", f"would not succeed either: {tried}", "combine them, or leave the edition as it is"
    )


def coarser(tables: TableSet) -> Iterator[tuple[str, TableSet]]:
    """Yield releases with less detail, with what they are called: fewer members, fewer dimensions, fewer tables."""
    for dimension in tables.dimensions:
        finest = _finest(dimension)
        if finest:
            words = f"without the finest members of {dimension.name}"
            yield words, _with(tables, [_without_members(one, dimension, finest) for one in tables.tables])
    for table in tables.tables:
        for dimension in tables.dimensions:
            if dimension.name in table.dimensions and dimension.has_total and len(table.dimensions) > 1:
                words = f"with the table {table.name!r} without {dimension.name}"
                coarse = [_without_dimension(one, dimension) if one is table else one for one in tables.tables]
                yield words, _with(tables, coarse)
    for table in tables.tables:
        if len(tables.tables) > 1:
            yield f"without the table {table.name!r}", _with(tables, [one for one in tables.tables if one is not table])


def _with(tables: TableSet, chosen: list[Table]) -> TableSet:
    return replace(tables, tables=tuple(chosen))


def _finest(dimension: Dimension) -> tuple[int, ...]:
    """Return the members furthest below the roots where there are at least two levels besides a total."""
    depths = [0] * len(dimension.members)
    for _ in dimension.members:
        for parent, children in dimension.sums:
            for child in children:
                above = depths[parent] if parent < len(depths) else -1
                depths[child] = max(depths[child], above + 1)
    levels = max(depths) + 1 - dimension.has_total
    return tuple(member for member, depth in enumerate(depths) if depth == max(depths)) if levels > 1 else ()


def _without_members(table: Table, dimension: Dimension, members: tuple[int, ...]) -> Table:
    if dimension.name not in table.dimensions:
        return table
    return _rows(table, ~np.isin(table.coordinates[dimension.name], members), table.dimensions)


def _without_dimension(table: Table, dimension: Dimension) -> Table:
    kept = table.coordinates[dimension.name] == dimension.total
    return _rows(table, kept, tuple(name for name in table.dimensions if name != dimension.name))


def _rows(table: Table, kept: Flags, dimensions: tuple[str, ...]) -> Table:
    return Table(
        table.name,
        dimensions,
        {name: table.coordinates[name][kept] for name in dimensions},
        {name: own[kept] for name, own in table.contributors.items()},
        {name: own[kept] for name, own in table.values.items()},
        units={name: own[kept] for name, own in table.units.items()},
        units_outside={name: own[kept] for name, own in table.units_outside.items()},
        amounts={name: own[kept] for name, own in table.amounts.items()},
        amounts_outside={name: own[kept] for name, own in table.amounts_outside.items()},
    )
