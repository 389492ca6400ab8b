"""Settle what an address asks for against what a table publishes: what is left out is chosen, what is unknown is told.

An address may be of an older release, be written by hand, or come from a form whose parts do not fit together. It shows
the nearest thing that there is, and never an error where there is something to show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from datasets.boundary_files import boundaries_of
from datasets.names import TOTAL
from portal.public.explore.asked import Asked
from portal.public.explore.exploration import SHOWS, Along, Exploration, Show
from portal.query.model import GEOGRAPHIES, Geography
from portal.query.provinces import joined_axis
from portal.query.schema import Axis, Cube

MOST_ROWS = 500
"""A level of more members is shown only where it is asked for."""
MOST_PANELS = 64
MOST_BARS = 70
_BARS = 40


def settle(asked: Asked, cube: Cube) -> Exploration:
    """Return the state of the explorer that ``asked`` means for ``cube``."""
    found = _Settling(asked, cube).exploration()
    return replace(found, others=tuple(_at_other_levels(found, asked, cube)))


def _at_other_levels(found: Exploration, asked: Asked, cube: Cube) -> Iterator[Exploration]:
    """Yield what is shown at the other levels of each dimension of which nothing was chosen, the finest first."""
    chosen = {*asked.levels, *asked.members, *asked.first, *asked.last}
    present = {former.old: former.new for former in cube.former}
    free = [along for along in found.shown if along.name not in {present.get(name, name) for name in chosen}]
    for along in free:
        for level in reversed(along.axis.levels):
            if level != along.level and len(along.axis.at(level)) <= MOST_ROWS:
                other = _Settling(replace(asked, levels={**asked.levels, along.name: level}), cube).exploration()
                if _is_alike(found, other):
                    yield other


def _is_alike(one: Exploration, other: Exploration) -> bool:
    """Say whether two states are shown in the same way: a line stays one, and a map has the boundaries of its areas."""
    if one.show == "map":
        return other.show == "map" and other.boundaries is not None
    return one.show == other.show or {one.show, other.show} == {"bars", "table"}


class _Settling:
    """Settles one part after another; each may depend on those before."""

    def __init__(self, asked: Asked, cube: Cube) -> None:
        self._asked = asked
        self._cube = cube
        self._present = {former.old: former.new for former in cube.former}
        self._unknown: list[str] = [asked.table] if asked.table not in {"", cube.name} else []
        self._geography = self._settled_geography()
        self._axes = {name: self._axis(axis) for name, axis in cube.axes.items()}

    def exploration(self) -> Exploration:
        measure = self._named(self._asked.measure, self._cube.measures) or next(iter(self._cube.measures))
        wanted = next((show for show in SHOWS if show == self._asked.show), None)
        if self._asked.show and wanted is None:
            self._unknown.append(self._asked.show)
        insisted = wanted if self._asked.show != self._asked.was else None
        rows = self._rows(insisted)
        columns = self._columns(insisted if wanted != "map" else wanted, rows)
        along = self._along(rows)
        across = self._along(columns) if columns else None
        held = tuple((axis, self._held(axis)) for name, axis in self._axes.items() if name not in {rows, columns})
        return Exploration(
            self._cube,
            self._show(wanted, along, across),
            self._cube.measures[measure],
            along,
            across,
            held,
            self._geography,
            self._sort(across),
            tuple(self._unknown),
        )

    # Dimensions -------------------------------------------------------------------------------------------------------

    def _rows(self, wanted: Show | None) -> str:
        asked = self._named(self._asked.rows, self._axes)
        if wanted == "map":
            return asked if asked in self._mapped else next(iter(self._mapped), asked or self._first())
        if wanted == "panels" and not asked:
            return next(iter(self._times), self._first())
        if wanted == "line":
            return asked if asked in self._times else next(iter(self._times), asked or self._first())
        return asked or self._first()

    def _first(self) -> str:
        """Return the dimension that tells most at a glance: time, else the first with few members."""
        few = (name for name, axis in self._axes.items() if 2 <= len(axis.finest) <= _BARS)
        return next(iter(self._times), "") or next(few, next(iter(self._axes)))

    def _columns(self, wanted: Show | None, rows: str) -> str:
        others = [name for name in self._axes if name != rows]
        asked = self._named(self._asked.columns, others, among=self._axes)
        if wanted == "map":
            return ""
        before = self._present.get(self._asked.rows, self._asked.rows)
        if wanted == "line" and not asked and before in others:
            # Rows became time: what they were becomes the lines, where some of them were chosen.
            return before if self._chosen(before) else ""
        if wanted == "panels" and not asked:
            few = [name for name in others if 2 <= len(self._axes[name].finest) <= MOST_PANELS]
            return min(few, key=lambda name: len(self._axes[name].finest), default="")
        return asked

    @property
    def _times(self) -> Sequence[str]:
        return [name for name, axis in self._axes.items() if axis.description.role == "time"]

    @property
    def _mapped(self) -> Sequence[str]:
        return [name for name, axis in self._axes.items() if boundaries_of(axis.codelist.id)]

    def _named(self, name: str, known: Mapping[str, object] | Sequence[str], among: Mapping[str, object] = {}) -> str:
        """Return a name where it is known, also by its older one; nothing, and tell of it, where it is not."""
        present = self._present.get(name, name)
        if present in known:
            return present
        if name and present not in among:
            self._unknown.append(name)
        return ""

    def _by_dimension(self, given: Mapping[str, str], name: str) -> str:
        return next((value for called, value in given.items() if self._present.get(called, called) == name), "")

    # Members ----------------------------------------------------------------------------------------------------------

    def _along(self, name: str) -> Along:
        """Return what is shown of a dimension: members that were chosen, unless another level was chosen after them."""
        axis = self._axes[name]
        members, level = tuple(self._known(axis, self._chosen(name))), self._asked_level(axis)
        of_level = [code for code in members if axis.level(code) == level]
        if members and (of_level or not level):
            return Along(axis, self._common_level(axis, members), members)
        level = level or self._usual_level(axis)
        return Along(axis, level, (), *self._span(axis, level))

    def _chosen(self, name: str) -> tuple[str, ...]:
        members = self._asked.members.items()
        return next((codes for called, codes in members if self._present.get(called, called) == name), ())

    def _known(self, axis: Axis, codes: Sequence[str]) -> Iterator[str]:
        for code in codes:
            if code in axis.positions:
                yield code
            else:
                self._unknown.append(code)

    def _asked_level(self, axis: Axis) -> str:
        """Return the level that is asked for, where there is one."""
        asked = self._by_dimension(self._asked.levels, axis.name)
        if asked in axis.levels:
            return asked
        if asked:
            self._unknown.append(asked)
        return ""

    def _common_level(self, axis: Axis, members: Sequence[str]) -> str:
        """Return the level of members that were chosen; the usual one where they are of several."""
        levels = {axis.level(code) for code in members if code != TOTAL}
        return levels.pop() if len(levels) == 1 else self._usual_level(axis)

    @staticmethod
    def _usual_level(axis: Axis) -> str:
        mapped = boundaries_of(axis.codelist.id)
        if mapped and mapped.entry.level in axis.levels:
            return mapped.entry.level
        shown = (level for level in reversed(axis.levels) if len(axis.at(level)) <= MOST_ROWS)
        return next(shown, axis.levels[0] if axis.levels else "")

    def _span(self, axis: Axis, level: str) -> tuple[str, str]:
        """Return the first and the last period that are asked for; a span that is turned round is turned back whole."""
        first, last = (self._period(axis, level, given) for given in (self._asked.first, self._asked.last))
        if first and last and first[0] > last[-1]:
            first, last = last, first
        return (first[0] if first else ""), (last[-1] if last else "")

    def _period(self, axis: Axis, level: str, given: Mapping[str, str]) -> tuple[str, ...]:
        """Return the periods of a level that one that is asked for holds: itself, or those inside a longer one."""
        code = self._by_dimension(given, axis.name)
        if axis.description.role != "time" or not code:
            return ()
        if code in axis.positions and axis.level(code) == level:
            return (code,)
        inside = tuple(each for each in axis.at(level) if code in axis.above[each])
        if not inside:
            self._unknown.append(code)
        return inside

    def _held(self, axis: Axis) -> str:
        """Return the member at which a dimension is held: that asked for, the newest period, the total, the first."""
        asked = self._by_dimension(self._asked.held, axis.name)
        if asked in axis.positions:
            return asked
        if asked:
            self._unknown.append(asked)
        if axis.description.role == "time":
            # Who looked at months goes on with the newest of these; others begin with what a year tells.
            if level := self._asked_level(axis):
                return self._span(axis, level)[1] or axis.at(level)[-1]
            coarse = axis.at(axis.levels[0]) if len(axis.levels) > 1 else ()
            if len(coarse) > 1:
                return coarse[-1]
        if axis.description.total:
            return TOTAL
        return axis.finest[-1] if axis.description.role == "time" else axis.members[0]

    # How --------------------------------------------------------------------------------------------------------------

    def _show(self, wanted: Show | None, rows: Along, columns: Along | None) -> Show:
        if wanted is None:
            return self._usual(rows, columns)
        possible = {
            "line": rows.is_time,
            "map": rows.name in self._mapped,
            "panels": columns is not None,
        }
        if possible.get(wanted, True):
            return wanted
        # Who asked for a chart gets one: a table instead would look as if it had broken.
        if columns is not None:
            return "panels"
        return "line" if rows.is_time else "bars"

    @staticmethod
    def _usual(rows: Along, columns: Along | None) -> Show:
        if rows.is_time:
            return "line" if len(rows.codes) > 2 else "table"
        return "bars" if columns is None and len(rows.codes) <= MOST_BARS else "table"

    def _sort(self, columns: Along | None) -> str:
        column = self._asked.sort.removeprefix("-")
        codes = columns.codes if columns else ("value",)
        return self._asked.sort if column in {"label", *codes} else ""

    def _settled_geography(self) -> Geography | None:
        asked = next((known for known in GEOGRAPHIES if known == self._asked.geography), None)
        if self._asked.geography and asked is None:
            self._unknown.append(self._asked.geography)
        return asked if asked == "2025" and legacy_axis(self._cube) is not None else None

    def _axis(self, axis: Axis) -> Axis:
        areas = self._cube.areas
        if self._geography is None or areas is None or areas.geography(axis) != "legacy":
            return axis
        return joined_axis(areas, axis)[0]


def legacy_axis(cube: Cube) -> Axis | None:
    """Return the dimension whose old provinces can be joined into the new ones, where a table has one."""
    if cube.areas is None:
        return None
    return next((axis for axis in cube.axes.values() if cube.areas.geography(axis) == "legacy"), None)
