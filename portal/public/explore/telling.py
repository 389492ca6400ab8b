"""What an exploration is called: its title, what its other dimensions are held at, its cells and marks in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.names import TOTAL
from datasets.public_releases import PublicRelease
from portal.public.explore.breaks import Series, SeriesBreak, series_of
from portal.public.explore.exploration import Along, Exploration
from portal.public.explore.grid import Grid, GridCell
from portal.public.explore.intervals import LEVEL, SHOWN
from portal.public.pages.facts import edition_of, subject_of
from portal.public.pages.parts import CellView
from portal.public.pages.units import with_unit
from portal.public.pages.values import cell_view, dimension_name, inside, member_label, totals_told
from portal.query.schema import Axis
from portal.shared.labels import N_, mark
from portal.shared.numbers import short_period
from portal.shared.wording import Wording

BREAK = "[b]"
"""The mark of a break in a series."""
_PERIODS = {
    "year": N_("Year"),
    "quarter": N_("Quarter"),
    "month": N_("Month"),
    "week": N_("Week"),
    "day": N_("Day"),
}
"""What the periods of each level are called."""
MOST_NAMED = 6
"""So many chosen members are named in a title."""


@dataclass(frozen=True)
class Telling:
    """An exploration of a release in the words of one language."""

    release: PublicRelease
    exploration: Exploration
    grid: Grid
    words: Wording

    @property
    def measure(self) -> str:
        """The measure, with its unit where its title does not say it."""
        return with_unit(self.exploration.measure, self.words)

    @property
    def about(self) -> str:
        """The edition and version: what a picture without its page says above its title."""
        return edition_of(self.release, self.words)

    @property
    def title(self) -> str:
        return self._titled(self.words.of(self.exploration.measure.title))

    @property
    def own_title(self) -> str:
        """The title for who does not see the name of the dataset around it; it says what is counted."""
        subject = subject_of(self.release, self.words)
        measure = self.words.of(self.exploration.measure.title)
        if len(self.release.description.measures) == 1 and measure.casefold() in subject.casefold():
            return self._titled(subject)
        if self.title.casefold().startswith(subject.casefold()):
            return self.title
        return f"{subject}: {inside(self.title)}"

    def _titled(self, measure: str) -> str:
        names = [inside(self.name(along)) for along in self.exploration.shown]
        message = (
            self.words.gettext("%(measure)s by %(dimension)s and %(other)s")
            if len(names) > 1
            else self.words.gettext("%(measure)s by %(dimension)s")
        )
        values = {"measure": measure, "dimension": names[0], "other": names[-1]}
        return message % values

    @property
    def held_title(self) -> str:
        """The title for who sees it alone, with what the other dimensions are held at."""
        return f"{self.own_title}. {self.held}" if self.held else self.own_title

    @property
    def description(self) -> str:
        """The chart in words, with what the other dimensions are held at."""
        return f"{self.in_words} {self.held}".strip()

    def name(self, along: Along) -> str:
        """Return what the members that are shown are: of time years, quarters or months, not what their list is."""
        if along.is_time and along.level in _PERIODS:
            return self.words.gettext(_PERIODS[along.level])
        return self.words.of(along.axis.description.title)

    @property
    def held(self) -> str:
        """What the dimensions that are not shown are held at, and what part of a shown one is shown, in sentences."""
        held = self.exploration.held
        totals = totals_told((axis.description for axis, code in held if code == TOTAL), self.words)
        parts = [
            f"{dimension_name(axis.description, self.words)}: {self.label(axis, code)}"
            for axis, code in held
            if code != TOTAL
        ]
        shown = self.exploration.shown
        parts += [
            f"{dimension_name(along.axis.description, self.words)}: {part}"
            for along in shown
            if (part := self._part(along))
        ]
        return f"{totals} {'; '.join(parts)}{'.' if parts else ''}".strip()

    def _part(self, along: Along) -> str:
        """Return which part of a dimension is shown; empty where it is all of a level, or cannot be said shortly."""
        if along.first or along.last:
            return self.span(along.first, along.last)
        if 0 < len(along.members) <= MOST_NAMED:
            return ", ".join(self.label(along.axis, code) for code in along.codes)
        return ""

    def span(self, first: str, last: str) -> str:
        if first and last:
            return f"{self.words.period(first)} – {self.words.period(last)}"
        if first:
            return self.words.gettext("from %(first)s on") % {"first": self.words.period(first)}
        return self.words.gettext("until %(last)s") % {"last": self.words.period(last)}

    def label(self, axis: Axis, code: str) -> str:
        return member_label(code, axis.codelist, self.words)

    def short(self, axis: Axis, code: str) -> str:
        """Return a label as the axis of a chart has room for."""
        if axis.description.role != "time" or code == TOTAL:
            return self.label(axis, code)
        short = short_period(code, self.words.language)
        return self.label(axis, code) if short == code and not short.isdecimal() else short

    def cell(self, cell: GridCell) -> CellView:
        return cell_view(cell.value, cell.status, self.exploration.measure.decimals, self.words)

    def number(self, value: float) -> str:
        """Return a value as the table has it."""
        return self.words.number(value, self.exploration.measure.decimals)

    def interval(self, cell: GridCell) -> str:
        """Return the interval around a rate; empty where there is none."""
        if cell.interval is None:
            return ""
        decimals = self.exploration.measure.decimals
        low, high = (self.words.number(round(limit, SHOWN), decimals) for limit in cell.interval)
        return f"{low} – {high}"

    def told(self, row: str, column: str) -> str:
        """Return all that is said of one cell: where, what, and what its mark means."""
        rows, columns = self.exploration.rows, self.exploration.columns
        place = [self.label(rows.axis, row), *([self.label(columns.axis, column)] if columns else [])]
        cell = self.grid.cell(row, column)
        view, interval = self.cell(cell), self.interval(cell)
        value = f"{view.text} {view.meaning}".strip()
        return f"{', '.join(place)}: {value}{f' ({self.interval_name}: {interval})' if interval else ''}"

    @property
    def interval_name(self) -> str:
        return self.words.gettext("%(level)s%% interval") % {"level": self.words.number(LEVEL)}

    def marks(self) -> tuple[tuple[str, str], ...]:
        """Return each mark that stands in the cells with what it means, in the order of the legend."""
        found = marks_of((cell.status for cell in (*self.grid, *self.grid.total.values())), self.words)
        broken = self.words.gettext("From here on numbers cannot be compared with those before; see below")
        return (*found, *([(BREAK, broken)] if self.breaks else []))

    # Breaks in series -------------------------------------------------------------------------------------------------

    @cached_property
    def series(self) -> Series | None:
        return series_of(self.exploration, self.grid.rows, self.grid.columns)

    @cached_property
    def breaks(self) -> tuple[SeriesBreak, ...]:
        """The breaks between the periods that are shown."""
        return self.series.breaks(self.release.description.breaks) if self.series else ()

    @cached_property
    def _broken(self) -> dict[str, tuple[SeriesBreak, ...]]:
        periods = dict.fromkeys(period for one in self.breaks for period in one.periods)
        return {period: tuple(one for one in self.breaks if period in one.periods) for period in periods}

    def broken(self, row: str, column: str) -> str:
        """Return what keeps a cell from being compared with those of earlier periods; empty where it is not the first.

        Without a column: what keeps the whole row from it.
        """
        if self.series is None:
            return ""
        if not self.exploration.rows.is_time:
            row, column = column, row
        return " ".join(self.break_told(one) for one in self._broken.get(row, ()) if self.series.concerns(one, column))

    def break_told(self, one: SeriesBreak) -> str:
        """Return when a series breaks, of what, and why."""
        place = ", ".join([self.words.period(one.since), *self.broken_members(one, MOST_NAMED)])
        return f"{place}: {self.why(one)}"

    def broken_members(self, one: SeriesBreak, most: int) -> list[str]:
        """Return whose numbers break; of many the first, and how many more there are."""
        names = [self.label(one.axis, code) for code in one.members] if one.axis else []
        more = [self.words.gettext("%(count)s more") % {"count": len(names) - most}] if names[most:] else []
        return [*names[:most], *more]

    def why(self, one: SeriesBreak) -> str:
        if one.reason is not None:
            return self.words.of(one.reason)
        if one.joined:
            names = ", ".join(map(self.words.of, one.joined))
            return self.words.gettext("%(names)s became a part of it.") % {"names": names}
        return self.words.gettext("Formed then; numbers before, if there are any, are of another area.")

    @property
    def in_words(self) -> str:
        """The chart for who does not see it: the highest, the lowest, and how many cells have no value."""
        found = [(row, column) for row in self.grid.rows for column in self.grid.columns]
        with_value = [place for place in found if self.grid.cell(*place).value is not None]
        gaps = self.words.number(len(found) - len(with_value))
        if not with_value:
            text = self.words.gettext("%(measure)s. No cell has a value. Cells without a value: %(gaps)s.")
            return text % {"measure": self.measure, "gaps": gaps}
        text = self.words.gettext(
            "%(measure)s. Highest published: %(highest)s. Lowest published: %(lowest)s. Cells without a value:"
            " %(gaps)s."
        )
        highest = max(with_value, key=self._value)
        lowest = min(with_value, key=self._value)
        told = {"highest": self.told(*highest), "lowest": self.told(*lowest)}
        return text % {"measure": self.measure, "gaps": gaps, **told}

    def _value(self, place: tuple[str, str]) -> float:
        return self.grid.cell(*place).value or 0.0


def marks_of(statuses: Iterable[CellStatus], words: Wording) -> list[tuple[str, str]]:
    """Return the marks of some statuses with what they mean."""
    used = frozenset(statuses)
    return [
        (mark(status), words.of(meaning.label))
        for status, meaning in STATUS_MEANINGS.items()
        if meaning.letter and status in used
    ]
