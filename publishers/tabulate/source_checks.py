"""What must hold of the counted source: every row has members and a person, and every number can be added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datasets.errors import Problem, SourceInvalid
from publishers.tabulate.cells import CubeShape, Ints
from publishers.tabulate.match import MISSING, UNKNOWN
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.quantities import Part
from publishers.tabulate.recode import PlannedDimension


@dataclass(frozen=True)
class Unmatched:
    """Rows that cannot be counted under any member of a dimension."""

    dimension: PlannedDimension
    leaf: int
    """MISSING or UNKNOWN."""
    rows: int


class RowsUnmatched(SourceInvalid):
    """A SourceInvalid that still knows which rows it is about, so that their numbers can be looked for."""

    def __init__(self, plan: TabulationPlan, unmatched: Sequence[Unmatched]) -> None:
        self.unmatched = tuple(unmatched)
        super().__init__(
            "Some rows cannot be counted under any member",
            problems=[_unmatched_problem(plan, one) for one in self.unmatched],
        )


def check_leaves(plan: TabulationPlan, shape: CubeShape, leaves: Sequence[Ints], rows: Ints) -> None:
    """Raise RowsUnmatched where rows of a group lack a member; ``leaves`` per dimension and ``rows`` are (groups,)."""
    unmatched = [
        Unmatched(dimension, leaf, wrong)
        for dimension, own in zip(shape.dimensions, leaves, strict=True)
        for leaf in _RULES
        if (wrong := int(rows[own == leaf].sum()))
    ]
    if unmatched:
        raise RowsUnmatched(plan, unmatched)


def _unmatched_problem(plan: TabulationPlan, one: Unmatched) -> Problem:
    rule, remedy = _RULES[one.leaf]
    named = {"rows": _rows(one.rows), "list": one.dimension.codelist.id, "dimension": one.dimension.name}
    return Problem(_place(plan, one.dimension), rule.format(**named), remedy.format(**named))


_RULES = {
    MISSING: (
        "has no value in {rows}",
        "correct the source, or name the member that stands for missing values in dimensions.{dimension}.unknown",
    ),
    UNKNOWN: (
        "has a value in {rows} that finds no member of the code list {list} at a published level",
        "correct the source, or add the value to dimensions.{dimension}.map",
    ),
}


def check_persons(plan: TabulationPlan, missing: int) -> None:
    """Raise SourceInvalid where rows have no person: they could be anyone, so no number of persons would be true."""
    if missing:
        problem = Problem(
            f"{plan.source}, column {plan.person}",
            f"has no value in {_rows(missing)}",
            "give each row the person that it is about, or declare the column required so that such rows are refused",
        )
        raise SourceInvalid("Persons cannot be counted", problems=[problem])


def check_usable(plan: TabulationPlan, sums: Mapping[Part, Sequence[Ints]]) -> None:
    """Raise SourceInvalid where numbers are not finite, or 2 to the power of 53 and larger."""
    wrong = {part.column: int(cells[0].sum()) for part, cells in sums.items() if part.kind == "unusable"}
    problems = [
        Problem(
            f"{plan.source}, column {column}",
            f"has a number in {_rows(rows)} that is not finite or too large to be added up exactly",
            "correct the source, or use a larger unit",
        )
        for column, rows in wrong.items()
        if rows
    ]
    if problems:
        raise SourceInvalid("Some numbers cannot be added up", problems=problems)


def check_whole(plan: TabulationPlan, sums: Mapping[Part, Sequence[Ints]]) -> None:
    """Raise SourceInvalid where people that the source has counted are not whole or less than none."""
    problems = []
    for population in plan.populations:
        if population.kind != "value":
            continue
        millionths = Part("micro", population.column, population.where)
        broken = int((sums[millionths][0] != 0).sum()) if millionths in sums else 0
        negative = int((sums[population.part(plan.column_types)][0] < 0).sum())
        for cells, rule in ((broken, "are not whole numbers"), (negative, "are less than zero")):
            if cells:
                problems.append(
                    Problem(f"{plan.source}, column {population.column}", f"counts of people {rule} in {cells} cells")
                )
    if problems:
        raise SourceInvalid("People already counted must be whole numbers from zero up", problems=problems)


def _place(plan: TabulationPlan, dimension: PlannedDimension) -> str:
    return f"{plan.source}, column {dimension.column}"


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"
