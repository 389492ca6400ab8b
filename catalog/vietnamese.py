"""The one text analyzer of the catalog: how Vietnamese and English words become terms, in records and in queries.

Folding (composed form, lower case, d for đ, no marks) makes ``tiem chung`` find ``tiêm chủng``; the spelling with its
marks is kept beside it, so that who types marks gets exact matches first. Syllables are joined in pairs because one
Vietnamese word is mostly two syllables; a trained word splitter was measured and did worse.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MAX_TERMS = 32
"""How many words of a query are looked at; the rest cannot make a search slow."""
MAX_QUERY_CHARACTERS = 1_000
LONGEST_WORD = 60
"""Characters of a word that are looked at; what is longer is no word."""

_MARKS = re.compile("[\u0300-\u036f]+")
_QUALITY = "\u0302\u0306\u031b"
"""Circumflex, breve and horn make another letter; all other marks of Vietnamese are tones."""
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_WORD = re.compile("[^\\W_][^\\W_\u0300-\u036f]*(?:[\u0300-\u036f]+[^\\W_\u0300-\u036f]*)*")
_NAME_AND_NUMBER = re.compile(r"([^\W\d_]{3,})(\d{1,4})")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")

_ONSET = r"(?:[bcdhklmnprstvx]|đ|ch|gh?|kh|ngh?|nh|ph|qu|th|tr)?"
_OPEN_GLIDE = re.compile(rf"({_ONSET}|q)(oa|oe|uy)")
_SOLE_Y = re.compile(r"(?:[bdhklmnrstvx]|đ|ch|kh|nh|ph|qu|th|tr)y")

_KEPT_WHOLE = frozenset({"aids", "mers", "sars", "gis", "his", "lens", "has", "was", "does", "this"})
_IRREGULAR = {"women": "woman", "men": "man", "children": "child", "viruses": "virus", "people": "person"}


@dataclass(frozen=True, slots=True)
class Word:
    """One word (in Vietnamese, one syllable) in the forms that are compared."""

    text: str
    """Lower case, composed."""
    folded: str
    """Without marks; English plural and spelling evened out. Never empty."""
    accented: str
    """With marks, tone placement and i/y evened out; empty where the word carries no mark."""


@lru_cache(maxsize=4_096)
def words(text: str) -> tuple[Word, ...]:
    """Return the words of ``text`` in their order; punctuation, symbols and invisible characters separate or vanish."""
    return tuple(_word(word) for word in _split(text))


def query_words(text: str) -> tuple[Word, ...]:
    """Return the words of a query, at most ``MAX_TERMS`` of its first ``MAX_QUERY_CHARACTERS`` characters."""
    return words(text[:MAX_QUERY_CHARACTERS])[:MAX_TERMS]


def pair(first: str, second: str) -> str:
    """Return the term for two folded words side by side.

    They are written as one, so that ``tiemchung`` typed without its space is found too.
    """
    return first + second


def compose(text: str) -> str:
    """Return ``text`` composed and in lower case, whatever the order in which its marks were typed."""
    lowered = unicodedata.normalize("NFC", text).lower()
    if not _MARKS.search(lowered):
        return lowered
    decomposed = unicodedata.normalize("NFD", lowered)
    ordered = _MARKS.sub(lambda run: "".join(sorted(run[0], key=lambda mark: mark not in _QUALITY)), decomposed)
    return unicodedata.normalize("NFC", ordered)


def strip_marks(text: str) -> str:
    """Return ``text`` without marks and with d for đ, in lower case."""
    decomposed = unicodedata.normalize("NFD", compose(text).replace("đ", "d"))
    return _MARKS.sub("", decomposed)


def place_tone(word: str) -> str:
    """Return a lower-case, composed syllable with its tone where the newer spelling puts it: ``hòa`` becomes ``hoà``.

    Only open syllables in oa, oe and uy have two accepted places; ``hoàn`` has one and stays as it is.
    """
    decomposed = unicodedata.normalize("NFD", word)
    tones = [mark for mark in decomposed if mark in _TONES]
    if len(tones) != 1:
        return word
    bare = unicodedata.normalize("NFC", decomposed.replace(tones[0], ""))
    if not _OPEN_GLIDE.fullmatch(bare):
        return word
    return unicodedata.normalize("NFC", bare + tones[0])


def decode_keystrokes(word: str) -> str:
    """Return the folded syllable that Telex or VNI keys were meant to write: ``chungr`` or ``chu3ng`` give ``chung``.

    Returns ``word`` where nothing in it looks like such keys. Used only for words that the index does not know.
    """
    vni = re.sub(r"(?<=[a-z])[0-9]+", "", word)
    if vni != word:
        return vni if re.search("[aeiouy]", vni) else word  # h7n9 is a name, not keys.
    telex = re.sub(r"([aeiouyw])([sfrxj])([a-z]*)$", r"\1\3", word)
    telex = re.sub(r"([aeiouyw](?:ch|ng|nh|[cmnpt]))[sfrxj]$", r"\1", telex)
    telex = re.sub(r"(?<=[aou])w", "", re.sub(r"([aeo])\1", r"\1", telex))
    return telex.replace("dd", "d").replace("uow", "uo")


def _split(text: str) -> Iterator[str]:
    for match in _WORD.finditer(_INVISIBLE.sub("", compose(text))):
        named = _NAME_AND_NUMBER.fullmatch(match[0])
        if named:
            yield from (each[:LONGEST_WORD] for each in named.groups())
        else:
            yield match[0][:LONGEST_WORD]


@lru_cache(maxsize=65_536)
def _word(text: str) -> Word:
    bare = strip_marks(text)
    if bare == text:
        return Word(text, _i_for_y(_english(text)), "")
    return Word(text, _i_for_y(bare) or text, _i_for_y(place_tone(text)))


def _i_for_y(word: str) -> str:
    """Write ``lỵ`` as ``lị``: after a consonant, a lone y and a lone i are the same vowel and both are in use."""
    if not _SOLE_Y.fullmatch(strip_marks(word)):
        return word
    decomposed = unicodedata.normalize("NFD", word).replace("y", "i")
    return unicodedata.normalize("NFC", decomposed)


def _english(word: str) -> str:
    """Even out the plural and British or American spelling; no Vietnamese syllable has any of these endings."""
    word = _IRREGULAR.get(word, word)
    if len(word) > 3 and word not in _KEPT_WHOLE:
        word = _singular(word)
    if len(word) < 6:
        return word
    word = re.sub(r"is(?=e$|ed$|ing$|ation$)", "iz", word.replace("oe", "e").replace("ae", "e"))
    word = re.sub(r"our$", "or", re.sub(r"([bt])re$", r"\1er", word))
    return re.sub(r"mme$", "m", word)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
