"""Which areas of a map of rates chance alone could have coloured, and how that is said."""

from __future__ import annotations

from dataclasses import dataclass

from datasets.names import TOTAL
from portal.public.explore.grid import GridCell
from portal.public.explore.intervals import SHOWN
from portal.public.explore.telling import Telling


@dataclass(frozen=True)
class Chance:
    """What of a map chance alone could have made."""

    rows: frozenset[str]
    legend: str
    """What hatching means, as short as the legend of a map needs it."""
    note: str
    """The same for who reads the page."""


def chance_of(telling: Telling) -> Chance | None:
    """Return the areas whose rate chance could explain; None where the map has none, or its intervals are not known.

    Such is a rate whose interval, as it is printed, holds that of all areas together. Where that is not published, or
    only some areas are shown, it is a rate whose interval is wider than the rate: below about 17 cases.
    """
    boundaries, whole = telling.exploration.boundaries, telling.grid.total.get("")
    if telling.exploration.show != "map" or boundaries is None:
        return None
    drawn = [row for row in telling.grid.rows if row in boundaries.codes]
    rates = {row: cell for row in drawn if (cell := telling.grid.cell(row)).interval is not None}
    together = whole.value if whole is not None else None
    rows = frozenset(
        row for row, cell in rates.items() if (_is_wide(cell) if together is None else _holds(telling, cell, together))
    )
    if not rows:
        return None
    count = {"count": telling.words.number(len(rows)), "all": telling.words.number(len(rates))}
    return Chance(rows, _legend(telling, together), _note(telling, together) % count)


def _is_wide(cell: GridCell) -> bool:
    assert cell.interval is not None
    assert cell.value is not None
    low, high = cell.interval
    return high - low > cell.value


def _holds(telling: Telling, cell: GridCell, together: float) -> bool:
    """Compare what the page prints, so that its table and its map cannot say different things."""
    assert cell.interval is not None
    decimals = telling.exploration.measure.decimals
    low, whole, high = (
        round(each, SHOWN if decimals is None else decimals) for each in (cell.interval[0], together, cell.interval[1])
    )
    return low <= whole <= high


def _legend(telling: Telling, together: float | None) -> str:
    words = telling.words
    if together is None:
        return words.gettext("Hatched: few cases, so that chance could have made the rate")
    whole = f"{telling.label(telling.exploration.rows.axis, TOTAL)}: {telling.number(together)}"
    message = words.gettext("Hatched: chance alone could make the difference from the whole (%(whole)s)")
    return message % {"whole": whole}


def _note(telling: Telling, together: float | None) -> str:
    if together is None:
        return telling.words.gettext(
            "%(count)s of %(all)s areas with a rate are hatched: the interval around it is wider than the rate itself,"
            " because there are few cases. Their colours can be made by chance; the intervals are in the table."
        )
    return telling.words.gettext(
        "%(count)s of %(all)s areas with a rate are hatched: the interval around it holds the rate of the whole, so"
        " that chance alone could make the difference. Do not read a pattern into their colours; the intervals are in"
        " the table."
    )
