"""Adds the crossings, which no table shows, of columns whose members exclude each other: empty cells tell of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from datasets.errors import DisclosureRuleInvalid, Problem
from publishers.tabulate.plan import (
    MAX_CROSSING,
    TOTAL_LEVEL,
    Cube,
    PlannedTable,
    TabulationPlan,
    check_person_rows,
    crossing,
    crossing_size,
    ring_of,
)

Margin = frozenset[str]
"""The dimensions by which cells are told apart."""


def margins_of(tables: Iterable[PlannedTable]) -> frozenset[Margin]:
    """Return the margins of tables, whatever their levels are."""
    return frozenset(
        frozenset(name for name, level in zip(table.dimensions, node, strict=True) if level != TOTAL_LEVEL)
        for table in tables
        for node in table.nodes
    )


def beside(shown: Iterable[Margin], one: str, other: str) -> Iterator[Margin]:
    """Yield what two margins have in common of which each has one of two dimensions, where both are not crossed."""
    margins = frozenset(shown)
    for first in margins:
        for second in margins:
            if one in first and other not in first and other in second and one not in second:
                common = (first - {one}) & (second - {other})
                if common | {one, other} not in margins:
                    yield common


def with_exclusions(plan: TabulationPlan, pairs: Sequence[tuple[str, str]]) -> TabulationPlan:
    """Return the plan with the crossings of pairs of dimensions whose members exclude each other in part.

    Patients of one ward may have any of some diagnoses, and of no others. No table shows which, but where a crossing of
    both has empty cells, few cells are left that wards and diagnoses can add up to. So the crossing beside whatever
    both are shown beside is counted for the protection and, where it is small enough, that of all tables that make a
    ring through the pair. Where it is distinct persons that are counted, only sums that hold are reckoned with.
    Raises DisclosureRuleInvalid where a crossing is too large to be protected.
    """
    own = [frozenset(cube.dimensions) for cube in plan.own_cubes]
    apart = [pair for pair in pairs if not any(set(pair) <= names for names in own)]
    if not plan.protected or not apart:
        return plan
    wanted: set[Margin] = set()
    for pair in apart:
        common = set(beside(margins_of(plan.tables), *pair))
        wanted |= {names | set(pair) for names in common if not any(names < other for other in common)}
    _check_sizes(plan, wanted, apart)
    ring = ring_of([*own, *map(frozenset, apart)])
    if ring and _size(plan, ring) <= MAX_CROSSING:
        wanted.add(ring)
    quantities = tuple(one.name for one in plan.quantities)
    before = {frozenset(one.dimensions) for one in plan.hidden}
    largest = sorted(sorted(names) for names in wanted - before if not any(names < other for other in wanted | before))
    added = (crossing([one for one in plan.dimensions if one.name in names], quantities) for names in largest)
    hidden = (*plan.hidden, *(replace(one, exact_only=True) for one in added))
    cubes = (*plan.own_cubes, *(Cube(one.dimensions, one.nodes) for one in hidden))
    check_person_rows(cubes, {one.name: one for one in plan.dimensions})
    return replace(plan, cubes=cubes, hidden=hidden)


def _size(plan: TabulationPlan, names: Margin) -> int:
    return crossing_size([one for one in plan.dimensions if one.name in names])


def _check_sizes(plan: TabulationPlan, wanted: Iterable[Margin], pairs: Sequence[tuple[str, str]]) -> None:
    problems = []
    for names in sorted(map(sorted, wanted)):
        size = _size(plan, frozenset(names))
        if size > MAX_CROSSING:
            one, other = next(pair for pair in pairs if set(pair) <= set(names))
            rule = (
                f"have members that never occur together, and are shown beside others so that the {size:,} cells of "
                f"{', '.join(names)} tell of each other: more than the {MAX_CROSSING:,} that can be protected"
            )
            remedy = "publish one table with both, use coarser levels, or leave one of them out of these tables"
            problems.append(Problem(f"dimensions {one} and {other}", rule, remedy))
    if problems:
        raise DisclosureRuleInvalid("These tables are too large to be protected together", problems=problems)
