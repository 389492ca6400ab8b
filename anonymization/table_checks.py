"""What must hold of a set of tables before it can be protected: names, shapes, agreement, and margins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from anonymization.amounts import problems_of_amounts
from anonymization.chosen_cells import problems_of_choices
from anonymization.ledger_checks import problems_of_ledger
from anonymization.relations import Flags, Ints
from datasets.errors import Problem

if TYPE_CHECKING:
    from anonymization.table import Measure, Table, TableSet, Values

RELATIVE_ROUNDING = 1e-9
"""How far a sum of real numbers may be from its published margin, relative to the largest value."""


def problems_of_names(tables: TableSet) -> list[Problem]:
    """Return what is wrong with names, shapes and single values, table by table."""
    problems = [*_repeated(tables), *_population_problems(tables), *_measure_problems(tables), *_link_problems(tables)]
    problems += problems_of_choices(tables)
    for table in (*tables.tables, *tables.hidden):
        problems += _table_problems(tables, table)
    return problems or problems_of_ledger(tables)


def problems_of_cells(tables: TableSet) -> list[Problem]:
    """Return where cells contradict one another: repeated cells, tables that disagree, margins that do not add up."""
    problems = _repeated_cells(tables) or _disagreements(tables)
    if problems:
        return problems
    return [*_missing_relatives(tables), *_complement_problems(tables), *_margin_problems(tables)]


def _repeated(tables: TableSet) -> list[Problem]:
    kinds: list[tuple[str, Iterable[str]]] = [
        ("dimension", (one.name for one in tables.dimensions)),
        ("population", (one.name for one in tables.populations)),
        ("measure", (one.name for one in tables.measures)),
        ("table", (one.name for one in (*tables.tables, *tables.hidden))),
        ("link", (one.name for one in tables.links)),
    ]
    return [
        Problem(f"{kind} {name!r}", "must be given once", "rename or remove the other")
        for kind, names in kinds
        for name, count in Counter(names).items()
        if count > 1
    ] + ([] if tables.tables else [Problem("tables", "must not be empty")])


def _population_problems(tables: TableSet) -> list[Problem]:
    wholes = {one.name: one.complement_of for one in tables.populations}
    problems = []
    for name, whole in wholes.items():
        if whole is not None and (whole not in wholes or whole == name or wholes[whole] is not None):
            rule = "complement_of must name a population that is not itself part of another"
            problems.append(Problem(f"population {name!r}", rule, "name the population that this one is taken from"))
    return problems


def _measure_problems(tables: TableSet) -> list[Problem]:
    known = {one.name for one in tables.populations}
    return [
        Problem(f"measure {one.name!r}", f"population {one.population!r} is unknown", "declare it, or correct the name")
        for one in tables.measures
        if one.population not in known
    ]


def _link_problems(tables: TableSet) -> list[Problem]:
    sizes = {one.name: len(one.members) for one in tables.dimensions}
    problems = []
    for link in tables.links:
        sides = (link.children, link.parents)
        known = all(members and set(members) <= set(range(sizes.get(name, 0))) for name, members in sides)
        if not known or link.children[0] == link.parents[0]:
            rule = "must name members of two different dimensions on its two sides"
            problems.append(Problem(f"link {link.name!r}", rule, "name dimensions of the release and members by index"))
    return problems


def _table_problems(tables: TableSet, table: Table) -> list[Problem]:
    place = f"table {table.name!r}"
    if set(table.coordinates) != set(table.dimensions) or len(set(table.dimensions)) < len(table.dimensions):
        return [Problem(place, "must have coordinates for each of its dimensions, and for no other")]
    unknown = [
        *_unknown("dimension", table.dimensions, [one.name for one in tables.dimensions]),
        *_unknown("population", table.contributors, [one.name for one in tables.populations]),
        *_unknown("measure", table.values, [one.name for one in tables.measures]),
        *_unknown("measure of contributions", [*table.amounts, *table.amounts_outside], list(table.values)),
        *_unknown("population of facilities", [*table.units, *table.units_outside], list(table.contributors)),
    ]
    if unknown or not table.contributors:
        return [Problem(place, what, "declare it, or correct the name") for what in unknown or ["counts no population"]]
    arrays = [*table.coordinates.values(), *table.contributors.values(), *table.values.values()]
    arrays += [*table.units.values(), *table.units_outside.values()]
    if any(array.shape != (len(table),) for array in arrays):
        return [Problem(place, "all arrays must be one-dimensional and of one length")]
    values = [*_range_problems(tables, table), *_value_problems(tables, table)]
    return values or list(problems_of_amounts(tables, table))


def _unknown(kind: str, names: Iterable[str], known: Sequence[str]) -> list[str]:
    return [f"{kind} {name!r} is unknown" for name in names if name not in known]


def _range_problems(tables: TableSet, table: Table) -> list[Problem]:
    problems = []
    for one in tables.dimensions:
        if one.name in table.dimensions:
            at = table.coordinates[one.name]
            wrong = int(((at < 0) | (at >= len(one.members))).sum())
            if wrong:
                place = f"table {table.name!r}, dimension {one.name!r}"
                problems.append(Problem(place, f"{wrong} coordinates are not the index of a member"))
    for population, counts in table.contributors.items():
        if (counts < 0).any():
            place = f"table {table.name!r}, population {population!r}"
            problems.append(Problem(place, f"{int((counts < 0).sum())} cells have a negative number of contributors"))
    return [*problems, *_unit_problems(table)]


def _unit_problems(table: Table) -> Iterable[Problem]:
    """Facilities may be unknown, so that a cell may have fewer than one; but none without contributors."""
    for name, units in (*table.units.items(), *table.units_outside.items()):
        if (units < 0).any():
            rule = f"{int((units < 0).sum())} cells have a negative number of facilities"
            yield Problem(f"table {table.name!r}, population {name!r}", rule)
    for name, units in table.units.items():
        empty = int(((units > 0) & (table.contributors[name] == 0)).sum())
        if empty:
            yield Problem(f"table {table.name!r}, population {name!r}", f"{empty} cells have facilities but nobody")


def _value_problems(tables: TableSet, table: Table) -> list[Problem]:
    problems = []
    for measure in tables.measures:
        if measure.name in table.values:
            place = f"table {table.name!r}, measure {measure.name!r}"
            if measure.population not in table.contributors:
                rule = f"the table must give the contributors of population {measure.population!r}"
                problems.append(Problem(place, rule))
            elif table.values[measure.name].dtype.kind not in "iuf":
                problems.append(Problem(place, "values must be numbers"))
            else:
                problems += _number_problems(place, measure, table)
    return problems


def _number_problems(place: str, measure: Measure, table: Table) -> list[Problem]:
    values = table.values[measure.name]
    wrong: dict[str, Flags] = {"are not finite": ~np.isfinite(values)}
    if measure.integer:
        wrong["are not whole numbers"] = values != np.round(values)
    if measure.integer or not measure.additive:
        wrong["are negative"] = values < 0
    wrong["have a value but no contributors"] = (table.contributors[measure.population] == 0) & (values != 0)
    return [Problem(place, f"{int(cells.sum())} cells {rule}") for rule, cells in wrong.items() if cells.any()]


def _repeated_cells(tables: TableSet) -> list[Problem]:
    problems = []
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        repeats = len(nodes) - len(np.unique(nodes))
        if repeats:
            place = f"table {table.name!r}, population {population!r}"
            problems.append(Problem(place, f"{repeats} cells are given more than once", "give every cell once"))
    return problems


def _disagreements(tables: TableSet) -> list[Problem]:
    merged = {measure.name: tables.measure_on_nodes(measure)[0] for measure in tables.measures}
    problems = []
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        columns: list[tuple[str, Values, Values]] = [
            ("contributors", table.contributors[population], tables.contributors)
        ]
        for what, given, everywhere in (
            ("facilities", table.units, tables.units),
            ("facilities outside", table.units_outside, tables.units_outside),
        ):
            columns += [(what, given[population], everywhere)] if population in given else []
        columns += [
            (f"measure {one.name!r}", table.values[one.name], merged[one.name])
            for one in tables.measures
            if one.population == population and one.name in table.values
        ]
        for what, own, shared in columns:
            wrong = int((np.abs(own - shared[nodes]) > _rounding(shared)).sum())
            if wrong:
                rule = f"{wrong} cells differ from the same cells in another table"
                problems.append(Problem(f"table {table.name!r}, {what}", rule, "tabulate both from the same records"))
    return problems


def _missing_relatives(tables: TableSet) -> list[Problem]:
    return [
        Problem(
            f"tables {', '.join(repr(one.name) for one in tables.tables)}, dimension {dimension.name!r}",
            f"{count} cells are published with some but not all of the cells that add up to them",
            "publish all of them, zeros included, or leave them all out",
        )
        for dimension, count in zip(tables.dimensions, tables.relations.broken, strict=True)
        if count
    ]


def _complement_problems(tables: TableSet) -> list[Problem]:
    parts = [one for one in tables.populations if one.complement_of is not None]
    problems = []
    for population, (whole, part) in zip(parts, tables.complements(), strict=True):
        wrong = int((tables.contributors[part] > tables.contributors[whole]).sum())
        if wrong:
            rule = f"{wrong} cells have more contributors than population {population.complement_of!r}"
            problems.append(Problem(f"population {population.name!r}", rule))
    return problems


def _margin_problems(tables: TableSet) -> list[Problem]:
    everywhere = np.ones(len(tables.nodes), dtype=np.bool_)
    problems = _broken_sums(tables, "contributors", tables.contributors, everywhere, additive=False)
    problems += _broken_sums(tables, "facilities", tables.units, tables.units >= 0, additive=False)
    for measure in tables.measures:
        values, present = tables.measure_on_nodes(measure)
        label = f"measure {measure.name!r}"
        problems += _broken_sums(tables, label, values, present, additive=measure.additive)
    return problems


def _broken_sums(tables: TableSet, label: str, values: Values, present: Flags, *, additive: bool) -> list[Problem]:
    relations = tables.relations
    complete = (abs(relations.matrix) @ (~present).astype(np.int64)) == 0
    slack = _rounding(values)
    excess = relations.matrix @ values
    if additive:
        wrong = np.abs(excess) > slack
        rule = "margins are not the sum of their cells"
    else:
        wrong = (excess < -slack) | _child_above_parent(tables, values, slack)
        rule = "margins are above the sum of their cells or below one of them"
    wrong = wrong & complete
    return [
        Problem(
            f"{_names_of(tables, np.flatnonzero(wrong & (relations.origin == axis)))}, {label}, "
            f"dimension {dimension.name!r}",
            f"{int((wrong & (relations.origin == axis)).sum())} {rule}",
            "tabulate margins and cells from the same records",
        )
        for axis, dimension in enumerate(tables.dimensions)
        if (wrong & (relations.origin == axis)).any()
    ]


def _child_above_parent(tables: TableSet, values: Values, slack: float) -> Flags:
    matrix = tables.relations.matrix
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    largest = np.zeros(matrix.shape[0])
    parent = np.zeros(matrix.shape[0])
    child = matrix.data > 0
    np.maximum.at(largest, rows[child], values[matrix.indices[child]])
    parent[rows[~child]] = values[matrix.indices[~child]]
    return np.asarray(largest > parent + slack)


def _names_of(tables: TableSet, relations: Ints) -> str:
    touched = np.unique(tables.relations.matrix[relations].indices)
    holders = [
        table.name
        for (table, _), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True)
        if np.isin(nodes, touched).any()
    ]
    return f"tables {', '.join(repr(name) for name in dict.fromkeys(holders))}"


def _rounding(values: Values) -> float:
    return 0.0 if values.dtype.kind == "i" else RELATIVE_ROUNDING * float(np.abs(values).max(initial=1.0))
