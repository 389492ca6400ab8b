"""Refuses counted tables whose numbers depend on each other in ways that only the records tell: it fails closed.

What a definition alone shows is refused beforehand, by `publishers.protectable`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations

from datasets.definition import Definition
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRuleInvalid, Problem
from datasets.periods import period_of
from publishers.tabulate.absences import applicable
from publishers.tabulate.crossings import Margin, beside, margins_of
from publishers.tabulate.plan import TabulationPlan, ring_of
from publishers.tabulate.tabulation import Tabulation

ONE_LIST = "use one dimension whose code list has both as levels, or do not publish both"


def check_counts(tabulation: Tabulation, definition: Definition, rules: DisclosureRules, *, today: date) -> None:
    """Raise DisclosureRuleInvalid, with every reason and its remedy, when suppression cannot protect these counts."""
    problems = [
        *_half_seen_links(tabulation),
        *_rings_through_links(tabulation),
        *_crossings_of_one(tabulation),
        *_told_parts(tabulation),
        *_counts_as_sums(tabulation, definition),
    ]
    if rules.zeros == "protect":
        problems += [
            *_crossed(tabulation),
            *_unmixed(tabulation),
            *_known_zeros(tabulation, today),
        ]
    if problems:
        raise DisclosureRuleInvalid("These tables cannot be protected as they are counted", problems=problems)


def _margins_of_each(plan: TabulationPlan) -> tuple[frozenset[Margin], ...]:
    """Return the margins of all tables together, and those in which each quantity is shown."""
    each = [margins_of(table for table in plan.tables if one.name in table.quantities) for one in plan.quantities]
    return tuple(dict.fromkeys([margins_of(plan.tables), *each]))


def _half_seen_links(tabulation: Tabulation) -> Iterator[Problem]:
    """Two columns that determine each other add up wherever both are shown beside the same other dimensions.

    The protection follows that only where both stand there by themselves; and where rows of unknown members come
    between, it cannot follow at all.
    """
    each = _margins_of_each(tabulation.plan)
    linked = {(link.children[0], link.parents[0]) for link in tabulation.dependencies.links}
    for one, other in sorted({tuple(sorted(pair)) for pair in linked}):
        if any(
            not {common | {one}, common | {other}} <= shown for shown in each for common in beside(shown, one, other)
        ):
            rule = "determine each other, and are shown beside others but not by themselves"
            yield Problem(f"dimensions {one} and {other}", rule, f"add the margins of each alone, or {ONE_LIST}")
    for one, other in tabulation.dependencies.nearly_linked:
        if any(any(beside(shown, one, other)) for shown in each):
            rule = "determine each other but for few rows, rows in which one is unknown, or a member that may be wrong"
            yield Problem(f"dimensions {one} and {other}", rule, f"correct the source, or {ONE_LIST}")


def _rings_through_links(tabulation: Tabulation) -> Iterator[Problem]:
    """Tables that make no ring by the names of their dimensions make one where two dimensions stand for each other."""
    links = {(link.children[0], link.parents[0]) for link in tabulation.dependencies.links}
    same = {one.name: one.name for one in tabulation.plan.dimensions}
    for pair in (*links, *tabulation.dependencies.nearly_linked):
        kept, gone = (same[name] for name in pair)
        same = {name: kept if own == gone else own for name, own in same.items()}
    ring = ring_of([frozenset(same[name] for name in cube.dimensions) for cube in tabulation.plan.own_cubes])
    several = sorted(name for name, kept in same.items() if kept in ring and list(same.values()).count(kept) > 1)
    if several:
        rule = "determine each other, and tables cross them with others in a ring, whose cells nobody sees"
        yield Problem(f"dimensions {' and '.join(several)}", rule, ONE_LIST)


def _crossings_of_one(tabulation: Tabulation) -> Iterator[Problem]:
    """A dimension that determines two others has their crossing as sums of its members; nothing here adds those up.

    So do hospitals with their province and their owner, and one column for age and sex with these two.
    """
    finer: dict[str, set[str]] = {}
    for one, other in tabulation.dependencies.nested:
        finer.setdefault(one, set()).add(other)
    cubes = [set(cube.dimensions) for cube in tabulation.plan.own_cubes]
    for one, others in finer.items():
        for first, second in combinations(sorted(others), 2):
            apart = second not in finer.get(first, ()) and first not in finer.get(second, ())
            crossed = any({first, second} <= cube for cube in cubes)
            if apart and crossed and any(one in cube and not {first, second} <= cube for cube in cubes):
                rule = f"determines {first} and {second}, which a table crosses: its members add up to those cells"
                yield Problem(f"dimension {one}", rule, f"leave {one} out, or do not cross {first} and {second}")


def _told_parts(tabulation: Tabulation) -> Iterator[Problem]:
    for population, dimension in tabulation.dependencies.told:
        rule = f"members tell of every row whether it belongs to the part ({population}): both give each other away"
        yield Problem(f"dimension {dimension}", rule, "leave the measure of that part out: the table has these cells")


def _counts_as_sums(tabulation: Tabulation, definition: Definition) -> Iterator[Problem]:
    for name, measure in definition.measures.items():
        if measure.column in tabulation.dependencies.indicators and measure.contributors != "value":
            rule = f"adds up {measure.column}, whose few values can be told from the sum: it counts people unprotected"
            remedy = f"use type: count with where: {{{measure.column}: [one of the values]}}, or make it a dimension"
            yield Problem(f"measures.{name}", rule, remedy)
        for column, dimension in tabulation.dependencies.following:
            if measure.column == column and measure.contributors != "value":
                rule = f"adds up {column}, whose value the members of {dimension} tell: it gives counts away"
                yield Problem(f"measures.{name}", rule, "leave the measure out, or the dimension")


# What everybody knows to be zero --------------------------------------------------------------------------------------


def _crossed(tabulation: Tabulation) -> Iterator[Problem]:
    """A province outside a region has nobody in it: withholding such a cell would count on doubts no reader has.

    The same goes for men in obstetrics: where members of which both have many rows have none in common, all know why.
    """
    for one, other in tabulation.dependencies.excluding:
        if any({one, other} <= set(cube.dimensions) for cube in tabulation.plan.own_cubes):
            rule = (
                "are crossed in a table although some of their members never occur together: those cells hide nothing"
            )
            remedy = "use coarser levels, do not cross them, or set zeros: publish with a reason"
            yield Problem(f"dimensions {one} and {other}", rule, remedy)
    for one, other in tabulation.dependencies.nested:
        if any({one, other} <= set(cube.dimensions) for cube in tabulation.plan.cubes):
            rule = f"are crossed in a table although {one} determines {other}: empty cells between them hide nothing"
            yield Problem(f"dimensions {one} and {other}", rule, ONE_LIST)


def _unmixed(tabulation: Tabulation) -> Iterator[Problem]:
    for population, dimension in tabulation.dependencies.unmixed:
        rule = f"has members of which all or none belong to the part ({population}), as everybody knows"
        remedy = "leave the measure of that part out, use coarser levels, or set zeros: publish with a reason"
        yield Problem(f"dimension {dimension}", rule, remedy)


def _known_zeros(tabulation: Tabulation, today: date) -> Iterator[Problem]:
    for dimension in tabulation.plan.dimensions:
        there = applicable([dimension], tabulation.plan.period)
        periods = [period_of(code) for code in dimension.members.codes] if dimension.is_time else []
        future = any(period is not None and period[0] > today for period in periods)
        if future or not there.all():
            rule = "has members that did not exist in the period, or have not begun: all know that they are empty"
            remedy = "leave them out of the code list or the edition, or set zeros: publish with a reason"
            yield Problem(f"dimension {dimension.name}", rule, remedy)
