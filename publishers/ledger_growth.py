"""By how few persons an edition has more than one inside it, where no measure tells how many there are.

The numbers of persons are kept nowhere, but each job leaves marks of them. So the job asks whether as many were there
as are now, or one fewer, or two, up to the threshold: rests of visits by few persons are found without their numbers.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from anonymization.ledger import EarlierRelease
from anonymization.rests_over_time import of_the_whole
from anonymization.table import TableSet
from publishers.value_marks import Codes, Marker, Marks, contributors_of, places_of

Days = tuple[int, int]


def knowing_growth(
    earlier: EarlierRelease, codes: Codes, present: TableSet, known: tuple[Marks, Marker], *, within: tuple[Days, int]
) -> EarlierRelease:
    """Return a release of another period with the numbers of persons from which the present ones differ by few.

    `within` are the days of the present release, and the number below which a rest is small. Where the present release
    holds the other one, it has more persons, and fewer where it is inside. Nothing is known of periods that cross.
    """
    days, threshold = within
    sign = _sign(days, earlier.days)
    counted = {one.population for one in present.counting}
    if earlier.whole is None or sign == 0 or counted >= {one.name for one in present.populations}:
        return earlier
    marks, marker = known
    nodes = of_the_whole(present, earlier)
    tables = []
    for table in earlier.tables:
        people = {}
        for population in table.withheld.keys() - counted:
            name = contributors_of(population)
            at = nodes[table.name, population]
            rows = np.flatnonzero((at >= 0) & ~table.withheld[population])
            places = np.array(places_of(codes[table.name], len(table)), dtype=np.object_)[rows].tolist()
            found = np.full(len(table), np.nan)
            for few in range(threshold):
                then = present.contributors[at[rows]] + sign * few
                told = marks.told(marker.marks(name, places, then.tolist()))
                found[rows[told]] = then[told]
            people[population] = found
        tables.append(replace(table, people=people))
    return replace(earlier, tables=tuple(tables))


def _sign(days: Days, other: Days | None) -> int:
    if other is None or other == days:
        return 0
    if days[0] <= other[0] and other[1] <= days[1]:
        return -1
    return int(other[0] <= days[0] and days[1] <= other[1])
