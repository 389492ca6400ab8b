"""The cells of an exploration as a table that is sorted by its headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from datasets.names import TOTAL
from datasets.text import Model
from portal.public.explore.grid import ABSENT
from portal.public.explore.telling import Telling
from portal.public.pages.parts import CellView
from portal.shared.links import Links

MOST_SHOWN_ROWS = 500
"""How many rows the page's table has; those of more are in the file."""


class ExploreHeading(Model):
    """The heading of a column, which sorts by it."""

    title: str = Field(description="What the column holds.")
    url: str = Field(description="The same page sorted by it.")
    order: str = Field(description="ascending or descending where it is sorted by it; empty otherwise.")
    number: bool = Field(description="Whether its cells are numbers.")


class ExploreRow(Model):
    """One row."""

    label: str = Field(description="The member of the row dimension.")
    broken: str = Field(description="What keeps all of it from being compared with earlier rows; mostly empty.")
    cells: tuple[CellView, ...] = Field(description="Its cells.")
    intervals: tuple[str, ...] = Field(description="The intervals around them, where they have any.")


class ExploreTable(Model):
    """The cells as a table."""

    headings: tuple[ExploreHeading, ...] = Field(description="The columns; the first is of the row labels.")
    rows: tuple[ExploreRow, ...] = Field(description="The rows.")
    total: ExploreRow | None = Field(description="The published total of all rows; None where there is none.")
    interval: str = Field(description="What the intervals are called; empty where there are none.")
    more: str = Field(description="How many rows are not shown, in words; empty where all are.")


def table_of(telling: Telling, links: Links, pin: str) -> ExploreTable:
    """Return the cells as a table; its headings stay at the release that ``pin`` names."""
    rows = sorted_rows(telling)
    more = len(rows) - MOST_SHOWN_ROWS
    words = telling.words
    has_intervals = any(cell.interval for cell in telling.grid)
    return ExploreTable(
        headings=tuple(_headings(telling, links, pin)),
        rows=tuple(_row(telling, row, has_intervals) for row in rows[:MOST_SHOWN_ROWS]),
        total=_total(telling, has_intervals),
        interval=telling.interval_name if has_intervals else "",
        more=words.gettext("%(count)s more rows are in the file.") % {"count": words.number(more)} if more > 0 else "",
    )


def _total(telling: Telling, has_intervals: bool) -> ExploreRow | None:
    """Return the total as it is published; a column without one is said to have none."""
    total = telling.grid.total
    if not total or TOTAL in telling.grid.rows:
        return None
    cells = [total.get(column, ABSENT) for column in telling.grid.columns]
    return ExploreRow(
        label=telling.label(telling.exploration.rows.axis, TOTAL),
        broken="",
        cells=tuple(map(telling.cell, cells)),
        intervals=tuple(map(telling.interval, cells)) if has_intervals else (),
    )


def _row(telling: Telling, row: str, has_intervals: bool) -> ExploreRow:
    columns = telling.grid.columns
    cells = [telling.grid.cell(row, column) for column in columns]
    breaks = [telling.broken(row, column) for column in columns]
    whole = breaks[0] if telling.exploration.rows.is_time and len(set(breaks)) == 1 else ""
    views = [telling.cell(cell) for cell in cells]
    return ExploreRow(
        label=telling.label(telling.exploration.rows.axis, row),
        broken=whole,
        cells=tuple(
            view if whole or not broken else view.model_copy(update={"broken": broken})
            for view, broken in zip(views, breaks, strict=True)
        ),
        intervals=tuple(telling.interval(cell) for cell in cells) if has_intervals else (),
    )


def sorted_rows(telling: Telling) -> Sequence[str]:
    """Return the rows in the order that is asked for; those without a value come last either way."""
    sort, grid = telling.exploration.sort, telling.grid
    if not sort:
        return grid.rows
    column, descending = sort.removeprefix("-"), sort.startswith("-")
    axis = telling.exploration.rows.axis
    if column == "label":
        return sorted(grid.rows, key=lambda row: telling.label(axis, row).casefold(), reverse=descending)
    column = "" if telling.exploration.columns is None else column
    sign = -1 if descending else 1

    def rank(row: str) -> tuple[bool, float]:
        value = grid.cell(row, column).value
        return value is None, sign * (value or 0.0)

    return sorted(grid.rows, key=rank)


def _headings(telling: Telling, links: Links, pin: str) -> Iterator[ExploreHeading]:
    exploration = telling.exploration
    yield _heading(telling, links, "label", telling.name(exploration.rows), pin)
    if exploration.columns is None:
        yield _heading(telling, links, "value", telling.measure, pin)
        return
    for column in telling.grid.columns:
        label = telling.short(exploration.columns.axis, column)
        if exploration.columns.is_time:
            label = label.replace(" ", "\N{NO-BREAK SPACE}")  # Many periods stand beside one another, each in one line.
        yield _heading(telling, links, column, label, pin)


def _heading(telling: Telling, links: Links, column: str, title: str, pin: str) -> ExploreHeading:
    exploration, release = telling.exploration, telling.release
    now = exploration.sort
    order = "descending" if now == f"-{column}" else "ascending" if now == column else ""
    wanted = column if now == f"-{column}" or (column == "label" and now != "label") else f"-{column}"
    parameters = [each for each in exploration.parameters() if each[0] != "sort"] + [("sort", wanted)]
    url = links.explore(release.dataset, telling.words.language, parameters, release=pin)
    return ExploreHeading(title=title, url=url, order=order, number=column != "label")
