"""A linear system of cells: the form in which any tables can be protected and audited, whatever they are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.relations import Flags
from datasets.errors import DisclosureRuleInvalid, Problem

Reals = npt.NDArray[np.float64]

EFFORT = 4_000_000
"""How much effort goes into looking for a cheaper pattern by default: some seconds on small systems."""

MOST_TOLD = 20
"""How many problems of one kind are told one by one."""

LARGEST = 2.0**53
"""Whole numbers are exact up to here."""


@dataclass(frozen=True)
class LinearSystem:
    """Cells with their values, and the sums among them that readers know.

    `matrix` is float64 (relations, cells); where sums hold exactly, `matrix @ values` is zero. `sensitive` cells must
    be withheld, and their range must reach from `value - lower` to `value + upper` at least. `known` cells are known
    to everybody, such as structural zeros: they are never withheld. `least` and `most` are what readers know of every
    value beforehand. `cost` is the positive price of withholding a cell; `frozen` cells must be shown, `forced` ones
    withheld. `tolerance` is the part of a sum by which it may fail to add up, for values that were rounded: readers are
    taken to know by how much. A level that reaches beyond what readers know anyway ends there.

    Raises `DisclosureRuleInvalid`, naming cells and relations but never a value, for values that are not finite or too
    large, sums that do not add up, contradictory demands and negative levels.
    """

    cells: tuple[str, ...]
    relations: tuple[str, ...]
    matrix: sparse.csr_array
    values: Reals
    sensitive: Flags
    known: Flags
    lower: Reals
    upper: Reals
    least: Reals
    most: Reals
    cost: Reals
    frozen: Flags
    forced: Flags
    tolerance: float = 0.0
    problems_told: int = field(default=MOST_TOLD, repr=False)

    def __post_init__(self) -> None:
        problems = _problems_of_shapes(self) or _problems_of_numbers(self)
        problems = problems or [*_problems_of_demands(self), *_problems_of_sums(self)]
        if problems:
            raise DisclosureRuleInvalid("The cells cannot be protected as they are.", problems=problems)

    def __len__(self) -> int:
        return len(self.cells)

    @cached_property
    def whole_matrix(self) -> sparse.csr_array:
        """The matrix times a power of ten that makes every coefficient a whole number, int64 (relations, cells)."""
        scale = _scale(self.matrix.data)
        assert scale is not None, "checked when the system was made"
        return sparse.csr_array(
            (np.rint(self.matrix.data * scale).astype(np.int64), self.matrix.indices, self.matrix.indptr),
            shape=self.matrix.shape,
        )

    @cached_property
    def fall(self) -> Reals:
        """How far each value can fall before it meets what readers know, float64 (cells,)."""
        return self.values - self.least

    @cached_property
    def rise(self) -> Reals:
        """How far each value can rise before it meets what readers know; inf without bound."""
        return self.most - self.values

    @cached_property
    def wanted_fall(self) -> Reals:
        """How far each sensitive value must seem able to fall, zero elsewhere."""
        return np.where(self.sensitive, np.minimum(self.lower, self.fall), 0.0)

    @cached_property
    def wanted_rise(self) -> Reals:
        """How far each sensitive value must seem able to rise, zero elsewhere."""
        return np.where(self.sensitive, np.minimum(self.upper, self.rise), 0.0)

    @cached_property
    def told(self) -> Flags:
        """Which values readers have exactly whatever is withheld, bool (cells,): known ones, and those with no room."""
        return np.asarray(self.known | ((self.fall == 0) & (self.rise == 0)))

    @cached_property
    def movable(self) -> Flags:
        """Which cells protect others when they are withheld, bool (cells,).

        What has the least value that readers hold possible, such as an observed zero, protects nothing when everybody
        can tell it; it may be withheld only where it is sensitive.
        """
        return ~self.told & ((self.fall > 0) | (self.rise < np.inf))

    @cached_property
    def candidates(self) -> Flags:
        """Which cells may be withheld besides, bool (cells,)."""
        return self.movable & ~self.sensitive & ~self.frozen


def system_of(
    cells: Sequence[str],
    values: npt.ArrayLike,
    sums: tuple[Sequence[str], sparse.csr_array],
    *,
    sensitive: npt.ArrayLike,
    levels: tuple[npt.ArrayLike, npt.ArrayLike],
    **others: npt.ArrayLike,
) -> LinearSystem:
    """Make a system in which what is not given is as usual.

    `sums` are the names of the relations and their matrix; `levels` the lower and upper protection levels. `others` are
    fields of `LinearSystem`; without them no cell is known, frozen or forced, values are known not to be negative, and
    the price of a cell is `log(1 + value)`: what is lost is information, not volume. Raises `DisclosureRuleInvalid` for
    demands that cannot be met, and where two cells have one name: nobody could tell what is said of them apart.
    """
    twice = [name for name, count in Counter(cells).items() if count > 1][:MOST_TOLD]
    if twice:
        problems = [Problem(f"cell {name!r}", "is there twice", "give each cell one name") for name in twice]
        raise DisclosureRuleInvalid("The cells cannot be protected as they are.", problems=problems)
    numbers = np.asarray(values, dtype=np.float64)
    matrix = sparse.csr_array(sums[1].astype(np.float64))
    matrix.sum_duplicates()
    matrix.eliminate_zeros()  # a cell that stands in a sum with 0 does not stand in it
    none = np.zeros(len(cells), dtype=np.bool_)
    usual: dict[str, npt.ArrayLike] = {
        "known": none,
        "least": np.zeros(len(cells)),
        "most": np.full(len(cells), np.inf),
        "cost": information(numbers),
        "frozen": none,
        "forced": none,
    }
    filled = {name: np.asarray(value) for name, value in (usual | others).items() if name != "tolerance"}
    return LinearSystem(
        cells=tuple(cells),
        relations=tuple(sums[0]),
        matrix=matrix,
        values=numbers,
        sensitive=np.asarray(sensitive, dtype=np.bool_),
        lower=np.asarray(levels[0], dtype=np.float64),
        upper=np.asarray(levels[1], dtype=np.float64),
        tolerance=float(np.asarray(others.get("tolerance", 0.0))),
        **filled,  # type: ignore[arg-type]
    )


def information(values: Reals) -> Reals:
    """Return what withholding costs by default: log(1 + value), so that large cells are dearer but not out of reach."""
    return np.log1p(np.maximum(np.abs(values), 1e-3))


def _problems_of_shapes(system: LinearSystem) -> list[Problem]:
    columns = ("values", "sensitive", "known", "lower", "upper", "least", "most", "cost", "frozen", "forced")
    wrong = [name for name in columns if getattr(system, name).shape != (len(system.cells),)]
    if system.matrix.shape != (len(system.relations), len(system.cells)):
        wrong.append("relations")
    return [Problem(name, "must have one entry for each cell", "give as many as there are cells") for name in wrong]


def _problems_of_numbers(system: LinearSystem) -> list[Problem]:
    problems = []
    for name, numbers, endless in (
        ("value", system.values, False),
        ("lower_protection", system.lower, False),
        ("upper_protection", system.upper, False),
        ("cost", system.cost, False),
        ("lower bound", system.least, True),
        ("upper bound", system.most, True),
    ):
        wrong = np.isnan(numbers) | (np.abs(numbers) > LARGEST)
        wrong &= ~np.isinf(numbers) if endless else True
        for cell in np.flatnonzero(wrong)[: system.problems_told]:
            rule = f"{name} must be a number, at most 2^53 in size"
            problems.append(Problem(f"cell {system.cells[cell]!r}", rule, "correct or complete the cell"))
    return problems


def _problems_of_demands(system: LinearSystem) -> list[Problem]:
    rules = (
        (system.fall < 0, "is below its lower bound", "correct the value or the bound"),
        (system.rise < 0, "is above its upper bound", "correct the value or the bound"),
        ((system.lower < 0) | (system.upper < 0), "has a negative protection level", "use 0 or more"),
        (system.cost <= 0, "has a cost that is not positive", "use a number above 0"),
        (system.sensitive & system.frozen, "is both sensitive and frozen", "a sensitive cell cannot be shown"),
        (system.sensitive & system.known, "is both sensitive and known to everybody", "take back one of the two"),
        (
            system.sensitive & system.told & ~system.known,
            "is sensitive although its bounds tell everybody what it is",
            "correct the bounds, or take it back",
        ),
        (system.forced & (system.frozen | system.known), "must be both shown and withheld", "take back one of the two"),
    )
    return [
        Problem(f"cell {system.cells[cell]!r}", rule, remedy)
        for wrong, rule, remedy in rules
        for cell in np.flatnonzero(wrong)[: system.problems_told]
    ]


def _problems_of_sums(system: LinearSystem) -> list[Problem]:
    """Say which sums do not add up, and by which part of them: an amount would tell an unprotected value."""
    if not 0 <= system.tolerance < 1:
        return [Problem("tolerance", "must be a part of a sum, from 0 to below 1", "use a small number")]
    if _scale(system.matrix.data) is None:
        rule = f"a coefficient is not a number of at most {DECIMALS} decimals below a million"
        return [Problem("relations", rule, "correct it, or multiply the relation")]
    off = np.abs(system.matrix @ system.values)
    size = abs(system.matrix) @ np.abs(system.values)
    broken = np.flatnonzero(off > np.maximum(system.tolerance, 1e-12) * size)
    problems = []
    for row in broken[: system.problems_told]:
        rule = f"does not add up, by {off[row] / size[row]:.2g} of what it adds up"
        problems.append(
            Problem(f"relation {system.relations[row]!r}", rule, "correct the values, or allow for rounding: tolerance")
        )
    if len(broken) > len(problems):
        left = len(broken) - len(problems)
        problems.append(Problem("relations", f"{left} more do not add up", "correct the values"))
    return problems


DECIMALS = 6
"""How many decimals a coefficient may have: sums are calculated in whole numbers."""


def _scale(coefficients: Reals) -> float | None:
    """Return the least power of ten that makes all coefficients whole numbers, or None."""
    if not np.isfinite(coefficients).all() or np.abs(coefficients).max(initial=0.0) >= 1e6:
        return None
    for decimals in range(DECIMALS + 1):
        # Sums of written decimals may be off by a few units in the last place, and by no more.
        if (np.abs(np.round(coefficients, decimals) - coefficients) <= 4 * np.spacing(np.abs(coefficients))).all():
            return 10.0**decimals
    return None
