"""A register's rows: the declared columns of its source, in the order of its key."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datasets.definition import Definition
from datasets.errors import Problem, SourceInvalid


def register_rows(definition: Definition, extracted: Path) -> pa.Table:
    """Return the fields to publish, sorted by key.

    Args:
        definition: Of kind ``register``; ``fields`` and ``key`` name columns of the extract.
        extracted: Parquet file with the declared columns (see ``publishers.extract``).

    Raises:
        SourceInvalid: Two rows have one key, or a key has no value. Names the columns and the number of rows.
    """
    rows = pq.read_table(extracted, columns=list(definition.fields))
    _refuse_bad_keys(rows, definition)
    return rows.sort_by([(name, "ascending") for name in definition.key])


def _refuse_bad_keys(rows: pa.Table, definition: Definition) -> None:
    place = f"{definition.id}, columns {', '.join(definition.key)}"
    empty = sum(rows.column(name).null_count for name in definition.key)
    repeated = rows.num_rows - rows.group_by(list(definition.key)).aggregate([]).num_rows
    problems = []
    if empty:
        problems.append(Problem(place, f"{empty} rows have no value in a key column", "fill the key, or choose another"))
    if repeated:
        problems.append(Problem(place, f"{repeated} rows repeat the key of another row", "remove repeated rows"))
    if problems:
        raise SourceInvalid("The register's key does not tell its rows apart", problems=problems)


def unknown_codes(rows: pa.Table, column: str, codes: frozenset[str]) -> int:
    """Return how many values of ``column`` are not in ``codes``; missing values do not count."""
    known = pc.is_in(rows.column(column), value_set=pa.array(sorted(codes), pa.string()))
    return int(pc.sum(pc.and_(pc.invert(known), rows.column(column).is_valid())).as_py() or 0)
