"""What the explorer shows: a measure along one dimension or two, every other one held at a member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Literal

from datasets.boundary_files import Boundaries, boundaries_of
from datasets.names import TOTAL
from datasets.release import MeasureDescription
from portal.public.explore.asked import FIRST, HELD, LAST, LEVEL, MEMBERS, joined
from portal.query.model import Geography
from portal.query.schema import Axis, Cube

Show = Literal["table", "line", "bars", "panels", "map"]
SHOWS: tuple[Show, ...] = ("line", "bars", "panels", "map", "table")
Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Along:
    """A dimension whose members are shown one by one."""

    axis: Axis
    level: str
    """The level whose members are shown, where none is chosen by its code; empty where the list has no levels."""
    members: tuple[str, ...] = ()
    """Those that were chosen; empty for all of the level."""
    first: str = ""
    last: str = ""
    """Of time: the first and the last period; empty where all are shown."""

    @property
    def name(self) -> str:
        return self.axis.name

    @property
    def is_time(self) -> bool:
        return self.axis.description.role == "time"

    @property
    def codes(self) -> tuple[str, ...]:
        """The members that are shown, in published order."""
        if self.members:
            return tuple(sorted(self.members, key=self.axis.positions.__getitem__))
        codes = self.axis.at(self.level)
        return tuple(code for code in codes if (self.first or code) <= code <= (self.last or code))

    def filters(self) -> Iterator[tuple[str, str]]:
        """Yield what the native API is asked, so that it gives the same members."""
        if self.members:
            yield f"{self.name}__in", joined(self.codes)
            return
        if self.level:
            yield f"{self.name}__level", self.level
        if self.first:
            yield f"{self.name}__gte", self.first
        if self.last:
            yield f"{self.name}__lte", self.last


@dataclass(frozen=True)
class Exploration:
    """One state of the explorer; ``parameters`` is its address."""

    cube: Cube
    show: Show
    measure: MeasureDescription
    rows: Along
    columns: Along | None
    held: tuple[tuple[Axis, str], ...]
    """The dimensions that are not shown, each with the member that it is held at."""
    geography: Geography | None = None
    """The list of provinces, where it is not the release's own."""
    sort: str = ""
    """The column that the table is sorted by: ``label``, a member of the columns, or ``value``; with - descending."""
    unknown: tuple[str, ...] = ()
    """What was asked that the table does not know, so that something else is shown instead."""
    others: tuple[Exploration, ...] = ()
    """The same at other levels of a dimension whose level nobody chose, for where most of this one is withheld."""

    @property
    def boundaries(self) -> Boundaries | None:
        """What the rows are drawn by on a map."""
        return boundaries_for(self.rows)

    @property
    def beside(self) -> tuple[str, ...]:
        """The measures that are read beside: what a rate is made of, for the interval around it."""
        parts = (self.measure.numerator, self.measure.denominator) if self.measure.type == "rate" else ()
        return tuple(name for name in parts if name is not None and name in self.cube.measures)

    def parameters(self) -> Parameters:
        """Return the state as parameters of an address: everything that is chosen, so that it means the same later."""
        plain = [("table", self.cube.name), ("show", self.show), ("measure", self.measure.name)]
        plain += [("rows", self.rows.name)]
        plain += [("columns", self.columns.name)] if self.columns else []
        plain += [("geography", self.geography)] if self.geography else []
        plain += [("sort", self.sort)] if self.sort else []
        shown = [part for along in self.shown for part in _written(along)]
        return (*plain, *shown, *((f"{HELD}{axis.name}", code) for axis, code in self.held))

    @property
    def shown(self) -> tuple[Along, ...]:
        return (self.rows,) if self.columns is None else (self.rows, self.columns)

    @property
    def size(self) -> int:
        """How many cells it shows at most."""
        return prod(len(along.codes) for along in self.shown)

    def question(self) -> Parameters:
        """Return the question that the native API answers with the same numbers."""
        parts = [("group", ",".join(along.name for along in self.shown)), ("select", self.measure.name)]
        parts += [part for along in self.shown for part in along.filters()]
        parts += [(axis.name, code) for axis, code in self.held if code != TOTAL]
        parts += [("geography", self.geography)] if self.geography else []
        return tuple(parts)

    def total_question(self) -> Parameters | None:
        """Return the question for the published total of the rows; None where they have none, or are only some of all.

        Below a part of the members a total of all would read as theirs.
        """
        rows = self.rows
        if not rows.axis.description.total or rows.members or rows.first or rows.last:
            return None
        columns = [] if self.columns is None else [("group", self.columns.name), *self.columns.filters()]
        kept = [(name, value) for name, value in self.question() if name in {"geography", *self._held_names}]
        return (*columns, *kept)

    @property
    def _held_names(self) -> frozenset[str]:
        return frozenset(axis.name for axis, _ in self.held)


def boundaries_for(along: Along) -> Boundaries | None:
    """Return the boundaries of the members that are shown; None where a map cannot show them."""
    boundaries = boundaries_of(along.axis.codelist.id)
    if boundaries is None or boundaries.entry.level not in {along.level, ""}:
        return None
    return boundaries


def _written(along: Along) -> Iterator[tuple[str, str]]:
    if along.members:
        yield f"{MEMBERS}{along.name}", joined(along.codes)
        return
    if along.level:
        yield f"{LEVEL}{along.name}", along.level
    if along.first:
        yield f"{FIRST}{along.name}", along.first
    if along.last:
        yield f"{LAST}{along.name}", along.last
