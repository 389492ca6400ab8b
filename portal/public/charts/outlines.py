"""Outlines as short as browsers need them: half of the bytes of a map were digits that no screen can show."""

from __future__ import annotations

import re
from collections.abc import Iterator

_OUTLINE = re.compile(r'(<path (?:[^<]*? )?d=")(M[-\d.,MLZ]+)(?=")')
"""Lines between points; what bends, or is of other commands, is short already."""


def shortened(svg: str) -> str:
    """Return ``svg`` with its outlines in tenths of a pixel, each point told by its step from the one before it."""
    return _OUTLINE.sub(lambda found: found[1] + "".join(_lines(found[2])), svg)


def _lines(outline: str) -> Iterator[str]:
    """Yield the lines of an outline, relative.

    >>> "".join(_lines("M1.26,2L3.04,2.5L3.01,2.5L1,2ZM5,5"))
    'M1.3,2l1.7,.5 -2,-.5zM5,5'
    """
    for line in outline.split("M")[1:]:
        first, *others = [_tenths(point) for point in line.rstrip("Z").split("L")]
        steps, before = [], first
        for point in others:
            # Steps are between rounded points, so that nothing adds up along a coast.
            if point != before:
                steps.append(f"{_written(point[0] - before[0])},{_written(point[1] - before[1])}")
                before = point
        # A line without length stays one: round caps make a dot of it.
        drawn = " ".join(steps or ["0,0"] * bool(others))
        closed = "z" if line.endswith("Z") else ""
        yield f"M{_written(first[0])},{_written(first[1])}{'l' if drawn else ''}{drawn}{closed}"


def _tenths(point: str) -> tuple[int, int]:
    across, down = point.split(",")
    return round(float(across) * 10), round(float(down) * 10)


def _written(tenths: int) -> str:
    whole, tenth = divmod(abs(tenths), 10)
    digits = f"{whole or ''}.{tenth}" if tenth else str(whole)
    return f"-{digits}" if tenths < 0 else digits
