"""Protecting and auditing raw linear systems, from files to files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anonymization.attack_bounds import told_by_bounds
from anonymization.audit_system import SystemAudit, Verdict, audit_system
from anonymization.protect_beyond_bounds import protect_beyond_bounds
from anonymization.protect_system import ProtectedSystem, protect_system
from anonymization.relations import Flags
from anonymization.system import EFFORT, LinearSystem
from datasets.disclosure import Guarantee
from datasets.errors import DisclosureRisk, Problem
from publishers.standalone.output import csv_text, write_file
from publishers.standalone.raw_system import RawFiles, pattern_statuses, read_pattern, read_system
from publishers.standalone.report import optimality
from publishers.standalone.results import bound_text
from publishers.terminal import Terminal

MOST_TOLD = 20
"""Cells and relations that are named one by one."""


@dataclass(frozen=True)
class RawChoice:
    """A raw system and how it is to be protected."""

    files: RawFiles
    guarantee: Guarantee
    seed: int = 0
    effort: int = EFFORT


def protect_raw(choice: RawChoice, out: Path, terminal: Terminal, work: Path) -> tuple[dict[str, Any], str]:
    """Protect a raw system, write its pattern, and return what to tell of it."""
    terminal.progress("Reading the cells and relations")
    system = read_system(choice.files, work=work)
    terminal.progress(f"Protecting {len(system):,} cells ({choice.guarantee})")
    protect = protect_system if choice.guarantee == "exact" else protect_beyond_bounds
    done = protect(system, guarantee=choice.guarantee, seed=choice.seed, effort=choice.effort)
    # With ranges, protection has seen to it already.
    told = _told_by_bounds(system, done.withheld) if choice.guarantee == "exact" else 0
    write_file(out, csv_text(("cell", "status"), pattern_statuses(system, done.withheld)))
    secondary = int(done.secondary.sum())
    value = {
        "out": str(out),
        "guarantee": done.guarantee,
        "seed": choice.seed,
        "cells": len(system),
        "primary": int((done.withheld & ~done.secondary).sum()),
        "secondary": secondary,
        "cost": done.cost,
        **optimality(done),
        "told_by_bounds": told,
    }
    text = f"{secondary:,} of {len(system):,} cells are withheld besides {value['primary']:,} sensitive ones"
    return value, f"{text}; {_distance(done)}. The pattern is in {out}.{_beyond_sums(told)}"


def _told_by_bounds(system: LinearSystem, withheld: Flags) -> int | None:
    """Return how many sensitive cells sums and bounds tell together, None where that is too much to find out."""
    try:
        return int((told_by_bounds(system, withheld) & system.sensitive).sum())
    except DisclosureRisk:
        return None


def _beyond_sums(told: int | None) -> str:
    """Say what `exact` does not promise, where it matters."""
    if told is None:
        return " Whether bounds tell some of the sensitive cells was not examined: there are too many."
    if not told:
        return ""
    cells = "1 sensitive cell follows" if told == 1 else f"{told:,} sensitive cells follow"
    return f" {cells} all the same from sums and the bounds that readers know: --guarantee interval protects them too."


def _distance(done: ProtectedSystem) -> str:
    """Say how far a pattern may be from the cheapest."""
    if done.gap is None:
        return "whether others would be cheaper was not examined"
    if done.gap == 0:
        return "no others would be cheaper"
    return f"others could be cheaper by {max(0.1, math.ceil(1000 * done.gap) / 10)} % at most"


def audit_raw(
    choice: RawChoice, pattern: Path, out: Path | None, terminal: Terminal, work: Path
) -> tuple[dict[str, Any], str, list[Problem]]:
    """Attack a pattern, write what was found of each withheld cell, and return what to tell and what is not safe."""
    terminal.progress("Reading the cells, relations and pattern")
    system = read_system(choice.files, work=work)
    withheld = read_pattern(pattern, system, work=work)
    if shown := _shown(system, withheld):
        return {}, "The pattern publishes sensitive cells: no attack is needed.", shown
    terminal.progress(f"Attacking {int(withheld.sum()):,} withheld cells ({choice.guarantee})")
    found = audit_system(system, withheld, guarantee=choice.guarantee)
    if out is not None:
        header = ("cell", "status", "verdict", "low", "high", "relations")
        write_file(out, csv_text(header, _rows(system, withheld, found)))
    counts = {one.name.lower(): int((found.verdicts == one).sum()) for one in Verdict}
    where = "" if out is None else f" The ranges are in {out}."
    told = _told_by_bounds(system, withheld)
    problems = _unsafe(system, found)
    if choice.guarantee == "interval" and told != 0:
        problems.append(_told_all_the_same(told))
    value = {
        "guarantee": choice.guarantee,
        "cells": len(system),
        "withheld": int(withheld.sum()),
        **counts,
        "told_by_bounds": told,
    }
    if problems:
        return value, f"The pattern is not safe.{where}", problems
    safe = "none can be worked out from the sums" if choice.guarantee == "exact" else "none is given away"
    text = f"The pattern is safe ({choice.guarantee}): {value['withheld']:,} cells are withheld, {safe}."
    return value, text + where + _beyond_sums(told), problems


def _told_all_the_same(told: int | None) -> Problem:
    """Say that sums and bounds tell cells together, or that nobody knows; a level of zero does not ask for it."""
    if told is None:
        return Problem("the pattern", "has too many withheld cells to see what bounds tell", "attack it in parts")
    rule = f"lets sums and bounds together tell {told:,} sensitive cells exactly"
    return Problem("the pattern", rule, "give these cells a protection level above 0, and protect again")


def _rows(system: LinearSystem, withheld: Flags, found: SystemAudit) -> Iterator[list[str]]:
    betrayed = {one.cell: one.relations for one in found.betrayals}
    statuses = list(pattern_statuses(system, withheld))
    for cell in np.flatnonzero(withheld):
        name, status = statuses[cell]
        verdict = Verdict(int(found.verdicts[cell])).name.lower()
        relations = " ".join(system.relations[row] for row in betrayed.get(int(cell), ()))
        low, high = (bound_text(float(bound[cell])) for bound in (found.low, found.high))
        yield [name, status, verdict, low, high, relations]


def _shown(system: LinearSystem, withheld: Flags) -> list[Problem]:
    """A sensitive cell that the pattern publishes needs no attack."""
    cells = np.flatnonzero(system.sensitive & ~withheld)
    told = [
        Problem(f"cell {system.cells[cell]!r}", "is sensitive and published", "withhold it")
        for cell in cells[:MOST_TOLD]
    ]
    return [*told, *_more(len(cells), "sensitive cells are published")]


def _unsafe(system: LinearSystem, found: SystemAudit) -> list[Problem]:
    problems = [
        Problem(f"cell {system.cells[one.cell]!r}", *betrayal_words(system, one.relations))
        for one in found.betrayals[:MOST_TOLD]
    ]
    told = {one.cell for one in found.betrayals}
    derivable = [cell for cell in np.flatnonzero(found.verdicts == Verdict.DERIVABLE) if int(cell) not in told]
    problems += [
        Problem(f"cell {system.cells[cell]!r}", "can be worked out exactly from what is published", "withhold more")
        for cell in derivable[: MOST_TOLD - len(problems)]
    ]
    problems += _more(len(told) + len(derivable), "withheld cells can be worked out exactly")
    narrow = np.flatnonzero(found.verdicts == Verdict.TOO_NARROW)
    rule = "can be bounded more tightly than its protection levels allow"
    remedy = "withhold more cells of the relations that it is in, or make the table coarser"
    problems += [Problem(f"cell {system.cells[cell]!r}", rule, remedy) for cell in narrow[:MOST_TOLD]]
    return [*problems, *_more(len(narrow), "withheld cells can be bounded too tightly")]


def betrayal_words(system: LinearSystem, relations: tuple[int, ...]) -> tuple[str, str]:
    """Say which relations give a cell away, and what to do about it."""
    names = [repr(system.relations[row]) for row in relations[:MOST_TOLD]]
    more = len(relations) - len(names)
    if len(relations) == 1:
        rule = f"can be worked out exactly from relation {names[0]}: everything else in it is published or worked out"
        return rule, "withhold another cell of that relation"
    listed = ", ".join(names) + (f" and {more} more" if more > 0 else "")
    rule = f"can be worked out exactly from {len(relations)} relations together: {listed}"
    return rule, "withhold another cell of one of them"


def _more(count: int, what: str) -> list[Problem]:
    if count <= MOST_TOLD:
        return []
    return [Problem("the pattern", f"{count:,} {what}; the first {MOST_TOLD} are named")]
