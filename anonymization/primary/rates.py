"""Rates, ratios and means: shown only where they rest on enough, and where what they are made of is shown too."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from anonymization.primary.sensitivity import Floats
from anonymization.relations import Flags, Ints
from datasets.disclosure import Denominators
from datasets.errors import DisclosureRuleInvalid, Problem


class RateReason(IntEnum):
    """Why a rate is not shown; where there are several reasons, the first of this list."""

    SHOWN = 0
    PART_WITHHELD = 1
    FEW_EVENTS = 2
    SMALL_DENOMINATOR = 3
    UNDEFINED = 4


@dataclass(frozen=True)
class Rates:
    """What the rates of a table are made of: the cell above and the cell below the line, int64 (rates,) indices.

    A table without rates has empty arrays, which says so. A mean is a rate too: a sum over the number of its values.
    `events` are the cells that tell how many events a rate rests on; those above the line where it is left out.
    """

    numerator: Ints
    denominator: Ints
    events: Ints | None = None

    def __post_init__(self) -> None:
        if len({len(one) for one in (self.numerator, self.denominator, self.events) if one is not None}) != 1:
            raise _invalid("each needs a cell above and a cell below the line")

    def __len__(self) -> int:
        return len(self.numerator)


def judge_rates(values: Floats, rates: Rates, rule: Denominators | None, *, withheld: Flags) -> npt.NDArray[np.int8]:
    """Return for each rate whether it may be shown, int8 (rates,) codes of `RateReason`.

    `values` is float64 (cells,) and `withheld` is bool (cells,), after secondary suppression. A rate with a withheld
    part is withheld too, because it gives the one part away with the other. That is how rates are protected: their
    parts are cells with their own rules, and a rate is only ever shown where everybody could work it out. `rule` asks
    for more, so that a figure is not made by chance (AIHW: 20 events and 1,000 or 2,500 people; ONS: 3 deaths). It
    hides no count: where both parts are shown, anyone can still divide them. A rate over nothing is undefined.

    Raises `DisclosureRuleInvalid` for an index that is no cell, and where events or a denominator are missing or
    negative.

    >>> cells, hidden = np.array([30.0, 19.0, 9000.0, 900.0]), np.array([True, False, False, False])
    >>> rates = Rates(np.array([0, 1, 1]), np.array([2, 2, 3]))
    >>> judge_rates(cells, rates, Denominators(events=20, population=1000), withheld=hidden).tolist()
    [1, 2, 2]
    """
    counted = rates.numerator if rates.events is None else rates.events
    places = np.concatenate([rates.numerator, rates.denominator, counted]).astype(np.int64)
    if ((places < 0) | (places >= len(values))).any():
        raise _invalid("a part of a rate is not one of the cells")
    events, below = values[counted], values[rates.denominator]
    if not np.isfinite(np.concatenate([events, below])).all() or (events < 0).any() or (below < 0).any():
        raise _invalid("events and denominators must be given and not be negative")
    fewest, smallest = (0, 0) if rule is None else (rule.events or 0, rule.population or 0)
    found = np.full(len(rates), RateReason.SHOWN, dtype=np.int8)
    found[below == 0] = RateReason.UNDEFINED
    found[below < smallest] = RateReason.SMALL_DENOMINATOR
    found[events < fewest] = RateReason.FEW_EVENTS
    found[withheld[rates.numerator] | withheld[rates.denominator] | withheld[counted]] = RateReason.PART_WITHHELD
    return found


def _invalid(rule: str) -> DisclosureRuleInvalid:
    return DisclosureRuleInvalid("Rates cannot be judged.", problems=[Problem("rates", rule)])
