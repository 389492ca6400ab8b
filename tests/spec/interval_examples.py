"""Reads worked examples of interval protection: Markdown pages whose tables are documentation and expected results.

A page has a title, prose, and lines: `Sensitive: 1 to 4` (values) or `Sensitive: north F; south F` (cells);
`Levels: 10 below, 15 above` (amounts, or `50 % below`); if need be `Frozen: _T; north` , `Forced: …`,
`Together: north F + south F` (cells that one contributor could subtract from each other), and
`Hierarchy area: _T > north south; north > n1 n2`, several for a dimension that is divided in several ways. Tables stand
under `## Given`, `## Exact` and `## Interval`; `[c]` is withheld. `Refused: …` is what protection answers instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from anonymization.system import LinearSystem, system_of
from tests.support.linear_oracle import matrix_of

Place = tuple[str, ...]
Grid = dict[Place, str]

WITHHELD = "[c]"


@dataclass(frozen=True)
class Example:
    """One worked example: the system, and what is published under each guarantee, or the refusal."""

    title: str
    given: Grid
    system: LinearSystem
    published: dict[str, Grid]
    refused: str | None


def read_example(path: Path) -> Example:
    """Read one page; what is missing is an error."""
    text = path.read_text(encoding="utf-8")
    lines: dict[str, list[str]] = {}
    for name, rest in re.findall(r"^(\w+(?: \w+)?): (.+)$", text, re.MULTILINE):
        lines.setdefault(name, []).append(rest)
    grids = {kind: _grid(body) for kind, body in re.findall(r"^## (\w+)\n\n((?:\|.*\n)+)", text, re.MULTILINE)}
    if not {"Sensitive", "Levels"} <= set(lines) or "Given" not in grids or set(grids) - {"Given", "Exact", "Interval"}:
        raise ValueError(f"{path.name}: needs sensitive cells, levels and a table that is given")
    axes, given = grids["Given"]
    return Example(
        text.splitlines()[0].removeprefix("# "),
        given,
        _system(lines, axes, given),
        {kind.lower(): grid for kind, (_, grid) in grids.items() if kind != "Given"},
        lines.get("Refused", [None])[0],
    )


def _grid(body: str) -> tuple[Place, Grid]:
    rows = [[one.strip() for one in line.strip().strip("|").split("|")] for line in body.strip().splitlines()]
    axes = tuple(one.strip() for one in rows[0][0].split("/"))
    return axes, {
        (row[0], column)[: len(axes)]: value
        for row in rows[2:]
        for column, value in zip(rows[0][1:], row[1:], strict=True)
    }


def _system(lines: dict[str, list[str]], axes: Place, given: Grid) -> LinearSystem:
    values = {" ".join(place): float(value) for place, value in given.items()}
    sums = _sums(lines, axes, given)
    sensitive = set(_named(lines, "Sensitive", values))
    for number, one in enumerate(lines.get("Together", [])):
        parts = one.split(" + ")
        name = f"together {number}"
        values[name] = sum(values[part] for part in parts)
        sensitive.add(name)
        sums.append({name: -1, **dict.fromkeys(parts, 1)})
    names = list(values)
    numbers = np.array([values[name] for name in names])
    levels = re.fullmatch(r"(\d+)( %)? below, (\d+)( %)? above", lines["Levels"][0])
    assert levels is not None, "levels are amounts or parts"
    below, above = (
        numbers * int(amount) / 100 if part else np.full(len(names), float(amount))
        for amount, part in ((levels[1], levels[2]), (levels[3], levels[4]))
    )
    return system_of(
        names,
        numbers,
        ([_told(one) for one in sums], matrix_of(names, sums)),
        sensitive=[name in sensitive for name in names],
        levels=(below, above),
        frozen=[name in _named(lines, "Frozen", values) for name in names],
        forced=[name in _named(lines, "Forced", values) for name in names],
    )


def _named(lines: dict[str, list[str]], kind: str, values: dict[str, float]) -> list[str]:
    if kind not in lines:
        return []
    between = re.fullmatch(r"(\d+) to (\d+)", lines[kind][0])
    if between:
        return [name for name, value in values.items() if int(between[1]) <= value <= int(between[2])]
    cells = lines[kind][0].split("; ")
    assert set(cells) <= set(values), f"{kind}: unknown cells"
    return cells


def _sums(lines: dict[str, list[str]], axes: Place, given: Grid) -> list[dict[str, int]]:
    members = [list(dict.fromkeys(place[at] for place in given)) for at in range(len(axes))]
    sums = []
    for at, axis in enumerate(axes):
        usual = "_T > " + " ".join(one for one in members[at] if one != "_T")
        families = [one for tree in lines.get(f"Hierarchy {axis}", [usual]) for one in tree.split("; ")]
        for family in dict.fromkeys(families):
            parent, children = family.split(" > ")
            for rest in product(*(members[other] for other in range(len(axes)) if other != at)):
                names = [" ".join((*rest[:at], one, *rest[at:])) for one in (parent, *children.split())]
                sums.append(dict(zip(names, [-1, *[1] * (len(names) - 1)], strict=True)))
    return sums


def _told(one: dict[str, int]) -> str:
    total, *parts = one
    return f"{total} = {' + '.join(parts)}"
