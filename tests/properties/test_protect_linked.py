"""Properties of protect on whole releases: linked tables, a hierarchy, persons, visits, costs and deaths."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest

from anonymization import protect
from anonymization.dimension import Dimension
from anonymization.published import WITHHELD_INTEGER
from anonymization.table import Measure, Population, Table, TableSet
from datasets.disclosure import DisclosureRules, ZeroPolicy
from tests.unit.anonymization.builders import flat, rules

AREA = Dimension("area", ("_T", "p1", "p2", "d1", "d2", "d3", "d4"), ((-1, 0, 0, 1, 1, 2, 2),))
SEX = Dimension("sex", ("F", "M"))
POPULATIONS = (Population("all"), Population("died", complement_of="all"))
MEASURES = (
    Measure("persons", "all", additive=False),
    Measure("visits", "all"),
    Measure("cost", "all", integer=False),
    Measure("deaths", "died", additive=False),
)


@dataclass(frozen=True)
class Visit:
    """One row of the source."""

    person: int
    died: bool
    cost: float
    members: dict[str, int]


def visits(random: np.random.Generator, age: Dimension) -> list[Visit]:
    """Some visits of fewer persons; a person can be in several areas, but dies once."""
    count = int(random.integers(10, 120))
    persons = random.integers(0, max(3, count // 2), size=count).tolist()
    dead = random.random(count) < random.random()
    return [
        Visit(
            person,
            bool(dead[person]),
            float(random.choice([0, 0.5, 1, 10, 100.25])),
            {
                "area": int(random.choice([3, 3, 3, 4, 5, 6])),
                "sex": int(random.integers(0, 2)),
                "age": int(random.integers(1, len(age.members))),
            },
        )
        for person in persons
    ]


def upwards(dimension: Dimension, member: int) -> list[int]:
    """A member and everything that it is part of."""
    above = [member]
    while dimension.hierarchies and dimension.hierarchies[0][above[-1]] >= 0:
        above.append(dimension.hierarchies[0][above[-1]])
    return above


def tabulate(name: str, dimensions: Sequence[Dimension], rows: Sequence[Visit]) -> Table:
    """Every combination of members, with distinct persons, visits, cost, and the persons who died."""
    people: dict[tuple[int, ...], set[int]] = defaultdict(set)
    dead: dict[tuple[int, ...], set[int]] = defaultdict(set)
    number: Counter[tuple[int, ...]] = Counter()
    cost: dict[tuple[int, ...], float] = defaultdict(float)
    for row in rows:
        for place in product(*(upwards(one, row.members[one.name]) for one in dimensions)):
            people[place].add(row.person)
            dead[place] |= {row.person} if row.died else set()
            number[place] += 1
            cost[place] += row.cost
    places = list(product(*(range(len(one.members)) for one in dimensions)))
    persons, deaths = (np.array([len(of[place]) for place in places]) for of in (people, dead))
    return Table(
        name,
        tuple(one.name for one in dimensions),
        {one.name: np.array([p[axis] for p in places], dtype=np.int32) for axis, one in enumerate(dimensions)},
        {"all": persons, "died": deaths},
        {
            "persons": persons,
            "visits": np.array([number[place] for place in places]),
            "cost": np.array([cost[place] for place in places]),
            "deaths": deaths,
        },
    )


def made_up(seed: int) -> tuple[TableSet, DisclosureRules]:
    """A release of one to three linked tables, and rules for it."""
    random = np.random.default_rng(seed)
    age = flat("age", int(random.integers(1, 4)))
    rows = visits(random, age)
    pairs = [("by_age", (AREA, age)), ("by_sex", (AREA, SEX)), ("country", (SEX, age))]
    chosen = pairs[: int(random.integers(1, 4))]
    tables = tuple(tabulate(name, dimensions, rows) for name, dimensions in chosen)
    zeros: ZeroPolicy = "publish" if random.random() < 0.5 else "protect"
    return TableSet((AREA, SEX, age), POPULATIONS, MEASURES, tables), rules(int(random.integers(2, 12)), zeros)


def gone(values: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which values are withheld, read off the values alone."""
    return np.asarray(np.isnan(values) if values.dtype.kind == "f" else values == WITHHELD_INTEGER)


@pytest.mark.parametrize("seed", range(40))
def test_a_release_of_linked_tables_is_protected_and_shows_the_truth(seed: int) -> None:
    tables, chosen = made_up(seed)
    protected = protect(tables, chosen)
    assert protected.audit.passed
    for before, after in zip(tables.tables, protected.tables, strict=True):
        for measure in MEASURES:
            withheld = gone(after.values[measure.name])
            assert (withheld == after.withheld(measure.population)).all()
            assert (after.values[measure.name][~withheld] == before.values[measure.name][~withheld]).all()


@pytest.mark.parametrize("seed", range(40))
def test_a_cell_of_two_tables_has_one_status(seed: int) -> None:
    tables, chosen = made_up(seed)
    protected = protect(tables, chosen)
    status: dict[int, int] = {}
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        codes = protected.table(table.name).statuses[population].tolist()
        for node, code in zip(nodes.tolist(), codes, strict=True):
            assert status.setdefault(node, code) == code
