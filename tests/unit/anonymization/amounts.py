"""Builds tables of amounts for tests from who contributed what where: sums, contributors and largest contributions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from anonymization.dimension import TOTAL, Dimension
from anonymization.table import Measure, Population, Table, TableSet
from datasets.disclosure import Concentration, DisclosureRules, Guarantee
from tests.unit.anonymization.builders import flat

Reals = npt.NDArray[np.float64]


class Paid(NamedTuple):
    """One record: where, by whom, how much, and whether it is of the part."""

    place: tuple[str, ...]
    who: str
    amount: float
    died: bool = False


def asking(guarantee: Guarantee = "interval", *, threshold: int = 2, **keys: Any) -> DisclosureRules:
    """A threshold, and rules about contributors."""
    rule = Concentration.model_validate({"column": "hospital", **(keys or {"p_percent": {"p": 10}})})
    return DisclosureRules(
        policy="test",
        method="suppression",
        threshold=threshold,
        zeros="publish",
        guarantee=guarantee,
        concentration=rule,
    )


def sizes(records: Sequence[Paid], known: int) -> list[float]:
    """Return the sizes of what each contributor has, added up, and the largest, in falling order."""
    own: dict[str, float] = defaultdict(float)
    for one in records:
        own[one.who] += one.amount
    falling = sorted((abs(amount) for amount in own.values()), reverse=True)
    return [sum(falling), *falling, *[0.0] * known][: known + 1]


def amounts(records: Sequence[Paid], dimensions: Sequence[int], *, part: bool = False, known: int = 3) -> TableSet:
    """Return one table over flat dimensions a, b, c of these sizes, with rows as people and their sum, `paid`.

    With `part`, rows that are flagged are a part with sums of its own.
    """
    axes = [flat(name, size) for name, size in zip("abc", dimensions, strict=False)]
    places = list(product(*(one.members for one in axes)))
    names = {"all": "paid", **({"died": "paid_died"} if part else {})}
    kinds: dict[str, Callable[[Paid], bool]] = {"all": lambda _: True, "died": lambda one: one.died}
    cells = {name: [_inside(records, place, kinds[name]) for place in places] for name in names}
    rest = [_inside(records, place, lambda one: not one.died) for place in places]
    whole = all(float(one.amount).is_integer() and one.amount >= 0 for one in records)
    return TableSet(
        tuple(axes),
        (Population("all"), *([Population("died", "all")] if part else [])),
        (
            *(Measure(f"n_{name}", name) for name in names),
            *(Measure(measure, name, integer=whole, adds_up="paid") for name, measure in names.items()),
        ),
        (
            Table(
                "t",
                tuple(one.name for one in axes),
                _coordinates(axes, places),
                {name: np.array([len(one) for one in cells[name]]) for name in names},
                {f"n_{name}": np.array([len(one) for one in cells[name]]) for name in names}
                | {names[name]: _summed(cells[name], whole=whole) for name in names},
                amounts={names[name]: np.array([sizes(one, known) for one in cells[name]]) for name in names},
                amounts_outside={"paid_died": np.array([sizes(one, known) for one in rest])} if part else {},
            ),
        ),
    )


def _inside(records: Sequence[Paid], place: tuple[str, ...], kind: Callable[[Paid], bool]) -> list[Paid]:
    return [
        one
        for one in records
        if kind(one) and all(at in (TOTAL, own) for at, own in zip(place, one.place, strict=True))
    ]


def _summed(cells: Sequence[Sequence[Paid]], *, whole: bool) -> npt.NDArray[Any]:
    found = np.array([sum(one.amount for one in own) for own in cells], dtype=np.float64)
    return found.astype(np.int64) if whole else found


def _coordinates(axes: Sequence[Dimension], places: Sequence[tuple[str, ...]]) -> dict[str, npt.NDArray[np.int32]]:
    return {
        one.name: np.array([one.members.index(place[axis]) for place in places], dtype=np.int32)
        for axis, one in enumerate(axes)
    }
