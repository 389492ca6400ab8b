"""A register's rows: the declared columns of its source, in the order of its key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datasets.definition import Definition
from datasets.definition_files import LoadedDefinition
from datasets.errors import Problem, SourceInvalid


def register_rows(loaded: LoadedDefinition, extracted: Path) -> pa.Table:
    """Return the fields to publish, sorted by key.

    Args:
        loaded: A definition of kind ``register`` with its code lists.
        extracted: Parquet file with the declared columns (see ``publishers.extract``).

    Raises:
        SourceInvalid: A key is missing or repeated, or a code is not in its list. Names the columns and how many rows.
    """
    definition = loaded.definition
    rows = pq.read_table(extracted, columns=list(definition.fields))
    problems = [*_bad_keys(rows, definition), *_unknown_codes(rows, loaded)]
    if problems:
        raise SourceInvalid("The register cannot be published as it is", problems=problems)
    return rows.sort_by([(name, "ascending") for name in definition.key])


def _bad_keys(rows: pa.Table, definition: Definition) -> Iterator[Problem]:
    place = f"{definition.id}, columns {', '.join(definition.key)}"
    empty = sum(rows.column(name).null_count for name in definition.key)
    repeated = rows.num_rows - rows.group_by(list(definition.key)).aggregate([]).num_rows
    if empty:
        yield Problem(place, f"{empty} rows have no value in a column of the key", "fill the key, or choose another")
    if repeated:
        yield Problem(place, f"{repeated} rows repeat the key of another row", "remove repeated rows")


def _unknown_codes(rows: pa.Table, loaded: LoadedDefinition) -> Iterator[Problem]:
    assert loaded.definition.source is not None
    for name in loaded.definition.fields:
        codelist = loaded.definition.source.columns[name].codelist
        if codelist is None:
            continue
        codes = pa.array(sorted(loaded.codelists[codelist].by_code), pa.string())
        known = pc.is_in(rows.column(name), value_set=codes)
        unknown = pc.sum(pc.and_(pc.invert(known), rows.column(name).is_valid())).as_py() or 0
        if unknown:
            place = f"{loaded.definition.id}, column {name}"
            yield Problem(place, f"{unknown} rows have a code that is not in the list {codelist}", "correct the codes")
