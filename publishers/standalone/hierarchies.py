"""Dimensions of a table made from the codes that it has and the hierarchies that its rules declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from anonymization.dimension import ROOT, TOTAL, Dimension
from datasets.errors import DefinitionInvalid, Problem
from publishers.standalone.rules_file import DimensionRule, HierarchyRule
from publishers.standalone.text_tables import MOST_TOLD, read_table

Parents = Mapping[str, str]
"""The parent of every code that has one; the topmost codes have none."""


def read_hierarchies(name: str, rule: DimensionRule, *, folder: Path, work: Path) -> tuple[Parents, ...]:
    """Return the hierarchies of the dimension `name`; files lie in `folder`.

    Raises `DefinitionInvalid` for a code that has two parents, and what reading a file raises.
    """
    return tuple(
        _read(one, f"the rules, hierarchy {number} of {name}", rule.total, (folder, work))
        for number, one in enumerate(rule.hierarchies, 1)
    )


def _read(hierarchy: HierarchyRule, place: str, total: str, folders: tuple[Path, Path]) -> Parents:
    folder, work = folders
    if hierarchy.file is None:
        pairs = [(child, parent) for parent, children in (hierarchy.parents or {}).items() for child in children]
    else:
        table = read_table(folder / hierarchy.file, work=work, needed=("code", "parent"))
        pairs = list(zip(table.texts("code").to_pylist(), table.columns["parent"].to_pylist(), strict=True))
        place = hierarchy.file
    return parents_of(pairs, place, total=total)


def parents_of(pairs: Iterable[tuple[str, str]], place: str, *, total: str) -> Parents:
    """Return every child with its parent; the total and an empty text stand for no parent."""
    parents: dict[str, str] = {}
    problems = []
    for child, parent in pairs:
        above = TOTAL if parent in ("", total, TOTAL) else parent
        if child in (total, TOTAL):
            continue
        if parents.get(child, above) != above:
            problems.append(Problem(place, f"the code {child} has two parents", "put one into a second hierarchy"))
        parents[child] = above
    for above in [*parents.values()]:
        if above != TOTAL:
            parents.setdefault(above, TOTAL)
    problems += _cycles(parents, place)
    if problems:
        raise DefinitionInvalid("A hierarchy cannot be used", problems=problems[:MOST_TOLD])
    return parents


def _cycles(parents: Parents, place: str) -> list[Problem]:
    sound: set[str] = {TOTAL}
    for code in parents:
        path = [code]
        while path[-1] not in sound:
            above = parents[path[-1]]
            if above in path:
                around = " → ".join([*path[path.index(above) :], above])
                return [Problem(place, f"the codes {around} form a circle", "correct one of the parents")]
            path.append(above)
        sound.update(path)
    return []


def dimension_of(name: str, codes: Sequence[str], hierarchies: Sequence[Parents], place: str) -> Dimension:
    """Return the dimension with the total first, then what hierarchies name, then the other codes in order.

    `codes` are those that the table has, without the total. Without hierarchies they add up to the total. Raises
    `DefinitionInvalid` for a code that no hierarchy has: it would be a hole in the protection.
    """
    named = dict.fromkeys(code for parents in hierarchies for code in parents)
    lost = sorted(set(codes) - set(named)) if hierarchies else []
    if lost:
        problems = [
            Problem(f"{place}, column {name}", f"the code {code} is in no hierarchy", "say what it adds up to")
            for code in lost[:MOST_TOLD]
        ]
        raise DefinitionInvalid(f"The hierarchies of {name} have gaps", problems=problems)
    members = (TOTAL, *(named or sorted(set(codes))))
    index = {member: at for at, member in enumerate(members)}
    given = hierarchies or [dict.fromkeys(members[1:], TOTAL)]
    above = [tuple(index[parents[code]] if code in parents else ROOT for code in members) for parents in given]
    return Dimension(name, members, tuple(above))
