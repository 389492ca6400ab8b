"""Primary suppression of a whole release: which of its cells, shown or not, and which rests of wholes are sensitive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from anonymization.primary.amounts import SensitiveAmounts, sensitive_amounts
from anonymization.primary.frequency import sensitive
from anonymization.relations import Flags, Ints
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRuleInvalid, Problem

if TYPE_CHECKING:
    from anonymization.table import TableSet

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SensitiveCells:
    """What the rules protect: bool (nodes,) `cells`, and bool (rests,) `rests`, in the order of `complements`.

    `reach` and `reach_of_rests`, float64, are the numbers that each of them must seem able to be; zero elsewhere, also
    where it is a sum alone that is at risk. `amounts` are the sums with what must seem possible of them.
    """

    cells: Flags
    rests: Flags
    reach: Reals
    reach_of_rests: Reals
    amounts: tuple[SensitiveAmounts, ...] = ()


def sensitive_cells(tables: TableSet, rules: DisclosureRules) -> SensitiveCells:
    """Apply every rule of a definition to all cells, and to what is left of each whole without its part.

    A cell is sensitive with too few contributors (`primary.frequency`), or with some contributors who come from too few
    facilities. People of unknown facility come from none, so a cell may have contributors and no facility. What must
    seem possible of a small cell is the threshold; of a cell of few facilities, that it is larger by
    `units.range_percent`. A cell is sensitive, too, where few contributors have nearly all of one of its sums
    (`primary.amounts`), and where what earlier releases of other periods leave of it, or it of them, is small
    (`rests_over_time`). A rest that readers know to be nobody is no secret. Cells outside every shown table are
    judged alike; whether they matter is for the caller.

    Raises `DisclosureRuleInvalid` where the rules ask for facilities or contributions that the tables do not tell.
    """
    whole, part = wholes_and_parts(tables)
    left = tables.contributors[whole] - tables.contributors[part]
    outside = tables.outside[part]
    few, few_left = np.zeros(len(tables.nodes), dtype=np.bool_), np.zeros(len(part), dtype=np.bool_)
    if rules.units is not None:
        check_units(tables, part)
        few = (tables.contributors > 0) & (tables.units < rules.units.fewest)
        few_left = ((left > 0) | (outside > 0)) & (tables.units_outside[part] < rules.units.fewest)
    small, small_left = sensitive(tables.contributors, rules), sensitive(left, rules)
    amounts = sensitive_amounts(tables, part, rules)
    held, held_left = np.zeros_like(few), np.zeros_like(few_left)
    for one in amounts:
        held, held_left = held | one.cells.sensitive, held_left | one.rests.sensitive
    over_time = tables.over_time
    reach = _reach(tables.contributors, small, few, rules)
    return SensitiveCells(
        cells=small | few | held | over_time.small(rules),
        rests=(small_left | sensitive(outside, rules) | few_left | held_left) & ~tables.wholly[part],
        reach=np.maximum(reach, over_time.reach(tables.contributors, rules)),
        reach_of_rests=_reach(left, small_left, few_left & (left > 0), rules),
        amounts=amounts,
    )


def wholes_and_parts(tables: TableSet) -> tuple[Ints, Ints]:
    """Return the nodes of wholes and of their parts, side by side, int64 (rests,) each."""
    pairs = [np.zeros((2, 0), dtype=np.int64), *(np.array(pair) for pair in tables.complements())]
    whole, part = np.concatenate(pairs, axis=1)
    return whole, part


def check_units(tables: TableSet, part: Ints) -> None:
    """Raise `DisclosureRuleInvalid` where facilities are not told of every cell, or of the rest of every part."""
    if (tables.units < 0).any() or (tables.units_outside[part] < 0).any():
        problem = Problem("disclosure.units", "needs the facilities of every cell", "count them with the tables")
        raise DisclosureRuleInvalid("A rule needs more than is known of the cells.", problems=[problem])


def _reach(numbers: Ints, small: Flags, few: Flags, rules: DisclosureRules) -> Reals:
    """Return the threshold or, of what is not small, a number that is larger by a percentage, and by one at least."""
    percent = 0.0 if rules.units is None else rules.units.range_percent
    far = np.ceil(numbers * (1.0 + percent / 100.0))
    reach = np.where(few, np.maximum(far, numbers + 1), 0.0)
    return np.maximum(reach, np.where(small, float(rules.threshold), 0.0))
