"""Three tables of the same people, by sex and by area, with what stands on each node."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from anonymization.dimension import Dimension
from anonymization.table import Measure, Population, Table, TableSet
from tests.unit.anonymization.builders import flat

SEX, AREA = flat("sex", 2), Dimension("area", ("north", "south"))
POPULATIONS = (Population("all"), Population("died", "all"))
MEASURES = (Measure("n", "all"), Measure("cost", "all", integer=False), Measure("deaths", "died"))
NODES = [
    *[(0, sex, area) for sex in range(3) for area in range(3)],
    *[(1, sex, area) for sex in range(3) for area in range(3) if sex == 2 or area == 2],
]
"""Population, sex and area; area 2 is the total that is never published. Only men's deaths are told by area."""


def by_sex(**changes: Any) -> Table:
    """Ten people, of whom three died."""
    given: dict[str, Any] = {
        "name": "by_sex",
        "dimensions": ("sex",),
        "coordinates": {"sex": [0, 1, 2]},
        "contributors": {"all": [10, 4, 6], "died": [3, 1, 2]},
        "values": {"n": [10, 4, 6], "cost": [7.5, 2.5, 5.0], "deaths": [3, 1, 2]},
        "units": {"all": [3, 2, 2], "died": [2, 1, 1]},
        "units_outside": {"died": [3, 1, 2]},
        "wholly": {"died": [False, True, False]},
        "usual": {"deaths": [False, False, True]},
    }
    return Table(**(given | changes))


def crossed(**changes: Any) -> Table:
    """The same people by area and sex, never shown; nobody can be in the north among women."""
    given: dict[str, Any] = {
        "name": "crossed",
        "dimensions": ("area", "sex"),
        "coordinates": {"area": [0, 1, 0, 1, 0, 1], "sex": [0, 0, 1, 1, 2, 2]},
        "contributors": {"all": [1, 9, 0, 4, 1, 5]},
        "values": {},
        "empty": np.array([False, False, True, False, False, False]),
        "exact_only": True,
    }
    return Table(**(given | changes))


def deaths(**changes: Any) -> Table:
    """Deaths of men by area; five others were in the south, one of whom has died as well."""
    given: dict[str, Any] = {
        "name": "deaths",
        "dimensions": ("sex", "area"),
        "coordinates": {"sex": [2, 2], "area": [0, 1]},
        "contributors": {"died": [1, 1]},
        "values": {"deaths": [1, 1]},
        "outside": {"died": [0, 5]},
    }
    return Table(**(given | changes))


def tables(shown: tuple[Table, ...], hidden: tuple[Table, ...] = (), **changes: Any) -> TableSet:
    given: dict[str, Any] = {"dimensions": (SEX, AREA), "populations": POPULATIONS, "measures": MEASURES}
    return TableSet(**(given | {"tables": shown, "hidden": hidden} | changes))


def whole(**changes: Any) -> TableSet:
    return tables((by_sex(), deaths()), (crossed(),), **changes)


def on_nodes(array: npt.NDArray[Any], default: Any) -> dict[tuple[int, int, int], Any]:
    return {place: one for place, one in zip(NODES, array.tolist(), strict=True) if one != default}


def everywhere(population: int, areas: tuple[int, ...] = (0, 1, 2)) -> set[tuple[int, int, int]]:
    return {one for one in NODES if one[0] == population and one[2] in areas}
