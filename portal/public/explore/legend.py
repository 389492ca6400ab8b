"""What the marks of an exploration mean, each beside the sign that its chart draws for it."""

from __future__ import annotations

from portal.public.charts.strands import MOST_LINES
from portal.public.explore.drawn import is_drawn
from portal.public.explore.telling import Telling
from portal.shared.labels import mark
from portal.shared.wording import Wording


def signs(telling: Telling) -> tuple[tuple[str, str], ...]:
    """Return each mark in the table or the chart with what it means, also the circle that a line has for it."""
    hollow, words = _hollow(telling), telling.words
    return tuple((circled(sign, words) if sign in hollow else sign, meaning) for sign, meaning in telling.marks())


def legend(telling: Telling) -> tuple[str, ...]:
    """Return what each mark in the table or the chart means, as the page says it."""
    return tuple(f"{sign}: {meaning}" for sign, meaning in signs(telling))


def circled(sign: str, words: Wording) -> str:
    """Return a mark with the circle that a line has for it: in words, since few letters have such a sign."""
    return words.gettext("%(mark)s (hollow circle)") % {"mark": sign}


def _hollow(telling: Telling) -> frozenset[str]:
    """Return the marks for which a line has a hollow circle; small charts have no room for one."""
    exploration = telling.exploration
    small = exploration.columns is not None and len(telling.grid.columns) > MOST_LINES
    if exploration.show != "line" or small or not is_drawn(telling):
        return frozenset()
    return frozenset(mark(cell.status) for cell in telling.grid if cell.value is not None)
