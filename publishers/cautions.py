"""What staff are warned of while the job goes on: weak rules, little noise, a period that has not begun."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from anonymization.deviations import deviation, is_weaker
from anonymization.perturbation.private_report import USUAL_DELTA, told_epsilon
from anonymization.policies import resolve
from datasets.cell_rules import EVERY, ChosenCells
from datasets.cell_status import CellStatus, status_column
from datasets.definition import Definition
from datasets.definition_files import LoadedDefinition
from datasets.errors import Problem, SettingInvalid
from datasets.names import TOTAL
from datasets.periods import period_of
from datasets.perturbation_choice import CellKey, DifferentialPrivacy
from publishers.edition_names import of_spelling
from publishers.noise_tables import noise_of, noise_warning
from publishers.sums_of_amounts import without_contributors

MOST_EPSILON = 10
"""More is seldom defended for people's data, even by those who publish with much: see the page on noise."""
FURTHEST_AHEAD = timedelta(days=366)
"""An edition may be published before its period, such as a register that holds from January. Beyond a year it is a
mistake of typing."""


def of_definition(definition: Definition) -> Iterator[Problem]:
    """Yield what a definition does that protects less than its policy, as readers are told, and sums without rules."""
    if definition.disclosure is None:
        return
    rules = resolve(definition.disclosure)
    differs = deviation(rules)
    if differs is not None and is_weaker(rules):
        rule = f"protects less than the policy {rules.policy}. {differs.en}"
        yield Problem(f"{definition.id}, disclosure", rule, "Every file and the page of the release will say so")
    yield from of_loss(definition)
    yield from without_contributors(definition)


def of_noise(loaded: LoadedDefinition) -> Iterator[Problem]:
    """Yield a warning where cell keys leave small counts more often as they are than not."""
    choice = loaded.definition.disclosure
    if isinstance(choice, CellKey) and (warning := noise_warning(choice, noise_of(choice, loaded.folder))):
        yield Problem(f"{loaded.definition.id}, {warning.place}", warning.rule, warning.remedy)


def of_loss(definition: Definition) -> Iterator[Problem]:
    """Yield a warning where a release spends so much that its noise promises people hardly anything."""
    choice = definition.disclosure
    if not isinstance(choice, DifferentialPrivacy) or (epsilon := told_epsilon(choice)) <= MOST_EPSILON:
        return
    kind = "epsilon" if choice.rho is None else "rho"
    at = "" if choice.rho is None else f", at a delta of {choice.delta or USUAL_DELTA:g}"
    rule = (
        f"is an epsilon of {epsilon:,.10g}{at}: what is published may be exp({epsilon:,.10g}) times as likely with"
        " somebody in the data as without, which promises next to nothing"
    )
    remedy = f"Spend less, so that epsilon is {MOST_EPSILON} at most and better near 1"
    yield Problem(f"{definition.id}, disclosure.{kind}", rule, remedy)


def of_rates(definition: Definition, tables: Iterable[pa.Table]) -> Iterator[Problem]:
    """Yield a warning for each choice of cells to show in which rates were not calculated; tables are public ones."""
    chosen = () if definition.disclosure is None else getattr(definition.disclosure, "always_shown", ())
    found = list(tables)
    for at, choice in enumerate(chosen, 1):
        for name, measure in definition.measures.items():
            if choice.measures and not {name, measure.numerator} & {*choice.measures}:
                continue
            count = sum(_unreliable(definition, choice, table, name) for table in found)
            if count:
                rule = f"the {measure.type} {name} is not calculated in {count} of its cells, as denominators asks"
                remedy = "Readers see [u] there; name measures to promise counts alone, or lower denominators"
                yield Problem(f"{definition.id}, disclosure.always_shown[{at}]", rule, remedy)


def _unreliable(definition: Definition, choice: ChosenCells, table: pa.Table, measure: str) -> int:
    """Return in how many of the chosen cells of a table a measure rests on too little."""
    if measure not in table.column_names:
        return 0
    rows = pc.equal(table[status_column(measure)], str(CellStatus.UNRELIABLE))
    for dimension in definition.dimensions:
        codes = choice.cells.get(dimension, (TOTAL,))
        if EVERY in codes:
            continue
        if dimension in table.column_names:
            rows = pc.and_(rows, pc.is_in(table[dimension], pa.array(codes, pa.string())))
        elif TOTAL not in codes:
            return 0
    return int(pc.sum(rows).as_py() or 0)


def of_edition(edition: str, today: date) -> Iterator[Problem]:
    """Yield a warning where the period of ``edition`` has not begun, or where its name only looks like a period.

    SettingInvalid where it is over a year away.
    """
    yield from of_spelling(edition)
    period = period_of(edition)
    if period is None or period[0] <= today:
        return
    rule = f"{edition} begins on {period[0]:%d/%m/%Y}, which is still to come"
    if period[0] - today > FURTHEST_AHEAD:
        problem = Problem("--edition", f"{rule}, in more than a year", "correct the edition")
        raise SettingInvalid("The edition is of a distant future", problems=[problem])
    yield Problem("--edition", rule, "Check that this is the edition you mean: a release is for ever")
