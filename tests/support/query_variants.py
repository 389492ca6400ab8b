"""Ways in which people mistype a title: habits of spelling, slips of the hand, keys of input methods.

Nothing here knows the analyzer: the variants are made from letters and keyboards alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from random import Random

_TONE_KEYS = {
    "\u0301": ("s", "1"),
    "\u0300": ("f", "2"),
    "\u0309": ("r", "3"),
    "\u0303": ("x", "4"),
    "\u0323": ("j", "5"),
}
_VNI_SHAPES = {"\u0302": "6", "\u031b": "7", "\u0306": "8"}
_KEY_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_HEARD_ALIKE = (
    ("s", "x"), ("x", "s"), ("tr", "ch"), ("ch", "tr"), ("l", "n"), ("n", "l"), ("d", "gi"), ("gi", "d"), ("r", "d"),
    ("ng", "ngh"), ("c", "k"), ("k", "c"), ("v", "d"),
)  # fmt: skip
_ENDINGS_ALIKE = (("n", "ng"), ("ng", "n"), ("t", "c"), ("c", "t"), ("y", "i"), ("i", "y"))

Variant = tuple[str, str]
"""The kind of the variant, and its text."""


def whole_title_variants(title: str) -> Iterator[Variant]:
    """Yield the title as whole habits of typing make it: no marks, decomposed marks, the other places of tones."""
    yield "unaccented", bare(title)
    yield "unaccented, capitals", bare(title).upper()
    yield "decomposed", unicodedata.normalize("NFD", title)
    moved = moved_tones(title)
    if moved != unicodedata.normalize("NFC", title):
        yield "tone in the other place", moved


def typing_variants(title: str, seed: int) -> Iterator[Variant]:
    """Yield, for each word of the title and each way to mistype one, the title with that one word mistyped."""
    chance = Random(f"{seed} {title}")
    words = unicodedata.normalize("NFC", title).split(" ")
    for at, word in enumerate(words):
        if sum(letter.isalpha() for letter in word) < 2 or any(letter.isdigit() for letter in word):
            continue
        for kind, mistype in _SLIPS.items():
            changed = mistype(word, chance)
            if changed and changed != word:
                yield kind, " ".join((*words[:at], changed, *words[at + 1 :]))


def bare(text: str) -> str:
    """Return ``text`` without marks."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def moved_tones(text: str) -> str:
    """Return ``text`` with each tone of an open oa, oe or uy on its other letter."""
    return " ".join(_moved(word) for word in unicodedata.normalize("NFC", text).split(" "))


def telex(word: str, *, tone_last: bool = True) -> str:
    """Return the keys that write ``word`` in Telex."""
    return _keys(word, number=False, tone_last=tone_last)


def vni(word: str, *, tone_last: bool = True) -> str:
    """Return the keys that write ``word`` in VNI."""
    return _keys(word, number=True, tone_last=tone_last)


def _keys(word: str, *, number: bool, tone_last: bool) -> str:
    out, tone = "", ""
    for letter in unicodedata.normalize("NFC", word):
        if letter in "đĐ":
            out += letter.replace("đ", "d").replace("Đ", "D") + ("9" if number else "d")
            continue
        parts = unicodedata.normalize("NFD", letter)
        base, marks = parts[0], parts[1:]
        out += base
        for mark in marks:
            if mark in _TONE_KEYS:
                tone = _TONE_KEYS[mark][number]
                out += "" if tone_last else tone
            else:
                out += _VNI_SHAPES[mark] if number else base.lower() if mark == "\u0302" else "w"
    return out + tone if tone_last else out


def _moved(word: str) -> str:
    plain = unicodedata.normalize("NFD", word)
    tones = [each for each in plain if each in _TONE_KEYS]
    level = unicodedata.normalize("NFC", plain.translate({ord(tone): None for tone in tones}))
    found = re.fullmatch(r"(?i)(.*?)(o[ae]|uy)", level)
    if len(tones) != 1 or not found or found[1].lower().endswith("q") or re.search(r"(?i)[aeiouy]", bare(found[1])):
        return word
    first, second = found[2][0], found[2][1]
    later = unicodedata.normalize("NFD", word).endswith(tones[0])
    vowels = first + tones[0] + second if later else first + second + tones[0]
    return unicodedata.normalize("NFC", found[1] + vowels)


def _letters(word: str) -> list[int]:
    return [at for at, letter in enumerate(word) if letter.isalpha()]


def _drop(word: str, chance: Random) -> str:
    at = chance.choice(_letters(word))
    return word[:at] + word[at + 1 :]


def _double(word: str, chance: Random) -> str:
    at = chance.choice(_letters(word))
    return word[:at] + word[at].lower() + word[at:]


def _swap(word: str, chance: Random) -> str:
    places = [at for at in _letters(word)[:-1] if word[at] != word[at + 1] and word[at + 1].isalpha()]
    if not places:
        return ""
    at = chance.choice(places)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _neighbour(word: str, chance: Random) -> str:
    at = chance.choice(_letters(word))
    key = bare(word[at]).lower()
    row = next((row for row in _KEY_ROWS if key in row), "")
    near = [row[beside] for beside in (row.find(key) - 1, row.find(key) + 1) if row and 0 <= beside < len(row)]
    return word[:at] + chance.choice(near) + word[at + 1 :] if near else ""


def _wrong_tone(word: str, chance: Random) -> str:
    plain = unicodedata.normalize("NFD", word)
    at = next((at for at, mark in enumerate(plain) if mark in _TONE_KEYS), None)
    if at is None:
        return ""
    other = chance.choice([mark for mark in _TONE_KEYS if mark != plain[at]])
    return unicodedata.normalize("NFC", plain[:at] + other + plain[at + 1 :])


def _mark_left_out(word: str, chance: Random) -> str:
    plain = unicodedata.normalize("NFD", word)
    marks = [at for at, mark in enumerate(plain) if unicodedata.combining(mark)]
    if not marks:
        return ""
    at = chance.choice(marks)
    return unicodedata.normalize("NFC", plain[:at] + plain[at + 1 :])


def _heard_alike(word: str, chance: Random) -> str:
    lowered = word.lower()
    ways = [other + word[len(one) :] for one, other in _HEARD_ALIKE if lowered.startswith(one) and bare(word) != word]
    ways += [word[: -len(one)] + other for one, other in _ENDINGS_ALIKE if lowered.endswith(one) and bare(word) != word]
    return chance.choice(ways) if ways else ""


def _telex_left(word: str, chance: Random) -> str:
    return telex(word, tone_last=chance.random() < 0.5) if bare(word) != word else ""


def _vni_left(word: str, chance: Random) -> str:
    return vni(word, tone_last=chance.random() < 0.5) if bare(word) != word else ""


_SLIPS: dict[str, Callable[[str, Random], str]] = {
    "letter dropped": _drop,
    "letter doubled": _double,
    "letters swapped": _swap,
    "neighbouring key": _neighbour,
    "wrong tone": _wrong_tone,
    "mark left out": _mark_left_out,
    "written as heard": _heard_alike,
    "Telex keys left": _telex_left,
    "VNI keys left": _vni_left,
}
