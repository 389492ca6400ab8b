"""The examples beside a search: words that find something here, as people write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalog.synonyms import synonym_table
from catalog.vietnamese import strip_marks, words
from portal.public.topics.gathering import Gathered

MOST_EXAMPLES = 4


def search_examples(topics: Sequence[Gathered]) -> tuple[str, ...]:
    """Return names of ``topics`` with datasets: with marks, without, shortened, and of another topic."""
    named = [name for each in topics if (name := each.said)]
    examples = [way for name in named[:1] for way in _ways(name)] + named[1:]
    return tuple(f"“{each}”" for each in dict.fromkeys(examples))[:MOST_EXAMPLES]


def _ways(name: str) -> Iterator[str]:
    """Yield a name as it is written, as it is typed in haste, and shortened where that is known."""
    yield name
    yield strip_marks(name)
    same = synonym_table().same_as(words(name))
    yield from [text for text, phrase in synonym_table().names if phrase in same and text.isupper()][:1]
