"""Measures that count some of those whom others count: deaths among cases, and what is left of cases without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from anonymization.relations import Ints, Relations
from anonymization.singletons import NOBODY, sole_by_counts
from anonymization.words import Text
from datasets.errors import Problem, SourceInvalid
from publishers.standalone.table_input import MeasureInput, TableInput, describe_cell
from publishers.standalone.text_tables import MOST_TOLD


@dataclass(frozen=True)
class Left:
    """What is left of a whole without its part, which are places among the measures of a table.

    `measure` has its values, and the fewest contributors that it can have.
    """

    whole: int
    part: int
    measure: MeasureInput


def with_parts(table: TableInput, parts: Mapping[str, str]) -> TableInput:
    """Return a table whose measures know what they are parts of; `parts` names the whole of each.

    What is left is told of in the notes, and so are measures that might be parts and are not said to be. Raises
    `SourceInvalid`, naming cells, where a part is larger than its whole or has contributors that this has not.
    """
    measures = tuple(replace(one, part_of=parts.get(one.name)) for one in table.measures)
    made = replace(table, measures=measures)
    problems = [problem for one in left_over(made) for problem in _contradictions(made, one)]
    if problems:
        raise SourceInvalid("A part does not fit into its whole", problems=problems)
    told = [_protected(one.name, one.part_of) for one in measures if one.part_of is not None]
    undeclared = tuple(_undeclared(made))
    return replace(made, notes=(*table.notes, *told, *undeclared), undeclared=undeclared)


def wholes_of(name: str, above: Mapping[str, str | None]) -> list[str]:
    """Return what a measure is a part of, and what that is a part of, the nearest first; `above` names each whole.

    >>> wholes_of("deaths", {"deaths": "severe", "severe": "cases", "cases": None})
    ['severe', 'cases']
    """
    found: list[str] = []
    at = above[name]
    while at is not None:
        found.append(at)
        at = above[at]
    return found


def left_over(table: TableInput) -> tuple[Left, ...]:
    """Return what is left of every whole without each of its parts, and of what that is a part of.

    Where no records tell whose it is, the contributors are the difference: the fewest there can be, as some may be in
    both.
    """
    places = {one.name: place for place, one in enumerate(table.measures)}
    above = _above(table)
    found = []
    for part, measure in enumerate(table.measures):
        for name in wholes_of(measure.name, above):
            whole = table.measures[places[name]]
            values = whole.values - measure.values
            people = np.where(values > 0, np.maximum(whole.contributors - measure.contributors, 1), 0)
            left = measure.left.get(name, MeasureInput(name_of_left(name, measure.name), values, people, counts=True))
            found.append(Left(places[name], part, left))
    return tuple(found)


def name_of_left(whole: str, part: str) -> str:
    """Return what is left in words.

    >>> name_of_left("cases", "deaths")
    'what is left of cases without deaths'
    """
    return f"what is left of {whole} without {part}"


def _above(table: TableInput) -> dict[str, str | None]:
    return {one.name: one.part_of for one in table.measures}


def _contradictions(table: TableInput, left: Left) -> Iterator[Problem]:
    """Say in which cells a part does not fit into its whole, without a value."""
    whole, part = table.measures[left.whole], table.measures[left.part]
    values, people = whole.values - part.values, whole.contributors - part.contributors
    of, remedy = f"than {whole.name}, of which it is said to be a part", "correct the table, or take part_of back"
    name = describe_cell(table.dimensions)
    for wrong, rule in (
        (values < 0, f"is larger {of}"),
        ((values >= 0) & (people < 0), f"has more contributors {of}"),
        ((values >= 0) & (people > values), f"leaves more contributors of {whole.name} than it leaves things counted"),
    ):
        cells = np.flatnonzero(wrong)
        yield from (Problem(f"{part.name}, {name(int(cell))}", rule, remedy) for cell in cells[:MOST_TOLD])
        if len(cells) > MOST_TOLD:
            yield Problem(part.name, f"{len(cells) - MOST_TOLD:,} more cells: {rule}", remedy)


# Who is alone ---------------------------------------------------------------------------------------------------------


def sole_of(table: TableInput, relations: Relations, lefts: tuple[Left, ...]) -> Ints:
    """Return who is alone in each cell, int64: of one measure after the other, and then of what is left.

    People in different measures are never the same, but where one is a part of the other.
    """
    linked = {place for one in lefts for place in (one.whole, one.part)}
    found, above = {}, 0
    for place, measure in enumerate(table.measures):
        if place not in linked:
            sole = sole_by_counts(measure.contributors, relations.matrix) if measure.sole is None else measure.sole
            found[place] = np.where(sole == NOBODY, NOBODY, sole + above)
            above += int(sole.max(initial=0)) + 1
    together = _sole_together(table, relations, lefts, sorted(linked))
    together = np.where(together == NOBODY, NOBODY, together + above).reshape(-1, len(table))
    found |= dict(zip(sorted(linked), together, strict=False))
    return np.concatenate([*(found[place] for place in sorted(found)), *together[len(linked) :]])


def _sole_together(table: TableInput, relations: Relations, lefts: tuple[Left, ...], linked: list[int]) -> Ints:
    """Return who is alone in each cell of the linked measures, and then of what is left of them."""
    members = [table.measures[place] for place in linked]
    each = [*members, *(one.measure for one in lefts)]
    if not each:
        return np.zeros(0, dtype=np.int64)
    blocks, size = [relations.matrix] * len(each), len(table)
    links = []
    for number, one in enumerate(lefts):
        row = [sparse.csr_array((size, size))] * len(each)
        unit = sparse.eye_array(size, format="csr")
        row[linked.index(one.whole)] = -unit
        row[linked.index(one.part)] = row[len(members) + number] = unit
        links.append(sparse.hstack(row))
    matrix = sparse.csr_array(sparse.vstack([sparse.block_diag(blocks), *links]))
    known = [one.sole for one in each if one.sole is not None]
    found = (
        np.concatenate(known) if known else sole_by_counts(np.concatenate([one.contributors for one in each]), matrix)
    )
    named = found.reshape(-1, size)
    for number, one in enumerate(lefts):
        # Whoever is alone in a whole knows whether they are in the part, and that nobody is where they are not.
        alone = named[linked.index(one.whole)]
        for other in (linked.index(one.part), len(members) + number):
            named[other] = np.where(alone == NOBODY, named[other], alone)
    return named.reshape(-1)


# What is told ---------------------------------------------------------------------------------------------------------


def _protected(part: str, whole: str) -> Text:
    return Text(
        vi=f"{part} đếm một phần của {whole}: phần còn lại được bảo vệ như thể cũng được công bố.",
        en=f"{part} counts some of {whole}: what is left is protected as if it were published too.",
    )


def _undeclared(table: TableInput) -> Iterator[Text]:
    """Tell of each count that might be a part and is not said to be one; of several wholes, of the smallest."""
    counts = [one for one in table.measures if one.counts]
    for part in counts:
        wholes = [one for one in counts if _might_hold(one, part, _above(table))]
        if part.part_of is None and wholes:
            yield _advice(part.name, min(wholes, key=lambda one: float(one.values.sum())).name)


def _might_hold(whole: MeasureInput, part: MeasureInput, above: Mapping[str, str | None]) -> bool:
    """Say whether a count is nowhere smaller than another; where both are the same everywhere, nothing is left."""
    inside = part.name in wholes_of(whole.name, above)
    return not inside and bool((part.values <= whole.values).all() and (part.values < whole.values).any())


def _advice(part: str, whole: str) -> Text:
    return Text(
        vi=f"{part} không ở ô nào lớn hơn {whole}: nếu {part} đếm một phần của cùng những người đó, hãy ghi part_of: "
        f"{whole}, vì phần còn lại suy ra được từ cả hai, và nếu không ghi thì không được bảo vệ.",
        en=f"{part} is nowhere more than {whole}: if it counts some of the same people, say part_of: {whole}, because "
        "what is left of them follows from both and is not protected otherwise.",
    )
