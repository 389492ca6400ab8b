"""Small cubes and a register to ask questions of: schemas and the Parquet files that they describe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from datasets.cell_status import CellStatus
from datasets.codelist import Codelist, Member
from datasets.measure import MeasureType
from datasets.names import TOTAL
from datasets.release import (
    DimensionDescription,
    FieldDescription,
    MeasureDescription,
    RegisterDescription,
    TableDescription,
)
from datasets.text import Bilingual
from portal.query.answer import Answer, Counts, OpenTable, SqlReader, chunks, read_answer
from portal.query.cell_reader import CellReader
from portal.query.cells import load_cells
from portal.query.plan import Plan
from portal.query.run import Engine
from portal.query.schema import Axis, Cube, Register

Cells = Mapping[tuple[str, ...], Mapping[str, tuple[int | float | None, CellStatus]]]
"""For each combination of codes, what each measure says."""
Role = Literal["geography", "time", "sex", "age", "other"]


def both(text: str) -> Bilingual:
    return Bilingual(vi=f"{text} (vi)", en=f"{text} (en)")


def axis(
    name: str,
    members: Iterable[str | tuple[str, str, str]],
    *,
    levels: Sequence[str] = (),
    total: bool = True,
    role: Role = "other",
) -> Axis:
    """An axis of members written as a code, or as code, level and parent."""
    rows = [(each, "", "") if isinstance(each, str) else each for each in members]
    listed = [Member(code, both(code), level, parent) for code, level, parent in rows]
    if total:
        listed.insert(0, Member(TOTAL, Bilingual(vi="Tổng số", en="Total")))
    description = DimensionDescription(
        name=name, title=both(name), codelist=f"{name}-codes", role=role, total=total, levels=tuple(levels)
    )
    return Axis(description, Codelist(f"{name}-codes", both(name), tuple(listed)))


def measure(
    name: str, kind: MeasureType = "count", *, number: bool = False, decimals: int | None = None, **keys: Any
) -> MeasureDescription:
    """A measure; ``keys`` are what only some types have, such as the parts of a rate."""
    return MeasureDescription(
        name=name,
        title=both(name),
        unit=both("cases"),
        type=kind,
        field_type="number" if number else "integer",
        additive=kind in {"count", "sum"},
        decimals=decimals,
        **keys,
    )


def cube(
    axes: Sequence[Axis],
    measures: Sequence[MeasureDescription],
    margins: Literal["all"] | tuple[tuple[str, ...], ...] = "all",
) -> Cube:
    table = TableDescription(
        id="cases-table",
        title=both("cases"),
        dimensions=tuple(each.name for each in axes),
        measures=tuple(each.name for each in measures),
        margins=margins,
        rows=0,
        withheld={},
        parquet="data/cases-table.parquet",
        csv="data/cases-table.csv",
    )
    return Cube("release-1", table, {each.name: each for each in axes}, {each.name: each for each in measures})


def write_cells(path: Path, schema: Cube, cells: Cells) -> Path:
    """Write cells as packaging does: in code-list order, the first dimension slowest, the total first."""

    def place(key: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(each.positions[code] for each, code in zip(schema.axes.values(), key, strict=True))

    keys = sorted(cells, key=place)
    columns: dict[str, Any] = {
        name: pa.array([key[number] for key in keys], pa.string()) for number, name in enumerate(schema.axes)
    }
    for name, description in schema.measures.items():
        kind = pa.int64() if description.field_type == "integer" else pa.float64()
        columns[name] = pa.array([cells[key][name][0] for key in keys], kind)
        columns[f"{name}_status"] = pa.array([cells[key][name][1].value for key in keys], pa.string())
    pq.write_table(pa.table(columns), path, row_group_size=50)
    return path


def register(fields: Mapping[str, Literal["string", "integer", "number", "date"]], **codelists: Codelist) -> Register:
    described = {
        name: FieldDescription(
            name=name, title=both(name), type=kind, codelist=codelists[name].id if name in codelists else None
        )
        for name, kind in fields.items()
    }
    description = RegisterDescription(
        fields=tuple(described.values()),
        key=(next(iter(fields)),),
        rows=0,
        parquet="data/register.parquet",
        csv="data/register.csv",
    )
    return Register("release-1", description, described, codelists)


def by_sql(path: Path) -> OpenTable:
    """Open a table through DuckDB."""
    return lambda session, _: SqlReader(session, path)


def by_arithmetic(path: Path, schema: Cube) -> OpenTable:
    """Open a table in memory; it must fit."""
    cells = load_cells(path, schema)
    assert cells is not None
    reader = CellReader(cells)
    return lambda *_: reader


def ask(engine: Engine, plan: Plan, table: Path | OpenTable) -> tuple[Answer, list[dict[str, Any]]]:
    """Read an answer to its end, as rows of the stored columns; a path is read through DuckDB."""
    opener = by_sql(table) if isinstance(table, Path) else table
    answer = engine.run(lambda session: read_answer(session, plan, opener, Counts()))
    names = [column.name for column in plan.stored]
    return answer, [row for chunk in chunks(answer, engine) for row in chunk.select(names).to_pylist()]
