"""Makes a public-use sample: draws records, makes them broader, withholds what is rare, and proves the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anonymization.microdata.anonymity import (
    closeness,
    distinct_diversity,
    entropy_diversity,
    k_anonymity,
)
from anonymization.microdata.classes import group, spread
from anonymization.microdata.recoding import Hierarchy, recode_to_k
from anonymization.microdata.records import Column, Records
from anonymization.microdata.risk import population_risk, sample_risk
from anonymization.microdata.suppression import suppress
from anonymization.relations import Flags, Ints
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid, Problem

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SampleRule:
    """What a public-use file must fulfil.

    `quasi_identifiers` are the columns that somebody may know of a person; everybody agrees in them with k - 1 others.
    `sensitive` names columns that must not be learnt from that: each class has `diversity` different values in each,
    and its shares differ from those of the whole by no more than `closeness` (equal distance). `unsafe` is the share of
    records for which single values may be withheld rather than all be made broader. `importance` is that of `suppress`.
    `others` names columns that are published as they are, because nobody can know them of a person or learn from them;
    columns that the rule does not name are left out.
    """

    quasi_identifiers: tuple[str, ...]
    k: int
    sensitive: tuple[str, ...] = ()
    diversity: int = 1
    closeness: float = 1.0
    unsafe: float = 0.05
    importance: Mapping[str, int] | None = None
    others: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.columns)) < len(self.columns):
            raise _refused("columns", "must be named once, and as one kind", "leave out repeated ones")
        if self.diversity < 1 or not 0 < self.closeness <= 1:
            rule = "must be at least 1, and above 0 and at most 1"
            raise _refused("diversity and closeness", rule, "1 and 1 ask for nothing")
        if not self.sensitive and (self.diversity > 1 or self.closeness < 1):
            raise _refused("sensitive columns", "must be named where diversity or closeness is asked for", "name them")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are published."""
        return (*self.quasi_identifiers, *self.sensitive, *self.others)


@dataclass(frozen=True)
class Figures:
    """What was measured on the finished file: k, and for each sensitive column l and t; risks; what was lost.

    `risk` is the highest of a record if the attacker knows that the person is in the sample, `expected` how many
    records are recognised on average if the attacker does not (nothing where no weights were given).
    """

    k: int
    distinct: Mapping[str, int]
    entropy: Mapping[str, float]
    closeness: Mapping[str, float]
    risk: float
    expected: float | None
    levels: Mapping[str, int]
    recoding_loss: float
    withheld: Mapping[str, int]


@dataclass(frozen=True)
class PublicUseSample:
    """Records that fulfil their rule, and the figures that show it."""

    records: Records
    rule: SampleRule
    figures: Figures


def one_record_each(persons: Column, *, random: np.random.Generator) -> Flags:
    """Return flags (records,) of one record of each person, drawn by chance, so that k counts persons."""
    draw = random.permutation(len(persons.codes))
    chosen = np.zeros(len(draw), dtype=np.bool_)
    chosen[draw[np.unique(persons.codes[draw], return_index=True)[1]]] = True
    return chosen


def draw_records(size: int, *, share: float, random: np.random.Generator) -> Ints:
    """Return which of `size` records are in a simple random sample, int64 in rising order: the share rounded up.

    Each then stands for 1 / share people. Raises `DisclosureRuleInvalid` for a share that is not above 0 and up to 1.
    """
    if not 0 < share <= 1 or size < 1:
        raise _refused("share", "must be above 0 and at most 1, of at least one record", "0.01 draws one in a hundred")
    return np.sort(random.choice(size, size=int(np.ceil(size * share)), replace=False)).astype(np.int64)


def make_sample(
    records: Records, rule: SampleRule, hierarchies: Sequence[Hierarchy] = (), *, weights: Floats | None = None
) -> PublicUseSample:
    """Recode and withhold until the rule is fulfilled, measure the result anew, and return both.

    One record a person: see `one_record_each`. `weights` is float64 (records,), the people that each record stands for.
    Raises `DisclosureRuleInvalid` where k cannot be reached, and `DisclosureRisk` where the result does not
    fulfil the rule: diversity and closeness are tested, not made; broader levels or fewer columns help.
    """
    names = rule.quasi_identifiers
    records = Records({name: records.column(name) for name in rule.columns})
    levels: Mapping[str, int] = {}
    loss = 0.0
    if hierarchies:
        recoded = recode_to_k(records, names, hierarchies, k=rule.k, unsafe=rule.unsafe)
        records, levels, loss = recoded.records, recoded.levels, recoded.loss
    found = suppress(records, names, k=rule.k, importance=rule.importance)
    figures = _measured(found.records, rule, weights, (levels, loss, found.of_column))
    _prove(figures, rule)
    return PublicUseSample(found.records, rule, figures)


def _measured(
    records: Records,
    rule: SampleRule,
    weights: Floats | None,
    lost: tuple[Mapping[str, int], float, Mapping[str, int]],
) -> Figures:
    classes = group(records, rule.quasi_identifiers)
    spreads = {name: spread(classes, records.column(name)) for name in rule.sensitive}
    return Figures(
        k=k_anonymity(classes),
        distinct={name: distinct_diversity(one) for name, one in spreads.items()},
        entropy={name: entropy_diversity(one) for name, one in spreads.items()},
        closeness={name: closeness(one) for name, one in spreads.items()},
        risk=sample_risk(classes).highest,
        expected=None if weights is None else population_risk(classes, weights).expected,
        levels=lost[0],
        recoding_loss=lost[1],
        withheld=lost[2],
    )


def _prove(figures: Figures, rule: SampleRule) -> None:
    problems = []
    if figures.k < rule.k:
        problems.append(Problem("records", f"must share their quasi-identifiers with {rule.k - 1} others"))
    for name in rule.sensitive:
        if figures.distinct[name] < rule.diversity:
            says = f"must have {rule.diversity} different values in each class"
            problems.append(Problem(f"column {name!r}", says, "use broader levels or a larger k"))
        if figures.closeness[name] > rule.closeness:
            says = f"must have shares within {rule.closeness} of the whole in each class"
            problems.append(Problem(f"column {name!r}", says, "use broader levels or a larger k"))
    if problems:
        raise DisclosureRisk("The sample does not fulfil its rule.", problems=problems)


def _refused(place: str, rule: str, remedy: str) -> DisclosureRuleInvalid:
    return DisclosureRuleInvalid("The sample cannot be made.", problems=[Problem(place, rule, remedy)])
