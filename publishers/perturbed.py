"""Changing the counts of an edition instead of withholding some: what can be changed, by which secret, and how."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from anonymization.dimension import Dimension
from anonymization.perturbation.draws import CellDraws
from anonymization.perturbation.release import (
    DrawnRounding,
    Method,
    NearestRounding,
    PerturbedTables,
    SmallRounding,
    perturb_tables,
)
from anonymization.perturbation.report import PerturbationReport, describe_perturbed
from anonymization.policies import resolve
from anonymization.table import TableSet
from datasets.definition import Definition, Measure
from datasets.disclosure import DisclosureChoice, DisclosureRules, PerturbationChoice
from datasets.errors import DisclosureRuleInvalid, Problem
from datasets.names import TOTAL
from datasets.periods import period_of
from datasets.perturbation_choice import ConventionalRounding, RandomRounding, SmallCountRounding
from datasets.release import DisclosureSummary
from datasets.signing import Signer
from datasets.text import Bilingual
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.recode import PlannedDimension

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


def check_perturbable(definition: Definition) -> None:
    """Raise DisclosureRuleInvalid, with every reason and its remedy, when these numbers cannot be changed so."""
    choice = choice_of(definition)
    assert choice is not None
    problems = [
        Problem(f"measures.{name}{key}", rule, remedy)
        for name, measure in definition.measures.items()
        for key, rule, remedy in _flaws(measure, choice)
    ]
    if problems:
        raise DisclosureRuleInvalid("These numbers cannot be changed as they are defined", problems=problems)


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


# How they are changed -------------------------------------------------------------------------------------------------


def finished_rules(definition: Definition, secret: Secret) -> DisclosureRules:
    """Return the rules of a definition that changes counts, with what later releases recognise the secret by."""
    choice = choice_of(definition)
    assert choice is not None
    rules = resolve(choice)
    assert rules.perturbation is not None
    if isinstance(choice, RandomRounding):
        check = hashlib.blake2b(_CHECK, digest_size=8, key=secret.key).hexdigest()
        made = rules.perturbation.model_copy(update={"key_check": check})
        return rules.model_copy(update={"perturbation": made})
    return rules


def change_counts(
    tables: TableSet, plan: TabulationPlan, choice: PerturbationChoice, rules: DisclosureRules, secret: Secret
) -> PerturbedTables:
    """Return the tables of an edition with their counts changed; raises what `perturb_tables` raises."""
    return perturb_tables(tables, rules, _method(tables, plan, choice, secret))


def _method(tables: TableSet, plan: TabulationPlan, choice: PerturbationChoice, secret: Secret) -> Method:
    if isinstance(choice, RandomRounding):
        return DrawnRounding(choice.base, cell_draws(tables, plan, secret).draw(tables))
    if isinstance(choice, ConventionalRounding):
        return NearestRounding(choice.base)
    if isinstance(choice, SmallCountRounding):
        return SmallRounding(choice.base)
    problem = Problem("disclosure.method", f"{choice.method} is not known to this job", "update ytemo")
    raise DisclosureRuleInvalid("The method cannot be applied", problems=[problem])


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


def told(perturbed: PerturbedTables) -> tuple[DisclosureSummary, PerturbationReport]:
    """Return how people were protected, as the release says it, and the report of its package.

    It is not called audited: that word is for withheld cells that an audit of all sums could not recover.
    """
    report = describe_perturbed(perturbed)
    sentences = (*report.text, report.promised, report.not_promised)
    summary = DisclosureSummary(
        rules=perturbed.rules,
        citation=Bilingual(vi=report.policy_text.vi, en=report.policy_text.en),
        summary=Bilingual(vi="\n\n".join(one.vi for one in sentences), en="\n\n".join(one.en for one in sentences)),
        audited=False,
    )
    return summary, report
