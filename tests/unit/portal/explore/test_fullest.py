"""Where nobody chose a level, the one is shown that has the most cells with a value."""

from __future__ import annotations

import pytest

from datasets.cell_status import CellStatus
from datasets.errors import QueryInvalid
from portal.public.explore.answering import fullest
from portal.public.explore.asked import read_asked
from portal.public.explore.exploration import Exploration
from portal.public.explore.grid import Grid, GridCell
from portal.public.explore.settling import settle
from portal.query.model import invalid
from tests.support.cubes import axis, cube, measure

BANDS = [(f"b{number}", "band", "young" if number < 6 else "old") for number in range(12)]
AGE = axis("age", [("young", "group", ""), ("old", "group", ""), *BANDS], levels=("group", "band"))
AREA = axis(
    "area", [("N", "region", ""), ("01", "province", "N"), ("79", "province", "N")], levels=("region", "province")
)
CUBE = cube([AGE, AREA], [measure("cases")])


def level_of(text: str, shown: dict[str, int], *, refused: str = "") -> str:
    """Return the level at which ages are shown, where so many cells of each level have a value."""

    def read(exploration: Exploration) -> Grid:
        level, codes = exploration.rows.level, exploration.rows.codes
        if level == refused:
            raise invalid("age", "is not published")
        cells = {
            (code, ""): GridCell(1.0 if place < shown[level] else None, CellStatus.OBSERVED)
            for place, code in enumerate(codes)
        }
        return Grid(codes, ("",), cells, complete=True)

    pairs = [part.partition("=")[::2] for part in f"rows=age&{text}".split("&") if part]
    found, grid = fullest(settle(read_asked(pairs), CUBE), read)
    assert grid.rows == found.rows.codes
    return found.rows.level


def test_the_level_with_the_most_shown_cells_is_the_usual_one() -> None:
    assert level_of("", {"band": 12, "group": 2}) == "band"
    assert level_of("", {"band": 1, "group": 2}) == "group"
    assert level_of("", {"band": 2, "group": 2}) == "band", "the finer one of two that show as much"
    assert level_of("show=table", {"band": 0, "group": 1}) == "group"


@pytest.mark.parametrize("text", ["level.age=band", "in.age=b1,b2"])
def test_what_was_chosen_is_shown_however_little_of_it_is_published(text: str) -> None:
    assert level_of(text, {"band": 0, "group": 2}) == "band"


def test_a_level_that_is_not_published_is_passed_over() -> None:
    assert level_of("", {"band": 0, "group": 2}, refused="group") == "band"
    with pytest.raises(QueryInvalid):
        level_of("", {"band": 0, "group": 2}, refused="band")
