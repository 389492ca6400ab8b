"""Differentially private counts of an edition: how much one person can change, what is spent for it, and the noise."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from anonymization.perturbation.budget import loss_of, shared
from anonymization.perturbation.noise import Contributions, NoiseRule
from anonymization.perturbation.private_noise import DrawnNoise, PlannedMeasure, PlannedNoise, draw_noise, plan_noise
from anonymization.perturbation.private_report import CONFIDENCE
from anonymization.perturbation.release import PerturbedTables, measure_cells, perturb_tables
from anonymization.table import TableSet
from datasets.definition import Definition
from datasets.definition_files import LoadedDefinition
from datasets.disclosure import DisclosureRules
from datasets.errors import Problem
from datasets.perturbation_choice import DifferentialPrivacy
from publishers.extract.extract import Extract
from publishers.limits import JobLimits
from publishers.privacy_accounts import Entry
from publishers.privacy_budgets import Budgets, Spent
from publishers.tabulate.bounds import bound_persons
from publishers.tabulate.plan import TOTAL_LEVEL, TabulationPlan, plan
from publishers.tabulate.tabulation import Dependencies, Tabulation, table_set

_MANY = 0.05
"""From this share of the rows on, what bounds leave out is more than a detail."""

NOISE_ALONE = Problem(
    "the package",
    "has noise alone, drawn around zeros: the counts with noise would have cost privacy before anything is published",
    "Look at its form, its stated accuracy and how large noise is, and quote no number from it",
)
"""What staff must know who look at a package before it is published."""


def flaws_of_privacy(definition: Definition) -> Iterator[Problem]:
    """Yield what no noise hides: who is counted must be known, and nothing may be told beside the noisy counts."""
    assert definition.source is not None
    if definition.person is None:
        rule = "is missing, so that nothing bounds how much one person can change"
        yield Problem("person", rule, "name the column that tells persons apart, or use another method")
    if definition.source.max_bad_rows:
        rule = "is above 0, and readers are told how many rows were left out, without any noise"
        yield Problem("source.max_bad_rows", rule, "leave it out, and correct the source")
    for name, one in definition.measures.items():
        if one.contributors == "value":
            rule = "is already counted, so that nothing bounds how much one person can change"
            yield Problem(f"measures.{name}.contributors", rule, "use random_rounding, or read the records")


def within_bounds(
    extracted: Extract, loaded: LoadedDefinition, edition: str, target: Path, limits: JobLimits
) -> tuple[Extract, tuple[Problem, ...]]:
    """Return the records that are counted, and a warning for staff where some are not."""
    choice = loaded.definition.disclosure
    assert isinstance(choice, DifferentialPrivacy)
    bounds = choice.cells_per_person, choice.records_per_cell
    left = bound_persons(plan(loaded, edition), extracted.path, target, limits, bounds=bounds)
    bounded = replace(extracted, path=target, rows=extracted.rows - left)
    if not left:
        return bounded, ()
    return bounded, (_left_out(left, extracted.rows, choice),)


def _left_out(left: int, rows: int, choice: DifferentialPrivacy) -> Problem:
    """Return the warning that rows are not counted; many of them make every number too low, and noise hides that."""
    rule = f"has {left:,} of {rows:,} rows beyond cells_per_person and records_per_cell, which are not counted"
    if left <= _MANY * rows:
        return Problem("the source", rule, "Raise them where that is many: with more noise, counts are less low")
    bounds = f"cells_per_person: {choice.cells_per_person}, records_per_cell: {choice.records_per_cell}"
    rule = (
        f"LOSES {100 * left / rows:.1f} % OF ITS ROWS: {left:,} of {rows:,} are beyond {bounds} and are not counted,"
        " so that published counts of records are too low by as much"
    )
    remedy = "Raise the bounds until few rows are left out (there is more noise then), or do not publish these counts"
    return Problem("the source", rule, remedy)


@dataclass(frozen=True)
class Purse:
    """Where a job spends from; ``budgets`` are there wherever the signing key is.

    Without ``pays``, the noise of nobody alone is drawn; it is looked whether the budget would allow more.
    """

    budgets: Budgets | None
    pays: bool


def private_counts(
    tabulation: Tabulation, loaded: LoadedDefinition, rules: DisclosureRules, purse: Purse
) -> PerturbedTables:
    """Return the tables of an edition with noise: paid for, drawn and kept, in this order.

    What the edition was drawn for last has the same numbers again. Raises what `plan_noise` and `Budgets.spend` raise,
    before anything is drawn.
    """
    choice = loaded.definition.disclosure
    assert isinstance(choice, DifferentialPrivacy)
    # What records tell of links between columns must not tell in which numbers the noise is found.
    tables = table_set(replace(tabulation, dependencies=Dependencies(), hidden=()))
    planned = plan_noise(tables, planned_measures(tabulation.plan, choice))
    if not purse.pays:
        if purse.budgets is not None:
            content = _content(tables, planned, purse.budgets)
            purse.budgets.check(choice.budget, _entry(tabulation.plan, choice, content))
        noisy = draw_noise(tables, planned, of_nobody=True)
        return perturb_tables(tables, rules, DrawnNoise(planned, noisy))
    assert purse.budgets is not None, "whoever pays has an account"
    spent = _spent(tables, planned, tabulation.plan, choice, purse.budgets)
    assert spent.drawn is not None
    assert rules.perturbation is not None
    told = rules.perturbation.model_copy(update={"entry": spent.entry.number, "spent": spent.total})
    rules = rules.model_copy(update={"perturbation": told})
    return perturb_tables(tables, rules, DrawnNoise(planned, spent.drawn))


def planned_measures(planned: TabulationPlan, choice: DifferentialPrivacy) -> dict[str, PlannedMeasure]:
    """Return how each measure gets noise: an equal share of the loss, and what one person can change at most.

    A record counts in one cell of each margin, so a person in as many of each as there are finest cells with the
    person's records; in a margin, all of them may come together. Where each person has one finest cell, distinct
    persons add up as well.
    """
    loss = shared(loss_of(choice.epsilon, choice.rho), len(planned.quantities))
    cells, records = choice.cells_per_person, choice.records_per_cell
    found = {}
    for one in planned.quantities:
        margins = {
            frozenset((name, level) for name, level in zip(table.dimensions, node, strict=True) if level != TOTAL_LEVEL)
            for table in planned.tables
            if one.name in table.quantities
            for node in table.nodes
        }
        if one.persons:
            changes = Contributions(cells * len(margins))
        else:
            changes = Contributions(cells * len(margins), per_cell=records, together=cells)
        found[one.name] = PlannedMeasure(NoiseRule(loss, changes, CONFIDENCE), not one.persons or cells == 1)
    return found


def _spent(
    tables: TableSet, planned: PlannedNoise, of: TabulationPlan, choice: DifferentialPrivacy, budgets: Budgets
) -> Spent:
    """Spend, draw and keep; what was kept for the same content is taken."""
    spent = budgets.spend(choice.budget, _entry(of, choice, _content(tables, planned, budgets)))
    if spent.drawn is not None:
        return spent
    drawn = draw_noise(tables, planned)
    budgets.keep(choice.budget.population, spent, drawn)
    return replace(spent, drawn=drawn)


def _entry(planned: TabulationPlan, choice: DifferentialPrivacy, content: str) -> Entry:
    start, end = planned.period or (None, None)
    return Entry(
        number=0,
        dataset=planned.dataset,
        edition=planned.edition,
        start=start,
        end=end,
        content=content,
        epsilon=choice.epsilon,
        rho=choice.rho,
    )


def _content(tables: TableSet, planned: PlannedNoise, budgets: Budgets) -> str:
    """Return by what the same counts with the same noise are known again: everything that decides what is drawn."""
    digest = hashlib.sha256()
    members = [[one.name, list(one.members)] for one in tables.dimensions]
    digest.update(json.dumps(members).encode())
    for measure in tables.measures:
        cells = measure_cells(tables, measure)
        digest.update(json.dumps([measure.name, repr(planned.measures[measure.name])]).encode())
        digest.update(tables.nodes.coordinates[cells.nodes].astype("<i8").tobytes())
        digest.update(cells.counts.astype("<i8").tobytes())
    return budgets.content_of(digest.digest())
