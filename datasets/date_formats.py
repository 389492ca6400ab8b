"""How a definition writes the form of dates: strptime directives, and the forms of spreadsheets that people try."""

from __future__ import annotations

import re

DIRECTIVES = frozenset("aAbBdfGHIjmMpSuUVwWyYzZ%") | frozenset({"-d", "-H", "-I", "-j", "-m", "-M", "-S", "-y"})
"""What may follow a percent sign: what the engine reads and Python writes in the same way."""

_YEARS = frozenset({"Y", "y", "-y", "G"})
_DIRECTIVE = re.compile(r"%(-?.?)", re.DOTALL)
_WORDS = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "m": "%m", "dd": "%d", "d": "%d", "hh": "%H", "ss": "%S"}
_WORD = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)), re.IGNORECASE)


def check_format(form: str) -> str:
    """Return ``form`` if dates can be read with it; ValueError says what is wrong and what was probably meant."""
    found = _DIRECTIVE.findall(form)
    if not [each for each in found if each != "%"]:
        raise ValueError(f'"{form[:100]}" holds no % directive: {_meant(form)}')
    for each in found:
        if each not in DIRECTIVES:
            raise ValueError(f'"{form[:100]}" holds %{each}, which stands for nothing: {_meant("")}')
    if not _YEARS.intersection(found):
        raise ValueError(f'"{form[:100]}" holds no year, and every date would be read as one of 1900: add %Y')
    return form


def _meant(form: str) -> str:
    """Return the remedy: the form in directives where it is one that spreadsheets use, else an example."""
    translated = _WORD.sub(lambda found: _WORDS[found[0].lower()], form)
    translated = translated.replace("%H:%m", "%H:%M")
    readable = "%d" in translated and "%m" in translated and re.search("%[Yy]", translated)
    if readable and not re.search("[A-Za-z]", re.sub("%[A-Za-z]", "", translated).replace("T", "")):
        return f'write formats: ["{translated}"]'
    return 'write formats: ["%d/%m/%Y"] for 31/12/2026, ["%Y-%m-%d"] for 2026-12-31'
