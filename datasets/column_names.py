"""What columns of a release are called in a later one, by all renamings that were declared in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from datasets.comparing import told_columns, told_fields
from datasets.release import ReleaseDescription


def names_before(then: Iterable[str], now: Iterable[str], releases: Sequence[ReleaseDescription]) -> dict[str, str]:
    """Return the columns of now that were there then, each with its name of then.

    ``releases`` are all from the one of then to the one of now, in the order in which they were published. A column
    with the name that another one had is another column: figures of both are never held against one another.
    """
    before = frozenset(then)
    found = {to: name for name, to in followed(before, releases).items()}
    return {name: found[name] for name in now if name in found}


def followed(columns: Iterable[str], releases: Sequence[ReleaseDescription]) -> dict[str, str]:
    """Return what columns of the first of ``releases``, as they were published, are called in the last."""
    names = {name: name for name in columns}
    for before, release in pairwise(releases):
        renamed = {one.old: one.new for one in release.renamed}
        moved = {name: renamed[to] for name, to in names.items() if to in renamed}
        there = columns_of(before)
        taken = {to for name, to in renamed.items() if name in there} | {*moved.values()}
        names = {name: to for name, to in names.items() if to not in taken} | moved
    return names


def columns_of(release: ReleaseDescription) -> frozenset[str]:
    """Return the dimensions and measures of a release, or the fields of its register."""
    return frozenset(told_columns(release) if release.register_ is None else told_fields(release.register_))


def names_now(before: Mapping[str, str], then: Iterable[str]) -> dict[str, str]:
    """Return what each column of ``then`` is called now; the empty text where it is gone, whoever has its name."""
    return dict.fromkeys(then, "") | {old: name for name, old in before.items()}
