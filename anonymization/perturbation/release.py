"""The one way to tables whose counts were changed: a method for every measure, and an attack that can refuse them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anonymization.assumptions import complete_relations, exact_relations
from anonymization.perturbation.averaging import Averaged, measure_averaging
from anonymization.perturbation.cell_key import perturb
from anonymization.perturbation.counts import Perturbed
from anonymization.perturbation.draws import Draws
from anonymization.perturbation.noise_table import NoiseTable
from anonymization.perturbation.rounding import round_by_draws, round_nearest
from anonymization.perturbation.small_counts import round_small_counts
from anonymization.relations import Ints
from anonymization.table import Measure, TableSet
from anonymization.words import Text
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid, Problem

_SEAL = object()
"""Known to this module alone: without it no `PerturbedTables` can be made."""


@dataclass(frozen=True)
class MeasureCells:
    """The cells of one measure: `counts` int64 (cells,) at `nodes`, int64 (cells,), of the tables.

    `matrix`, int64 (relations, cells), has the sums that the parts of an additive measure fulfil.
    """

    tables: TableSet
    measure: Measure
    nodes: Ints
    counts: Ints
    matrix: sparse.csr_array


class Method(Protocol):
    """Changes the counts of one measure."""

    def apply(self, cells: MeasureCells) -> Perturbed:
        """Return the changed counts."""


@dataclass(frozen=True)
class NearestRounding:
    """Conventional rounding."""

    base: int

    def apply(self, cells: MeasureCells) -> Perturbed:
        """Return the nearest multiples."""
        return round_nearest(cells.counts, base=self.base)


@dataclass(frozen=True)
class DrawnRounding:
    """Random rounding by draws, uint64 (nodes,), that a secret and the names of cells determine."""

    base: int
    draws: Draws

    def apply(self, cells: MeasureCells) -> Perturbed:
        """Return the multiples that the draws choose."""
        return round_by_draws(cells.counts, self.draws[cells.nodes], base=self.base)


@dataclass(frozen=True)
class SmallRounding:
    """Rounding of small counts alone, for measures whose parts add up."""

    base: int

    def apply(self, cells: MeasureCells) -> Perturbed:
        """Return the rounded counts with totals that are added up from them."""
        if not cells.measure.additive:
            rule = "counts persons, who may be in several cells, so that totals cannot be added up from parts"
            raise _refused(cells.measure, rule, "use random_rounding or cell_key, or count rows")
        return round_small_counts(cells.matrix, cells.counts, base=self.base)


@dataclass(frozen=True)
class KeyNoise:
    """Noise by cell keys: `keys` has, for every measure and table, one below the table's modulus for each cell."""

    noise: NoiseTable
    keys: Mapping[str, Mapping[str, Ints]]

    def apply(self, cells: MeasureCells) -> Perturbed:
        """Return the counts with the noise of their cells."""
        measure, tables = cells.measure, cells.tables
        own = self.keys.get(measure.name)
        if own is None:
            raise _refused(measure, "has no cell keys", "tabulate it from records with keys")
        at_node = np.full(len(tables.nodes), -1, dtype=np.int64)
        for (table, population), places in zip(tables.blocks, tables.nodes.of_block, strict=True):
            if population == measure.population and measure.name in table.values:
                known = at_node[places]
                if bool(((known >= 0) & (known != own[table.name])).any()):
                    raise _refused(measure, "has a cell with two keys", "tabulate all tables from the same records")
                at_node[places] = own[table.name]
        return perturb(cells.counts, at_node[cells.nodes], self.noise)


@dataclass(frozen=True)
class PerturbedTable:
    """One table after its counts were changed; `values` holds one int64 array (cells,) for each measure."""

    name: str
    dimensions: tuple[str, ...]
    coordinates: Mapping[str, npt.NDArray[np.int32]]
    values: Mapping[str, Ints]

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))


@dataclass(frozen=True)
class PerturbedTables:
    """A release with changed counts that may leave the ministry. Only `perturb_tables` can make one.

    `averaging` says for each measure what a reader gets who makes its numbers add up; `statement` what is promised.
    """

    tables: tuple[PerturbedTable, ...]
    rules: DisclosureRules
    averaging: Mapping[str, Averaged]
    statement: Text
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("PerturbedTables are made by perturb_tables alone")

    def table(self, name: str) -> PerturbedTable:
        """Return the table of this name; raises KeyError."""
        return {one.name: one for one in self.tables}[name]


def perturb_tables(tables: TableSet, rules: DisclosureRules, method: Method) -> PerturbedTables:
    """Change every count of a release by a method, and attack the result as a reader can who makes it add up.

    A cell is changed once, whichever tables it stands in. Counts below the threshold of the rules are the small ones.
    Raises `DisclosureRuleInvalid` for rules of another method, values that are no counts, and earlier releases, which
    the attack does not know; `DisclosureRisk` where the attack leaves a small count one value.
    """
    if rules.perturbation is None:
        raise _not_for(f"method {rules.method} changes no counts", "use protect")
    if tables.earlier:
        raise _not_for("earlier releases are not reckoned with", "leave them out where they were changed alike")
    found, averaging, values = {}, {}, {}
    for measure in tables.measures:
        found[measure.name], averaging[measure.name], values[measure.name] = _changed(tables, measure, rules, method)
    problems = [_pinned(name, one) for name, one in averaging.items() if one.pinned_after]
    if problems:
        raise DisclosureRisk("The attack works out small counts from the changed ones.", problems=problems)
    statement = next(iter(found.values())).statement
    shown = _tables(tables, values)
    return PerturbedTables(shown, rules, MappingProxyType(averaging), statement, seal=_SEAL)


def _changed(
    tables: TableSet, measure: Measure, rules: DisclosureRules, method: Method
) -> tuple[Perturbed, Averaged, Ints]:
    """Return what becomes of one measure, what the attack gets, and the changed values on all nodes."""
    values, present = tables.measure_on_nodes(measure)
    nodes = np.flatnonzero(present)
    if not measure.integer:
        raise _refused(measure, "has values that are no counts", "publish counts only, or withhold cells instead")
    counts = values[nodes].astype(np.int64)
    matrix = tables.relations.matrix
    whole = sparse.csr_array(matrix[np.flatnonzero(complete_relations(tables, present))][:, nodes])
    done = method.apply(MeasureCells(tables, measure, nodes, counts, whole))
    known = sparse.csr_array(matrix[np.flatnonzero(exact_relations(tables, values, present))][:, nodes])
    averaged = measure_averaging(known, counts, done, small=(1, rules.threshold - 1))
    published = np.zeros(len(tables.nodes), dtype=np.int64)
    published[nodes] = done.values
    return done, averaged, published


def _tables(tables: TableSet, values: Mapping[str, Ints]) -> tuple[PerturbedTable, ...]:
    population = {one.name: one.population for one in tables.measures}
    at = {(table.name, name): nodes for (table, name), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True)}
    found = []
    for table in tables.tables:
        own = {name: values[name][at[table.name, population[name]]] for name in table.values}
        for array in own.values():
            array.setflags(write=False)
        found.append(PerturbedTable(table.name, table.dimensions, table.coordinates, MappingProxyType(own)))
    return tuple(found)


def _pinned(measure: str, averaged: Averaged) -> Problem:
    rule = f"leaves {averaged.pinned_after} of {averaged.cells} small counts one value that they can have"
    remedy = "use a larger base or more noise, fewer margins, another method, or withhold cells instead"
    return Problem(f"measures.{measure}", rule, remedy)


def _refused(measure: Measure, rule: str, remedy: str) -> DisclosureRuleInvalid:
    problem = Problem(f"measures.{measure.name}", rule, remedy)
    return DisclosureRuleInvalid("These counts cannot be changed by this method.", problems=[problem])


def _not_for(rule: str, remedy: str) -> DisclosureRuleInvalid:
    return DisclosureRuleInvalid(
        "These tables cannot be changed so.", problems=[Problem("disclosure.method", rule, remedy)]
    )
