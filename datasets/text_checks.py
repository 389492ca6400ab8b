"""What a text that people write for publication must be: of bounded length, legible, and one line where it names."""

from __future__ import annotations

from collections.abc import Iterator

from datasets.text import unfit
from datasets.yaml_text import Entries, Items, Node, Text

Keys = tuple[str | int, ...]
Flaw = tuple[str, str]
"""A rule that is broken, and the remedy."""

MAX_TEXT = 5_000
MAX_NAME = 500
"""Characters of a title, a label or the name of an organisation."""
_LONGEST = {"title": MAX_NAME, "unit": MAX_NAME, "name": MAX_NAME, "pattern": 20_000, "query": 20_000}
_ONE_LINE = frozenset({"title", "unit", "name"})
_AS_IT_IS = frozenset({"delimiter", "quote"})
"""Keys of single characters, which may be any that the reader of text files takes."""


def flaw_of(text: str, *, longest: int = MAX_NAME, one_line: bool = True) -> Flaw | None:
    """Return what is wrong with a text and what to do; None where it can be published."""
    if len(text) > longest:
        return f"has {len(text):,} characters, more than {longest:,}", "shorten it"
    found = unfit(text)
    if found is not None:
        rule = f"holds the character U+{ord(found[0]):04X}, which people cannot see, at position {found.start() + 1}"
        return rule, "delete it, or write the text anew instead of copying it"
    if one_line and any(each in "\n\t" for each in text.strip()):
        return "must be one line without tabs", "write it in one line"
    return None


def text_flaws(node: Node, keys: Keys = ()) -> Iterator[tuple[Keys, Flaw]]:
    """Yield what is wrong with each text and each key of a YAML file, with the keys that lead there."""
    if isinstance(node, Text):
        flaw = _flaw_at(node.text, keys)
        if flaw is not None:
            yield keys, flaw
    elif isinstance(node, Items):
        for index, item in enumerate(node.items):
            yield from text_flaws(item, (*keys, index))
    else:
        yield from _entries_flaws(node, keys)


def _entries_flaws(node: Entries, keys: Keys) -> Iterator[tuple[Keys, Flaw]]:
    for key, (_, value) in node.entries.items():
        flaw = flaw_of(key, longest=1 << 20, one_line=False)
        if flaw is not None:
            yield keys, ("has a key that " + flaw[0], flaw[1])
        yield from text_flaws(value, (*keys, key))


def _flaw_at(text: str, keys: Keys) -> Flaw | None:
    named = next((str(key) for key in reversed(keys) if key not in ("vi", "en") and isinstance(key, str)), "")
    if named in _AS_IT_IS:
        return None
    return flaw_of(text, longest=_LONGEST.get(named, MAX_TEXT), one_line=named in _ONE_LINE)
