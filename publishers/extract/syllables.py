"""Whether a word can be Vietnamese: the sounds that a syllable is built from, used to tell encodings apart."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_ACUTE_OR_DOT = frozenset("\u0301\u0323")
_ONSET = "ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx]"
_RIMES = {
    "": "a|e|ê|i|o|ô|ơ|u|ư|y|ia|ya|ua|ưa|oa|oe|uê|uy|uơ|uya|ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|ưi|ưu|iêu|yêu"
    "|uôi|ươi|ươu|oai|oay|oao|oeo|uây|uyu|uai|uao",
    "ch|nh": "a|ê|i|y|oa|uê|uy",
    "c|ng": "a|ă|â|e|o|oo|ô|u|ư|iê|yê|uô|ươ|oa|oă|uâ",
    "m|p": "a|ă|â|e|ê|i|o|ô|ơ|u|ư|y|iê|yê|uô|ươ|oa|oă|oe|uy",
    "n|t": "a|ă|â|e|ê|i|o|ô|ơ|u|ư|y|iê|yê|uô|ươ|oa|oă|oe|uâ|uê|uy|uyê|uơ",
}
"""The vowels that go before each final consonant. Misread bytes make vowels, but seldom such pairs."""
_RIME = "|".join(f"(?:{vowels})(?:{coda})" for coda, vowels in _RIMES.items())
_SYLLABLE = re.compile(rf"(?:{_ONSET})?(?:{_RIME})")
_STOPS = ("c", "ch", "p", "t")
_PUNCTUATION = "\u00a0\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2026\u2022\ufeff"
_WORD = re.compile(rf"[^\x00-\x40\x5b-\x60\x7b-\x7f{_PUNCTUATION}]+")


def share_of_vietnamese(text: str) -> float | None:
    """Return the share of the different accented words that can be Vietnamese syllables; None without any such word."""
    words = {word for word in _WORD.findall(text) if not word.isascii()}
    if not words:
        return None
    return sum(is_syllable(word) for word in words) / len(words)


@lru_cache(maxsize=50_000)
def is_syllable(word: str) -> bool:
    """Return whether ``word``, in any case and with its tone, can be one Vietnamese syllable."""
    marks = unicodedata.normalize("NFD", word.lower())
    tones = [mark for mark in marks if mark in _TONES]
    if len(tones) > 1:
        return False
    bare = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
    if _SYLLABLE.fullmatch(bare) is None:
        return False
    return not bare.endswith(_STOPS) or bool(tones and tones[0] in _ACUTE_OR_DOT)
