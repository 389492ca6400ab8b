"""What others call themes, licences, frequencies and formats, in the words of our own catalog."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from catalog.harvest.limits import MAX_LISTED
from catalog.harvest.plain_text import plain_line
from catalog.record import THEME_LABELS
from datasets.hints import fold
from datasets.text import Bilingual

OTHER_THEME = "other"
_OTHER_LABEL = Bilingual(vi="Khác", en="Other")
_THEMES = {fold(text): theme for theme, label in THEME_LABELS.items() for text in (theme, label.vi, label.en)}
_FREQUENCIES = {
    "weekly": "weekly",
    "monthly": "monthly",
    "quarterly": "quarterly",
    "annual": "yearly",
    "yearly": "yearly",
    "never": "once",
    "once": "once",
    "hang-tuan": "weekly",
    "hang-thang": "monthly",
    "hang-quy": "quarterly",
    "hang-nam": "yearly",
    "r/p1w": "weekly",
    "r/p1m": "monthly",
    "r/p3m": "quarterly",
    "r/p1y": "yearly",
}
_LICENCES = (
    (re.compile(r"publicdomain/zero/1|^cc-?zero(-1\.0)?$|^cc0(-1\.0)?$|/CC0$", re.IGNORECASE), "CC0-1.0"),
    (re.compile(r"licenses/by/4|^cc-?by-4\.0$|/CC_BY_4_0$", re.IGNORECASE), "CC-BY-4.0"),
    (re.compile(r"licenses/by-sa/4|^cc-?by-sa-4\.0$|/CC_BYSA_4_0$", re.IGNORECASE), "CC-BY-SA-4.0"),
    (re.compile(r"opendatacommons\.org/licenses/by|^odc-by(-1\.0)?$", re.IGNORECASE), "ODC-BY-1.0"),
    (re.compile(r"opendatacommons\.org/licenses/odbl|^odc-odbl$|^odbl(-1\.0)?$", re.IGNORECASE), "ODbL-1.0"),
)
_LONGEST_WORD = 200
"""Characters of the longest text that may name a theme or a frequency."""


def theme_of(words: Sequence[str]) -> str:
    """Return the theme that one of ``words`` names, the first that does."""
    named = (fold(word[:_LONGEST_WORD]) for word in words[:MAX_LISTED])
    return next((_THEMES[word] for word in named if word in _THEMES), OTHER_THEME)


def theme_label(theme: str) -> Bilingual:
    """Return what people call a theme."""
    return THEME_LABELS.get(theme, _OTHER_LABEL)


def licence_of(given: str) -> str:
    """Return the identifier in SPDX of a licence that is known; another is left as it is called."""
    given = given.strip()
    return next((name for pattern, name in _LICENCES if pattern.search(given)), plain_line(given, most=200))


def frequency_of(given: str) -> str:
    """Return how often the data changes; empty where no word for it is known."""
    word = (given.strip().rpartition("/")[2] if given.startswith("http") else given.strip())[:_LONGEST_WORD]
    return _FREQUENCIES.get(fold(word)) or _FREQUENCIES.get(word.lower(), "")


def format_of(given: str, address: str) -> str:
    """Return a short name such as csv; of a media type or an IRI what is last, else the end of the file's name."""
    word = re.split(r"[/;]", given.strip().rstrip("/").split(";")[0])[-1].strip().lower().lstrip(".")
    word = word or PurePosixPath(address.split("?", maxsplit=1)[0]).suffix.lstrip(".").lower()
    word = {"vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx", "vnd.ms-excel": "xls"}.get(word, word)
    return word if re.fullmatch(r"[a-z0-9][a-z0-9+._-]{0,19}", word) else ""
