"""The tables of one release before protection: pure values, checked when they are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from anonymization.amounts import Amounts, Sizes, amounts_of
from anonymization.chosen_cells import Chosen
from anonymization.dimension import Dimension
from anonymization.ledger import EarlierRelease
from anonymization.ledger_cells import Ledger, ledger_of
from anonymization.link import Link
from anonymization.relations import Flags, Ints, Nodes, Relations, number_nodes, relate
from anonymization.rests_over_time import RestsOverTime, rests_over_time
from datasets.errors import DisclosureRuleInvalid, Problem

__all__ = ["Dimension", "Link", "Measure", "Population", "Table", "TableSet", "Values"]

Values = npt.NDArray[np.int64] | npt.NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """The people, or other units, that a family of measures counts: everyone, or those who died.

    `complement_of` names the population that this one is a part of. The rest of that population is never published,
    but it must not be derivable either while it is small.
    """

    name: str
    complement_of: str | None = None


@dataclass(frozen=True)
class Measure:
    """A published number about a population.

    `additive` says that a margin is the sum of its children, as for rows and amounts. A count of distinct persons is
    not additive, because a person may be in two cells; a margin is then at least its largest child and at most the
    sum. `integer` says that every value is a whole number. `adds_up` is what a sum of amounts adds up, where its
    largest contributors are looked at: sums with the same are of one column, so that a whole less its part is a rest.
    """

    name: str
    population: str
    additive: bool = True
    integer: bool = True
    adds_up: str | None = None


@dataclass(frozen=True)
class Table:
    """Cells with their coordinates, the number of contributors in each population, and the values of measures.

    `coordinates` holds one int32 array (cells,) of member indices for each dimension, `contributors` one int64 array
    for each population, `values` one int64 or float64 array for each measure. Arrays are copied and made read-only.

    What readers know besides, bool (cells,) each: `empty` flags cells of a hidden table in which nobody can be;
    `usual`, for a measure, cells whose value follows from the number of contributors; `wholly`, for a population that
    is a part, cells in which everybody belongs to it. `outside`, int64 (cells,), has for such a population the
    contributors of what is left of the whole, where that is not the difference: people may have rows in both. Of a
    hidden table that is `exact_only`, sums of distinct persons that do not hold are left out of account.

    `units`, int64 (cells,) for each population, is the number of facilities that the contributors of a cell come from;
    `units_outside`, for a population that is a part, that of the contributors of the whole who are not in it, or fewer
    where that is not known. Neither is ever published.

    `amounts`, float64 (cells, 1 + known) for each measure that adds something up, has the sizes of all contributions to
    a cell, added up, and the largest of them in falling order; `amounts_outside`, by the measure of a part, the same
    for what is left of the whole. Neither is ever published.
    """

    name: str
    dimensions: tuple[str, ...]
    coordinates: Mapping[str, npt.NDArray[np.int32]]
    contributors: Mapping[str, Ints]
    values: Mapping[str, Values]
    empty: Flags | None = None
    usual: Mapping[str, Flags] = field(default_factory=dict)
    wholly: Mapping[str, Flags] = field(default_factory=dict)
    outside: Mapping[str, Ints] = field(default_factory=dict)
    exact_only: bool = False
    units: Mapping[str, Ints] = field(default_factory=dict)
    units_outside: Mapping[str, Ints] = field(default_factory=dict)
    amounts: Mapping[str, Sizes] = field(default_factory=dict)
    amounts_outside: Mapping[str, Sizes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "coordinates", _frozen(self.coordinates, np.int32))
        object.__setattr__(self, "usual", _frozen(self.usual, np.bool_))
        object.__setattr__(self, "wholly", _frozen(self.wholly, np.bool_))
        object.__setattr__(self, "outside", _frozen(self.outside, np.int64))
        object.__setattr__(self, "units", _frozen(self.units, np.int64))
        object.__setattr__(self, "units_outside", _frozen(self.units_outside, np.int64))
        object.__setattr__(self, "amounts", _frozen(self.amounts, np.float64))
        object.__setattr__(self, "amounts_outside", _frozen(self.amounts_outside, np.float64))
        object.__setattr__(self, "contributors", _frozen(self.contributors, np.int64))
        object.__setattr__(self, "values", _frozen(self.values, None))

    def __len__(self) -> int:
        return len(next(iter(self.contributors.values()), ()))


@dataclass(frozen=True)
class TableSet:
    """Everything that one release publishes about the same people, linked through shared dimensions.

    `links` are the sums across dimensions that readers know although no hierarchy declares them. `hidden` are tables
    that are never shown, but whose cells the shown ones have in common. `earlier` is what was published before of the
    same people, which readers still have. `always_shown` cells are never withheld, `always_withheld` ones
    never shown; `weighted` ones are dearer to withhold.

    Raises `DisclosureRuleInvalid`, naming table, dimension and number of cells, when a name is unknown, a cell is
    repeated or missing from its family, two tables disagree about a cell, or a margin is not what its cells make it.
    """

    dimensions: tuple[Dimension, ...]
    populations: tuple[Population, ...]
    measures: tuple[Measure, ...]
    tables: tuple[Table, ...]
    links: tuple[Link, ...] = ()
    hidden: tuple[Table, ...] = ()
    earlier: tuple[EarlierRelease, ...] = ()
    always_shown: tuple[Chosen, ...] = ()
    always_withheld: tuple[Chosen, ...] = ()
    weighted: tuple[Chosen, ...] = ()
    days: tuple[int, int] | None = None
    """The day on which the period of the release begins and the day after it ends, by number, where they are known."""

    def __post_init__(self) -> None:
        from anonymization.table_checks import problems_of_cells, problems_of_names  # noqa: PLC0415 (checks need TableSet)

        problems: list[Problem] = problems_of_names(self) or problems_of_cells(self)
        if problems:
            raise DisclosureRuleInvalid("The tables cannot be protected as they are.", problems=problems)

    @cached_property
    def nodes(self) -> Nodes:
        """Every cell of every table and population once."""
        numbers = {population.name: number for number, population in enumerate(self.populations)}
        return number_nodes([(numbers[name], self._places(table)) for table, name in self.blocks])

    @cached_property
    def blocks(self) -> tuple[tuple[Table, str], ...]:
        """Each table, shown or not, with each population that it counts: the order of `nodes.of_block`."""
        names = [population.name for population in self.populations]
        everything = (*self.tables, *self.hidden)
        return tuple((table, name) for table in everything for name in names if name in table.contributors)

    @cached_property
    def shown(self) -> Flags:
        """Which nodes stand in a table that is shown, bool (nodes,)."""
        flags = np.zeros(len(self.nodes), dtype=np.bool_)
        for (table, _), nodes in zip(self.blocks, self.nodes.of_block, strict=True):
            if any(table is one for one in self.tables):
                flags[nodes] = True
        return flags

    @cached_property
    def empty(self) -> Flags:
        """Which nodes everybody knows to be empty although no table shows them, bool (nodes,)."""
        flags = np.zeros(len(self.nodes), dtype=np.bool_)
        for (table, _), nodes in zip(self.blocks, self.nodes.of_block, strict=True):
            if table.empty is not None:
                flags[nodes] |= table.empty
        return flags & ~self.shown

    @cached_property
    def loose(self) -> Flags:
        """Which nodes are in no tables but hidden ones that are `exact_only`, bool (nodes,)."""
        flags, firm = np.zeros(len(self.nodes), dtype=np.bool_), self.shown.copy()
        for (table, _), nodes in zip(self.blocks, self.nodes.of_block, strict=True):
            (flags if table.exact_only else firm)[nodes] = True
        return flags & ~firm

    @cached_property
    def wholly(self) -> Flags:
        """Of which nodes of a part everybody knows that the whole has no others, bool (nodes,)."""
        flags = np.zeros(len(self.nodes), dtype=np.bool_)
        for (table, population), nodes in zip(self.blocks, self.nodes.of_block, strict=True):
            if population in table.wholly:
                flags[nodes] |= table.wholly[population]
        return flags

    def usual(self, measure: Measure) -> Flags:
        """Return for which nodes a measure's value follows from the number of contributors, bool (nodes,)."""
        flags = np.zeros(len(self.nodes), dtype=np.bool_)
        for (table, population), nodes in zip(self.blocks, self.nodes.of_block, strict=True):
            if population == measure.population and measure.name in table.usual:
                flags[nodes] |= table.usual[measure.name]
        return flags

    @cached_property
    def outside(self) -> Ints:
        """The contributors of what is left of a whole without its part, on the nodes of parts, int64 (nodes,)."""
        left = np.zeros(len(self.nodes), dtype=np.int64)
        for whole, part in self.complements():
            left[part] = self.contributors[whole] - self.contributors[part]
        for (table, population), nodes in zip(self.blocks, self.nodes.of_block, strict=True):
            if population in table.outside:
                left[nodes] = table.outside[population]
        return left

    @cached_property
    def units(self) -> Ints:
        """The facilities behind each node, int64 (nodes,); -1 where no table tells."""
        return self._told("units")

    @cached_property
    def units_outside(self) -> Ints:
        """The facilities behind what is left of a whole without its part, on the nodes of parts; -1 elsewhere."""
        return self._told("units_outside")

    def _told(self, name: str) -> Ints:
        merged = np.full(len(self.nodes), -1, dtype=np.int64)
        for (table, population), nodes in zip(self.blocks, self.nodes.of_block, strict=True):
            own: Mapping[str, Ints] = getattr(table, name)
            if population in own:
                merged[nodes] = own[population]
        return merged

    @cached_property
    def amounts(self) -> tuple[Amounts, ...]:
        """The sums of amounts whose largest contributors are looked at, those of one column together."""
        return amounts_of(self)

    @cached_property
    def relations(self) -> Relations:
        """Every sum that links the nodes."""
        return relate(self.nodes, self.dimensions, self.links)

    @cached_property
    def ledger(self) -> Ledger:
        """How the earlier releases meet the nodes."""
        from anonymization.ledger_changes import with_changes  # noqa: PLC0415 (it needs a solver)

        return with_changes(self, ledger_of(self))

    @cached_property
    def over_time(self) -> RestsOverTime:
        """What is left of each node and of earlier releases of other periods."""
        return rests_over_time(self)

    @property
    def origins(self) -> tuple[str, ...]:
        """The names of what sums can come from, as `relations.origin` numbers them: dimensions, then links."""
        return (*(one.name for one in self.dimensions), *(one.name for one in self.links))

    @cached_property
    def contributors(self) -> Ints:
        """The contributors of each node, int64 (nodes,)."""
        merged = np.zeros(len(self.nodes), dtype=np.int64)
        for (table, population), nodes in zip(self.blocks, self.nodes.of_block, strict=True):
            merged[nodes] = table.contributors[population]
        return merged

    @cached_property
    def counting(self) -> tuple[Measure, ...]:
        """The measures whose values are the numbers of contributors."""
        found = []
        for measure in self.measures:
            values, present = self.measure_on_nodes(measure)
            if np.array_equal(values[present], self.contributors[present]):
                found.append(measure)
        return tuple(found)

    def measure_on_nodes(self, measure: Measure) -> tuple[Values, Flags]:
        """Return the values of a measure on all nodes, and which nodes some table shows it for."""
        merged: Values = np.zeros(len(self.nodes), dtype=np.int64)
        if not measure.integer:
            merged = merged.astype(np.float64)
        present = np.zeros(len(self.nodes), dtype=np.bool_)
        for (table, population), nodes in zip(self.blocks, self.nodes.of_block, strict=True):
            if population == measure.population and measure.name in table.values:
                merged[nodes] = table.values[measure.name]
                present[nodes] = True
        return merged, present

    def complements(self) -> list[tuple[Ints, Ints]]:
        """Return, for each population that is part of another, the nodes of the whole and of the part, side by side."""
        numbers = {population.name: number for number, population in enumerate(self.populations)}
        found = []
        for part, population in enumerate(self.populations):
            if population.complement_of is not None:
                found.append(self._pairs(numbers[population.complement_of], part))
        return found

    def _pairs(self, whole: int, part: int) -> tuple[Ints, Ints]:
        nodes = self.nodes
        rows = [np.flatnonzero(nodes.population == one) for one in (whole, part)]
        known = {place.tobytes(): row for place, row in zip(nodes.coordinates[rows[0]], rows[0], strict=True)}
        both = [(known.get(nodes.coordinates[row].tobytes(), -1), row) for row in rows[1]]
        pairs = np.array([pair for pair in both if pair[0] >= 0], dtype=np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    def _places(self, table: Table) -> Ints:
        columns = [
            table.coordinates[one.name] if one.name in table.dimensions else np.full(len(table), one.total)
            for one in self.dimensions
        ]
        return np.column_stack(columns).astype(np.int64) if columns else np.zeros((len(table), 0), np.int64)


def _frozen(arrays: Mapping[str, npt.ArrayLike], dtype: type | None) -> MappingProxyType[str, npt.NDArray[np.generic]]:
    copies = {}
    for name, array in arrays.items():
        copy = np.array(array, dtype=dtype)
        copy.setflags(write=False)
        copies[name] = copy
    return MappingProxyType(copies)
