"""Whose numbers of the one period that is shown are of another area than later ones, though they have the same name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from portal.public.explore.breaks import SeriesBreak, series_since
from portal.public.explore.telling import Telling
from portal.public.pages.values import period_inside

MOST_PLACES = 12
"""So many places are named; of more it is said how many there are."""


def areas_then(telling: Telling) -> Iterator[str]:
    """Yield when and why the area of places changed after the period that is shown, of those that have a number."""
    series = series_since(telling.exploration, _with_value(telling))
    if series is None:
        return
    places = {name for name, axis in telling.exploration.cube.axes.items() if axis.description.role == "geography"}
    declared = [one for one in telling.release.description.breaks if places & one.members.keys()]
    for one in series.breaks(declared):
        yield _told(telling, one)


def _told(telling: Telling, one: SeriesBreak) -> str:
    """Return one sentence: whose borders changed after the numbers that are shown, when, and what happened."""
    words, names = telling.words, telling.broken_members(one, MOST_PLACES)
    message = (
        words.gettext("The borders of %(names)s changed after the time shown, in %(since)s: %(why)s")
        if names
        else words.gettext("Borders changed after the time shown, in %(since)s: %(why)s")
    )
    since = period_inside(words.period(one.since), words)
    return message % {"names": ", ".join(names), "since": since, "why": telling.why(one)}


def _with_value(telling: Telling) -> Mapping[str, tuple[str, ...]]:
    """Return the members that are shown of each dimension and have a number."""
    exploration, grid = telling.exploration, telling.grid
    places = [(row, column) for row in grid.rows for column in grid.columns]
    valued = [place for place in places if grid.cell(*place).value is not None]
    shown = {exploration.rows.name: tuple(dict.fromkeys(row for row, _ in valued))}
    if exploration.columns is not None:
        shown[exploration.columns.name] = tuple(dict.fromkeys(column for _, column in valued))
    return shown
