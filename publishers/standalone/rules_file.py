"""The file of rules beside a table: what its columns are, which cells must stay, and what protects the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from anonymization.policies import POLICIES, UNAVAILABLE, resolve_safety
from datasets.definition_problems import Findings, choices, validate
from datasets.disclosure import RULE_KEYS, SafetyChoice
from datasets.errors import DefinitionInvalid, DisclosureRuleInvalid
from datasets.perturbation_choice import CellKey, PerturbationChoice, RandomRounding, TaggedPerturbation
from datasets.text import Bilingual, Model
from datasets.yaml_text import read_yaml

Where = dict[str, tuple[str, ...]]
"""Cells, by the codes that they have in some dimensions; a code alone stands for a list of one."""


class HierarchyRule(Model):
    """Which codes add up to which; its topmost codes add up to the total."""

    file: str | None = Field(default=None, description="A CSV file beside the rules, with the columns code and parent.")
    parents: dict[str, tuple[str, ...]] | None = Field(
        default=None, description="The same written here: every parent with a list of its children."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> HierarchyRule:
        if (self.file is None) == (self.parents is None):
            raise ValueError("a hierarchy comes from a file or is written here: give file or parents")
        return self


class DimensionRule(Model):
    """A classifying column."""

    column: str | None = Field(default=None, description="The column of the table; the key when absent.")
    total: str = Field(
        default="_T",
        min_length=1,
        description="The code that stands for the total in the table. Without it a code that is called like a total, or"
        " is the sum of all others, is refused; `_T` says that there is none.",
    )
    hierarchies: tuple[HierarchyRule, ...] = Field(
        default=(),
        description="Codes between single ones and the total; several where they overlap, as old and new provinces do.",
    )


class MeasureRule(Model):
    """A number that is published for every cell."""

    column: str | None = Field(
        default=None, description="The column of the table; the key when absent. A count of records needs none."
    )
    kind: Literal["count", "sum"] = Field(
        default="count", description="`count`: things of which each contributor has at least one. `sum`: any amounts."
    )
    contributors: str | None = Field(
        default=None,
        description="The column with the number of contributors of each cell; a count is its own when absent.",
    )
    largest: tuple[str, ...] = Field(
        default=(),
        description="The columns with the largest contributions to each cell, for dominance, p % and p/q. The table"
        " must then hold the rows of all margins, with theirs: who is largest in a total cannot be worked out from its"
        " parts.",
    )
    part_of: str | None = Field(
        default=None,
        description="The measure that counts all of those whom this one counts, and others: cases, for deaths. What is"
        " left of it follows from both, and is protected as if it were published; without this key it is not. Both are"
        " counts; of several parts of one whole, each is subtracted by itself.",
    )


class RateRule(Model):
    """A measure divided by another, shown only where both are."""

    numerator: str = Field(description="The measure above the line.")
    denominator: str = Field(description="The measure below the line.")
    per: float = Field(default=1.0, gt=0, allow_inf_nan=False, description="What the rate is multiplied by.")


class RecordsRule(Model):
    """Who stands behind each row, where rows are records and not cells."""

    contributor: str = Field(description="The column that tells who contributes: a person, a company.")
    holding: str | None = Field(
        default=None, description="The column that tells which contributors belong together; empty for none."
    )
    unit: str | None = Field(default=None, description="The column of the facility, for the rule units.")


class PopulationRule(Model):
    """How many people live in the areas of one dimension, for the rule population_floor."""

    dimension: str = Field(description="The dimension of areas.")
    file: str = Field(description="A CSV file beside the rules, with the columns code and population.")


class TableRules(Model):
    """All that stand-alone protection of a table has to be told."""

    title: Bilingual | None = Field(default=None, description="What the table is called in its report.")
    dimensions: dict[str, DimensionRule] = Field(min_length=1, max_length=12, description="The classifying columns.")
    measures: dict[str, MeasureRule] = Field(min_length=1, max_length=50, description="The published numbers.")
    records: RecordsRule | None = Field(
        default=None, description="Given where every row is one record; rows are cells when absent."
    )
    absent: Literal["error", "zero"] = Field(
        default="error",
        description="What an innermost cell is that no row names: a mistake, or a true zero. Totals that no row names"
        " are added up.",
    )
    structural_zeros: tuple[Where, ...] = Field(
        default=(), description="Cells that are zero because they have to be, such as men giving birth."
    )
    frozen: tuple[Where, ...] = Field(default=(), description="Cells that must not be withheld, such as all totals.")
    weights: str | None = Field(
        default=None, description="The column with what withholding each cell costs, for cost: weights."
    )
    singletons: Literal["protect", "ignore"] = Field(
        default="protect",
        description="`protect`: whoever is alone in a cell knows it, and must not find another one by subtracting it;"
        " what one with nearly all of a total learns of the others in it is judged by the rules without that one."
        " `ignore` withholds less: nobody is taken to know their own cell.",
    )
    rates: dict[str, RateRule] = Field(default={}, description="Measures divided by measures.")
    population: PopulationRule | None = Field(default=None, description="The people living in each area.")
    tolerance: float | None = Field(
        default=None,
        ge=0,
        le=0.01,
        description="By which part of it a sum may fail to add up; 0.001 where values have decimals, else 0.",
    )
    seed: int = Field(default=0, ge=0, description="The seed of every random choice; the same gives the same result.")
    safety: SafetyChoice | None = Field(
        default=None,
        description="The policy, its overrides, the guarantee and the cost; `none` takes a rule of the policy away. In"
        " `pattern.csv`, `reason` names one rule for each sensitive cell, where several find it the first in the order"
        " frequency, zeros, group disclosure, dominance, p %, p/q, facilities, population.",
    )
    perturbation: TaggedPerturbation | None = Field(
        default=None,
        description="Instead of `safety`: changes counts a little, and withholds none. The keys are those of a"
        " dataset's definition. In a table of cells, `record_key` with `ready_keys: true` names the column with the"
        " sum of the keys of each cell's records.",
    )
    secret: str | None = Field(
        default=None,
        description="For `perturbation`: a file beside the rules with at least 16 bytes drawn at random, by which"
        " counts are rounded at random or records get keys. Keep it, and show it to nobody.",
    )

    @field_validator("structural_zeros", "frozen", mode="before")
    @classmethod
    def _lists_of_codes(cls, given: object) -> object:
        if not isinstance(given, list):
            return given
        return [
            {key: [codes] if isinstance(codes, str) else codes for key, codes in one.items()}
            if isinstance(one, dict)
            else one
            for one in given
        ]

    @field_validator("safety", mode="before")
    @classmethod
    def _none_takes_a_rule_away(cls, given: object) -> object:
        """Every value of the file is text: `none` says that a rule of the policy does not apply."""
        if not isinstance(given, dict):
            return given
        empty = {key: () if key == "dominance" else None for key, value in given.items() if value == "none"}
        return given | {key: value for key, value in empty.items() if key in RULE_KEYS}


def load_rules(path: Path) -> TableRules:
    """Read a file of rules; raises `DefinitionInvalid` with every problem: file, line, key, rule and remedy."""
    tree = read_yaml(path, first="dimensions")
    findings = Findings(str(path), tree)
    rules = validate(tree, TableRules, findings)
    if rules is not None:
        _check_names(rules, findings)
        _check_policy(rules, findings)
    if findings.problems:
        raise DefinitionInvalid(f"The rules in {path.name} are not valid", problems=findings.problems)
    assert rules is not None
    return rules


def _check_policy(rules: TableRules, findings: Findings) -> None:
    """Say where in the file the policy and what overrides it cannot be applied."""
    key, choice = ("safety", rules.safety) if rules.safety is not None else ("perturbation", rules.perturbation)
    if choice is None:
        return
    if choice.policy in UNAVAILABLE:
        rule = f"{choice.policy} cannot be applied here: {UNAVAILABLE[choice.policy].reason.en}"
        findings.add((key, "policy"), rule, f"name another one: {', '.join(sorted(POLICIES))}")
    elif choice.policy not in POLICIES:
        rule = f"{choice.policy} is not a known policy"
        findings.add((key, "policy"), rule, choices(choice.policy, sorted(POLICIES)))
    elif rules.safety is not None:
        try:
            resolve_safety(rules.safety)
        except DisclosureRuleInvalid as refused:
            for problem in refused.problems:
                _, _, own = problem.place.partition(".")
                remedy = problem.remedy.replace("rules.reason", "safety.reason")
                findings.add((key, own) if own else (key,), problem.rule, remedy)


def _check_names(rules: TableRules, findings: Findings) -> None:
    for key, conditions in (("frozen", rules.frozen), ("structural_zeros", rules.structural_zeros)):
        for place, where in enumerate(conditions):
            for name in where:
                if name not in rules.dimensions:
                    findings.add((key, place), f"{name} is not a dimension", choices(name, list(rules.dimensions)))
    if rules.population is not None and rules.population.dimension not in rules.dimensions:
        remedy = choices(rules.population.dimension, list(rules.dimensions))
        findings.add(("population", "dimension"), "is not a dimension", remedy)
    if (rules.safety is None) == (rules.perturbation is None):
        both = ("perturbation",) if rules.safety is not None else ()
        findings.add(both, "a table is protected in one way", "give safety or perturbation")
    if rules.safety is not None and (rules.safety.cost == "weights") != (rules.weights is not None):
        findings.add(("safety",), "cost: weights and weights: belong together", "give both or none")
    if rules.perturbation is not None:
        _check_perturbation(rules, rules.perturbation, findings)
    _check_rates(rules, findings)
    _check_measures(rules, findings)


def _check_perturbation(rules: TableRules, choice: PerturbationChoice, findings: Findings) -> None:
    """Nothing that is about withholding may be said of a table whose counts are changed: it would be left out."""
    for key in ("frozen", "structural_zeros", "weights", "population", "tolerance"):
        if getattr(rules, key) not in (None, ()):
            findings.add((key,), "is for safety, and this table withholds nothing", "leave it out")
    for name, measure in rules.measures.items():
        if measure.kind == "sum":
            findings.add(("measures", name, "kind"), f"{choice.method} changes counts only", "leave the sum out")
        elif measure.contributors or measure.largest:
            findings.add(("measures", name), "a changed count needs no contributors", "leave them out")
        if measure.part_of is not None and choice.method in _PARTS_APART:
            remedy = "make its column a dimension, or use random_rounding"
            findings.add(("measures", name, "part_of"), _PARTS_APART[choice.method], remedy)
    drawn = isinstance(choice, RandomRounding) or (isinstance(choice, CellKey) and not choice.ready_keys)
    if drawn and rules.secret is None:
        remedy = "name a file with 32 bytes: head -c 32 /dev/urandom > secret.key"
        findings.add(("perturbation",), f"{choice.method} needs a secret", remedy)
    if isinstance(choice, CellKey):
        if choice.record_key is None:
            findings.add(("perturbation",), "record_key is missing", "name the column of the keys")
        elif rules.records is None and not choice.ready_keys:
            remedy = "say ready_keys: true, with a column of sums of keys; or give one row for each record"
            findings.add(("perturbation", "record_key"), "rows are cells, which have no records", remedy)


_PARTS_APART = {
    "controlled_rounding": "counts a part of the others, which would be rounded apart from them and could be shown"
    " larger",
    "small_count_rounding": "counts a part of the others: what is left of them may be small, and only published counts"
    " are rounded",
}
"""Why a method cannot change a part and its whole: the reasons of definitions with `where`."""


def _check_rates(rules: TableRules, findings: Findings) -> None:
    for name, rate in rules.rates.items():
        for key, part in (("numerator", rate.numerator), ("denominator", rate.denominator)):
            if part not in rules.measures:
                findings.add(("rates", name, key), f"{part} is not a measure", choices(part, list(rules.measures)))
        if name in rules.measures or name in rules.dimensions:
            findings.add(("rates", name), "has the name of a measure or dimension", "rename one of them")


def _check_measures(rules: TableRules, findings: Findings) -> None:
    for name, measure in rules.measures.items():
        _check_part(rules, name, findings)
        if name in rules.dimensions:
            findings.add(("measures", name), "has the name of a dimension", "rename one of them")
        if measure.kind == "sum" and measure.contributors is None and rules.records is None:
            remedy = "name the column with the number of contributors"
            findings.add(("measures", name), "a sum needs to know who contributes", remedy)
        if rules.records is not None and (measure.contributors or measure.largest):
            remedy = "leave contributors and largest out: they are found from the records"
            findings.add(("measures", name), "rows are records", remedy)


def _check_part(rules: TableRules, name: str, findings: Findings) -> None:
    """A part that is none, or of what has no people behind it that could be subtracted, would not be protected."""
    measure, at = rules.measures[name], ("measures", name, "part_of")
    if measure.part_of is None:
        return
    whole = rules.measures.get(measure.part_of)
    if whole is None:
        others = [one for one in rules.measures if one != name]
        findings.add(at, f"{measure.part_of} is not a measure", choices(measure.part_of, others))
    elif _is_own_part(rules, name):
        findings.add(at, "a measure cannot be a part of itself, or of one of its parts", "name one that counts more")
    for one, its_name in ((measure, name), (whole, measure.part_of)):
        if one is not None and one.kind != "count":
            findings.add(at, f"{its_name} is a sum: some people can only be among counted ones", "leave part_of out")
        if one is not None and one.largest:
            rule = f"{its_name} has largest contributions, and nobody knows those of what is left"
            findings.add(at, rule, "leave largest out, or part_of")


def _is_own_part(rules: TableRules, name: str) -> bool:
    seen, at = set[str](), rules.measures[name].part_of
    while at is not None and at in rules.measures and at not in seen:
        if at == name:
            return True
        seen.add(at)
        at = rules.measures[at].part_of
    return False
