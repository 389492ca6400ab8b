"""Whom the numbers of a release count, as its definition said: kept with its marks, for no description tells it.

A definition that counts other rows under the same names, or counts a text of the source under another member, would
make two releases look like numbers of the same people; whoever has both could subtract one from the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pydantic import Field

from datasets.codelist import Codelist
from datasets.definition import Definition
from datasets.source import Source
from datasets.text import Model
from publishers.tabulate.match import MISSING, Match
from publishers.tabulate.members import PublishedMembers, published_members
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.quantities import PlannedPopulation
from publishers.tabulate.recode import PlannedDimension, recode

Condition = Mapping[str, tuple[str, ...]]
"""Columns, and the texts of which each must have one; `_ANY` where it must have any."""

_ANY: tuple[str, ...] = ("*",)
_COUNTED: tuple[str, ...] = ("(counted)",)
"""Stands for a column in which the source has counted the people."""
COLUMN_ALONE = (_ANY, _COUNTED)
"""Conditions that only say that there is a value."""


class CountedTexts(Model):
    """How texts of the source became members of a dimension."""

    match: Match
    type: str
    """The type of the source column."""
    codes: dict[str, str]
    """The texts that the definition names, and their codes; the empty text stands for a missing value."""
    column: str = ""
    """The heading of the source column; empty in marks of before it was kept."""


class CountedPeople(Model):
    """What a definition said of the people that each quantity counts."""

    conditions: dict[str, dict[str, tuple[str, ...]]]
    """Which rows are counted, by quantity; empty for all."""
    populations: dict[str, str]
    """The population of each quantity, as marks of its contributors are called."""
    texts: dict[str, CountedTexts]
    columns: dict[str, str] = Field(default_factory=dict)
    """The heading of the source column that a measure adds up."""
    query: str = ""
    """A digest of the question that a database was asked."""

    @classmethod
    def of(cls, definition: Definition, plan: TabulationPlan) -> CountedPeople:
        source = definition.source
        assert source is not None, "only statistics are counted"
        populations = {one.name: one for one in plan.populations}
        return cls(
            conditions={one.name: _condition(source, populations[one.population]) for one in plan.quantities},
            populations={one.name: one.population for one in plan.quantities},
            texts={one.name: _texts(definition, one) for one in plan.dimensions},
            columns={
                name: source.columns[one.column].header or one.column
                for name, one in definition.measures.items()
                if one.column is not None
            },
            query=hashlib.sha256(" ".join(source.query.split()).encode()).hexdigest() if source.query else "",
        )


def _condition(source: Source, population: PlannedPopulation) -> dict[str, tuple[str, ...]]:
    """Return which rows of the source are counted; what a column says of every row is left out."""
    told = {
        name: tuple(sorted(values))
        for name, values in sorted(source.conditions_with(population.where).items())
        if not (
            source.columns[name].required and source.columns[name].values and values >= {*source.columns[name].values}
        )
    }
    if population.column is not None and population.column not in told:
        told[population.column] = _COUNTED if population.kind == "value" else _ANY
    return told


def _texts(definition: Definition, planned: PlannedDimension) -> CountedTexts:
    given = definition.dimensions[planned.name]
    assert definition.source is not None
    column = definition.source.columns[planned.column].header or planned.column
    codes = given.map | ({"": given.unknown} if given.unknown else {})
    return CountedTexts(match=given.match, type=str(planned.column_type), codes=dict(codes), column=column)


# Conditions -----------------------------------------------------------------------------------------------------------


def in_words(condition: Condition) -> str:
    """Return a condition as staff read it.

    >>> in_words({"kind": ("in", "day"), "cost": ("*",)}), in_words({})
    ('rows whose kind is in or day and with cost', 'all rows')
    """
    told = []
    for name, values in condition.items():
        is_any = {_ANY: f"with {name}", _COUNTED: f"counted in {name}"}.get(values)
        told.append(is_any or f"whose {name} is {' or '.join(values)}")
    return f"rows {' and '.join(told)}" if told else "all rows"


def members_of(then: Condition, now: Condition, plan: TabulationPlan) -> dict[str, tuple[str, ...]] | None:
    """Return the published members that an earlier release was of, by present dimensions; None where nothing tells.

    Who was counted only where the kind of visit is one, is a member where all are counted by that kind: the texts of
    its members must be just those of the condition.
    """
    if not now.items() <= then.items():
        return None
    found = {}
    for column, values in then.items():
        if column not in now:
            fitting = [one for one in plan.dimensions if one.column == column and one.match == "code"]
            codes = _members_with(fitting[0], values) if len(fitting) == 1 else None
            if codes is None:
                return None
            found[fitting[0].name] = codes
    return found


def _members_with(dimension: PlannedDimension, values: tuple[str, ...]) -> tuple[str, ...] | None:
    texts = dict(recode(dimension).pairs())
    leaves = {texts.get(value, -1) for value in values}
    exactly = {str(text) for text, leaf in texts.items() if leaf in leaves} == {*values}
    codes = tuple(code for leaf in sorted(leaves) for code in _code_of(dimension.members, leaf))
    return codes if exactly and dimension.missing not in leaves and len(codes) == len(leaves) else None


def _code_of(members: PublishedMembers, leaf: int) -> Iterator[str]:
    """Yield the code of a leaf that is published by itself."""
    for code, span in zip(members.codes, members.spans, strict=True):
        if span == (leaf, leaf + 1):
            yield code


# Texts ----------------------------------------------------------------------------------------------------------------


class Recoded:
    """Under which published member each text of the source is counted."""

    def __init__(self, dimension: PlannedDimension) -> None:
        self._dimension = dimension
        self._recode = replace(recode(dimension), by_text=True)

    @classmethod
    def then(cls, texts: CountedTexts, codelist: Codelist, levels: Iterable[str]) -> Recoded:
        """Return how an earlier release recoded, by its list and the levels that it published."""
        members = published_members(codelist, tuple(levels), place=codelist.id)
        mapping = {text: members.leaf_of[code] for text, code in texts.codes.items() if text}
        missing = members.leaf_of[texts.codes[""]] if "" in texts.codes else MISSING
        kind = next(one for one in ("string", "integer", "number", "date") if one == texts.type)
        return cls(
            PlannedDimension(codelist.id, "", kind, texts.match, mapping, missing, members, codelist, True, False)
        )

    def code(self, text: str) -> str | None:
        """Return the finest published code of a text; None where it has none, so that no row can have had it."""
        leaf = self._dimension.missing if text == "" else self._leaf(text)
        return None if leaf is None else next(_code_of(self._dimension.members, leaf), None)

    def _leaf(self, text: str) -> int | None:
        try:
            return dict(self._recode.pairs([text])).get(text)
        except ValueError:
            return None  # it is no number
