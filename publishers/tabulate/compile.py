"""Turns a plan into SQL, as pure text in the subset that DuckDB and Spark SQL share.

The statements read a relation ``source`` and, for each dimension, a relation ``map_<dimension>`` (raw, leaf) that the
runner provides. Names come from checked definitions and are quoted all the same; texts are quoted as literals.
"""

from __future__ import annotations

from collections.abc import Sequence

from datasets.sql_text import literal, quoted
from publishers.tabulate.contributor_names import same_name
from publishers.tabulate.match import UNKNOWN, TextRanges
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.quantities import Condition, Part, PlannedPopulation
from publishers.tabulate.recode import Recode

_LARGEST_EXACT = 9007199254740992
"""2 to the power of 53: above it a floating-point number no longer tells neighbouring whole numbers apart."""


def raw_value(recode: Recode) -> str:
    """Return the expression whose distinct values are matched with members."""
    dimension, column = recode.dimension, f"s.{quoted(recode.dimension.column)}"
    if recode.by_text:
        return column if dimension.column_type == "string" else f"CAST({column} AS VARCHAR)"
    if dimension.match == "range":
        if isinstance(recode.ranges, TextRanges):
            return f"substr({column}, 1, {recode.ranges.width})"
        scale = 10 ** (recode.ranges.decimals if recode.ranges else 0)
        if recode.raw_type == "BIGINT":
            return column
        # Rounded before it is cut off: 0.57 * 100 is a little less than 57 in binary.
        return f"floor(round({column} * {scale}, 6))"
    year = f"extract(year FROM {column})"
    if dimension.match == "year":
        return f"CAST({year} AS BIGINT)"
    return f"CAST({year} * 100 + extract({dimension.match} FROM {column}) AS BIGINT)"


def observed_values(recode: Recode) -> str:
    """Return the statement that lists the distinct raw values of a dimension."""
    return f"SELECT DISTINCT {raw_value(recode)} AS raw FROM source AS s"


def sums(plan: TabulationPlan) -> str:
    """Return the statement that adds up every part over the finest cells of every cube.

    One pass over the source. Coarser cells are not asked for: they are sums of these. The columns are ``k_<dimension>``
    (leaf; null where a cube lacks the dimension), ``g_<dimension>`` (1 where it lacks it) and ``p<number>``.
    """
    names = [one.dimension.name for one in plan.crossed]
    keys = [_key(name) for name in names]
    grouping = [f"grouping({_key(name)}) AS {quoted('g_' + name)}" for name in names]
    parts = [f"{part_sum(part)} AS p{number}" for number, part in enumerate(plan.parts)]
    columns = sorted({column for part in plan.parts for column in part.columns})
    sets = ", ".join(f"({', '.join(_key(name) for name in cube.dimensions)})" for cube in plan.cubes)
    return (
        f"WITH mapped AS ({_mapped(plan, [f's.{quoted(column)}' for column in columns])}) "
        f"SELECT {', '.join([*keys, *grouping, *parts])} FROM mapped GROUP BY GROUPING SETS ({sets})"
    )


def members_together(plan: TabulationPlan, pairs: Sequence[tuple[str, str]]) -> str:
    """Return the statement that counts, for each pair of dimensions, the rows with the same two leaves.

    The columns are ``k_<dimension>`` and ``g_<dimension>`` as in ``sums``, for the dimensions of these pairs, and
    ``rows``.
    """
    names = sorted({name for pair in pairs for name in pair})
    columns = [_key(name) for name in names] + [f"grouping({_key(name)}) AS {quoted('g_' + name)}" for name in names]
    columns.append("count(*) AS rows")
    sets = ", ".join(f"({_key(one)}, {_key(other)})" for one, other in pairs)
    return (
        f"WITH mapped AS ({_mapped(plan, [])}) SELECT {', '.join(columns)} FROM mapped GROUP BY GROUPING SETS ({sets})"
    )


def rows_of_leaf(plan: TabulationPlan, dimension: str, *, row: str, limit: int) -> str:
    """Return the statement that lists the first numbers, in the column ``row``, of rows with a leaf that is bound."""
    mapped = _mapped(plan, [f"s.{quoted(row)}"])
    first = f"WHERE {_key(dimension)} = ? ORDER BY {quoted(row)} LIMIT {limit}"
    return f"WITH mapped AS ({mapped}) SELECT {quoted(row)} FROM mapped {first}"


def values_of_leaf(plan: TabulationPlan, dimension: str, column: str, *, limit: int) -> str:
    """Return the statement that lists the most frequent values with a leaf that is bound, as texts, and their rows."""
    mapped = _mapped(plan, [f"CAST(s.{quoted(column)} AS VARCHAR) AS value"])
    counted = f"WHERE {_key(dimension)} = ? GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {limit}"
    return f"WITH mapped AS ({mapped}) SELECT value, count(*) FROM mapped {counted}"


def most_frequent(column: str, limit: int) -> str:
    """Return the statement that gives a column's most frequent values, how many rows have each, and how many have any.

    Values of one frequency are in order, so that the answer is always the same.
    """
    values = f"SELECT {quoted(column)} AS value, count(*) AS rows FROM source WHERE {quoted(column)} IS NOT NULL"
    everything = "CAST(sum(rows) OVER () AS BIGINT)"
    return f"SELECT value, rows, {everything} FROM ({values} GROUP BY 1) ORDER BY rows DESC, value LIMIT {limit}"


def middle_values(plan: TabulationPlan, column: str, dimensions: Sequence[str]) -> str:
    """Return the statement that lists, for each leaf of each dimension, what nearly all values of a column lie between.

    The columns are ``dimension`` (its number), ``leaf``, ``values`` (how many there are), ``low`` and ``high``: between
    them lie the middle nine tenths, and ``least`` and ``most``: between them lie all.
    """
    keys = [_key(name) for name in dimensions]
    lacking = " + ".join(f"{number} * (1 - grouping({key}))" for number, key in enumerate(keys))
    spread = "quantile_disc(value, [0.05, 0.95])"
    mapped = _mapped(plan, [f"s.{quoted(column)} AS value"])
    sets = ", ".join(f"({key})" for key in keys)
    return (
        f"WITH mapped AS ({mapped}), known AS (SELECT * FROM mapped WHERE value IS NOT NULL), leaves AS ("
        f"SELECT {lacking} AS dimension, coalesce({', '.join(keys)}) AS leaf, count(*) AS values, {spread} AS middle, "
        f"min(value) AS least, max(value) AS most FROM known GROUP BY GROUPING SETS ({sets})) "
        "SELECT dimension, leaf, values, middle[1] AS low, middle[2] AS high, least, most FROM leaves"
    )


def person_rows(plan: TabulationPlan, *, order: str, key: str = "") -> str:
    """Return the statement that gives each row's person, finest cell and populations, the rows of a person together.

    ``cell`` numbers the finest cell over all dimensions, first dimension slowest; ``flags`` has a bit for each
    population of persons, and then for the rows outside each that is a part. ``order`` is an expression over ``person``
    that is equal for equal persons and for few others, and cheap to sort by; its value is the column ``place``. With
    ``key``, another expression over ``person``, its value is the column ``key``.
    """
    assert plan.person is not None
    populations = [one for one in plan.populations if one.kind == "persons"]
    outside = [one for one in populations if one in plan.parts_of_rows]
    assert len(populations) + len(outside) < 63, "each takes a bit of a number; a definition has at most 40 measures"
    bits = [(one, False) for one in populations] + [(one, True) for one in outside]
    flags = " + ".join(_flag(one, number, outside=apart) for number, (one, apart) in enumerate(bits))
    used = {column for one in populations for column, _ in one.where} | {
        one.column for one in populations if one.column
    }
    columns = [f"s.{quoted(column)}" for column in sorted(used)]
    mapped = _mapped(plan, [*columns, f"s.{quoted(plan.person)} AS person"])
    more = f", {key} AS key" if key else ""
    rows = f"SELECT person, {_finest_cell(plan)} AS cell, {flags} AS flags, {order} AS place{more} FROM mapped"
    return f"WITH mapped AS ({mapped}), counted AS ({rows}) SELECT * FROM counted WHERE flags > 0 ORDER BY place"


def rows_within(plan: TabulationPlan, bounds: tuple[int, int], *, row: str) -> str:
    """Return the statement that lists the numbers, in the column ``row``, of the rows within bounds of their person.

    ``bounds``: how many of the finest cells, and how many rows in each. Of cells, those that come first in an order of
    all cells that has nothing to do with the records; of rows, the first. Rows that cannot be counted are all listed.
    """
    assert plan.person is not None
    cells, rows = bounds
    number = quoted(row)
    mapped = _mapped(plan, [f"s.{quoted(plan.person)} AS person", f"s.{number}"])
    unusable = " OR ".join(["person IS NULL", *(f"{_key(one.dimension.name)} < 0" for one in plan.crossed)])
    found = f"SELECT person, {number}, {_finest_cell(plan)} AS cell, {unusable} AS unusable FROM mapped"
    placed = (
        f"SELECT {number}, unusable, row_number() OVER (PARTITION BY person, cell ORDER BY {number}) AS of_cell, "
        "dense_rank() OVER (PARTITION BY person ORDER BY hash(cell), cell) AS of_person FROM found"
    )
    within = f"unusable OR (of_cell <= {rows} AND of_person <= {cells})"
    steps = f"mapped AS ({mapped}), found AS ({found}), placed AS ({placed})"
    return f"WITH {steps} SELECT {number} FROM placed WHERE {within}"


def unit_rows(plan: TabulationPlan, *, order: str) -> str:
    """Return the statement that lists in which finest cells and populations each facility has rows, together.

    The columns are those of ``person_rows``, with the facility for the person. ``flags`` has a bit for each population,
    and then one for the rest of each that is a part: rows of the whole that are not in it. Where persons are counted,
    the rest are those without any row in the part, so that rows of others count for no facility there.
    """
    assert plan.units is not None
    rests = plan.parts_of_wholes
    assert len(plan.populations) + len(rests) < 63, "each takes a bit of a number; a definition has at most 40 measures"
    conditions = {one.name: _of_someone(one) for one in plan.populations}
    flags = [f"CASE WHEN {conditions[one.name]} THEN {1 << bit} ELSE 0 END" for bit, one in enumerate(plan.populations)]
    seen = []
    for number, one in enumerate(rests):
        left = f"CASE WHEN {conditions[one.name]} THEN 0 ELSE {1 << (len(plan.populations) + number)} END"
        if one.kind == "persons":
            part = f"max(CASE WHEN {conditions[one.name]} THEN 1 ELSE 0 END) OVER (PARTITION BY person) AS in_{number}"
            seen.append(part)
            left = f"CASE WHEN in_{number} = 1 THEN 0 ELSE {1 << (len(plan.populations) + number)} END"
        flags.append(f"CASE WHEN {conditions[one.complement_of or '']} THEN {left} ELSE 0 END")
    used = {column for one in plan.populations for column, _ in one.where}
    used |= {one.column for one in plan.populations if one.column}
    columns = [f"s.{quoted(column)}" for column in sorted(used)]
    if seen:
        assert plan.person is not None
        columns.append(f"s.{quoted(plan.person)} AS person")
    mapped = _mapped(plan, [*columns, f"{same_name(f's.{quoted(plan.units)}')} AS unit"])
    marked = f"SELECT {', '.join(['*', *seen])} FROM mapped"
    rows = f"SELECT DISTINCT unit, {_finest_cell(plan)} AS cell, {' + '.join(flags)} AS flags FROM marked"
    named = "SELECT unit AS person, cell, flags FROM counted WHERE flags > 0 AND unit IS NOT NULL"
    return (
        f"WITH mapped AS ({mapped}), marked AS ({marked}), counted AS ({rows}), named AS ({named}) "
        f"SELECT *, {order} AS place FROM named ORDER BY place"
    )


def contribution_rows(plan: TabulationPlan, parts: Sequence[Part], *, order: str) -> str:
    """Return the statement that adds up parts for each contributor in each finest cell, those of one together.

    The columns are those of ``person_rows``, with the contributor for the person, and ``p<number>`` for the parts.
    """
    sums = ", ".join(f"{part_sum(part)} AS p{number}" for number, part in enumerate(parts))
    added = f"SELECT {_CONTRIBUTOR} AS person, {_finest_cell(plan)} AS cell, {sums} FROM mapped"
    known = f"WHERE {_CONTRIBUTOR} IS NOT NULL GROUP BY 1, 2"
    return (
        f"WITH mapped AS ({_with_contributor(plan, parts)}), added AS ({added} {known}) "
        f"SELECT *, {order} AS place FROM added ORDER BY place"
    )


def unknown_contributions(plan: TabulationPlan, parts: Sequence[Part]) -> str:
    """Return the statement that adds up the sizes of rows without a contributor in each finest cell (``cell``)."""
    sums = ", ".join(f"{part_sum(part, sizes=True)} AS p{number}" for number, part in enumerate(parts))
    added = f"SELECT {_finest_cell(plan)} AS cell, {sums} FROM mapped WHERE {_CONTRIBUTOR} IS NULL GROUP BY 1"
    return f"WITH mapped AS ({_with_contributor(plan, parts)}) {added}"


_CONTRIBUTOR = quoted("who contributes")
"""No column of a source can be called so."""


def _with_contributor(plan: TabulationPlan, parts: Sequence[Part]) -> str:
    assert plan.concentration is not None
    columns = [f"s.{quoted(column)}" for column in sorted({column for part in parts for column in part.columns})]
    contributor = same_name(f"s.{quoted(plan.concentration.column)}")
    return _mapped(plan, [*columns, f"{contributor} AS {_CONTRIBUTOR}"])


def _of_someone(population: PlannedPopulation) -> str:
    """Return the condition under which a row has a contributor."""
    conditions = _conditions(population.where)
    if population.column:
        column = quoted(population.column)
        conditions.append(f"{column} > 0" if population.kind == "value" else f"{column} IS NOT NULL")
    return " AND ".join(conditions) or "1 = 1"


def _finest_cell(plan: TabulationPlan) -> str:
    cell = "CAST(0 AS BIGINT)"
    for one in plan.crossed:
        cell = f"({cell}) * {one.dimension.members.leaves} + {_key(one.dimension.name)}"
    return cell


def missing_persons(plan: TabulationPlan) -> str:
    """Return the statement that counts rows without a person."""
    assert plan.person is not None
    return f"SELECT count(*) FROM source AS s WHERE s.{quoted(plan.person)} IS NULL"


def part_sum(part: Part, *, sizes: bool = False) -> str:
    """Return the aggregate of one part, or of the sizes of what it adds up; it is never null."""
    column = quoted(part.column) if part.column else ""
    column = f"abs({column})" if sizes else column
    conditions = _conditions(part.where)
    if part.kind == "rows":
        conditions += [f"{column} IS NOT NULL"] if column else []
        return "count(*)" + _filter(conditions)
    # The difference tells NaN: DuckDB takes `x < limit` for true throughout where a Parquet file's statistics say so,
    # and statistics leave NaN out.
    usable = f"(abs({column}) < {_LARGEST_EXACT} AND {column} - {column} = 0)"
    if part.kind == "unusable":
        return "count(*)" + _filter([f"{column} IS NOT NULL", f"NOT {usable}"])
    term = {
        "integer": column,
        "whole": f"CASE WHEN {usable} THEN CAST(floor({column}) AS BIGINT) END",
        "micro": f"CASE WHEN {usable} THEN CAST(round(({column} - floor({column})) * 1000000) AS BIGINT) END",
    }[part.kind]
    return f"CAST(coalesce(sum({term}){_filter(conditions)}, 0) AS BIGINT)"


def _key(dimension: str) -> str:
    return quoted("k_" + dimension)


def _mapped(plan: TabulationPlan, columns: Sequence[str]) -> str:
    keys = [_leaf(one) for one in plan.crossed]
    joins = [
        f"LEFT JOIN {quoted('map_' + one.dimension.name)} AS {quoted('m_' + one.dimension.name)}"
        f" ON {quoted('m_' + one.dimension.name)}.raw = {raw_value(one)}"
        for one in plan.crossed
    ]
    return f"SELECT {', '.join([*keys, *columns]) or '1 AS one'} FROM source AS s {' '.join(joins)}"


def _leaf(recode: Recode) -> str:
    dimension = recode.dimension
    known = f"coalesce({quoted('m_' + dimension.name)}.leaf, {UNKNOWN})"
    column = f"s.{quoted(dimension.column)}"
    return f"CASE WHEN {column} IS NULL THEN {dimension.missing} ELSE {known} END AS {_key(dimension.name)}"


def _flag(population: PlannedPopulation, number: int, *, outside: bool) -> str:
    conditions = _conditions(population.where)
    conditions += [f"{quoted(population.column)} IS NOT NULL"] if population.column else []
    bit = str(1 << number)
    within, without = (0, bit) if outside else (bit, 0)
    return f"CASE WHEN {' AND '.join(conditions)} THEN {within} ELSE {without} END" if conditions else bit


def _conditions(where: Condition) -> list[str]:
    return [
        f"CAST({quoted(column)} AS VARCHAR) IN ({', '.join(literal(value) for value in values)})"
        for column, values in where
    ]


def _filter(conditions: Sequence[str]) -> str:
    return f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
