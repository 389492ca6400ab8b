"""What the columns of the newer release were called in the older one, by all that was declared in between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from datasets.comparing import told_columns, told_fields
from datasets.public_releases import PublicRelease
from portal.public.compare.pairing import Pair


def names_before(pair: Pair, then: Iterable[str], now: Iterable[str]) -> dict[str, str]:
    """Return the columns of now that were there before, each with its name of then.

    A column with the name that another one had is another column: figures of both are never held against one another.
    A correction of an older edition may have been published after the newer edition, and knows the names better.
    """
    if pair.old.manifest.published_at <= pair.new.manifest.published_at:
        found = {to: name for name, to in _followed(then, (pair.old, *pair.between, pair.new)).items()}
    else:
        found = _followed(now, (pair.new, *pair.between, pair.old))
    before = frozenset(then)
    return {name: found[name] for name in now if found.get(name) in before}


def _followed(columns: Iterable[str], releases: Sequence[PublicRelease]) -> dict[str, str]:
    """Return what columns of the first of ``releases``, as they were published, are called in the last."""
    names = {name: name for name in columns}
    for before, release in pairwise(releases):
        renamed = {one.old: one.new for one in release.description.renamed}
        moved = {name: renamed[to] for name, to in names.items() if to in renamed}
        there = _columns(before)
        taken = {to for name, to in renamed.items() if name in there} | {*moved.values()}
        names = {name: to for name, to in names.items() if to not in taken} | moved
    return names


def _columns(release: PublicRelease) -> frozenset[str]:
    register = release.description.register_
    return frozenset(told_columns(release.description) if register is None else told_fields(register))
