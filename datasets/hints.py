"""What to tell people who ask for a name that is not known: the nearest one that is, and what there is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from itertools import islice

from datasets.said import Said, joined, said

SHOWN = 40
"""How many names a message lists."""
_COMPARED = 5_000
"""So many names are looked at: an error must not cost much more than an answer."""
_LONGEST = 100


_in_haste: ContextVar[bool] = ContextVar("in_haste", default=False)


class TakesLonger(Exception):
    """What was meant by a name that is not known takes longer to find than whoever asks may be kept."""


@contextmanager
def in_haste() -> Iterator[None]:
    """Let what looks for a nearest name while the block runs raise TakesLonger instead."""
    token = _in_haste.set(True)
    try:
        yield
    finally:
        _in_haste.reset(token)


def fold(text: str) -> str:
    """Return ``text`` without what people get wrong first: capitals, Vietnamese marks, and `-` for `_` or a space."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    kept = "".join(each for each in plain if unicodedata.category(each) != "Mn")
    return kept.replace("_", "-").replace(" ", "-")


def is_same(name: str, other: str) -> bool:
    """Say whether two names differ in nothing but what ``fold`` takes away."""
    return fold(name) == fold(other)


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the one of ``names`` that ``name`` was probably meant to be; empty where none is near."""
    if _in_haste.get():
        raise TakesLonger
    known: dict[str, str] = {}
    for each in islice(names, _COMPARED):
        known.setdefault(fold(each), each)
    wanted = fold(name[:_LONGEST])
    if wanted in known:
        return known[wanted]
    return next((known[each] for each in get_close_matches(wanted, known, n=1)), "")


def listed(names: Iterable[str], *, between: str = ", ") -> str:
    """Return ``names`` as a list of bounded length."""
    given = [name for name in names if name]
    if len(given) <= SHOWN:
        return joined(*given, between=between) if any(isinstance(name, Said) for name in given) else between.join(given)
    return said("%(names)s and %(count)s more", names=listed(given[:SHOWN], between=between), count=len(given) - SHOWN)


def hint(name: str, names: Iterable[str], *, near: str = "", told: Iterable[str] = ()) -> str:
    """Return the remedy for an unknown name: the nearest known one, unless ``near`` is nearer, and then the list.

    ``told`` is how the names are listed, where they are codes that people know by something else.
    """
    known = list(names)
    meant = near or nearest(name, known)
    question = said("Did you mean %(name)s?", name=meant) if meant else ""
    shown = listed(told or known)
    return joined(question, said("Known here: %(names)s", names=shown) if shown else said("None is known here"))
