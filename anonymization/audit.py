"""The independent audit: attacks what is published the way a reader could, and reports what gives way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from scipy import sparse

from anonymization.assumptions import scale_of
from anonymization.attack import Cell, Equations, at_least_as_many, counting_of, equations_of, places_of
from anonymization.attack_intervals import too_narrow
from anonymization.attack_over_time import cells_that_leave_few, named_places
from anonymization.attack_ranges import Group, Reals, agreeing, groups, subtract
from anonymization.attack_revised import Named, named_cells
from anonymization.audit_amounts import amounts_together, systems_of_amounts, too_close
from anonymization.published import Published
from datasets.errors import Problem

ATTACKS = (
    "subtraction: any sum with one unknown left, repeated until nothing follows",
    "linear programming: the range of every unknown under all sums and the least value of a withheld cell",
    "whole numbers: the same for integers, in every connected group of at most 12 unknowns",
)
"""What the audit tries, in the order in which it does."""


@dataclass(frozen=True)
class Recovered:
    """How many withheld cells of one table gave way; never which ones or their values."""

    table: str
    dimensions: tuple[str, ...]
    population: str
    cells: int
    narrow: bool = False
    close: bool = False
    """Whether it is a sum that can be estimated."""
    shown: bool = False
    """Whether the cells are not even withheld."""
    left: bool = False
    """Whether it is what they leave of another period, or that of them."""

    def problem(self) -> Problem:
        """Say it as a problem with a remedy."""
        place = f"table {self.table!r} ({', '.join(self.dimensions)}), population {self.population!r}"
        rule = f"{self.cells} withheld cells can be derived, or could not be proved safe"
        if self.narrow:
            rule = f"{self.cells} withheld cells can be told to be small, or could not be proved to keep their range"
        if self.close:
            rule = f"{self.cells} withheld sums can be estimated too closely, or could not be proved not to be"
        if self.shown:
            rule = f"{self.cells} cells are shown that the rules withhold"
        if self.left:
            rule = f"{self.cells} cells are shown that tell of few people in days that no edition shows by themselves"
        return Problem(place, rule, "publish coarser members of these dimensions, or leave the table out")


@dataclass(frozen=True)
class AuditReport:
    """What was attacked, how, and what was recovered. `cells` and `withheld` count each linked cell once."""

    cells: int
    withheld: int
    recovered: tuple[Recovered, ...]
    attacks: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether no withheld cell was recovered."""
        return not self.recovered


def audit(published: Published) -> AuditReport:
    """Attack a release and report which withheld cells, or small rests of a whole, are determined by what is shown.

    A withheld cell passes when two tables that agree with everything shown differ in it: each is checked by putting it
    into the equations, and for whole numbers the two must differ by at least one. A cell for which no such pair is
    found counts as recovered. Shares no code with secondary suppression.
    """
    places = _given_away(published)
    before = {cell for cell in places if isinstance(cell, Named)}
    if before:
        # What earlier releases give away by themselves is not for this one to protect.
        alone = replace(published, tables=(), crossings=(), exact_only=())
        before -= {cell for cell in _given_away(alone) if isinstance(cell, Named)}
    everything, hidden = _cells(published)
    attacks = () if published.rules.method == "none" else ATTACKS
    now = {cell for cell in places if isinstance(cell, Cell)}
    recovered = (*_located(published, now), *_located_unseen(published, now), *_located_before(published, before))
    recovered = (*_not_withheld(published), *_left_over_time(published), *recovered)
    if not recovered and published.possible:
        systems = chain(counting_of(published), at_least_as_many(published))
        narrow = {cell for equations in systems for cell in _too_narrow(equations, published)}
        recovered = tuple(replace(one, narrow=True) for one in _located(published, narrow))
    if not recovered and published.bounds:
        recovered = tuple(replace(one, close=True) for one in _located(published, _too_close(published)))
    return AuditReport(len(everything), len(hidden), recovered, attacks)


def _given_away(published: Published) -> set[Cell | Named]:
    places: set[Cell | Named] = set()
    for equations in chain(equations_of(published), amounts_together(published)):
        places |= _attack(equations, published)
    return places


def _too_close(published: Published) -> set[Cell]:
    """Return the sums that few contributors make up, and that readers can bound more closely than the rules allow."""
    found: set[Cell] = set()
    for equations, bounds in systems_of_amounts(published):
        lowest = np.array(equations.lowest)
        matrix, constants = _fitting(equations, np.array(equations.constants), lowest)
        found |= too_close(equations, (matrix, constants, lowest), bounds)
    return found


def _attack(equations: Equations, published: Published) -> set[Cell | Named]:
    """Return the withheld cells and the small rests that one system of equations gives away."""
    constants, lowest = np.array(equations.constants), np.array(equations.lowest)
    if not equations.integer:
        scale = scale_of(float(np.abs(constants).max(initial=0.0)))
        constants, lowest = constants / scale, lowest / scale
    elif equations.unit > 1:
        unit = equations.unit_of_all()
        constants, lowest = constants / unit, np.ceil(lowest / unit)
    matrix, constants = _fitting(equations, constants, lowest)
    values = subtract(matrix, constants)
    known = ~np.isnan(values)
    unknown = np.flatnonzero(~known)
    cells = np.array([one is not None for one in equations.unknowns], dtype=np.bool_)
    rest, constants = matrix[:, unknown], constants - matrix @ np.nan_to_num(values)
    for rows, places in groups(rest):
        columns = unknown[places]
        group = Group(rest[rows][:, places], constants[rows], lowest[columns], cells[columns], equations.integer)
        found = group.determined()
        values[columns] = found.value
        known[columns] = found.determined
    told = [column for column in np.flatnonzero(known).tolist() if _tells(equations, values, column, published)]
    return {cell for cell in (equations.unknowns[column] for column in told) if cell is not None}


def _fitting(equations: Equations, constants: Reals, lowest: Reals) -> tuple[sparse.csr_array, Reals]:
    """Return the rows and constants without those of earlier numbers that do not fit the others any more.

    They were revised since: no reader can reckon with them.
    """
    matrix = equations.matrix()
    if not equations.elastic:
        return matrix, constants
    kept = np.flatnonzero(agreeing(matrix, constants, lowest, np.array(equations.elastic)))
    return matrix[kept], constants[kept]


def _too_narrow(equations: Equations, published: Published) -> set[Cell]:
    """Return the small cells that one system of equations bounds more tightly than they must seem possible."""
    unknowns = equations.unknowns
    high = [published.possible.get(one, -np.inf) if isinstance(one, Cell) else -np.inf for one in unknowns]
    lowest = np.array(equations.lowest)
    matrix, constants = _fitting(equations, np.array(equations.constants), lowest)
    narrow = too_narrow((matrix, constants, lowest), np.array(high))
    return {cell for cell in (unknowns[at] for at in np.flatnonzero(narrow)) if isinstance(cell, Cell)}


def _tells(equations: Equations, values: Reals, column: int, published: Published) -> bool:
    """Whether knowing this column is a disclosure: any withheld cell is; a rest or an unseen cell if it is small."""
    cell = equations.unknowns[column]
    if cell is None or published.rules.method == "none":
        return False
    if cell in published.secret:
        return True
    floor = 0.5 if published.rules.zeros == "publish" else -0.5
    # Written so that a value that was not found counts as small.
    return not (cell.rest and (values[column] < floor or values[column] > published.rules.threshold - 0.5))


def _cells(published: Published) -> tuple[set[Cell], set[Cell]]:
    everything: set[Cell] = set()
    hidden: set[Cell] = set()
    for table in published.tables:
        for population, gone in table.withheld.items():
            cells = places_of(published, table, population)
            everything.update(cells)
            hidden.update(cell for cell, one in zip(cells, gone.tolist(), strict=True) if one)
    return everything, hidden


def _not_withheld(published: Published) -> tuple[Recovered, ...]:
    """Return how many cells each table shows that the rules want withheld: a reader has only to read them."""
    counts: Counter[tuple[str, tuple[str, ...], str]] = Counter()
    for table in published.tables:
        for population, gone in table.withheld.items():
            cells = zip(places_of(published, table, population), gone.tolist(), strict=True)
            counts[table.name, table.dimensions, population] += sum(
                not hidden and cell in published.sensitive for cell, hidden in cells
            )
    return tuple(Recovered(*where, number, shown=True) for where, number in counts.items() if number)


def _left_over_time(published: Published) -> tuple[Recovered, ...]:
    """Return how many cells of each table leave a small rest of another period, or another period of them."""
    telling = cells_that_leave_few(published)
    counts = {
        (table.name, table.dimensions, population): len(telling & set(cells))
        for table in published.tables
        for population in table.withheld
        if (cells := named_places(published.dimensions, table, population))
    }
    return tuple(Recovered(*where, number, left=True) for where, number in counts.items() if number)


def _located(published: Published, recovered: set[Cell]) -> tuple[Recovered, ...]:
    lost = {Cell(cell.population, cell.place) for cell in recovered}
    counts: Counter[tuple[str, tuple[str, ...], str]] = Counter()
    for table in published.tables:
        for population in table.withheld:
            number = sum(cell in lost for cell in places_of(published, table, population))
            if number:
                counts[table.name, table.dimensions, population] = number
    return tuple(Recovered(*where, number) for where, number in counts.items())


def _located_unseen(published: Published, recovered: set[Cell]) -> tuple[Recovered, ...]:
    """Return how many cells that no table shows are lost, by the crossing that has them."""
    seen, _ = _cells(published)
    lost = Counter(
        (next(names for names in published.crossings if _crossed(published, cell) <= set(names)), cell.population)
        for cell in recovered
        if cell._replace(rest=False) not in seen
    )
    return tuple(
        Recovered(f"crossing of {', '.join(names)}", names, population, number)
        for (names, population), number in sorted(lost.items())
    )


def _crossed(published: Published, cell: Cell) -> set[str]:
    return {one.name for one, at in zip(published.dimensions, cell.place, strict=True) if at != one.total}


def _located_before(published: Published, recovered: set[Named]) -> tuple[Recovered, ...]:
    counts: Counter[tuple[str, tuple[str, ...], str]] = Counter()
    for release in published.earlier:
        for table in release.tables:
            for population in table.withheld:
                rows = zip(named_cells(release, table, population), table.withheld[population].tolist(), strict=True)
                number = sum(gone and cell in recovered for cell, gone in rows)
                if number:
                    counts[f"{table.name} of {release.name}", table.dimensions, population] = number
    return tuple(Recovered(*where, number) for where, number in counts.items())
