"""Why a record was found: the words that satisfy a query, and the part of the record that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from catalog.interpretation import Alternative, Interpretation
from catalog.record import CatalogRecord
from catalog.terms import record_texts
from catalog.vietnamese import pair, words

_Held = tuple[frozenset[str], frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class Reason:
    """Why a record is a hit: the words that were found, and the part of the record that holds them."""

    part: str
    text: str


def reasons_of(record: CatalogRecord, query: Interpretation) -> tuple[Reason, ...]:
    """Return for each slot the first part of the record that satisfies it, by its best alternative there."""
    open_slots = [slot for slot in query.slots if slot.decisive]
    reasons: list[Reason] = []
    for part, text in record_texts(record):
        if not open_slots:
            break
        held = _held(text)
        for slot in tuple(open_slots):
            alternative = next((each for each in slot.alternatives if _holds(held, each)), None)
            if alternative:
                open_slots.remove(slot)
                reasons.append(Reason(part, text if part in ("members", "keywords") else alternative.text))
    return tuple(dict.fromkeys(reasons))


@lru_cache(maxsize=8_192)
def _held(text: str) -> _Held:
    """Return the folded words of a text, its words with marks, and its words side by side."""
    written = words(text)
    return (
        frozenset(word.folded for word in written),
        frozenset(word.accented for word in written),
        frozenset(pair(one.folded, other.folded) for one, other in pairwise(written)),
    )


def _holds(held: _Held, alternative: Alternative) -> bool:
    folded, accented, pairs = held
    by_kind = {"word": folded, "together": folded, "accented": accented, "phrase": pairs}
    return by_kind[alternative.kind].issuperset(alternative.terms)
