"""The classes by which a map is filled: plain limits, about as many areas in each, zeros apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from portal.public.charts.maps import MOST_CLASSES
from portal.shared.wording import Wording


def class_limits(values: Sequence[float]) -> tuple[float, ...] | None:
    """Return where the classes of a map begin, but for the lowest: about as many areas in each, at plain numbers.

    Zeros are a class of their own. None where there are no values. A limit is rounded to the fewest digits at which it
    still parts the same values.

    >>> class_limits([1, 2, 30, 41]), class_limits([0, 0, 0, 5]), class_limits([3, 3])
    ((2.0, 30.0, 40.0), (5.0,), ())
    """
    if not values:
        return None
    different = sorted(set(values))
    others = sorted(value for value in values if value) if different[0] == 0 else sorted(values)
    count = min(MOST_CLASSES - (different[0] == 0), len(set(others)))
    starts = {others[round(number * len(others) / count)] for number in range(count)}
    starts = starts - {different[0]} or set(different[1:2])
    parted = [(different[different.index(start) - 1], start) for start in starts]
    return tuple(sorted(plainest(below, start) for below, start in parted))


def plainest(below: float, value: float) -> float:
    """Return the number of the fewest digits above ``below`` and up to ``value``.

    >>> plainest(17.2, 23.9), plainest(1234, 1290), plainest(0.5, 0.52)
    (20.0, 1250.0, 0.52)
    """
    for digits in range(1, 15):
        for step in (10, 5, 1):
            rounded = _rounded_down(value, digits, step)
            if below < rounded <= value:
                return rounded
    return value


def _rounded_down(value: float, digits: int, step: int) -> float:
    """Return the largest number up to ``value`` of so many significant digits, its last a multiple of ``step``."""
    if value == 0:
        return 0.0
    exponent = len(f"{abs(value):.0f}") - digits if abs(value) >= 1 else 1 - digits
    unit = step * 10.0**exponent
    return round(value / unit // 1 * unit, max(0, -exponent) + 1)


def class_labels(limits: tuple[float, ...], words: Wording, *, zeros: bool) -> tuple[str, ...]:
    """Return what the classes are called; the first is that of zeros where there are zeros."""
    if not limits:
        return (words.gettext("All areas alike"),)
    texts = [words.number(limit) for limit in limits]
    return (
        words.number(0) if zeros else words.gettext("Under %(limit)s") % {"limit": texts[0]},
        *(
            words.gettext("%(least)s to under %(limit)s") % {"least": least, "limit": limit}
            for least, limit in pairwise(texts)
        ),
        words.gettext("%(least)s and more") % {"least": texts[-1]},
    )
