"""Mending misspelt words of a query by what is known, what stands beside them, and how people mistype."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.misspelling import cost, heard_alike, is_syllable, lexicon, one_edit_away
from catalog.synonyms import SynonymTable
from catalog.terms import TermSource
from catalog.vietnamese import Word, decode_keystrokes, pair, strip_marks, words

_LONGEST_JOINED = 40
"""Longer words are left as they are: nothing that people search for is as long, and mending takes time."""
_GUESSES = 4
_SURE, _LIKELY, _ANY = 0.2, 0.5, 9.0
"""How much a slip may cost to be believed: against good signs, against some, and where nothing speaks against it."""


@dataclass(frozen=True)
class Asked:
    """One word of a query as it was read."""

    word: Word
    guesses: tuple[str, ...] = ()
    """Other words that it may have been meant to be."""


class Mender:
    """Mends the words of one query."""

    def __init__(self, table: SynonymTable, source: TermSource) -> None:
        self._table = table
        self._source = source
        self._lexicon = lexicon(source.vocabulary)

    def mend(self, typed: Sequence[Word]) -> list[Asked]:
        """Return the words of a query, misspelt ones mended, joined ones split."""
        asked: list[Asked] = []
        for at, word in enumerate(typed):
            before = asked[-1].word.folded if asked else ""
            after = typed[at + 1].folded if at + 1 < len(typed) else ""
            if self._is_known(word.folded) or word.folded.isdecimal():
                asked.append(self._in_its_place(word, before, after))
            else:
                asked.extend(self._guess(word, before, after, alone=len(typed) == 1))
        return asked

    def _guess(self, word: Word, before: str, after: str, *, alone: bool) -> list[Asked]:
        if len(word.folded) > _LONGEST_JOINED:
            return [Asked(word)]
        typed = strip_marks(word.text)
        # A word that others begin with is more likely one that is not finished than keys: "pharm" is not "phảm".
        keys = typed if self._longer(typed) else decode_keystrokes(typed)
        for reading in dict.fromkeys((word.folded, typed, keys)):
            if self._is_known(reading):
                return [Asked(_plain(reading))]
            pieces = self._split(reading)
            if pieces:
                return [Asked(_plain(piece)) for piece in pieces]
        return [self._nearest(word, before, after, alone=alone)]

    def _nearest(self, word: Word, before: str, after: str, *, alone: bool) -> Asked:
        costs = {each: cost(word.folded, each, self._records(each)) for each in self._candidates(word)}
        candidates = sorted(costs, key=lambda one: (not self._fits(one, before, after), costs[one], one))
        if not candidates:
            return Asked(word)
        best = candidates[0]
        fits = self._fits(best, before, after)
        if not (fits or alone or costs[best] <= self._allowed(word)):
            return Asked(word)
        return Asked(self._written(word, best), () if fits else tuple(candidates[1:_GUESSES]))

    def _allowed(self, word: Word) -> float:
        """Return how much a slip may cost that nothing beside the word speaks for.

        A word that the catalog does not know need not be a wrong one: the other words of the query will do.
        """
        if len(word.folded) <= 3:
            return _SURE
        return _LIKELY if is_syllable(strip_marks(word.text)) else _ANY

    def _candidates(self, word: Word) -> set[str]:
        """Return the known words that begin with ``word``, sound like it or differ by a letter, long ones by two."""
        if len(word.folded) < 2:
            return set()
        # The letters as typed too: evening out the spelling may have moved a misspelt word further away.
        starts = {word.folded, strip_marks(word.text)}
        near = {self._form(each) for start in starts for each in (*one_edit_away(start), *heard_alike(start))}
        known = {each for each in near if len(each) > 1 and self._is_known(each)}
        if not known:
            known = self._lexicon.near(word.folded)
        return known | self._longer(word.folded)

    def _longer(self, beginning: str) -> set[str]:
        return set(self._lexicon.beginning_with(beginning)) if len(beginning) > 2 else set()

    def _form(self, candidate: str) -> str:
        """Return the form in which the index holds a candidate: ``rabies`` is held as its singular."""
        if not candidate.endswith("s") or self._is_known(candidate):
            return candidate
        return words(candidate)[0].folded

    def _written(self, word: Word, meant: str) -> Word:
        """Return the word meant with the marks that were typed, where the slip was in the letters without marks."""
        for text in heard_alike(word.text) if word.accented else ():
            other = words(text)[0]
            if other.folded == meant and self._is_written(other.accented):
                return other
        return _plain(meant)

    def _in_its_place(self, word: Word, before: str, after: str) -> Asked:
        """Keep a known word, unless it fits neither neighbour and a slight slip makes it a word that does."""
        if len(word.folded) < 2 or not (before or after):
            return Asked(word)
        marked = bool(word.accented) and self._is_written(word.accented)
        if self._fits(word.folded, before, after):
            # Marks that nothing is written with are taken off: "nảo" is "não" with the other of two like tones.
            return Asked(word if marked or not word.accented else _plain(word.folded))
        table = self._table.pairs
        near: Iterable[str] = {*one_edit_away(word.folded), *heard_alike(word.folded)} - {word.folded}
        fitting = [each for each in near if (before, each) in table or (each, after) in table]
        costs = sorted((cost(word.folded, each, self._records(each)), each) for each in fitting)
        most = _SURE if marked else _LIKELY
        sole = len(costs) == 1 and len(word.folded) > 3 and not marked
        if not costs or (costs[0][0] > most and not sole):
            return Asked(word)
        return Asked(self._written(word, costs[0][1]), (word.folded,))

    def _split(self, joined: str) -> tuple[str, ...]:
        """Split ``soxuathuyet``-like words typed without spaces into known words that stand side by side somewhere."""
        if not 5 <= len(joined) <= _LONGEST_JOINED:
            return ()
        ways: dict[int, tuple[str, ...]] = {0: ()}
        for end in range(1, len(joined) + 1):
            for start in range(max(0, end - 12), end):
                way = ways.get(start)
                piece = joined[start:end]
                if way is None or end in ways or not self._is_known(piece):
                    continue
                if not way or self._fits(piece, way[-1], ""):
                    ways[end] = (*way, piece)
        return ways.get(len(joined), ())

    def _records(self, folded: str) -> int:
        return self._source.frequency("syllables", folded)

    def _is_known(self, folded: str) -> bool:
        return folded in self._source.vocabulary or folded in self._table.vocabulary

    def _is_written(self, accented: str) -> bool:
        return accented in self._table.accented or self._source.frequency("accented", accented) > 0

    def _fits(self, folded: str, before: str, after: str) -> bool:
        return any(
            first
            and second
            and ((first, second) in self._table.pairs or self._source.frequency("pairs", pair(first, second)))
            for first, second in ((before, folded), (folded, after))
        )


def _plain(folded: str) -> Word:
    return Word(folded, folded, "")
