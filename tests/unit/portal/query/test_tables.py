"""Which reader answers: the one in memory, and DuckDB for whoever would have to wait until a table is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from datasets.cell_status import CellStatus
from portal.query import tables
from portal.query.answer import Reader, SqlReader
from portal.query.cell_reader import CellReader
from portal.query.cells import Cells, load_cells
from portal.query.parameters import read_query
from portal.query.planning import plan_data
from portal.query.run import Engine, EngineLimits, Session
from portal.query.schema import Cube
from portal.query.tables import Tables
from tests.support.cubes import axis, cube, measure, write_cells

SCHEMA = cube([axis("sex", ["M", "F"])], [measure("cases")])
PLAN = plan_data(read_query(SCHEMA.name, [("sex", "F")], answer_format="json"), SCHEMA)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    counts = {"_T": 9, "M": 4, "F": 5}
    cells: dict[tuple[str, ...], dict[str, tuple[int | float | None, CellStatus]]] = {
        (sex,): {"cases": (count, CellStatus.OBSERVED)} for sex, count in counts.items()
    }
    return write_cells(tmp_path / "cells.parquet", SCHEMA, cells)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(tmp_path, EngineLimits(threads=2, memory_mb=64, seconds=30))
    yield engine
    engine.close()


def test_nobody_waits_until_another_has_loaded_a_table(
    engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = Event(), Event()

    def slowly(path: Path, schema: Cube) -> Cells | None:
        begun.set()
        assert go_on.wait(30)
        return load_cells(path, schema)

    monkeypatch.setattr(tables, "load_cells", slowly)
    opener = Tables(64).opener(SCHEMA, path)

    def asked(session: Session) -> tuple[Reader, list[int]]:
        reader = opener(session, PLAN)
        return reader, reader.page(PLAN, rows=9).column("cases").to_pylist()

    found: list[tuple[Reader, list[int]]] = []
    first = Thread(target=lambda: found.append(engine.run(asked)))
    first.start()
    assert begun.wait(30)
    reader, meanwhile = engine.run(asked)
    assert isinstance(reader, SqlReader)
    go_on.set()
    first.join(30)
    assert isinstance(found[0][0], CellReader)
    assert meanwhile == found[0][1] == [5]
    assert isinstance(engine.run(asked)[0], CellReader)
