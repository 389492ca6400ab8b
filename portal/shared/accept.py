"""Read an Accept header (RFC 9110, section 12.5.1): what a caller takes, with the weight of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

LONGEST = 2_000
"""So many characters of a header are read."""
_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


@dataclass(frozen=True)
class Wish:
    """One media range, in small letters; its parameters by their names in small letters; 0 refuses it."""

    media_range: str
    parameters: Mapping[str, str]
    weight: float


def read_accept(header: str) -> Iterator[Wish]:
    """Yield what a header names, in its order; a weight that cannot be read counts as 0.

    >>> [(wish.media_range, wish.weight) for wish in read_accept("text/csv;q=0.5, */*")]
    [('text/csv', 0.5), ('*/*', 1.0)]
    """
    for part in header[:LONGEST].split(","):
        media_range, *rest = (text.strip() for text in part.split(";"))
        parameters = dict(map(_parameter, rest))
        weight = parameters.pop("q", "1")
        if media_range:
            yield Wish(media_range.lower(), parameters, float(weight) if _WEIGHT.fullmatch(weight) else 0.0)


def preferred(accept: str, offered: Sequence[str]) -> str:
    """Return the media type of ``offered`` that an Accept header wants most, the first of those it wants alike.

    Without a header, or where it takes none of them, it is the first. The others must be named: who takes anything is
    a browser or a program that knows nothing of them.

    >>> preferred("text/html;q=0.9, */*", ("text/html", "text/turtle"))
    'text/html'
    """
    wishes = list(read_accept(accept))

    def weight(media_type: str) -> float:
        any_kind = (f"{media_type.partition('/')[0]}/*", "*/*") if media_type == offered[0] else ()
        for name in (media_type, *any_kind):
            found = [wish.weight for wish in wishes if wish.media_range == name]
            if found:
                return max(found)
        return 0.0

    return max(offered, key=weight)


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip().strip('"')
