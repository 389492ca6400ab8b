"""Tables counted from records: every margin with its own contributors, largest contributions and facilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from anonymization.dimension import Dimension
from anonymization.primary.contributions import Records, largest_contributions
from anonymization.relations import Flags, Ints
from anonymization.system import Reals
from datasets.errors import Problem, SourceInvalid
from publishers.standalone.parts import name_of_left, wholes_of
from publishers.standalone.rules_file import MeasureRule, RecordsRule, TableRules
from publishers.standalone.table_input import MeasureInput, TableInput, cells_where, is_single, shape_of
from publishers.standalone.text_tables import TextTable

MOST_ENTRIES = 60_000_000
"""Records times the margins that each is in: what is in memory at once."""


def records_input(
    table: TextTable, rules: TableRules, dimensions: tuple[Dimension, ...], codes: Sequence[Ints]
) -> TableInput:
    """Count records, which are rows, in every cell; `codes` has one int64 (rows,) array of members for each dimension.

    A person who is in several cells counts once in each, and once in each margin. Raises `SourceInvalid` for a record
    in a total, and for a count that is not a whole number.
    """
    assert rules.records is not None
    for dimension, members in zip(dimensions, codes, strict=True):
        parents = np.isin(members, [parent for parent, _ in dimension.sums])
        rule = rules.dimensions[dimension.name]
        table.refuse(
            np.flatnonzero(parents),
            rule.column or dimension.name,
            "is a sum of other codes",
            "a record has a single one",
        )
    row, cell = spread_records(dimensions, codes)
    agent = _agents(table, rules.records)
    size = int(np.prod(shape_of(dimensions)))
    totals = [rule.total for rule in rules.dimensions.values()]
    spread = (row, cell, agent, size)
    numbers = {name: _numbers(name, rule, table) for name, rule in rules.measures.items()}
    measures = tuple(
        replace(
            _measure((name, rule.kind == "count"), numbers[name], spread),
            left={whole: _left(table, rules, (name, whole), numbers, spread) for whole in _wholes(rules, name)},
        )
        for name, rule in rules.measures.items()
    )
    none = np.zeros(size, np.bool_)
    units = _units(table, rules.records, spread)
    return TableInput(
        dimensions,
        measures,
        cells_where(dimensions, rules.structural_zeros, totals, "structural_zeros"),
        cells_where(dimensions, rules.frozen, totals, "frozen"),
        none,
        rules.tolerance or 0.0,
        none,
        units=None if units is None else units[0],
        largest_unit=None if units is None else units[1],
        computed=int((~is_single(dimensions)).sum()),
    )


_Spread = tuple[Ints, Ints, Ints, int]
"""For each entry its row and its cell, for each row its contributor, and the number of cells."""


def spread_records(dimensions: Sequence[Dimension], codes: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Return each record once for every cell that it is counted in, margins included: rows and cells, both int64."""
    shape = shape_of(dimensions)
    rows = np.arange(len(codes[0]))
    cells = np.zeros(len(rows), dtype=np.int64)
    for dimension, members, width in zip(dimensions, codes, shape, strict=True):
        above = [_closure(dimension, member) for member in range(width)]
        times = np.array([len(one) for one in above])[members[rows]]
        if int(times.sum()) > MOST_ENTRIES:
            problem = Problem(
                "records", f"make more than {MOST_ENTRIES:,} entries with all margins", "count them first"
            )
            raise SourceInvalid("There are too many records", problems=[problem])
        starts = np.cumsum([0, *(len(one) for one in above)])
        flat = np.concatenate([np.array(one, dtype=np.int64) for one in above])
        offset = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
        expanded = flat[np.repeat(starts[members[rows]], times) + offset]
        cells = np.repeat(cells, times) * width + expanded
        rows = np.repeat(rows, times)
    return rows, cells


def _closure(dimension: Dimension, member: int) -> list[int]:
    found = {member}
    for hierarchy in dimension.hierarchies:
        at = member
        while hierarchy[at] >= 0:
            at = hierarchy[at]
            found.add(at)
    return sorted(found)


def _agents(table: TextTable, rule: RecordsRule) -> Ints:
    """Number the contributors; those of one holding are one."""
    who = table.columns[rule.contributor]
    remedy = "say who it is; whoever is not known gets a code of their own"
    table.refuse(np.flatnonzero(np.asarray(pc.equal(who, ""))), rule.contributor, "is empty", remedy)
    names = pc.binary_join_element_wise("c", who, ":")
    if rule.holding is not None:
        holding = table.columns[rule.holding]
        names = pc.if_else(pc.equal(holding, ""), names, pc.binary_join_element_wise("h", holding, ":"))
    return np.asarray(names.combine_chunks().dictionary_encode().indices, dtype=np.int64)


def _numbers(name: str, rule: MeasureRule, table: TextTable) -> Reals:
    """Return what each record adds to a measure, float64 (rows,)."""
    if rule.kind == "sum":
        return table.numbers(rule.column or name)
    return np.ones(len(table)) if rule.column is None else table.counts(rule.column).astype(np.float64)


def _wholes(rules: TableRules, name: str) -> list[str]:
    return wholes_of(name, {one: rule.part_of for one, rule in rules.measures.items()})


def _left(
    table: TextTable, rules: TableRules, of: tuple[str, str], numbers: Mapping[str, Reals], spread: _Spread
) -> MeasureInput:
    """Count what is left of a whole without its part; `of` names the part and then the whole."""
    part, whole = of
    left = numbers[whole] - numbers[part]
    rule = f"is larger than {whole}, of which it is said to be a part"
    table.refuse(np.flatnonzero(left < 0), rules.measures[part].column or part, rule, "correct it, or the rules")
    return _measure((name_of_left(whole, part), True), left, spread)


def _measure(called: tuple[str, bool], numbers: Reals, spread: _Spread) -> MeasureInput:
    """Add up what records add to a measure; `called` are its name and whether it is a count."""
    row, cell, agent, size = spread
    name, counts = called
    kept: Flags = numbers[row] > 0 if counts else np.ones(len(row), dtype=np.bool_)
    row, cell = row[kept], cell[kept]
    contributions = largest_contributions(Records(cell, agent[row], numbers[row]), size)
    values = np.bincount(cell, weights=numbers[row], minlength=size).astype(np.float64)
    people = contributions.agents.astype(np.int64)
    return MeasureInput(name, values, people, counts, None if counts else contributions, contributions.sole)


def _units(table: TextTable, rule: RecordsRule, spread: _Spread) -> tuple[Ints, Ints] | None:
    """Return how many facilities are behind each cell, and the contributors of the largest, int64 (cells,)."""
    if rule.unit is None:
        return None
    row, cell, agent, size = spread
    unit = np.asarray(table.texts(rule.unit).combine_chunks().dictionary_encode().indices, dtype=np.int64)[row]
    each = np.unique(np.column_stack([cell, unit, agent[row]]), axis=0)
    of_unit, people = np.unique(each[:, :2], axis=0, return_counts=True)
    units = np.bincount(of_unit[:, 0], minlength=size)
    largest = np.zeros(size, dtype=np.int64)
    np.maximum.at(largest, of_unit[:, 0], people)
    return units.astype(np.int64), largest
