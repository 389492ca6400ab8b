"""The rows of the explorer's table in the order of a column, whatever its member is called."""

from __future__ import annotations

from typing import cast

import pytest

from datasets.cell_status import CellStatus
from datasets.public_releases import PublicRelease
from portal.public.explore.asked import read_asked
from portal.public.explore.grid import ABSENT, Grid, GridCell
from portal.public.explore.settling import settle
from portal.public.explore.telling import Telling
from portal.public.pages.explore_table import sorted_rows
from portal.shared.wording import wording
from tests.support.cubes import axis, cube, measure


@pytest.mark.parametrize(("sort", "rows"), [("value", "bcad"), ("-value", "acbd"), ("", "abcd")])
@pytest.mark.parametrize("column", ["value", ""])
def test_rows_without_a_number_come_last_either_way(column: str, sort: str, rows: str) -> None:
    axes = [axis("row", "abcd"), *([axis("kind", [column, "other"])] if column else [])]
    asked = [("rows", "row"), ("columns", "kind"), ("sort", sort), ("show", "table")]
    numbers = zip("abcd", (3.0, -1.0, 0.0, None), strict=True)
    cells = {
        (row, column): GridCell(number, CellStatus.OBSERVED) if number is not None else ABSENT
        for row, number in numbers
    }
    grid = Grid(tuple("abcd"), (column,), cells, complete=True)
    exploration = settle(read_asked(asked), cube(axes, [measure("cases")]))
    telling = Telling(cast("PublicRelease", None), exploration, grid, wording("en"))
    assert "".join(sorted_rows(telling)) == rows
