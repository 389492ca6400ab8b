"""Outlines as short as browsers need them: half of the bytes of a map were digits that no screen can show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

TENTHS, HALVES = 10, 2
"""Into how many parts a pixel is divided: a line between few points needs more of them than a coast."""
_OUTLINE = re.compile(r'(<path (?:[^<]*? )?d=")(M[-\d.,MLZ]+)(?=")')
"""Lines between points; what bends, or is of other commands, is short already."""

Step = tuple[int, int]


def shortened(svg: str, parts: int = TENTHS) -> str:
    """Return ``svg`` with its outlines in ``parts`` of a pixel, each point told by its step from the one before it."""
    return _OUTLINE.sub(lambda found: found[1] + "".join(_lines(found[2], parts)), svg)


def _lines(outline: str, parts: int) -> Iterator[str]:
    """Yield the lines of an outline, relative.

    >>> "".join(_lines("M1.26,2L3.04,2.5L3.01,2.5L1,2ZM5,5", 10))
    'M1.3 2l1.7.5-2-.5zM5 5'
    """
    for line in outline.split("M")[1:]:
        first, *others = [_parted(point, parts) for point in line.rstrip("Z").split("L")]
        # A line without length stays one: round caps make a dot of it.
        steps = list(_steps(first, others)) or [(0, 0)] * bool(others)
        drawn = f"l{_written(steps, parts)}" if steps else ""
        closed = "z" if line.endswith("Z") else ""
        yield f"M{_written([first], parts)}{drawn}{closed}"


def _steps(first: Step, others: Iterable[Step]) -> Iterator[Step]:
    """Yield the steps between rounded points, so that nothing adds up along a coast; straight on, they are one."""
    before, open_step = first, (0, 0)
    for point in others:
        step = point[0] - before[0], point[1] - before[1]
        before = point
        if _goes_on(open_step, step):
            open_step = open_step[0] + step[0], open_step[1] + step[1]
        else:
            yield open_step
            open_step = step
    if open_step != (0, 0):
        yield open_step


def _goes_on(one: Step, other: Step) -> bool:
    """Say whether a step leads nowhere, or on in the direction of the one before it."""
    across = one[0] * other[1] - one[1] * other[0]
    return across == 0 and one[0] * other[0] + one[1] * other[1] >= 0


def _parted(point: str, parts: int) -> Step:
    across, down = point.split(",")
    return round(float(across) * parts), round(float(down) * parts)


def _written(steps: Iterable[Step], parts: int) -> str:
    """Return numbers as closely as SVG allows: a sign parts them too, and so does the point of a second fraction."""
    text = before = ""
    for number in (each for step in steps for each in step):
        digits = f"{number / parts:g}".replace("0.", ".", 1 if abs(number) < parts else 0)
        is_parted = not text or digits[0] == "-" or (digits[0] == "." and "." in before)
        text += digits if is_parted else f" {digits}"
        before = digits
    return text
