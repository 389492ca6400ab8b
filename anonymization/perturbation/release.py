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
from anonymization.perturbation.controlled_rounding import LARGE, round_controlled
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

MOST_ROUNDED = 20_000
"""More counts at once cannot be rounded so that they add up in the time that a job may take."""

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
class ControlledMultiples:
    """Controlled rounding, for measures whose parts add up; large tables are rounded from the coarsest cells down."""

    base: int

    def apply(self, cells: MeasureCells) -> Perturbed:
        """Return neighbouring multiples that add up, or raise `DisclosureRuleInvalid` where none are found."""
        if not cells.measure.additive:
            rule = "counts persons, who may be in several cells, so that their multiples cannot be made to add up"
            raise _refused(cells.measure, rule, "use random_rounding or cell_key, or count rows")
        moving = int(np.count_nonzero(cells.counts % self.base))
        if moving > MOST_ROUNDED:
            rule = f"has {moving:,} counts to be rounded together, more than the {MOST_ROUNDED:,} that can be"
            raise _refused(cells.measure, rule, "use random_rounding or cell_key, or publish fewer cells")
        stages = _coarsest_first(cells) if moving >= LARGE else None
        try:
            return round_controlled(cells.matrix, cells.counts, base=self.base, stages=stages).published
        except DisclosureRuleInvalid:
            rule = f"could not be rounded to neighbouring multiples of {self.base} that add up in all its tables"
            remedy = "use random_rounding or cell_key, another base, or publish fewer tables together"
            raise _refused(cells.measure, rule, remedy) from None


def _coarsest_first(cells: MeasureCells) -> Ints:
    """Return in which turn each cell is rounded, int64 (cells,): before all that it is made of."""
    made_of = sparse.csr_array((cells.matrix > 0).astype(np.int64))
    parents = sparse.csr_array((cells.matrix < 0).astype(np.int64))
    down = sparse.csr_array(made_of.T @ parents)
    turn = np.zeros(len(cells.counts), dtype=np.int64)
    reached = np.diff(down.indptr) > 0
    # It ends: no cell is a part of itself.
    while reached.any():
        turn[reached] += 1
        reached = np.asarray(down @ reached.astype(np.int64)) > 0
    return turn


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

    `averaging` says for each measure what a reader gets who makes its numbers add up, and `accuracies` of noise that
    has no greatest amount how far nearly all counts lie from the true ones; `statement` what is promised.
    """

    tables: tuple[PerturbedTable, ...]
    rules: DisclosureRules
    averaging: Mapping[str, Averaged]
    statement: Text
    accuracies: Mapping[str, int]
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
    What is differentially private is not attacked: its promise is about any attack, and what one attack got would be
    told from the true counts, without noise.
    Raises `DisclosureRuleInvalid` for rules of another method, values that are no counts, and earlier releases, which
    the attack does not know; `DisclosureRisk` where the attack leaves a small count one value.
    """
    if rules.perturbation is None:
        raise _not_for(f"method {rules.method} changes no counts", "use protect")
    if tables.earlier:
        raise _not_for("earlier releases are not reckoned with", "leave them out where they were changed alike")
    private = rules.method == "differential_privacy"
    found, averaging, values = {}, {}, {}
    for measure in tables.measures:
        cells = measure_cells(tables, measure)
        done = found[measure.name] = method.apply(cells)
        if private != (done.within is not None):
            raise _not_for(f"method {rules.method} is not what changes the counts", "use the method of the rules")
        if not private:
            averaging[measure.name] = _averaged(cells, done, rules)
        values[measure.name] = np.zeros(len(tables.nodes), dtype=np.int64)
        values[measure.name][cells.nodes] = done.values
    problems = [_pinned(name, one) for name, one in averaging.items() if one.pinned_after]
    if problems:
        raise DisclosureRisk("The attack works out small counts from the changed ones.", problems=problems)
    return PerturbedTables(
        _tables(tables, values),
        rules,
        MappingProxyType(averaging),
        next(iter(found.values())).statement,
        MappingProxyType({name: one.within for name, one in found.items() if one.within is not None}),
        seal=_SEAL,
    )


def measure_cells(tables: TableSet, measure: Measure) -> MeasureCells:
    """Return the cells of one measure; raises `DisclosureRuleInvalid` where its values are no counts."""
    values, present = tables.measure_on_nodes(measure)
    nodes = np.flatnonzero(present)
    if not measure.integer:
        raise _refused(measure, "has values that are no counts", "publish counts only, or withhold cells instead")
    whole = tables.relations.matrix[np.flatnonzero(complete_relations(tables, present))][:, nodes]
    return MeasureCells(tables, measure, nodes, values[nodes].astype(np.int64), sparse.csr_array(whole))


def _averaged(cells: MeasureCells, done: Perturbed, rules: DisclosureRules) -> Averaged:
    """Return what the attack gets of one measure."""
    values, present = cells.tables.measure_on_nodes(cells.measure)
    exact = np.flatnonzero(exact_relations(cells.tables, values, present))
    known = sparse.csr_array(cells.tables.relations.matrix[exact][:, cells.nodes])
    return measure_averaging(known, cells.counts, done, small=(1, rules.threshold - 1))


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
