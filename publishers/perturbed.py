"""Changing the counts of an edition instead of withholding some: what can be changed, by which secret, and how."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from anonymization.dimension import Dimension
from anonymization.perturbation.draws import CellDraws
from anonymization.perturbation.release import (
    ControlledMultiples,
    DrawnRounding,
    KeyNoise,
    NearestRounding,
    PerturbedTables,
    SmallRounding,
    perturb_tables,
)
from anonymization.perturbation.report import PerturbationReport, describe_perturbed
from anonymization.policies import resolve
from anonymization.relations import Ints
from anonymization.table import TableSet
from anonymization.words import Text
from datasets.definition import Definition
from datasets.definition_files import LoadedDefinition
from datasets.disclosure import DisclosureChoice, DisclosureRules, PerturbationChoice
from datasets.errors import DisclosureRuleInvalid, Problem
from datasets.measure import Measure
from datasets.names import TOTAL
from datasets.periods import period_of
from datasets.perturbation_choice import (
    CellKey,
    ControlledRounding,
    ConventionalRounding,
    DifferentialPrivacy,
    RandomRounding,
    SmallCountRounding,
)
from datasets.release import DisclosureSummary
from datasets.signing import Signer
from datasets.text import Bilingual
from publishers.noise_tables import noise_of
from publishers.package.phrases import paragraphs
from publishers.private_counts import flaws_of_privacy
from publishers.protectable import links_of_changed_counts
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.recode import PlannedDimension
from publishers.tabulate.record_keys import RecordKeys
from publishers.tabulate.tabulation import Tabulation, table_set

_CHECK = b"ytemo: check of keys"


@dataclass(frozen=True)
class Secret:
    """The secret of all draws and record keys; `lasting` says whether a later release will have the same."""

    key: bytes = field(repr=False)
    lasting: bool

    @classmethod
    def of(cls, signer: Signer) -> Secret:
        """Return the ministry's: a signature of a text that no release ever is, kept wherever the signing key is."""
        return cls(hashlib.sha256(signer.sign(b"ytemo: secret of changed counts")).digest(), lasting=True)


def choice_of(definition: Definition) -> PerturbationChoice | None:
    """Return how a definition changes its counts; None where it does not."""
    choice = definition.disclosure
    return None if choice is None or isinstance(choice, DisclosureChoice) else choice


# What can be changed --------------------------------------------------------------------------------------------------


def check_perturbable(loaded: LoadedDefinition) -> None:
    """Raise DisclosureRuleInvalid, with every reason and its remedy, when these numbers cannot be changed so.

    Noise is made or read here already: what `noise_of` raises is told before anybody waits for a job.
    """
    definition = loaded.definition
    choice = choice_of(definition)
    assert choice is not None
    problems = [
        Problem(f"measures.{name}{key}", rule, remedy)
        for name, measure in definition.measures.items()
        for key, rule, remedy in _flaws(measure, choice)
    ]
    if isinstance(choice, DifferentialPrivacy):
        # Noise hides one person in all cells together, whatever links them.
        problems += flaws_of_privacy(definition)
    else:
        problems += links_of_changed_counts(definition)
    if isinstance(choice, CellKey):
        problems += _flaws_of_keys(definition, choice)
    elif isinstance(choice, SmallCountRounding) and definition.person is not None:
        problems += _rows_of_persons(definition)
    if problems:
        raise DisclosureRuleInvalid("These numbers cannot be changed as they are defined", problems=problems)
    if isinstance(choice, CellKey):
        noise_of(choice, loaded.folder)


def _rows_of_persons(definition: Definition) -> Iterator[Problem]:
    """One person with many rows is a large count, which rounding small counts leaves as it is."""
    for name, one in definition.measures.items():
        if one.type == "count":
            rule = "counts rows, of which one person may have many: the count of one person would be shown as it is"
            remedy = "use random_rounding, or method: suppression, which counts the persons behind every number"
            yield Problem(f"measures.{name}.type", rule, remedy)


def _flaws(measure: Measure, choice: PerturbationChoice) -> Iterator[tuple[str, str, str]]:
    if measure.type == "mean":
        remedy = "leave it out, publish counts, or use method: suppression"
        yield ".type", "is a mean, whose sum no method here changes", remedy
    if measure.type == "sum" and measure.contributors != "value":
        remedy = "leave it out, or use method: suppression; people already counted have contributors: value"
        yield ".type", f"adds up amounts, and {choice.method} changes counts only", remedy
    if measure.absent in ("missing", "partial"):
        rule = f"marks where records are absent ({measure.absent}), which tells true zeros that the method hides"
        yield ".absent", rule, "use absent: zero, or method: suppression"
    if measure.where and choice.method == "controlled_rounding":
        rule = "counts a part of the others, which would be rounded apart from them and could be shown larger"
        yield ".where", rule, "make its column a dimension, or use random_rounding"
    if measure.type == "persons" and choice.method == "controlled_rounding":
        rule = "counts persons, who may be in several cells, so that their multiples cannot be made to add up"
        yield ".type", rule, "use random_rounding or cell_key, or count rows"
    if measure.where and choice.method == "small_count_rounding":
        rule = "counts a part of the others: what is left of them may be small, and only published counts are rounded"
        yield ".where", rule, "make its column a dimension, or use random_rounding"
    if measure.type == "persons" and choice.method == "small_count_rounding":
        rule = "counts persons, who may be in several cells, so that totals cannot be added up from parts"
        yield ".type", rule, "use random_rounding or cell_key, or count rows"
    if measure.contributors == "value" and choice.method == "cell_key":
        rule = "is already counted, so that there are no records with keys"
        yield ".contributors", rule, "use random_rounding or conventional_rounding, or read the records"


def _flaws_of_keys(definition: Definition, choice: CellKey) -> Iterator[Problem]:
    """Every record needs a key of its own: with one key for two, their noise would not be what is promised."""
    assert definition.source is not None
    rows = [name for name, one in definition.measures.items() if one.type == "count"]
    persons = [name for name, one in definition.measures.items() if one.type == "persons"]
    if rows and choice.record_key is None:
        rule = f"is missing, and {' and '.join(rows)} count rows"
        yield Problem("disclosure.record_key", rule, "name a column with a number of each record, or count persons")
    if persons and choice.ready_keys:
        rule = f"gives keys to records, and {' and '.join(persons)} count persons"
        yield Problem("disclosure.ready_keys", rule, "leave ready_keys out, or count rows")
    column = definition.source.columns.get(choice.record_key or "")
    if column is not None and not (column.required and (choice.ready_keys or column.unique)):
        wanted = "required: true" if choice.ready_keys else "required: true and unique: true"
        rule = "does not tell records apart"
        yield Problem("disclosure.record_key", rule, f"declare its column {choice.record_key} with {wanted}")
    if column is not None and choice.ready_keys and column.type != "integer":
        yield Problem("disclosure.record_key", "holds no whole numbers", "declare its column with type: integer")


# How they are changed -------------------------------------------------------------------------------------------------


Keys = Callable[[RecordKeys], Mapping[str, Mapping[str, Ints]]]
"""Adds up the keys of the records behind each cell, by measure and table."""


def finished_rules(loaded: LoadedDefinition, secret: Secret) -> DisclosureRules:
    """Return the rules of a definition that changes counts, with what later releases recognise the secret by."""
    choice = choice_of(loaded.definition)
    assert choice is not None
    return rules_of(choice, loaded.folder, secret, persons=loaded.definition.person)


def rules_of(
    choice: PerturbationChoice, folder: Path, secret: Secret, *, persons: str | None = None
) -> DisclosureRules:
    """Return the rules of a choice whose files are in ``folder``; ``persons`` is the column that tells them apart."""
    rules = resolve(choice)
    assert rules.perturbation is not None
    told: dict[str, object] = {}
    if isinstance(choice, RandomRounding):
        told["key_check"] = _check(secret, b"")
    if isinstance(choice, CellKey):
        noise = noise_of(choice, folder)
        told["largest"], told["variance"] = noise.largest, round(float(noise.variance()[-1]), 4)
        # Whatever would give the same records other noise.
        source = f"{choice.record_key} {choice.ready_keys} {persons} {noise.period}".encode()
        told["key_check"] = _check(secret, source + noise.noise.astype("<i8").tobytes())
    return rules.model_copy(update={"perturbation": rules.perturbation.model_copy(update=told)})


def _check(secret: Secret, of: bytes) -> str:
    return hashlib.blake2b(_CHECK + of, digest_size=8, key=secret.key).hexdigest()


def change_counts(
    tabulation: Tabulation, loaded: LoadedDefinition, rules: DisclosureRules, secret: Secret, keys: Keys
) -> PerturbedTables:
    """Return the tables of an edition with their counts changed; raises what `perturb_tables` raises.

    ``keys`` gives the cell keys of the edition; it is asked where the method needs them.
    """
    choice, tables = choice_of(loaded.definition), table_set(tabulation)
    if isinstance(choice, RandomRounding):
        _check_drawn_once(tabulation)
        drawn = cell_draws(tables, tabulation.plan, secret).draw(tables)
        return perturb_tables(tables, rules, DrawnRounding(choice.base, drawn))
    if isinstance(choice, ConventionalRounding):
        return perturb_tables(tables, rules, NearestRounding(choice.base))
    if isinstance(choice, ControlledRounding):
        return perturb_tables(tables, rules, ControlledMultiples(choice.base))
    if isinstance(choice, SmallCountRounding):
        return perturb_tables(tables, rules, SmallRounding(choice.base))
    assert isinstance(choice, CellKey), "private_counts draws the noise of differential privacy"
    own = keys(RecordKeys(choice.record_key, choice.ready_keys, choice.keys, secret.key))
    return perturb_tables(tables, rules, KeyNoise(noise_of(choice, loaded.folder), own))


def _check_drawn_once(tabulation: Tabulation) -> None:
    """Raise DisclosureRuleInvalid where a member of one dimension has all its rows in one member of another.

    The same count then stands in two cells that are named apart, and is drawn for twice.
    """
    found = tabulation.dependencies
    linked = [tuple(sorted((link.children[0], link.parents[0]))) for link in found.links]
    pairs = dict.fromkeys([*found.nested, *linked, *found.nearly_linked])
    crossed = [set(cube.dimensions) for cube in tabulation.plan.own_cubes]
    problems = [
        Problem(
            f"dimensions {one} and {other}",
            "tell of each other, so that one count is in two cells and would be rounded at random twice",
            "leave one out of the tables that cross them, or use method: cell_key or suppression",
        )
        for one, other in pairs
        if any({one, other} <= cube for cube in crossed)
    ]
    if problems:
        raise DisclosureRuleInvalid("These counts cannot be rounded at random as they are", problems=problems)


def cell_draws(tables: TableSet, plan: TabulationPlan, secret: Secret) -> CellDraws:
    """Name the cells of an edition by what they are about, so that another edition calls the same cell the same.

    The month of a year and an edition of that month are one time: days stand for it, whatever the edition is called.
    """
    days = "time=" + (_days(plan.period) if plan.period else plan.edition)
    times = [one.name for one in plan.dimensions if one.is_time]
    members = {
        planned.name: _names(dimension, planned, days if times == [planned.name] else "")
        for planned, dimension in zip(plan.dimensions, tables.dimensions, strict=True)
    }
    return CellDraws(secret.key, plan.dataset, members, () if len(times) == 1 else (days,))


def _names(dimension: Dimension, planned: PlannedDimension, whole: str) -> list[str]:
    names = []
    for code in (*dimension.members, *([] if dimension.has_total else [TOTAL])):
        period = period_of(code) if whole else None
        other = f"time={_days(period)}" if period else f"{planned.name}={planned.codelist.id}:{code}"
        names.append(whole if code == TOTAL else other)
    return names


def _days(period: tuple[object, object]) -> str:
    return f"{period[0]}/{period[1]}"


# What is told of it ---------------------------------------------------------------------------------------------------


def told(perturbed: PerturbedTables, definition: Definition) -> tuple[DisclosureSummary, PerturbationReport]:
    """Return how people were protected, as the release says it, and the report of its package.

    Measures are called by their titles.

    It is not called audited: that word is for withheld cells that an audit of all sums could not recover.
    """
    titles = {name: Text(vi=one.title.vi, en=one.title.en) for name, one in definition.measures.items()}
    report = describe_perturbed(perturbed, titles)
    summary = DisclosureSummary(
        rules=perturbed.rules,
        citation=Bilingual(vi=report.policy_text.vi, en=report.policy_text.en),
        summary=paragraphs([*report.text, report.promised, report.not_promised]),
        audited=False,
    )
    return summary, report
