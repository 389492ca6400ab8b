"""The encodings of Vietnamese text found in the field: their tables, strict decoding, and how a text's own is found.

TCVN3 is the font encoding of TCVN 5712:1993 ("ABC"), VISCII is RFC 1456, VNI writes a letter and its mark as two
characters of windows-1252, and windows-1258 writes tones as combining characters. Whatever comes in, NFC goes out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from publishers.extract.syllables import share_of_vietnamese

CERTAIN = 0.75
"""The share of accented words that must be possible Vietnamese syllables before an encoding is believed."""
MARGIN = 0.15
"""How far the best encoding must be ahead of the next."""
NAMES = ("utf-8", "utf-16", "tcvn3", "vni", "viscii", "windows-1258")

_CONTROLS = frozenset({*range(9), 11, *range(14, 32), 127})

_TCVN3_RUNS = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
_VISCII_RUNS = {
    0x02: "Ẳ",
    0x05: "ẴẪ",
    0x14: "Ỷ",
    0x19: "Ỹ",
    0x1E: "Ỵ",
    0x80: "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡư"
    "àáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
}
_VNI_SINGLE = dict(zip("ÑñÖöÔôÌìÍíÆæÓóÒòÎî", "ĐđƯưƠơÌìÍíỈỉĨĩỊịỴỵ", strict=True))
_VNI_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_CIRCUMFLEX = dict(zip("âáàåãä", ("", *_VNI_TONES.values()), strict=True))
_VNI_BREVE = dict(zip("êéèúüë", ("", *_VNI_TONES.values()), strict=True))
_VNI_LETTERS = frozenset(map(chr, (*range(0xC0, 0xD7), *range(0xD8, 0xF7), *range(0xF8, 0x100))))


class _SingleBytes:
    """An encoding of one byte a letter, as a translation of Latin-1 text."""

    def __init__(self, runs: Mapping[int, str]) -> None:
        letters = {start + place: letter for start, run in runs.items() for place, letter in enumerate(run)}
        known = {*letters, 0xA0, *range(0x80)} - (_CONTROLS - set(letters))
        self._table = {code: ord(letter) for code, letter in letters.items()}
        self._undefined = bytes(code for code in range(256) if code not in known)

    def decode(self, raw: bytes) -> str:
        if len(raw.translate(None, self._undefined)) != len(raw):
            place = next(place for place, code in enumerate(raw) if code in self._undefined)
            raise UnicodeDecodeError("vietnamese", raw, place, place + 1, "is not a character of this encoding")
        return raw.decode("latin-1").translate(self._table)


def _vni_pairs() -> dict[str, str]:
    pairs: dict[str, str] = {}
    for base, letter in [*zip("aeouy", "aeouy", strict=True), ("ö", "ư"), ("ô", "ơ")]:
        pairs.update({base + mark: letter + tone for mark, tone in _VNI_TONES.items()})
    for base in "aeo":
        pairs.update({base + mark: base + "\u0302" + tone for mark, tone in _VNI_CIRCUMFLEX.items()})
    pairs.update({"a" + mark: "a\u0306" + tone for mark, tone in _VNI_BREVE.items()})
    pairs = {pair: unicodedata.normalize("NFC", letter) for pair, letter in pairs.items()}
    upper = {pair[0].upper() + mark: letter.upper() for pair, letter in pairs.items() for mark in _both(pair[1])}
    return pairs | upper


def _both(mark: str) -> tuple[str, str]:
    return mark, mark.upper()


_VNI = _vni_pairs() | _VNI_SINGLE
_VNI_PATTERN = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)) + "|[À-ÖØ-öø-ÿ]")


def _decode_vni(raw: bytes) -> str:
    text = raw.decode("windows-1252")

    def letter(found: re.Match[str]) -> str:
        if found[0] not in _VNI:
            raise UnicodeDecodeError("vni", raw, 0, 1, "holds a mark without its letter")
        return _VNI[found[0]]

    return _VNI_PATTERN.sub(letter, text)


_DECODERS: Mapping[str, Callable[[bytes], str]] = {
    "utf-8": lambda raw: raw.decode("utf-8"),
    "tcvn3": _SingleBytes(_TCVN3_RUNS).decode,
    "vni": _decode_vni,
    "viscii": _SingleBytes(_VISCII_RUNS).decode,
    "windows-1258": lambda raw: raw.decode("windows-1258"),
}
_LEGACY = ("tcvn3", "vni", "viscii", "windows-1258")
_FONT_ENCODINGS = ("tcvn3", "vni", "viscii")


def decode(raw: bytes, encoding: str) -> str:
    """Decode whole lines of ``raw`` strictly and return NFC; UnicodeDecodeError when a byte has no meaning."""
    return unicodedata.normalize("NFC", _DECODERS[encoding](raw))


@dataclass(frozen=True)
class Guess:
    """The encoding that fits, or an empty name; and what was tried, with the share of possible syllables."""

    encoding: str
    tried: Mapping[str, float]

    def report(self) -> str:
        """Return what was tried, in words."""
        return ", ".join(f"{name} {share:.0%}" for name, share in self.tried.items()) or "nothing could be decoded"


def guess_bytes(sample: bytes) -> Guess:
    """Find the legacy encoding of ``sample``, some lines that are not UTF-8."""
    tried: dict[str, float] = {}
    for name in _LEGACY:
        try:
            text = decode(sample, name)
        except UnicodeDecodeError:
            continue
        tried[name] = share_of_vietnamese(text) or 0.0
    return _best(tried)


def guess_cells(texts: list[str]) -> Guess:
    """Find the font encoding behind Unicode cells, such as ``TØnh/T.phè``; empty when they are what they seem."""
    accented = [text for text in texts if not text.isascii()]
    as_they_are = share_of_vietnamese("\n".join(accented))
    if as_they_are is None or as_they_are >= CERTAIN:
        return Guess("", {})
    tried: dict[str, float] = {"unicode": as_they_are}
    for name in _FONT_ENCODINGS:
        converted = [_converted_or_none(text, name) for text in accented]
        whole = "\n".join(text for text in converted if text is not None)
        lost = sum(text is None for text in converted) / len(converted)
        tried[name] = (share_of_vietnamese(whole) or 0.0) * (1 - lost)
    guess = _best(tried)
    return guess if guess.encoding != "unicode" else Guess("", tried)


def convert_cell(text: str, encoding: str) -> str:
    """Convert a cell whose characters are really bytes of ``encoding``; a cell that is real Unicode stays."""
    if text.isascii():
        return text
    raw = _font_bytes(text)
    return unicodedata.normalize("NFC", text) if raw is None else decode(raw, encoding)


def _converted_or_none(text: str, encoding: str) -> str | None:
    raw = _font_bytes(text)
    if raw is None:
        return None
    try:
        return decode(raw, encoding)
    except UnicodeDecodeError:
        return None


def _best(tried: Mapping[str, float]) -> Guess:
    ranked = sorted(tried.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < CERTAIN:
        return Guess("", tried)
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < MARGIN:
        return Guess("", tried)
    return Guess(ranked[0][0], tried)


@cache
def _byte_of() -> Mapping[str, int]:
    """Return the byte behind each character that a windows-1252 program shows for it."""
    table = {bytes([code]).decode("windows-1252", "ignore"): code for code in range(256)}
    return {chr(code): code for code in range(256)} | {letter: code for letter, code in table.items() if letter}


def _font_bytes(text: str) -> bytes | None:
    try:
        return bytes(map(_byte_of().__getitem__, text))
    except KeyError:
        return None
