"""What the audit takes for secret: every rule spelled out once more, without the code of primary suppression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from math import ceil

import numpy as np
import numpy.typing as npt

from anonymization.amounts import ROUNDING, Amounts
from anonymization.assumptions import least_sums, lowest_value, unit_of
from anonymization.chosen_cells import Chosen
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules

Reals = npt.NDArray[np.float64]

Secret = tuple[str, tuple[int, ...], bool]
"""A population, the members of a place, and whether it is what is left of the whole there, instead of the cell."""


@dataclass
class Secrets:
    """What nobody may find out: cells that tables have, cells that none has and rests, and what must seem possible."""

    seen: set[Secret] = field(default_factory=set)
    unseen: set[Secret] = field(default_factory=set)
    possible: dict[Secret, float] = field(default_factory=dict)
    bounds: dict[str, dict[Secret, tuple[float, float]]] = field(default_factory=dict)
    """By what is added up: how little and how much a sum that few contributors make up must seem able to be."""
    held: dict[str, dict[Secret, float]] = field(default_factory=dict)
    """By what is added up: how much of a sum, at risk or not, contributors who pool what they know have at most."""
    as_many: set[str] = field(default_factory=set)
    """Measures of which one contributor has at least one, so that few of it are few contributors."""


def secrets_of(tables: TableSet, rules: DisclosureRules) -> Secrets:
    """Return the secrets of a release; with another method than suppression there are none."""
    found = Secrets()
    if rules.method == "suppression":
        for secret, counts, units, shown in (*_cells(tables), *_rests(tables)):
            wanted = [_reach(count, units, rules) for count in counts]
            if any(one is not None for one in wanted):
                (found.seen if shown else found.unseen).add(secret)
            if shown and any(_is_chosen(secret, chosen, tables) for chosen in tables.always_withheld):
                found.seen.add(secret)
            if rules.guarantee == "interval" and (shown or secret[2]) and wanted[0] is not None:
                found.possible[secret] = wanted[0]
        found.as_many.update(_as_many(tables))
        for column, *sums in _sums(tables, rules):
            for secret, sizes, value, least, shown in chain(*sums):
                excess = _excess(sizes, rules)
                if rules.concentration is not None and rules.guarantee == "interval":
                    held = sum(sizes[1 : rules.concentration.pooled + 1])
                    found.held.setdefault(column, {})[secret] = held
                if excess is not None:
                    (found.seen if shown and not secret[2] else found.unseen).add(secret)
                    if rules.guarantee == "interval" and (shown or secret[2]):
                        low = max(value - min(excess, sizes[0]), least)
                        found.bounds.setdefault(column, {})[secret] = (low, value + excess)
    return found


def _as_many(tables: TableSet) -> Iterator[str]:
    for one in tables.measures:
        cells = [
            pair
            for table in tables.tables
            if one.name in table.values and one.population in table.contributors
            for pair in zip(table.values[one.name].tolist(), table.contributors[one.population].tolist(), strict=True)
        ]
        if one.integer and not any(value < count for value, count in cells):
            yield one.name


def _excess(sizes: list[float], rules: DisclosureRules) -> float | None:
    """Return by how much a sum would have to differ for its contributors to be safe; None where they are.

    `sizes` are everything and the largest of it, in falling order. What is over by rounding alone is no risk.
    """
    rule, everything, largest = rules.concentration, sizes[0], sizes[1:]
    if rule is None or everything <= 0:
        return None
    over = [sum(largest[: one.n]) * 100 / one.k - everything for one in rule.dominance]
    for pooled, share in (
        *([(rule.p_percent.coalition, rule.p_percent.p / 100)] if rule.p_percent else []),
        *([(rule.p_q.coalition, rule.p_q.p / rule.p_q.q)] if rule.p_q else []),
    ):
        over.append(share * largest[0] - (everything - sum(largest[: pooled + 1])))
    return max(over) if max(over) > ROUNDING * everything else None


_Sum = tuple[Secret, list[float], float, float, bool]
"""A secret with its contributions, its value, the least that it can be, and whether a table shows it."""


def _sums(tables: TableSet, rules: DisclosureRules) -> Iterator[tuple[str, Iterator[_Sum], Iterator[_Sum]]]:
    """Yield the sums of amounts by what they add up: those of cells, and those of rests."""
    for amounts in tables.amounts:
        values, least = np.zeros(len(tables.nodes)), np.zeros(len(tables.nodes))
        for measure in amounts.measures:
            own, there = tables.measure_on_nodes(measure)
            values[there] = own[there]
            lowest, unit = lowest_value(tables, measure, rules), unit_of(measure, own[there])
            inside = there & (tables.contributors > 0) & tables.shown
            least[there] = np.where(inside, np.ceil(lowest / unit) * unit, min(lowest, 0.0))[there]
        told = ~np.isnan(amounts.sizes[:, 0])
        whole = abs(tables.relations.matrix) @ (~told).astype(np.int64) == 0
        least = least_sums(tables.relations.matrix[np.flatnonzero(whole)], least)
        yield amounts.column, _of_cells(tables, amounts, values, least), _of_rests(tables, amounts, values)


def _of_cells(tables: TableSet, amounts: Amounts, values: Reals, least: Reals) -> Iterator[_Sum]:
    for node in np.flatnonzero(~np.isnan(amounts.sizes[:, 0]) & ~tables.empty).tolist():
        secret = (_name(tables, node), tuple(tables.nodes.coordinates[node].tolist()), False)
        yield secret, amounts.sizes[node].tolist(), float(values[node]), float(least[node]), bool(tables.shown[node])


def _of_rests(tables: TableSet, amounts: Amounts, values: Reals) -> Iterator[_Sum]:
    for wholes, parts in tables.complements():
        for whole, part in zip(wholes.tolist(), parts.tolist(), strict=True):
            if not tables.wholly[part] and not np.isnan(amounts.outside[part, 0]):
                secret = (_name(tables, part), tuple(tables.nodes.coordinates[part].tolist()), True)
                left = float(values[whole] - values[part])
                yield secret, amounts.outside[part].tolist(), left, -np.inf if left < 0 else 0.0, False


def _name(tables: TableSet, node: int) -> str:
    return tables.populations[int(tables.nodes.population[node])].name


def _is_chosen(secret: Secret, chosen: Chosen, tables: TableSet) -> bool:
    axes = zip(tables.dimensions, secret[1], strict=True)
    return secret[0] in chosen.populations and all(at in chosen.members.get(one.name, {one.total}) for one, at in axes)


def _reach(count: int, units: int | None, rules: DisclosureRules) -> float | None:
    """Return the number that a secret must seem able to be; None for what is no secret."""
    if count == 0:
        return float(max(rules.threshold, 1)) if rules.zeros == "protect" else None
    reach: list[int] = []
    if count < rules.threshold:
        reach.append(rules.threshold)
    if rules.units is not None and (units is None or units < rules.units.fewest):
        reach += [ceil(count * (1 + Fraction(rules.units.range_percent) / 100)), count + 1]
    return float(max(reach)) if reach else None


def _cells(tables: TableSet) -> Iterator[tuple[Secret, tuple[int, ...], int | None, bool]]:
    """Yield every cell with its number of contributors, its facilities, and whether a table shows it."""
    empty, shown = tables.empty.tolist(), tables.shown.tolist()
    counts, units = tables.contributors.tolist(), tables.units.tolist()
    for node, place in enumerate(tables.nodes.coordinates.tolist()):
        if not empty[node]:
            yield (_name(tables, node), tuple(place), False), (counts[node],), units[node], shown[node]


def _rests(tables: TableSet) -> Iterator[tuple[Secret, tuple[int, ...], int | None, bool]]:
    """Yield what is left of every whole without its part: the people of whom no record is in the part come first."""
    for wholes, parts in tables.complements():
        for whole, part in zip(wholes.tolist(), parts.tolist(), strict=True):
            if not tables.wholly[part]:
                left = int(tables.contributors[whole] - tables.contributors[part])
                place = tuple(tables.nodes.coordinates[part].tolist())
                yield (
                    (_name(tables, part), place, True),
                    (left, int(tables.outside[part])),
                    int(tables.units_outside[part]),
                    False,
                )
