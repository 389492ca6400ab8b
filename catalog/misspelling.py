"""How Vietnamese and English are mistyped: letters that sound alike, slips of the hand, and what each slip costs.

Distances between letters alone know nothing of how people err: in the north l and n, in the south final n and ng, and
everywhere s and x or tr and ch are heard as one, so ``xởi`` is nearer to ``sởi`` than to ``tôi``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from math import log2

import numpy as np

_ONSETS_ALIKE = (
    ("s", "x"), ("x", "s"), ("tr", "ch"), ("ch", "tr"), ("l", "n"), ("n", "l"), ("gi", "d"), ("d", "gi"), ("d", "r"),
    ("r", "d"), ("gi", "r"), ("r", "gi"), ("r", "g"), ("v", "d"), ("d", "v"), ("c", "k"), ("k", "c"), ("c", "q"),
    ("q", "c"), ("k", "qu"), ("gh", "g"), ("g", "gh"), ("ngh", "ng"), ("ng", "ngh"), ("h", "qu"), ("ph", "f"),
    ("f", "ph"), ("d", "z"), ("z", "d"), ("gi", "z"), ("w", "qu"), ("j", "gi"),
)  # fmt: skip
_ENDINGS_ALIKE = (
    ("n", "ng"), ("ng", "n"), ("nh", "n"), ("n", "nh"), ("t", "c"), ("c", "t"), ("ch", "t"), ("t", "ch"), ("y", "i"),
    ("i", "y"), ("uu", "iu"), ("iu", "uu"), ("ao", "au"), ("au", "ao"), ("ieu", "iu"), ("iu", "ieu"), ("uoi", "ui"),
    ("im", "iem"), ("iem", "im"), ("ip", "iep"), ("iep", "ip"),
)  # fmt: skip
_SYLLABLE = re.compile(
    "(?:b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu|r|s|t|th|tr|v|x)?"
    "(?:a|ac|ach|ai|am|an|ang|anh|ao|ap|at|au|ay|e|ec|ech|em|en|eng|enh|eo|ep|et|eu|i|ia|ich|iec|iem|ien|ieng|iep|iet"
    "|ieu|im|in|inh|ip|it|iu|o|oa|oac|oach|oai|oam|oan|oang|oanh|oao|oat|oay|oc|oe|oen|oeo|oet|oi|om|on|ong|op|ot|u|ua"
    "|uan|uang|uat|uau|uay|uc|ue|uech|uenh|ui|um|un|ung|uo|uoc|uoi|uom|uon|uong|uop|uot|uou|up|ut|uu|uy|uya|uych|uyen"
    "|uyet|uyn|uynh|uyt|uyu|y|yem|yen|yet|yeu)"
)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: frozenset(other for beside in (at - 1, at + 1) if 0 <= beside < len(row) for other in row[beside])
    for row in _ROWS
    for at, key in enumerate(row)
}
ALIKE, DOUBLED, SWAPPED, BESIDE, LOST, LONGER, OTHER = 0.2, 0.4, 0.5, 0.6, 0.7, 0.7, 1.0
"""What each kind of slip costs: the less, the more often people make it."""
_FREQUENT = 0.06
"""What doubling the number of records with a word takes off the cost of guessing it."""
_MOST_LONGER = 60
"""How many words that begin alike are weighed against each other."""
LONG_WORD = 8
"""From so many letters on a word may have two slips; it is then still far from every other word."""
_LONGEST = 24
"""Up to so many letters it may: no word of a language is much longer, and each letter takes memory."""


def is_syllable(word: str) -> bool:
    """Say whether ``word``, without marks, is written as a Vietnamese syllable: ``lich`` is one, ``lihc`` is none."""
    return _SYLLABLE.fullmatch(word) is not None


def heard_alike(word: str) -> Iterator[str]:
    """Yield how ``word`` is written by who hears its first or last sound as another; marks stay as they are."""
    for one, other in _ONSETS_ALIKE:
        if word.startswith(one):
            yield other + word[len(one) :]
    for one, other in _ENDINGS_ALIKE:
        if word.endswith(one) and len(word) > len(one):
            yield word[: -len(one)] + other


def one_edit_away(word: str) -> Iterator[str]:
    """Yield what ``word`` becomes by losing, gaining, changing or swapping one letter (Damerau 1964)."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in letters)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in letters)


def cost(typed: str, meant: str, records: int) -> float:
    """Return how unlikely it is that ``typed`` stands for ``meant``, a word of so many records; less is likelier."""
    return _slip(typed, meant) - _FREQUENT * log2(1 + records)


def _slip(typed: str, meant: str) -> float:
    if meant in heard_alike(typed):
        return ALIKE
    if abs(len(meant) - len(typed)) > 1:
        return LONGER if meant.startswith(typed) else OTHER + ALIKE
    at = next((at for at, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other), None)
    if at is None:
        at = min(len(typed), len(meant))
    if len(typed) == len(meant):
        if typed[at : at + 2] == meant[at : at + 2][::-1]:
            return SWAPPED
        return BESIDE if meant[at : at + 1] in _BESIDE.get(typed[at : at + 1], ()) else OTHER
    if len(typed) > len(meant):
        return DOUBLED if at and typed[at] == typed[at - 1] else LOST
    return DOUBLED if at and meant[at] == meant[at - 1] else LOST


class Lexicon:
    """The words of a catalog, to be looked up by how they begin, or by letters when two of them may be wrong."""

    def __init__(self, vocabulary: frozenset[str]) -> None:
        self._sorted = sorted(vocabulary)
        # Numbers in the place of texts: a catalog of others can hold millions of words, each with a dozen shorter ones.
        hashes = np.fromiter((each for at in self._long() for each in _hashes(self._sorted[at])), np.int64)
        owners = np.fromiter((at for at in self._long() for _ in _hashes(self._sorted[at])), np.int32)
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._owners = hashes[order], owners[order]

    def _long(self) -> Iterator[int]:
        """Yield the places of the words that may have two slips."""
        return (at for at, word in enumerate(self._sorted) if LONG_WORD - 1 <= len(word) <= _LONGEST and word.isalpha())

    def beginning_with(self, start: str) -> list[str]:
        """Return words that begin with ``start``, at most the first few of the alphabet."""
        at = bisect_left(self._sorted, start)
        return [each for each in self._sorted[at : at + _MOST_LONGER] if each.startswith(start)]

    def near(self, word: str) -> set[str]:
        """Return long words that are ``word`` but for a letter that one, the other or each of them lacks."""
        if len(word) < LONG_WORD:
            return set()
        wanted = {word, *_one_letter_less(word)}
        known = {self._sorted[at] for short in wanted for at in self._held_by(hash(short))}
        # Two texts may have the same hash.
        return {each for each in known if not wanted.isdisjoint((each, *_one_letter_less(each)))}

    def _held_by(self, hashed: int) -> list[int]:
        start, end = np.searchsorted(self._hashes, hashed, "left"), np.searchsorted(self._hashes, hashed, "right")
        owners: list[int] = self._owners[start:end].tolist()
        return owners


@lru_cache(maxsize=8)
def lexicon(vocabulary: frozenset[str]) -> Lexicon:
    """Return the lexicon of a vocabulary; each catalog has one for as long as it lives."""
    return Lexicon(vocabulary)


def _hashes(word: str) -> Iterator[int]:
    return map(hash, (word, *_one_letter_less(word)))


def _one_letter_less(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))
