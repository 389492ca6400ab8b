"""Postings held in memory: what searches when there is no usable index, slower to start but with the same answers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from catalog.terms import Postings, RecordTerms, TermField


class MemoryTerms:
    """The postings of all terms of the given records."""

    def __init__(self, records: Iterable[RecordTerms]) -> None:
        found: dict[TermField, dict[str, list[tuple[int, float]]]] = {"syllables": {}, "pairs": {}, "accented": {}}
        self.size = 0
        for number, terms in enumerate(records):
            self.size = number + 1
            for name, weights in terms.fields().items():
                for term, weight in weights.items():
                    found[name].setdefault(term, []).append((number, weight))
        self._found = found
        self._made: dict[tuple[TermField, str], Postings] = {}
        self.vocabulary = frozenset(found["syllables"])

    def frequency(self, term_field: TermField, term: str) -> int:
        """Return in how many records ``term`` stands."""
        return len(self._found[term_field].get(term, ()))

    def postings(self, term_field: TermField, term: str) -> Postings:
        """Return the records that hold ``term``; empty where none does."""
        made = self._made.get((term_field, term))
        if made is None:
            held = self._found[term_field].get(term)
            if held is None:
                return Postings.none()  # Not kept: there is no end to words that nobody uses.
            numbers, weights = zip(*held, strict=True)
            made = self._made[term_field, term] = Postings(np.array(numbers, np.int32), np.array(weights, np.float32))
        return made
