"""What the columns of the newer release were called in the older one, whichever of the two was published first."""

from __future__ import annotations

from collections.abc import Iterable

from datasets import column_names
from portal.public.compare.pairing import Pair


def names_before(pair: Pair, then: Iterable[str], now: Iterable[str]) -> dict[str, str]:
    """Return the columns of now that were there before, each with its name of then.

    A correction of an older edition may have been published after the newer edition, and knows the names better.
    """
    if pair.old.manifest.published_at <= pair.new.manifest.published_at:
        onward = [each.description for each in (pair.old, *pair.between, pair.new)]
        return column_names.names_before(then, now, onward)
    back = [each.description for each in (pair.new, *pair.between, pair.old)]
    before, found = frozenset(then), column_names.followed(now, back)
    return {name: old for name, old in found.items() if old in before}
