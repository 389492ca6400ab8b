"""Why a record was found: the words that satisfy a query, and the part of the record that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from catalog.facets import covered_years
from catalog.interpretation import Alternative, Interpretation, Slot
from catalog.record import CatalogRecord
from catalog.terms import level_term, record_texts
from catalog.vietnamese import pair, words

_WHOLE = frozenset({"members", "keywords"})
"""Parts that are names, told whole."""
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
                reasons.append(Reason(part, text if part in _WHOLE else _as_written(text, alternative)))
    reasons += [Reason("years", year) for slot in open_slots if (year := _year(record, slot))]
    reasons += [Reason("geography", level) for slot in open_slots if (level := _level(record, slot))]
    return tuple(dict.fromkeys(reasons))


def _as_written(text: str, alternative: Alternative) -> str:
    """Return the words that were found as the record writes them: who typed ``soi`` reads ``sởi``."""
    written = words(text)
    wanted = alternative.terms
    if alternative.kind == "phrase":
        found = tuple(pair(one.folded, other.folded) for one, other in pairwise(written))
        starts = (at for at in range(len(found)) if found[at : at + len(wanted)] == wanted)
        at = next(starts, None)
        return alternative.text if at is None else " ".join(word.text for word in written[at : at + len(wanted) + 1])
    held = (word.text for word in written if word.folded in wanted or word.accented in wanted)
    return " ".join(dict.fromkeys(held))


def _year(record: CatalogRecord, slot: Slot) -> str:
    """Return the year that was asked for, where the record covers it; no text of the record may say so."""
    terms = (term for each in slot.alternatives for term in each.terms)
    return next((term for term in terms if term.isdecimal() and int(term) in covered_years(record)), "")


def _level(record: CatalogRecord, slot: Slot) -> str:
    """Return the level of places that was asked for, or of the place that was, where the record is of that level."""
    levels = {each.terms[0] for each in slot.alternatives if each.kind == "level"}
    told = record.geography_level and record.geography_level.vi
    return told if told and level_term(record.geography_code) in levels else ""


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
    by_kind = {"word": folded, "accented": accented, "phrase": pairs, "level": frozenset[str]()}
    return by_kind[alternative.kind].issuperset(alternative.terms)
