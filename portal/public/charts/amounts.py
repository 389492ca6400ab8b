"""The scales of numbers: each holds zero, and that of bars has room for the numbers that are written at their ends."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any


def of_lines(values: Collection[float | None]) -> dict[str, Any]:
    """Return the scale of lines; where there are only zeros, these are at its foot and not halfway up."""
    return {"zero": True, "nice": True, **({} if any(values) else {"domainMax": 1})}


def of_bars(ends: Collection[float | None], *, room: float) -> dict[str, Any]:
    """Return the scale of bars from zero to ``ends``; ``room`` is that of a text beyond, as a part of all they span.

    >>> of_bars([10, None], room=0.5)["domainMax"], of_bars([-4, 4], room=0.5)["domainMin"]
    (15.0, -8.0)
    """
    known = [each for each in ends if each]
    least, most = min([0.0, *known]), max([0.0, *known])
    beyond = (most - least or 1.0) * room
    if not known:
        most = 1.0
    return {
        "zero": True,
        "nice": False,
        "domainMin": least - beyond if least < 0 else 0,
        "domainMax": most + beyond if most > 0 else 0,
    }


def at_end(gap: float) -> dict[str, Any]:
    """Return how the number of a bar is written ``gap`` pixels beyond its end: of one below zero on its other side."""
    return {
        "align": {"expr": "datum.value < 0 ? 'right' : 'left'"},
        "dx": {"expr": f"datum.value < 0 ? -{gap} : {gap}"},
    }
