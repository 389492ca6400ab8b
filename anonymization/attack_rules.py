"""What the audit takes for secret: every rule spelled out once more, without the code of primary suppression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from anonymization.chosen_cells import Chosen
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules

Secret = tuple[str, tuple[int, ...], bool]
"""A population, the members of a place, and whether it is what is left of the whole there, instead of the cell."""


@dataclass
class Secrets:
    """What nobody may find out: cells that tables have, cells that none has and rests, and what must seem possible."""

    seen: set[Secret] = field(default_factory=set)
    unseen: set[Secret] = field(default_factory=set)
    possible: dict[Secret, float] = field(default_factory=dict)


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
    return found


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
            name = tables.populations[int(tables.nodes.population[node])].name
            yield (name, tuple(place), False), (counts[node],), units[node], shown[node]


def _rests(tables: TableSet) -> Iterator[tuple[Secret, tuple[int, ...], int | None, bool]]:
    """Yield what is left of every whole without its part: the people of whom no record is in the part come first."""
    for wholes, parts in tables.complements():
        for whole, part in zip(wholes.tolist(), parts.tolist(), strict=True):
            if not tables.wholly[part]:
                name = tables.populations[int(tables.nodes.population[part])].name
                left = int(tables.contributors[whole] - tables.contributors[part])
                place = tuple(tables.nodes.coordinates[part].tolist())
                yield (name, place, True), (left, int(tables.outside[part])), int(tables.units_outside[part]), False
