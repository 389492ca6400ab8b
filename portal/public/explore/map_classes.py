"""The classes by which a map is filled: plain limits, about as many areas in each, zeros apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from portal.public.charts.maps import MOST_CLASSES, class_of


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


def class_labels(values: Sequence[float], limits: tuple[float, ...], write: Callable[[float], str]) -> tuple[str, ...]:
    """Return what the classes are called: their least and their greatest value, as ``write`` writes them in the table.

    >>> class_labels([0, 3, 7, 9.5], (1, 7), str)
    ('0', '3', '7 – 9.5')
    """
    classes: dict[int, list[float]] = {}
    for value in sorted(values):
        classes.setdefault(class_of(value, limits), []).append(value)
    return tuple(_range(write(of_class[0]), write(of_class[-1])) for _, of_class in sorted(classes.items()))


def _range(least: str, most: str) -> str:
    return least if least == most else f"{least} – {most}"
