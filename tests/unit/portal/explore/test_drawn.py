"""What has no room in a chart is named below it."""

from __future__ import annotations

from typing import cast

from datasets.cell_status import CellStatus
from datasets.public_releases import PublicRelease
from portal.public.explore.asked import read_asked
from portal.public.explore.drawn import left_out
from portal.public.explore.grid import Grid, GridCell
from portal.public.explore.settling import MOST_BARS, MOST_PANELS, settle
from portal.public.explore.telling import Telling
from portal.shared.wording import wording
from tests.support.cubes import axis, cube, measure

ROWS = tuple(f"r{number}" for number in range(MOST_BARS + 2))
COLUMNS = tuple(f"c{number}" for number in range(MOST_PANELS + 1))


def telling(*, least: float | None) -> Telling:
    """Return small charts of too many rows and columns; the fourth column alone has ``least``, all others -1."""
    schema = cube([axis("row", ROWS), axis("column", COLUMNS)], [measure("cases")])
    exploration = settle(read_asked([("show", "panels"), ("rows", "row"), ("columns", "column")]), schema)
    values = {(row, column): least if column == "c3" else -1.0 for row in ROWS for column in COLUMNS}
    cells = {
        place: GridCell(value, CellStatus.OBSERVED if value is not None else CellStatus.SUPPRESSED)
        for place, value in values.items()
    }
    unread = cast("PublicRelease", None)
    return Telling(unread, exploration, Grid(ROWS, COLUMNS, cells, complete=True), wording("en"))


def test_rows_and_columns_without_room_in_small_charts_are_named() -> None:
    assert left_out(telling(least=-2.0)) == ("r70 (en)", "r71 (en)", "c3 (en)")


def test_a_column_without_a_value_gives_way_to_one_below_zero() -> None:
    assert left_out(telling(least=None))[-1] == "c3 (en)"
