"""Tells Vietnamese telephone numbers, however they are written, from dates, amounts, shares and ranges of ages.

The shapes are those of the numbering plan of 2018: ``0``, ``84``, ``+84`` or ``0084``, then 9 digits of a mobile or 10
of a landline number. Text is expected as ``identifiers.readable`` returns it.
"""

from __future__ import annotations

import re

_BETWEEN = r"[ ./()\[\]_-]{0,3}"
"""What may stand between two digits."""


def _national(between: str) -> str:
    mobile = "|".join(
        f"{first}{between}{second}"
        for first, second in (("3", "[2-9]"), ("5", "[25689]"), ("7", "[06-9]"), ("8", "[1-9]"), ("9", "[0-9]"))
    )
    return f"(?:(?:{mobile})(?:{between}[0-9]){{7}}|2(?:{between}[0-9]){{9}})"


_PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][.,])"
    rf"(?P<prefix>(?:\+|00){_BETWEEN}84{_BETWEEN}(?:0{_BETWEEN})?|84{_BETWEEN}(?:[(\[]0[)\]]{_BETWEEN})?|0{_BETWEEN})"
    rf"{_national(_BETWEEN)}(?![0-9])"
)
_DIGITS = re.compile(rf"(?:(?:00)?84)?0?{_national('')}")
_BARE = re.compile(rf"\W*(?:0084|84|0){_national('')}(?:\W+(?:0084|84|0){_national('')})*\W*")
_DAY, _MONTH, _YEAR = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])", "(?:19|20)[0-9]{2}"
_DATE = re.compile(
    rf"(?<![0-9])(?:{_DAY}([/.-]){_MONTH}\1{_YEAR}(?![0-9]|\1[0-9])|{_YEAR}([/.-]){_MONTH}\2{_DAY}(?![0-9]|\2[0-9]))"
    rf"|(?<![0-9/]){_MONTH}/{_YEAR}(?![0-9/])"
)


def is_expected_phone(text: str) -> bool:
    """Return whether ``text`` is a number in a column that is named so: also without its zero, as numbers lose it."""
    return _PHONE.search(text) is not None or _DIGITS.fullmatch(re.sub(r"[^0-9]", "", text)) is not None


def is_bare_phone(text: str) -> bool:
    """Return whether ``text`` is one or several numbers without any mark of a telephone; so is many another number."""
    return _BARE.fullmatch(text) is not None and not is_written_phone(text)


def is_written_phone(text: str) -> bool:
    """Return whether ``text`` writes a number as people write telephone numbers, and no other numbers."""
    if text.isdigit():
        return False
    without_dates = _DATE.sub("#", text)
    between_words = any(letter.isalpha() for letter in text)
    found = (match.group() for match in _PHONE.finditer(without_dates))
    return any(_is_international(phone) or _is_grouped(phone, between_words=between_words) for phone in found)


def _is_international(phone: str) -> bool:
    return phone.startswith(("+", "00"))


def _is_grouped(phone: str, *, between_words: bool) -> bool:
    """The first group is a short code and no other is a single digit; an amount or a share is grouped otherwise."""
    first, *others = re.findall("[0-9]+", phone)
    if not others:
        return between_words
    lengths = {len(group) for group in others}
    if first == "0":
        return phone[1] in ")]" or lengths == {3}
    if first == "84" and lengths == {3}:
        return "." not in phone  # 84.912.345.678 is an amount
    if first.startswith("02") and len(others[0]) == 1:
        lengths = {len(group) for group in others[1:]}
    # Groups of two come in lists of ages as well (08-12 13-17), but there with two kinds of separators.
    one_kind = len(set(re.findall("[^0-9]+", phone))) == 1
    return len(first) <= 4 and 1 not in lengths and (one_kind or {len(first), *lengths} != {2})
