"""Knows codes that have lost their leading zeros, as spreadsheets take them for numbers."""

from __future__ import annotations

from collections.abc import Iterator

ZEROS = 4
"""So many zeros may be lost: codes of communes have five digits."""
REMEDY = (
    "its codes have lost their leading zeros, as Excel does to them: format the column as text, put the zeros back or"
    " export it anew; the definition is right"
)


def padded(code: str) -> Iterator[str]:
    """Yield what a code may have been before it lost zeros.

    >>> list(padded("1"))
    ['01', '001', '0001', '00001']
    >>> list(padded("Hà Nội"))
    []
    """
    if code.isascii() and code.isdigit():
        yield from ("0" * number + code for number in range(1, ZEROS + 1))
