"""Properties of releases whose columns determine each other, against exact arithmetic over all sums at once."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

from anonymization import protect
from anonymization.link import Link
from anonymization.table import Measure, Population, TableSet
from tests.unit.anonymization.builders import flat, rules, table

PROVINCE, REGION, SEX = flat("province", 5), flat("region", 2), flat("sex", 2)
INSIDE = ((1, 2, 3), (4, 5))
"""The provinces of each region."""
LINKS = tuple(Link(("province", members), ("region", (number,))) for number, members in enumerate(INSIDE, start=1))


def made_up(seed: int) -> TableSet:
    """Provinces by sex in one table, regions by sex in another, with many small counts."""
    random = np.random.default_rng(seed)
    provinces = random.choice([0, 1, 3, 6, 8, 12, 40], size=(5, 2))
    regions = np.array([provinces[[one - 1 for one in members]].sum(axis=0) for members in INSIDE])
    tables = (
        table("provinces", (PROVINCE, SEX), {"all": provinces}),
        table("regions", (REGION, SEX), {"all": regions}),
    )
    return TableSet((PROVINCE, REGION, SEX), (Population("all"),), (Measure("n_all", "all"),), tables, LINKS)


def recovered(tables: TableSet) -> int:
    """Protect, and return how many withheld cells a reader works out who knows the region of every province."""
    protected = protect(tables, rules())
    withheld = [protected.table(name).withheld("all").reshape(-1, 3) for name in ("provinces", "regions")]
    hidden = [(table_, int(row), int(column)) for table_ in (0, 1) for row, column in np.argwhere(withheld[table_])]
    number = {cell: place for place, cell in enumerate(hidden)}
    sums = _sums()
    matrix = [[Fraction(sum(sign for cell, sign in one if cell == wanted)) for wanted in number] for one in sums]
    return sum(_determined(matrix, place) for place in number.values())


def _sums() -> list[list[tuple[tuple[int, int, int], int]]]:
    """Every sum: rows and columns of both tables, provinces of a region, and the totals, which both tables show."""
    found = []
    for table_, height in ((0, 6), (1, 3)):
        found += [[((table_, row, 0), -1), ((table_, row, 1), 1), ((table_, row, 2), 1)] for row in range(height)]
        found += [
            [((table_, 0, column), -1), *(((table_, row, column), 1) for row in range(1, height))]
            for column in range(3)
        ]
    for region, members in enumerate(INSIDE, start=1):
        found += [[((1, region, column), -1), *(((0, member, column), 1) for member in members)] for column in range(3)]
    return found + [[((0, 0, column), 1), ((1, 0, column), -1)] for column in range(3)]


def _determined(matrix: list[list[Fraction]], place: int) -> bool:
    """A cell is determined when a row that names it alone is a combination of the sums."""
    unit = [Fraction(int(column == place)) for column in range(len(matrix[0]))]
    return _rank(matrix) == _rank([*matrix, unit])


def _rank(rows: list[list[Fraction]]) -> int:
    rows, rank = [row[:] for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((row for row in range(rank, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for row in range(rank + 1, len(rows)):
            factor = rows[row][column] / rows[rank][column]
            if factor:
                rows[row] = [own - factor * above for own, above in zip(rows[row], rows[rank], strict=True)]
        rank += 1
    return rank


SEEDS: npt.NDArray[np.int64] = np.arange(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_recovered_where_the_links_are_known(seed: int) -> None:
    assert recovered(made_up(seed)) == 0


def test_without_links_much_is_recovered() -> None:
    blind = [recovered(replace(made_up(seed), links=())) for seed in SEEDS]
    print(f"{sum(blind)} cells of {sum(one > 0 for one in blind)} releases recovered")  # noqa: T201
    assert sum(blind) > 20
