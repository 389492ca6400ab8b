"""Adds up the secret keys of the records behind every cell: which noise a cell gets follows from who is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType
from duckdb.sqltypes import BIGINT, VARCHAR

from anonymization.perturbation.cell_key import record_keys
from datasets.errors import Problem, SourceInvalid
from datasets.sql_text import quoted
from publishers.limits import JobLimits, connect
from publishers.tabulate import compile as statements
from publishers.tabulate.cells import CubeShape, Ints, cube_shapes
from publishers.tabulate.persons import PersonCounts, whole_persons
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.provision import provide_members, provide_source
from publishers.tabulate.quantities import Part, Quantity
from publishers.tabulate.run import TEXT_ORDER, engine_errors, part_sums
from publishers.tabulate.tabulation import Tabulation

KEY = "key of the record"
"""The column that is made; no column of a source has spaces in its name."""

_FUNCTION = "record_key"


@dataclass(frozen=True)
class RecordKeys:
    """From what records get their keys, below ``modulus``: hashes of ``column`` by a secret, or what it holds."""

    column: str | None
    """None where only persons are counted: they get theirs from the column that tells them apart."""
    ready: bool
    modulus: int
    secret: bytes = field(repr=False)


def cell_keys(tabulation: Tabulation, extract: Path, keys: RecordKeys, limits: JobLimits) -> dict[str, dict[str, Ints]]:
    """Return the cell keys, int64 (rows,) from 0 to below the modulus, of every quantity in every table.

    A cell's key is the sum of the keys of its rows or, for a quantity that counts persons, of its distinct persons.
    Raises SourceInvalid where keys that the source holds are not all from 0 to below the modulus.
    """
    plan = tabulation.plan
    rows = [one for one in plan.quantities if not one.persons]
    persons = [one for one in plan.quantities if one.persons]
    with engine_errors(plan), connect(limits) as connection, _hashing(connection, keys):
        more = [keys.column] if keys.column and keys.column not in plan.columns else []
        provide_source(connection, plan, extract, more=more, made=_made(keys) if rows else "")
        for one in plan.crossed:
            provide_members(connection, one)
        if keys.ready:
            _check_ready(connection, plan, keys)
        shapes = cube_shapes(plan)
        sums = _sums_of_rows(connection, plan, shapes, rows) if rows else {}
        sums |= _sums_of_persons(connection, plan, shapes, keys.modulus) if persons else {}
    of = {one.name: sums[one.population if one.persons else _part(one)] for one in plan.quantities}
    return {
        name: {table.id: table.cells.pick(cubes) % keys.modulus for table in tabulation.tables if name in table.values}
        for name, cubes in of.items()
    }


@contextmanager
def _hashing(connection: duckdb.DuckDBPyConnection, keys: RecordKeys) -> Iterator[None]:
    """Give the engine the function that makes keys; the secret is in no statement."""

    def hashed(texts: pa.Array) -> pa.Array:
        return pa.array(record_keys(texts.to_pylist(), keys.secret, modulus=keys.modulus), pa.int64())

    connection.create_function(_FUNCTION, hashed, [VARCHAR], BIGINT, type=PythonUDFType.ARROW)
    try:
        yield
    finally:
        connection.remove_function(_FUNCTION)


def _made(keys: RecordKeys) -> str:
    assert keys.column is not None, "quantities that count rows need a column"
    column = quoted(keys.column)
    value = column if keys.ready else f"{_FUNCTION}(CAST({column} AS VARCHAR))"
    return f"CAST({value} AS BIGINT) AS {quoted(KEY)}"


def _check_ready(connection: duckdb.DuckDBPyConnection, plan: TabulationPlan, keys: RecordKeys) -> None:
    key = quoted(KEY)
    wrong = f"{key} IS NULL OR {key} < 0 OR {key} >= {keys.modulus}"
    counted = connection.sql(f"SELECT count(*) FROM source WHERE {wrong}").fetchall()
    if rows := int(counted[0][0]):
        place = f"{plan.source}, column {keys.column}"
        problem = Problem(place, f"has no key from 0 to {keys.modulus - 1} in {rows:,} rows", "correct the keys")
        raise SourceInvalid("The keys of the records cannot be used", problems=[problem])


def _part(quantity: Quantity) -> Part:
    return Part("integer", KEY, quantity.parts[0].where)


Sums = dict[Part | str, list[Ints]]


def _sums_of_rows(
    connection: duckdb.DuckDBPyConnection,
    plan: TabulationPlan,
    shapes: Sequence[CubeShape],
    quantities: Sequence[Quantity],
) -> Sums:
    """Return the sums of keys over all positions of each cube, by what the rows are."""
    parts = tuple(dict.fromkeys([Part("rows"), *map(_part, quantities)]))
    found: Mapping[Part, Sequence[Ints]] = part_sums(connection, replace(plan, parts=parts), shapes)
    return {
        part: [shape.roll_up(cells) for shape, cells in zip(shapes, found[part], strict=True)]
        for part in parts
        if part.column == KEY
    }


def _sums_of_persons(
    connection: duckdb.DuckDBPyConnection, plan: TabulationPlan, shapes: Sequence[CubeShape], modulus: int
) -> Sums:
    """Return the sums of the keys of distinct persons over all positions of each cube, by population."""
    names = [one.name for one in plan.populations if one.kind == "persons"]
    crossed = [one.dimension for one in plan.crossed]
    flags = len(names) + len(plan.parts_of_rows)
    sums = [PersonCounts(shape, crossed, flags, modulus=modulus) for shape in shapes]
    order = "person" if plan.person_type == "integer" else TEXT_ORDER
    statement = statements.person_rows(plan, order=order, key=f"{_FUNCTION}(CAST(person AS VARCHAR))")
    reader = connection.sql(statement).to_arrow_reader(1_000_000)
    for rows in whole_persons(pa.Table.from_batches([batch]) for batch in reader):
        for one in sums:
            one.add(*rows)
    totals = [one.totals() for one in sums]
    return {name: [cubes[number] for cubes in totals] for number, name in enumerate(names)}
