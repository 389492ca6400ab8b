"""What to tell people who wrote something that is no code of a code list: the nearest code, or the member so called."""

from __future__ import annotations

from datasets.codelist import Codelist
from datasets.definition_problems import choices
from datasets.hints import fold

_LISTED = 40
"""A list of communes in a message helps nobody."""
_COMPARED = 5_000
"""So many codes are looked at for one that is spelt nearly so."""


def code_remedy(text: str, codelist: Codelist) -> str:
    """Return the remedy for ``text``, which is no code of ``codelist``; a label is written for its code most often."""
    wanted = fold(text)
    called = [one.code for one in codelist.members if wanted in {fold(one.label.vi), fold(one.label.en)}]
    if called:
        return f"Write the code: {' or '.join(called)}"
    if len(codelist.members) > _LISTED:
        near = "" if len(codelist.members) > _COMPARED else choices(text, tuple(codelist.by_code)).split("Allowed:")[0]
        return f"{near}The codes are in {codelist.id}.csv"
    return choices(text, tuple(codelist.by_code))
