"""Ranking: how well each record satisfies a query, by BM25 over weighted fields with one score for each thing asked.

Plain calculation over postings. Whoosh's own scoring took 52 ms for two terms and 79 ms for a phrase on 20,000 records
(measured); a slot with eight synonyms has eight phrases, so postings are read from Whoosh once and scored as arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from catalog.interpretation import Alternative, Interpretation, Slot
from catalog.terms import Postings, TermField, TermSource

SATURATION = 2.5
"""k1 of BM25: title words weigh 4, so they should still differ from words of the summary."""
LENGTH = 0.3
"""b of BM25; small, because long summaries are not worse ones."""
NEIGHBOURS = 0.5
"""What two words count that stand side by side as in the query, beside 1 for a slot; rarity applies to all of these."""
MARKS = 0.15
"""What a word of a longer phrase counts when its marks are those that were typed."""
WHOLE = 0.5
"""What a title counts that is exactly the query."""
ADMITTED = 0.5
"""A record is a hit when it satisfies at least this share, weighted by rarity, of what the best record satisfies."""
_PRIMARY = 0.85
"""Alternatives that count as much are names of the same thing; together they say how rare the thing is."""
_FIELDS: dict[str, TermField] = {
    "word": "syllables",
    "phrase": "pairs",
    "level": "pairs",
    "accented": "accented",
}


@dataclass(frozen=True)
class Ranking:
    """Scores for all records, float32; zero where a record is no hit."""

    scores: NDArray[np.float32]
    hits: NDArray[np.bool_]


@dataclass(frozen=True)
class _SlotScore:
    rarity: float
    scores: NDArray[np.float32]
    satisfied: NDArray[np.float32]


class Ranker:
    """Ranks the records of one index; holds nothing that changes."""

    def __init__(self, source: TermSource, lengths: NDArray[np.float32], ours: NDArray[np.bool_]) -> None:
        self._source = source
        self._ours = ours
        average = float(lengths.mean()) if lengths.size else 1.0
        self._damping = (SATURATION * (1 - LENGTH + LENGTH * lengths / max(average, 1.0))).astype(np.float32)

    def rank(self, query: Interpretation) -> Ranking:
        """Return how well every record satisfies ``query``."""
        total = np.zeros(self._source.size, np.float32)
        covered = np.zeros(self._source.size, np.float32)
        breadth = np.zeros(self._source.size, np.float32)
        for slot in query.slots:
            part = self._slot(slot)
            total += slot.importance * part.rarity * part.scores
            if slot.decisive:
                covered += part.rarity * part.satisfied
                breadth += np.sqrt(part.satisfied)
        for term in query.neighbours:
            self._add_bonus(total, self._source.postings("pairs", term), NEIGHBOURS)
        self._add_bonus(total, self._source.postings("pairs", query.whole), WHOLE)
        for term in query.marks:
            self._add_bonus(total, self._source.postings("accented", term), MARKS)
        hits = (covered > 0) & (covered >= ADMITTED * self._best(covered))
        # Breadth counts every slot alike: "by province" is in half of all records, yet it was asked for.
        breadth /= max(1, sum(slot.decisive for slot in query.slots))
        return Ranking(np.where(hits, total * breadth, 0).astype(np.float32), hits)

    def _best(self, covered: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the best record satisfies; ours are measured against ours: no catalog of others hides them."""
        ours, every = covered.max(where=self._ours, initial=0.0), covered.max(initial=0.0)
        best: NDArray[np.float32] = np.where(self._ours, ours, every).astype(np.float32)
        return best

    def _slot(self, slot: Slot) -> _SlotScore:
        scores = np.zeros(self._source.size, np.float32)
        satisfied = np.zeros(self._source.size, np.float32)
        primary = np.zeros(self._source.size, np.bool_)
        for alternative in slot.alternatives:
            found = alternative_postings(alternative, self._source)
            at = found.documents
            if not at.size:
                continue
            scores[at] = np.maximum(scores[at], alternative.weight * self._saturated(found))
            satisfied[at] = np.maximum(satisfied[at], alternative.weight)
            if alternative.weight >= _PRIMARY:
                primary[at] = True
        holders = int(primary.sum()) or int((satisfied > 0).sum())
        return _SlotScore(self._rarity(holders) if holders else 0.0, scores, satisfied)

    def _add_bonus(self, total: NDArray[np.float32], found: Postings, factor: float) -> None:
        if found.documents.size:
            total[found.documents] += factor * self._rarity(found.documents.size) * self._saturated(found)

    def _saturated(self, found: Postings) -> NDArray[np.float32]:
        saturated: NDArray[np.float32] = found.weights / (found.weights + self._damping[found.documents])
        return saturated

    def _rarity(self, holders: int) -> float:
        """Inverse document frequency as in BM25, kept above zero (Robertson and Zaragoza 2009)."""
        return float(np.log1p((self._source.size - holders + 0.5) / (holders + 0.5)))


def alternative_postings(alternative: Alternative, source: TermSource) -> Postings:
    """Return the records that satisfy one alternative; a phrase is taken to be there when all its pairs are."""
    field = _FIELDS[alternative.kind]
    parts = []
    for term in dict.fromkeys(alternative.terms):
        part = source.postings(field, term)
        if not part.documents.size:
            return Postings.none()
        parts.append(part)
    return _all_of(parts)


def _all_of(parts: Sequence[Postings]) -> Postings:
    return reduce(_both, sorted(parts, key=lambda part: part.documents.size))


def _both(first: Postings, second: Postings) -> Postings:
    documents, left, right = np.intersect1d(first.documents, second.documents, assume_unique=True, return_indices=True)
    return Postings(documents, np.minimum(first.weights[left], second.weights[right]))
