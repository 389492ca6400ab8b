"""The chart of an exploration: a line, bars, small charts or a map, from the cells that its table shows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import inf
from typing import Any

from datasets.boundary_files import Boundaries, boundaries_of
from datasets.names import TOTAL
from portal.public.charts.chart import AnyChart, Area, AreaMap, Break, Chart, Point, Strand, StrandsChart
from portal.public.charts.coarser import coarser
from portal.public.charts.map_marks import Place, with_room
from portal.public.charts.maps import degrees_of_pixel
from portal.public.charts.strands import MOST_LINES
from portal.public.explore.chance import Chance, chance_of
from portal.public.explore.map_classes import class_labels, class_limits
from portal.public.explore.settling import MOST_BARS, MOST_PANELS
from portal.public.explore.telling import BREAK, Telling, marks_of
from portal.query.schema import Axis

LEAST_SEEN = 0.7
"""A point of an outline stays where its triangle with its neighbours has so many square pixels."""
IN_ORDER = frozenset({"age", "time"})
"""Roles whose members are drawn in the order of their list; others from the largest value."""


def chart_of(telling: Telling, *, narrow: bool = False) -> AnyChart | None:
    """Return what is drawn; None where nothing is."""
    if not is_drawn(telling):
        return None
    if telling.exploration.show == "map":
        return _map(telling, narrow=narrow)
    if telling.exploration.columns is None:
        return _one(telling, narrow=narrow)
    return _several(telling, narrow=narrow)


def is_drawn(telling: Telling) -> bool:
    """Say whether there is anything to draw: not of a table alone, nor where no cell that has a place has a value."""
    exploration, grid = telling.exploration, telling.grid
    if exploration.show == "map":
        boundaries = exploration.boundaries
        return boundaries is not None and any(
            grid.cell(row).value is not None for row in grid.rows if row in boundaries.codes
        )
    return exploration.show != "table" and any(cell.value is not None for cell in grid)


def undrawn_told(telling: Telling) -> str:
    """Return why there is no chart though one was asked for; empty where there is one, or a table was chosen."""
    if telling.exploration.show == "table" or is_drawn(telling):
        return ""
    if telling.exploration.show == "map" and telling.exploration.boundaries is None:
        return telling.words.gettext("There is no map of this level; choose another one, or bars.")
    return telling.words.gettext("There is no chart: none of the numbers that it would show is published.")


def left_out(telling: Telling) -> tuple[str, ...]:
    """Return the labels of rows or columns that have no place in the chart, though they are in the table."""
    exploration, grid = telling.exploration, telling.grid
    if exploration.show == "map" and exploration.boundaries is not None:
        codes = [row for row in grid.rows if row not in exploration.boundaries.codes and row != TOTAL]
        return tuple(telling.label(exploration.rows.axis, code) for code in codes)
    if exploration.show == "bars" and exploration.columns is None:
        return tuple(telling.label(exploration.rows.axis, row) for row in _bar_rows(telling)[MOST_BARS:])
    if exploration.show != "table" and exploration.columns is not None:
        drawn, rows = _drawn_columns(telling), grid.rows[len(_drawn_rows(telling)) :]
        columns = [code for code in grid.columns if code not in drawn]
        return (
            *(telling.label(exploration.rows.axis, code) for code in rows),
            *(telling.label(exploration.columns.axis, code) for code in columns),
        )
    return ()


def _one(telling: Telling, *, narrow: bool) -> Chart:
    exploration = telling.exploration
    line = exploration.show == "line"
    rows = telling.grid.rows if line else _bar_rows(telling)[:MOST_BARS]
    return Chart(
        kind="line" if line else "bars",
        title=telling.title,
        description=telling.description,
        dimension=telling.name(exploration.rows),
        measure=_measure(telling),
        points=_points(telling, rows, ""),
        language=telling.words.language,
        narrow=narrow,
        breaks=_breaks(telling, [""]) if line else (),
    )


def _several(telling: Telling, *, narrow: bool) -> StrandsChart:
    exploration = telling.exploration
    assert exploration.columns is not None
    columns = _drawn_columns(telling)
    strands = tuple(_strand(telling, _drawn_rows(telling), column) for column in columns)
    along_time = exploration.rows.is_time
    together = exploration.show == "line" and len(columns) <= MOST_LINES
    return StrandsChart(
        kind="lines" if together else "line-panels" if along_time else "bar-panels",
        title=telling.title,
        description=telling.description,
        dimension=telling.name(exploration.rows),
        measure=_measure(telling),
        strands=strands,
        language=telling.words.language,
        narrow=narrow,
        breaks=_breaks(telling, columns) if together else (),
    )


def _strand(telling: Telling, rows: Sequence[str], column: str) -> Strand:
    columns = telling.exploration.columns
    assert columns is not None
    label, points = telling.label(columns.axis, column), _points(telling, rows, column)
    return Strand(label, points, _breaks(telling, [column]) if telling.exploration.rows.is_time else ())


def _breaks(telling: Telling, columns: Sequence[str]) -> tuple[Break, ...]:
    """Return where some of the columns that are drawn break along their rows."""
    told = {
        place: " ".join(dict.fromkeys(text for column in columns if (text := telling.broken(row, column))))
        for place, row in enumerate(telling.grid.rows)
    }
    return tuple(Break(place, text) for place, text in told.items() if text)


def _drawn_rows(telling: Telling) -> tuple[str, ...]:
    """Return the rows that have room in a chart of several columns: all periods, or the first of others."""
    rows = telling.grid.rows
    return rows if telling.exploration.rows.is_time else rows[:MOST_BARS]


def _drawn_columns(telling: Telling) -> tuple[str, ...]:
    """Return the columns that have room in the chart: all, or those with the greatest numbers, in their order."""
    grid = telling.grid
    if len(grid.columns) <= MOST_PANELS:
        return grid.columns
    values = {column: [grid.cell(row, column).value for row in grid.rows] for column in grid.columns}
    greatest = {
        column: max((value for value in of_column if value is not None), default=-inf)
        for column, of_column in values.items()
    }
    kept = frozenset(sorted(grid.columns, key=lambda column: -greatest[column])[:MOST_PANELS])
    return tuple(column for column in grid.columns if column in kept)


def _points(telling: Telling, rows: Sequence[str], column: str) -> tuple[Point, ...]:
    axis = telling.exploration.rows.axis
    return tuple(_point(telling, axis, row, column) for row in rows)


def _point(telling: Telling, axis: Axis, row: str, column: str) -> Point:
    cell = telling.grid.cell(row, column)
    low, high = cell.interval or (None, None)
    told, text = telling.told(row, column), telling.cell(cell).text
    if telling.exploration.show == "bars" and telling.exploration.columns is None and telling.broken(row, column):
        text = f"{text} {BREAK}"
    return Point(telling.short(axis, row), cell.value, text, low, high, told=told)


def _bar_rows(telling: Telling) -> tuple[str, ...]:
    """Return the rows in the order of their bars: from the largest value, those without one last."""
    exploration, grid = telling.exploration, telling.grid
    rows = tuple(row for row in grid.rows if row != TOTAL) if len(grid.rows) > 1 else grid.rows
    if exploration.rows.axis.description.role in IN_ORDER:
        return rows
    return tuple(sorted(rows, key=lambda row: (grid.cell(row).value is None, -(grid.cell(row).value or 0.0))))


def _measure(telling: Telling) -> str:
    """A drawing is passed on without its page, so it says by itself that its numbers are made up."""
    if telling.release.description.synthetic:
        return f"{telling.measure} – {telling.words.gettext('Made-up data')}"
    return telling.measure


def one_value_told(telling: Telling) -> str:
    """Return that a map has one value alone, so that its colour compares nothing; empty where it has several."""
    boundaries, grid = telling.exploration.boundaries, telling.grid
    if telling.exploration.show != "map" or boundaries is None:
        return ""
    rows = [row for row in grid.rows if row in boundaries.codes and grid.cell(row).value is not None]
    if len({grid.cell(row).value for row in rows}) != 1:
        return ""
    if len(rows) == 1:
        message = telling.words.gettext("The map has a value of one area alone: %(told)s.")
        return message % {"told": telling.told(rows[0], "")}
    message = telling.words.gettext("All areas of the map that have a value have the same: %(value)s.")
    return message % {"value": telling.cell(grid.cell(rows[0])).text}


def boundaries_told(telling: Telling) -> str:
    """Return where the boundaries of a map are from; empty where none is drawn."""
    boundaries = telling.exploration.boundaries
    if telling.exploration.show != "map" or boundaries is None or not is_drawn(telling):
        return ""
    source = telling.words.of(boundaries.entry.source)
    return telling.words.gettext("Boundaries on the map: %(source)s") % {"source": source}


# Maps -----------------------------------------------------------------------------------------------------------------


def _map(telling: Telling, *, narrow: bool) -> AreaMap:
    exploration, grid = telling.exploration, telling.grid
    boundaries = exploration.boundaries
    assert boundaries is not None
    rows = [row for row in grid.rows if row in boundaries.codes]
    cells = {row: grid.cell(row) for row in rows}
    values = [cell.value for cell in cells.values() if cell.value is not None]
    limits = class_limits(values)
    assert limits is not None, "nothing without a value is drawn"
    chance = chance_of(telling)
    return AreaMap(
        title=telling.title,
        description=telling.description,
        measure=_measure(telling),
        areas=tuple(_area(telling, row, chance) for row in rows),
        limits=limits,
        class_labels=class_labels(values, limits, telling.number),
        gaps=tuple(marks_of((cell.status for cell in cells.values() if cell.value is None), telling.words)),
        topology=_outlines(boundaries.codelist, narrow=narrow),
        places=_places(boundaries, [row for row in rows if cells[row].value is None], narrow=narrow),
        names=tuple((telling.words.of(each.label), each.longitude, each.latitude) for each in boundaries.names),
        language=telling.words.language,
        narrow=narrow,
        chance=chance.legend if chance else "",
    )


def _area(telling: Telling, row: str, chance: Chance | None) -> Area:
    cell, label = telling.grid.cell(row), telling.label(telling.exploration.rows.axis, row)
    by_chance = chance is not None and row in chance.rows
    return Area(row, label, cell.value, telling.cell(cell).text, telling.told(row, ""), by_chance)


def _places(boundaries: Boundaries, rows: Sequence[str], *, narrow: bool) -> tuple[tuple[str, float, float], ...]:
    """Return where the marks of rows without a value have room."""
    places = (Place(row, *boundaries.places[row], boundaries.sizes[row]) for row in rows)
    kept = with_room(places, degrees_of_pixel(narrow=narrow))
    return tuple((each.code, each.longitude, each.latitude) for each in kept)


@cache
def _outlines(codelist: str, *, narrow: bool) -> dict[str, Any]:
    """Return the boundaries of the areas of a list, as exact as a map of this size shows them."""
    boundaries = boundaries_of(codelist)
    assert boundaries is not None, "only what has boundaries is drawn as a map"
    return coarser(boundaries.topology, LEAST_SEEN * degrees_of_pixel(narrow=narrow) ** 2)
