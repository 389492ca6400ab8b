"""Reading a query: its words become slots, each with the terms that would satisfy it; misspelt words are mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from catalog.mending import Asked, Mender
from catalog.synonyms import Match, Phrase, Relation, SynonymTable
from catalog.terms import TermSource, is_level, whole
from catalog.vietnamese import Word, pair, query_words

LEADS: Mapping[Relation, float] = {"same": 0.9, "related": 0.6, "level": 0.8, "within": 0.3}
"""What a synonym, a related term, a level of places and the level of a place count, beside 1 for the words as typed.

A level stands in every record: it does not tell how rare the words for it are.
"""
FOLDED = 0.6
"""What a word counts that differs in its marks from the word typed with marks."""
GUESSED = 0.6
"""What a guess at a misspelt word counts."""
AMBIGUOUS = 0.7
"""The factor for synonyms of one syllable typed without marks: ``dai`` may be rabies, or not."""
MINOR = {"function": 0.05, "generic": 0.15}


@dataclass(frozen=True)
class Alternative:
    """One way to satisfy a slot."""

    kind: Literal["word", "accented", "phrase", "level"]
    """One folded word; one word with its marks; folded words side by side; the finest level of places
    of the record."""
    terms: tuple[str, ...]
    weight: float
    text: str
    """The words as people write them, to explain a hit."""


@dataclass(frozen=True)
class Slot:
    """One thing that was asked for."""

    alternatives: tuple[Alternative, ...]
    importance: float = 1.0
    decisive: bool = True
    """Whether a record can be a hit, or fail to be one, by this slot."""


@dataclass(frozen=True)
class Interpretation:
    """A query as it was understood."""

    slots: tuple[Slot, ...] = ()
    neighbours: tuple[str, ...] = ()
    """Pairs of words that stood side by side in the query but belong to different slots."""
    whole: str = ""
    """The term for a title that is exactly the query."""
    marks: tuple[str, ...] = ()
    """Words typed with marks inside longer phrases: the same spelling is worth a little more."""
    mended: tuple[str, ...] = ()
    """The folded words of the mended query; empty when nothing was mended."""


def interpret(text: str, table: SynonymTable, source: TermSource) -> Interpretation:
    """Return what ``text`` asks for, given the words that the index and the synonym table know."""
    typed = query_words(text)
    asked = Mender(table, source).mend(typed)
    found = [item.word for item in asked]
    spans = list(_spans(asked, table, source))
    slots = [slot for _, _, slot in spans]
    if slots and not any(slot.decisive for slot in slots):
        slots = [Slot(slot.alternatives) for slot in slots]
    ends = {start + length for start, length, slot in spans if slot.decisive}
    starts = {start for start, _, slot in spans if slot.decisive}
    neighbours = [pair(found[at - 1].folded, found[at].folded) for at in range(1, len(found)) if at in ends & starts]
    marks = [
        word.accented
        for start, length, _ in spans
        if length > 1
        for word in found[start : start + length]
        if word.accented
    ]
    changed = [word.folded for word in typed] != [word.folded for word in found]
    mended = tuple(word.folded for word in found) if changed else ()
    return Interpretation(
        slots=tuple(slots),
        neighbours=tuple(neighbours),
        whole=whole([word.folded for word in found]),
        marks=tuple(marks),
        mended=mended,
    )


def _spans(asked: Sequence[Asked], table: SynonymTable, source: TermSource) -> Iterator[tuple[int, int, Slot]]:
    found = [item.word for item in asked]
    chosen = _segmentation(found, table, source)
    at = 0
    while at < len(asked):
        match = chosen[at]
        if match:
            yield at, match.length, _matched_slot(found[at : at + match.length], match)
            at += match.length
        else:
            guesses = tuple(Alternative("word", (guess,), GUESSED, guess) for guess in asked[at].guesses)
            yield at, 1, Slot((*_literal([found[at]]), *guesses))
            at += 1


def _segmentation(found: Sequence[Word], table: SynonymTable, source: TermSource) -> list[Match | None]:
    """Return for each place the phrase that starts there in the reading with the longest phrases (sum of squares)."""
    chosen: list[Match | None] = [None] * len(found)
    worth = [0.0] * (len(found) + 1)
    for at in range(len(found) - 1, -1, -1):
        worth[at] = worth[at + 1]
        for match in table.matches(found, at):
            if match.length == 1 and _is_part_of_a_word(found, at, match, source):
                continue
            value = match.length**2 * (1.0 if match.meaning == "term" else 0.5) + worth[at + match.length]
            if value > worth[at]:
                worth[at], chosen[at] = value, match
    return chosen


def _is_part_of_a_word(found: Sequence[Word], at: int, match: Match, source: TermSource) -> bool:
    """Say whether a bare syllable that may be a term is rather half of another word: ``ly`` in ``quan ly``."""
    if match.meaning != "term" or found[at].accented or not all(entry.phrase[0].accented for entry in match.entries):
        return False
    before = at > 0 and pair(found[at - 1].folded, found[at].folded)
    after = at + 1 < len(found) and pair(found[at].folded, found[at + 1].folded)
    return any(joined and source.postings("pairs", joined).documents.size for joined in (before, after))


def _matched_slot(stretch: Sequence[Word], match: Match) -> Slot:
    literal = _literal(stretch)
    if match.meaning != "term":
        return Slot(literal, MINOR[match.meaning], decisive=False)
    best: dict[tuple[str, tuple[str, ...]], Alternative] = {}
    for entry in match.entries:
        bare = len(stretch) == 1 and not stretch[0].accented and bool(entry.phrase[0].accented)
        factor = AMBIGUOUS if bare else 1.0
        for phrase, relation in entry.leads_to:
            target = _target(phrase, factor * LEADS[relation])
            known = best.get((target.kind, target.terms))
            if known is None or known.weight < target.weight:
                best[target.kind, target.terms] = target
    return Slot((*literal, *best.values()))


def _literal(stretch: Sequence[Word]) -> tuple[Alternative, ...]:
    """Return the ways in which the words as typed can stand in a record."""
    text = " ".join(word.text for word in stretch)
    folded = tuple(word.folded for word in stretch)
    if len(stretch) > 1:
        # Not its words anywhere: one member of a code list has "ung", another "thư", and neither is of cancer.
        return (Alternative("phrase", _pairs(folded), 1.0, text),)
    if stretch[0].accented:
        return Alternative("accented", (stretch[0].accented,), 1.0, text), Alternative("word", folded, FOLDED, text)
    return (Alternative("word", folded, 1.0, text),)


def _target(phrase: Phrase, weight: float) -> Alternative:
    text = " ".join(word.text for word in phrase)
    if len(phrase) > 1:
        return Alternative("phrase", _pairs([word.folded for word in phrase]), weight, text)
    if phrase[0].accented:
        return Alternative("accented", (phrase[0].accented,), weight, text)
    return Alternative("level" if is_level(phrase[0].folded) else "word", (phrase[0].folded,), weight, text)


def _pairs(folded: Sequence[str]) -> tuple[str, ...]:
    return tuple(pair(first, second) for first, second in pairwise(folded))
