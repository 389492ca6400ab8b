"""Reckon with the two values of a cell: exactly, and never with one that is not there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from portal.public.compare.reading import Difference

_EXACT = Context(prec=700)
"""Enough digits for the difference of any two doubles, and for a per cent of it with four decimals."""
_DECIMALS = Decimal("0.0001")


@dataclass(frozen=True)
class Change:
    """By how much a cell differs."""

    difference: Decimal
    percent: Decimal | None
    """Of the older value, with four decimals, half to even; None where that is zero."""


def change(found: Difference) -> Change | None:
    """Return by how much a cell differs; None unless there is a number in both releases."""
    if not found.column.numeric or found.then is None or found.now is None:
        return None
    then, now = Decimal(found.then), Decimal(found.now)
    difference = _EXACT.subtract(now, then)
    if not then:
        return Change(difference, None)
    percent = _EXACT.divide(_EXACT.multiply(difference, Decimal(100)), abs(then))
    return Change(difference, percent.quantize(_DECIMALS, rounding=ROUND_HALF_EVEN, context=_EXACT))
