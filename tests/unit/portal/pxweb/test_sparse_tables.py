"""Of a table whose margins are not all published, cells that are none say so, however the table is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from datasets.cell_status import CellStatus
from datasets.names import TOTAL
from portal.public.pxweb.choices import choose
from portal.public.pxweb.names import TableId
from portal.public.pxweb.selections import Selection, VariableSelection
from portal.query.answer import OpenTable
from portal.query.formats_json_stat import METRIC, NOT_PUBLISHED, About, json_stat_parts, shape_of
from portal.query.planning import plan_rows
from portal.query.run import Engine, EngineLimits
from tests.support.cubes import Cells, ask, axis, by_arithmetic, by_sql, cube, measure, write_cells

PLACE, SEX = axis("place", ["01", "79"]), axis("sex", ["F", "M"])
SCHEMA = cube([PLACE, SEX], [measure("cases")], (("place",), ("sex",), ()))
CELLS: Cells = {
    (TOTAL, TOTAL): {"cases": (30, CellStatus.OBSERVED)},
    ("01", TOTAL): {"cases": (None, CellStatus.SUPPRESSED)},
    ("79", TOTAL): {"cases": (0, CellStatus.ZERO)},
    (TOTAL, "F"): {"cases": (12, CellStatus.PROVISIONAL)},
    (TOTAL, "M"): {"cases": (18, CellStatus.OBSERVED)},
}
ABOUT = About("en", "Cases", "Ministry", "2026-01-01T00:00:00Z", (), {}, {})


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cells(tmp_path_factory.mktemp("cells") / "cells.parquet", SCHEMA, CELLS)


@pytest.fixture(scope="module")
def engine(path: Path) -> Iterator[Engine]:
    engine = Engine(path.parent, EngineLimits())
    yield engine
    engine.close()


def opened(path: Path, how: str) -> OpenTable:
    return by_sql(path) if how == "sql" else by_arithmetic(path, SCHEMA)


@pytest.mark.parametrize("how", ["sql", "arithmetic"])
@pytest.mark.parametrize(
    ("selected", "told"),
    [
        ({"place": "*"}, ([30, None, 0], {"1": "suppressed", "2": "zero"})),
        ({"sex": "*"}, ([30, 12, 18], {"1": "provisional"})),
        ({}, ([30], {})),
        ({"place": "01", "sex": "F"}, ([None], {"0": NOT_PUBLISHED})),
        (
            {"place": "*", "sex": "*"},
            (
                [30, 12, 18, None, None, None, 0, None, None],
                {"1": "provisional", "3": "suppressed", "6": "zero", **dict.fromkeys("4578", NOT_PUBLISHED)},
            ),
        ),
    ],
)
def test_cells_that_are_not_published_say_so(
    engine: Engine, path: Path, how: str, selected: dict[str, str], told: tuple[list[int | None], dict[str, str]]
) -> None:
    items = [VariableSelection(name, (value,)) for name, value in {**selected, METRIC: "*"}.items()]
    choice = choose(Selection(tuple(items)), SCHEMA, TableId("dengue", "by-place"))
    answer, _ = ask(engine, plan_rows(choice.query(SCHEMA), SCHEMA), opened(path, how))
    shape = shape_of(answer.plan, left_out=choice.left_out, order=choice.order)
    found = json.loads(b"".join(json_stat_parts(shape, [answer.first], ABOUT)))
    assert (found["value"], found["status"]) == told
    assert not answer.truncated
