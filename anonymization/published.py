"""What readers see of a release: shown values, which cells are withheld, and under which rules; nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from anonymization.assumptions import (
    ExactSum,
    counts_units,
    exact_sums,
    lowest_contributors,
    lowest_value,
    unit_of,
)
from anonymization.attack_rules import secrets_of
from anonymization.dimension import Dimension
from anonymization.ledger import EarlierDimension, EarlierRelease, EarlierTable, Members
from anonymization.ledger_cells import CONTRIBUTORS, Changes
from anonymization.link import Link
from anonymization.relations import Flags
from anonymization.table import Measure, Population, Table, TableSet, Values
from datasets.disclosure import DisclosureRules

Place = tuple[int, ...]
"""The indices of a cell's members, one for each dimension of the release."""

WITHHELD_INTEGER = int(np.iinfo(np.int64).min)
"""What stands in an integer array where a value is withheld: impossible as a count, so that no sum goes unnoticed."""


@dataclass(frozen=True)
class PublishedMeasure:
    """A measure with what readers may take for granted about it.

    `exact` names the dimensions and links along which its margins are the sum of their cells, `exact_sums` single sums
    of others; elsewhere a margin lies between its largest cell and their sum. `lowest` is the least value that a
    withheld cell can have. `counts_contributors` says that its values are the numbers of contributors; `integer` that
    withheld values have to be able to differ by one `unit`, of which all values are multiples. Measures with the same
    `adds_up` are sums of one column.
    """

    name: str
    population: str
    integer: bool
    exact: frozenset[str]
    lowest: float
    counts_contributors: bool
    exact_sums: frozenset[ExactSum] = frozenset()
    unit: int = 1
    adds_up: str | None = None


@dataclass(frozen=True)
class PublishedTable:
    """One table: coordinates, for each population which cells are withheld, and the values with those cells gone.

    `withheld` holds one bool array (cells,) for each population. In `values`, a withheld cell is not a number (float
    arrays) or `WITHHELD_INTEGER` (int64 arrays).
    """

    name: str
    dimensions: tuple[str, ...]
    coordinates: Mapping[str, npt.NDArray[np.int32]]
    withheld: Mapping[str, Flags]
    values: Mapping[str, Values]


@dataclass(frozen=True)
class Published:
    """All tables of a release as readers see them."""

    dimensions: tuple[Dimension, ...]
    populations: tuple[Population, ...]
    measures: tuple[PublishedMeasure, ...]
    tables: tuple[PublishedTable, ...]
    rules: DisclosureRules
    links: tuple[Link, ...] = ()
    crossings: tuple[tuple[str, ...], ...] = ()
    """Dimensions whose crossing no table shows, although its cells add up to what tables do show."""
    exact_only: tuple[bool, ...] = ()
    """For each crossing, whether sums that do not hold in it are left out of account."""
    earlier: tuple[EarlierRelease, ...] = ()
    """What readers have from before."""
    days: tuple[int, int] | None = None
    """The day on which its period begins and the day after it ends, by number, where they are known."""
    empty: frozenset[Place] = frozenset()
    """Places in a crossing in which everybody knows that there can be nobody."""
    wholly: frozenset[tuple[str, Place]] = frozenset()
    """Populations that are a part, and places in which everybody knows that the whole has no others."""
    sensitive: frozenset[tuple[str, Place, bool]] = frozenset()
    """For the audit alone: cells that tables have, and that the rules want withheld."""
    secret: frozenset[tuple[str, Place, bool]] = frozenset()
    """For the audit alone: cells that no table shows, and rests (true), that must not be found out."""
    possible: Mapping[tuple[str, Place, bool], float] = field(default_factory=dict)
    """For the audit alone: the numbers that small cells and small rests (true) must seem able to reach."""
    as_many: frozenset[str] = frozenset()
    """For the audit alone: measures of which every contributor has at least one."""
    bounds: Mapping[str, Mapping[tuple[str, Place, bool], tuple[float, float]]] = field(default_factory=dict)
    """For the audit alone: by what is added up, how little and how much sums of few contributors must seem able to be.
    """
    held: Mapping[str, Mapping[tuple[str, Place, bool], float]] = field(default_factory=dict)
    """For the audit alone: by what is added up, how much of each sum the contributors who pool what they know have."""
    supposed: Mapping[str, Mapping[Place, float]] = field(default_factory=dict)
    """For the audit alone: by measure, values that follow from the number of contributors, shown or not."""
    truth: tuple[Mapping[str, Values], ...] = ()
    """For the audit alone, and empty in what is published: all values of each table, to tell what has been revised."""
    moved: tuple[tuple[frozenset[tuple[str, Members]], ...], ...] = ()
    """For the audit alone: in each explanation, what each earlier release withheld that is taken to have changed."""


def publish(tables: TableSet, withheld: Flags, rules: DisclosureRules) -> Published:
    """Return what readers see when the nodes in `withheld` are not shown, bool (nodes,)."""
    hidden: dict[str, dict[str, Flags]] = {}
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        hidden.setdefault(table.name, {})[population] = _read_only(withheld[nodes])
    return Published(
        dimensions=tables.dimensions,
        populations=tables.populations,
        measures=tuple(_measure(tables, one, rules) for one in tables.measures),
        tables=tuple(_table(tables, one, hidden[one.name]) for one in tables.tables),
        rules=rules,
        links=tables.links,
        crossings=tuple(one.dimensions for one in tables.hidden),
        exact_only=tuple(one.exact_only for one in tables.hidden),
        earlier=tables.earlier,
        days=tables.days,
        empty=frozenset(_places(tables, tables.empty)),
        wholly=frozenset(zip(_names(tables, tables.wholly), _places(tables, tables.wholly), strict=True)),
    )


def _places(tables: TableSet, nodes: Flags) -> list[Place]:
    return [tuple(place) for place in tables.nodes.coordinates[nodes].tolist()]


def _names(tables: TableSet, nodes: Flags) -> list[str]:
    return [tables.populations[number].name for number in tables.nodes.population[nodes].tolist()]


def _supposed(tables: TableSet) -> dict[str, dict[Place, float]]:
    found = {}
    for measure in tables.measures:
        usual = tables.usual(measure)
        if usual.any():
            values = tables.measure_on_nodes(measure)[0][usual].tolist()
            found[measure.name] = dict(zip(_places(tables, usual), values, strict=True))
    return found


def as_earlier(published: Published, name: str) -> EarlierRelease:
    """Return a release as a later one has to reckon with it; `name` is how messages call it."""
    return EarlierRelease(
        name=name,
        dimensions=tuple(EarlierDimension.of(one) for one in published.dimensions),
        tables=tuple(
            EarlierTable(one.name, one.dimensions, one.coordinates, one.withheld, one.values)
            for one in published.tables
        ),
        zeros=published.rules.zeros,
    )


def with_contributors(published: Published, tables: TableSet) -> Published:
    """Return the same release to a reader who also knows the contributors of every shown cell, measure or not.

    This is what the audit attacks: it knows more than any reader. It is never published.
    """
    names = {one.name: f"contributors of {one.name}" for one in tables.populations}
    measures = tuple(_contributors(tables, name, label, published.rules) for name, label in names.items())
    shown, truth = [], []
    for one, table in zip(published.tables, tables.tables, strict=True):
        counts = {
            names[population]: without(table.contributors[population], cells)
            for population, cells in one.withheld.items()
        }
        shown.append(replace(one, values={**one.values, **counts}))
        truth.append({**table.values, **{names[population]: own for population, own in table.contributors.items()}})
    secrets = secrets_of(tables, published.rules)
    return replace(
        published,
        measures=(*published.measures, *measures),
        tables=tuple(shown),
        earlier=tuple(_with_counts(tables, release, names) for release in published.earlier),
        truth=tuple(truth) if published.earlier else (),
        moved=_moved(tables, names) if published.earlier else (),
        sensitive=frozenset(secrets.seen),
        secret=frozenset(secrets.unseen),
        possible=secrets.possible,
        as_many=frozenset(secrets.as_many),
        bounds=secrets.bounds,
        held=secrets.held,
        supposed=_supposed(tables),
    )


def _moved(tables: TableSet, labels: Mapping[str, str]) -> tuple[tuple[frozenset[tuple[str, Members]], ...], ...]:
    """Return by explanation and release what has changed, by measure; contributors by the label of their population."""
    ledger = tables.ledger
    names = [{at: name for name, at in axis.index.items()} for axis in ledger.axes]
    populations = {one.name: one.population for one in tables.measures}

    def named(measure: str, cell: int) -> Iterator[tuple[str, Members]]:
        own = zip(ledger.axes, names, ledger.coordinates[cell].tolist(), strict=True)
        place = frozenset((axis.name, members[at]) for axis, members, at in own if at != axis.total)
        population = tables.populations[int(ledger.population[cell])].name
        if measure == CONTRIBUTORS:
            yield labels[population], place
        elif populations[measure] == population:
            yield measure, place

    def changed(moved: Changes) -> frozenset[tuple[str, Members]]:
        cells = ((measure, cell) for measure, own in moved.items() for cell in np.flatnonzero(own).tolist())
        return frozenset(one for measure, cell in cells for one in named(measure, cell))

    return tuple(
        tuple(changed(entry.moved[number]) for entry in ledger.entries) for number in range(ledger.explanations)
    )


def _with_counts(tables: TableSet, release: EarlierRelease, names: Mapping[str, str]) -> EarlierRelease:
    """Add the contributors of an earlier release's cells, not a number where no measure tells them."""
    counted = {one.name: one.population for one in tables.counting}
    found = []
    for table in release.tables:
        counts: dict[str, Values] = {}
        for population, gone in table.withheld.items():
            own = [table.values[name] for name, of in counted.items() if of == population and name in table.values]
            counts[names[population]] = own[0] if own else np.full(len(gone), np.nan)
        found.append(replace(table, values={**table.values, **counts}))
    return replace(release, tables=tuple(found))


def _contributors(tables: TableSet, population: str, label: str, rules: DisclosureRules) -> PublishedMeasure:
    everywhere = np.ones(len(tables.nodes), dtype=np.bool_)
    exact, sums = exact_sums(tables, population, tables.contributors, everywhere)
    return PublishedMeasure(
        name=label,
        population=population,
        integer=True,
        exact=exact,
        lowest=lowest_contributors(rules),
        counts_contributors=True,
        exact_sums=sums,
    )


def _measure(tables: TableSet, measure: Measure, rules: DisclosureRules) -> PublishedMeasure:
    values, present = tables.measure_on_nodes(measure)
    counts = bool(np.array_equal(values[present], tables.contributors[present]))
    exact, sums = frozenset(tables.origins), frozenset[ExactSum]()
    if not measure.additive:
        exact, sums = exact_sums(tables, measure.population, values, present)
    lowest = lowest_contributors(rules) if counts else lowest_value(tables, measure, rules)
    unit = 1 if counts else unit_of(measure, values)
    return PublishedMeasure(
        measure.name,
        measure.population,
        counts_units(measure, values / unit),
        exact,
        lowest,
        counts,
        sums,
        unit,
        measure.adds_up,
    )


def _table(tables: TableSet, table: Table, hidden: Mapping[str, Flags]) -> PublishedTable:
    populations = {one.name: one.population for one in tables.measures}
    values = {name: without(own, hidden[populations[name]]) for name, own in table.values.items()}
    return PublishedTable(
        table.name, table.dimensions, table.coordinates, MappingProxyType(dict(hidden)), MappingProxyType(values)
    )


def _read_only(flags: Flags) -> Flags:
    flags.setflags(write=False)
    return flags


def without(values: Values, withheld: Flags) -> Values:
    """Return a read-only copy of the values in which the withheld ones are gone."""
    copy = values.copy()
    copy[withheld] = np.nan if copy.dtype.kind == "f" else WITHHELD_INTEGER
    copy.setflags(write=False)
    return copy
