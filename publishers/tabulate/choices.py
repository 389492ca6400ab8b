"""Finds the cells that a definition chooses by their members: to be shown always or never, or dearer to withhold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anonymization.chosen_cells import Chosen
from datasets.cell_rules import EVERY, ChosenCells, WeightedCells
from datasets.definition import Definition
from datasets.disclosure import DisclosureRules
from datasets.errors import DefinitionInvalid, Problem
from datasets.names import TOTAL
from publishers.tabulate.plan import TOTAL_LEVEL, PlannedTable, TabulationPlan
from publishers.tabulate.recode import PlannedDimension

Choices = tuple[Chosen, ...]


def chosen_cells(
    definition: Definition, rules: DisclosureRules, plan: TabulationPlan
) -> tuple[Choices, Choices, Choices]:
    """Return the cells that are always shown, those that are never shown, and those with weights.

    Raises DefinitionInvalid, with key, rule and remedy, where a member is not published, a dimension that has no total
    is left out, or no table shows such a cell.
    """
    finder = _Finder(definition, plan)
    shown, withheld, weighted = (
        tuple(finder.find(f"disclosure.{key}[{at}]", one) for at, one in enumerate(choices, 1))
        for key, choices in (
            ("always_shown", rules.always_shown),
            ("always_withheld", rules.always_withheld),
            ("weights", rules.weights),
        )
    )
    if finder.problems:
        raise DefinitionInvalid("Cells that are chosen by their members are not published", problems=finder.problems)
    return shown, withheld, weighted


class _Finder:
    """Collects everything that is wrong with the choices of one definition."""

    def __init__(self, definition: Definition, plan: TabulationPlan) -> None:
        self._definition, self._plan = definition, plan
        self.problems: list[Problem] = []

    def find(self, name: str, choice: ChosenCells) -> Chosen:
        """Return the cells by the indices of their members, as the table set has them; add what is wrong."""
        wrong = len(self.problems)
        members = {}
        for dimension in self._plan.dimensions:
            codes = choice.cells.get(dimension.name, (TOTAL,))
            members[dimension.name] = frozenset(self._indices(f"{name}.cells.{dimension.name}", dimension, codes))
        unused = [one for one in choice.cells if one not in members]
        self.problems += [
            Problem(f"{name}.cells.{one}", "is a dimension of no table", "leave it out") for one in unused
        ]
        populations = self._populations(choice)
        if wrong == len(self.problems) and not any(self._has(one, members, populations) for one in self._plan.tables):
            rule = "are cells that no table shows"
            self.problems.append(Problem(name, rule, "name members, margins and measures of one table"))
        weight = choice.weight if isinstance(choice, WeightedCells) else 1.0
        return Chosen(name, members, populations, weight)

    def _indices(self, place: str, dimension: PlannedDimension, codes: Sequence[str]) -> Iterator[int]:
        numbers = {code: at + dimension.total for at, code in enumerate(dimension.members.codes)}
        if dimension.total:
            numbers[TOTAL] = 0
        if EVERY in codes:
            yield from numbers.values()
            return
        for code in codes:
            if code in numbers:
                yield numbers[code]
            elif code == TOTAL:
                self.problems.append(Problem(place, "has no total", f'name its members, or "{EVERY}" for all'))
            else:
                self.problems.append(Problem(place, f"{code} is not published", "name a code of a published level"))

    def _populations(self, choice: ChosenCells) -> frozenset[str]:
        measures = self._definition.measures
        names = {measures[one].numerator or one for one in choice.measures or measures}
        return frozenset(one.population for one in self._plan.quantities if one.measure in names)

    def _has(self, table: PlannedTable, members: dict[str, frozenset[int]], populations: frozenset[str]) -> bool:
        """Return whether a table has such a cell, of one of these populations."""
        if not any(self._plan.quantity(name).population in populations for name in table.quantities):
            return False
        wanted = [_levels(one, members[one.name]) for one in self._plan.dimensions]
        for node in table.nodes:
            level = dict(zip(table.dimensions, node, strict=True))
            names = [one.name for one in self._plan.dimensions]
            if all(level.get(name, TOTAL_LEVEL) in levels for name, levels in zip(names, wanted, strict=True)):
                return True
        return False


def _levels(dimension: PlannedDimension, members: frozenset[int]) -> frozenset[int]:
    """Return the levels of members by index, where the total is one of them."""
    codes = [one - dimension.total for one in members]
    return frozenset(TOTAL_LEVEL if code < 0 else dimension.members.level_of[code] for code in codes)
