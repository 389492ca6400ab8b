"""A cube as clients of PxWeb see it: variables with values, the measures being values of one variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from datasets.names import TOTAL
from datasets.text import Bilingual
from portal.query.formats_json_stat import METRIC, METRIC_TITLE
from portal.query.schema import Axis, Cube


@dataclass(frozen=True)
class Variable:
    """One variable; ``codes`` are its values in published order, the total first where there is one."""

    code: str
    title: Bilingual
    codes: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    """The codes of each level, the coarsest first; the total belongs to none."""
    is_time: bool = False
    has_total: bool = False
    axis: Axis | None = None
    """The dimension; None for the measures."""

    @property
    def finest(self) -> tuple[str, ...]:
        """The codes of the finest level."""
        return next(reversed(tuple(self.levels.values())), ())

    @cached_property
    def level_of(self) -> Mapping[str, str]:
        """The level of each code but the total."""
        return {code: level for level, codes in self.levels.items() for code in codes}


def variables_of(cube: Cube) -> dict[str, Variable]:
    """Return the variables of a table by their codes: its dimensions in their order, and the measures last."""
    found = {name: _of_axis(axis) for name, axis in cube.axes.items()}
    measures = tuple(cube.measures)
    return {**found, METRIC: Variable(METRIC, METRIC_TITLE, measures, {"": measures})}


def _of_axis(axis: Axis) -> Variable:
    described = axis.description
    return Variable(
        code=axis.name,
        title=described.title,
        codes=tuple(axis.positions),
        levels={level: axis.at(level) for level in axis.levels if level != TOTAL},
        is_time=described.role == "time",
        has_total=described.total,
        axis=axis,
    )
