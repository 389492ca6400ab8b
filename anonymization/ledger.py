"""The release ledger: what earlier releases showed and withheld of the same people, as pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from anonymization.dimension import TOTAL, Dimension
from anonymization.relations import Flags, Ints
from datasets.disclosure import ZeroPolicy

NamedSum = tuple[str, tuple[str, ...]]
"""A member and the members that add up to it, by their names; `_T` is the total, published or not."""

Members = frozenset[tuple[str, str]]
"""A cell by the members that are no totals, each with its dimension: the same in every release."""


@dataclass(frozen=True)
class EarlierDimension:
    """A dimension as an earlier release had it. A member is the present one where its name is the same.

    `sums` may name members of the present dimension too, such as a new province that old ones became.

    >>> EarlierDimension.of(Dimension("sex", ("_T", "F", "M"), ((-1, 0, 0),))).sums
    (('_T', ('F', 'M')),)
    """

    name: str
    members: tuple[str, ...]
    sums: tuple[NamedSum, ...] = ()

    @classmethod
    def of(cls, dimension: Dimension) -> EarlierDimension:
        """Return a dimension with all its sums, that of an unpublished total among them."""
        names = dimension.members if dimension.has_total else (*dimension.members, TOTAL)
        sums = tuple((names[parent], tuple(names[child] for child in children)) for parent, children in dimension.sums)
        return cls(dimension.name, dimension.members, sums)


@dataclass(frozen=True)
class EarlierTable:
    """One table of an earlier release, as its readers have it.

    `coordinates` holds int32 arrays (cells,) of member indices of the earlier release's own dimensions; `withheld` one
    bool array for each population; `values` int64 or float64 arrays by measure, of which withheld entries are not read.
    `rounding` says by how much a shown value may be off, by measure; whole numbers are exact. `changed` flags, by
    population, cells whose contributors are known to have changed although no value here tells, and `changed_values`
    the same of measures. `people` are, by population, numbers of contributors of shown cells that the office knows
    although no measure told them, not a number elsewhere; rests over time alone are judged by them.

    `versions`, int64 (cells,) by population, and `versions_of_values`, the same by measure, tell numbers of several
    releases at one place apart: where they are alike, so are the numbers, and where they are not, they are others. A
    release without them has the same number as every other without, wherever the present release has none.
    """

    name: str
    dimensions: tuple[str, ...]
    coordinates: Mapping[str, npt.NDArray[np.int32]]
    withheld: Mapping[str, Flags]
    values: Mapping[str, npt.NDArray[np.int64] | npt.NDArray[np.float64]]
    rounding: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    changed: Mapping[str, Flags] = field(default_factory=lambda: MappingProxyType({}))
    changed_values: Mapping[str, Flags] = field(default_factory=lambda: MappingProxyType({}))
    people: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=lambda: MappingProxyType({}))
    versions: Mapping[str, Ints] = field(default_factory=lambda: MappingProxyType({}))
    versions_of_values: Mapping[str, Ints] = field(default_factory=lambda: MappingProxyType({}))

    def __len__(self) -> int:
        return len(next(iter(self.withheld.values()), ()))


@dataclass(frozen=True)
class EarlierRelease:
    """What was published before of the same population: an earlier version, or an edition that overlaps.

    `zeros` is the rule under which it withheld: with `publish`, its withheld cells were not empty. Where
    `changes_known`, its tables flag every cell that has changed, and what they do not flag is the same.
    """

    name: str
    dimensions: tuple[EarlierDimension, ...]
    tables: tuple[EarlierTable, ...]
    zeros: ZeroPolicy
    changes_known: bool = False
    days: tuple[int, int] | None = None
    """The day on which its period begins and the day after it ends, by number; None where they are not known."""
    whole: tuple[str, str] | None = None
    """The dimension and the member that stand for its whole period, where that is another than the present one."""
