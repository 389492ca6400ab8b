"""Rules about where cells come from: facilities that could be recognised, and areas with too few people."""

from __future__ import annotations

from anonymization.primary.frequency import Margins
from anonymization.primary.sensitivity import Reason, Sensitivity, of_rule
from anonymization.relations import Flags, Ints
from datasets.disclosure import Units

NO_AREA = -1
"""The population of a cell that is not about an area: it has no floor to be under."""


def few_units(units: Ints, rule: Units, margins: Margins) -> Sensitivity:
    """Return the cells with some facilities behind them, but fewer than `rule.fewest`. `units` is int64 (cells,).

    >>> import numpy as np
    >>> margins = Margins(np.ones(3), np.ones(3))
    >>> few_units(np.array([0, 2, 3]), Units(fewest=3), margins).sensitive.tolist()
    [False, True, False]
    """
    return of_rule((units > 0) & (units < rule.fewest), Reason.UNITS, margins.lower, margins.upper)


def recognisable_unit(contributors: Ints, largest: Ints, percent: float, margins: Margins) -> Sensitivity:
    """Return the cells of which one facility has more than `percent` of the contributors.

    A hospital with nearly all cases of a disease in a province is known to everybody, whatever the number of small
    ones beside it. `contributors` and `largest`, those of the largest facility, are int64 (cells,).

    >>> import numpy as np
    >>> margins = Margins(np.ones(2), np.ones(2))
    >>> recognisable_unit(np.array([100, 100]), np.array([90, 91]), 90.0, margins).sensitive.tolist()
    [False, True]
    """
    return of_rule(100.0 * largest > percent * contributors, Reason.RECOGNISABLE_UNIT, margins.lower, margins.upper)


def small_population(population: Ints, floor: int, margins: Margins) -> Sensitivity:
    """Return the cells about areas of fewer than `floor` people, zeros included: nothing is shown of such an area.

    `population` is int64 (cells,), the people who live in the area of a cell, or `NO_AREA`. It is the model of the ZIP
    code rule of HIPAA (45 CFR 164.514(b)(2)(i)(B)).

    >>> import numpy as np
    >>> margins = Margins(np.zeros(3), np.ones(3))
    >>> small_population(np.array([20_000, 20_001, -1]), 20_001, margins).sensitive.tolist()
    [True, False, False]
    """
    found: Flags = (population != NO_AREA) & (population < floor)
    return of_rule(found, Reason.POPULATION_FLOOR, margins.lower, margins.upper)
