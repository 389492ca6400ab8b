"""Says when two names of facilities or contributors are one, and which say that nobody knows: in doubt, protect more.

Two names taken for one withhold more, and so does a name that is taken for none: of `units` it counts for no facility,
and of `concentration` its amounts are the largest contributor's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

UNKNOWN_WORDS = (
    "không",
    "không rõ",
    "không rõ ràng",
    "không biết",
    "không có",
    "không có thông tin",
    "không xác định",
    "không ghi",
    "không ghi nhận",
    "không áp dụng",
    "chưa rõ",
    "chưa biết",
    "chưa có",
    "chưa xác định",
    "thiếu",
    "trống",
    "khác",
    "nơi khác",
    "cơ sở khác",
    "bệnh viện khác",
    "đơn vị khác",
    "n/a",
    "na",
    "nan",
    "nil",
    "none",
    "null",
    "no data",
    "not known",
    "not available",
    "not applicable",
    "not recorded",
    "not stated",
    "missing",
    "blank",
    "empty",
    "unknown",
    "unspecified",
    "undefined",
    "undetermined",
    "unk",
    "other",
    "others",
    "other facility",
    "other hospital",
)
"""What people write where they do not know the facility, in Vietnamese and English."""


def same_name(column: str) -> str:
    """Return the expression of a name without case, width, blanks, signs and leading zeros; null where it is none.

    A name is none where nothing is left of it, or one of the words for unknown, with or without Vietnamese marks.
    """
    text, (forms, plain) = f"CAST({column} AS VARCHAR)", _letter_forms()
    # Only few names have such letters, and translating every name would take longer than reading it.
    folded = (
        f"CASE WHEN regexp_matches({text}, '[{forms}]') THEN translate({text}, '{forms}', '{plain}') ELSE {text} END"
    )
    letters = f"regexp_replace(lower({folded}), '[^\\p{{L}}\\p{{M}}\\p{{N}}]+', '', 'g')"
    name = f"regexp_replace({letters}, '^0+(.)', '\\1')"
    words = ", ".join(f"'{word}'" for word in ("", *_unknown()))
    return f"CASE WHEN {name} IN ({words}) THEN NULL ELSE {name} END"


@cache
def _letter_forms() -> tuple[str, str]:
    """Return the compatibility forms (NFKC) of ASCII letters and digits, such as full-width ones, and what each is."""
    found: Mapping[str, str] = {
        chr(code): plain
        for code in range(0x80, 0x10000)
        if len(plain := unicodedata.normalize("NFKC", chr(code))) == 1 and plain.isascii() and plain.isalnum()
    }
    return "".join(found), "".join(found.values())


@cache
def _unknown() -> tuple[str, ...]:
    """Return the words as `same_name` writes names, each with its marks and without."""
    joined = ["".join(each for each in word if each.isalnum()) for word in UNKNOWN_WORDS]
    return tuple(sorted({spelling for word in joined for spelling in (word, _without_marks(word))}))


def _without_marks(word: str) -> str:
    apart = unicodedata.normalize("NFD", word.replace("đ", "d"))
    return "".join(each for each in apart if not unicodedata.combining(each))
