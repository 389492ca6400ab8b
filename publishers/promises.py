"""What callers of the API may rely on in a release: its tables, their fields, and what each of these means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from datasets.definition import Definition
from datasets.measure import Measure, MeasureType
from datasets.notices import RenamedField, RetiringPart, in_force, renamed_fields, retiring_parts
from datasets.release import MeasureDescription, ReleaseDescription
from datasets.text import Bilingual
from publishers.package.contents import REGISTER

_FIGURES: Mapping[MeasureType, str] = {"count": "amount", "sum": "amount"}
"""Rows that are counted, and counts that are added up, may be the same figure from another source."""


@dataclass(frozen=True)
class Meaning:
    """What a field is to those who read it; empty where it is not known or does not apply."""

    kind: str
    """``dimension``, ``field``, or how a figure comes about: ``amount``, ``persons``, ``rate``, …"""
    type: str = ""
    codelist: str = ""
    unit: Bilingual | None = None
    per: int | None = None
    total: bool = False
    """Whether a question may leave the dimension out."""
    parts: tuple[str, ...] = ()
    """Of a rate: the measures above and below the line."""

    def differs_from(self, before: Meaning) -> str:
        """Return what of ``before`` no longer holds, in words; empty where all of it does."""
        if self.kind != before.kind:
            return f"is {self.kind}, not {before.kind}"
        if self.type and before.type and self.type != before.type:
            return f"has the type {self.type}, not {before.type}"
        if self.codelist != before.codelist:
            return f"has codes of {self.codelist or 'no list'}, not of {before.codelist or 'no list'}"
        if self.unit and before.unit and self.unit.vi != before.unit.vi and self.unit.en != before.unit.en:
            return f"is in {self.unit.en}, not in {before.unit.en}"
        if self.per != before.per:
            return f"is per {self.per}, not per {before.per}"
        if self.parts and before.parts and self.parts != before.parts:
            return f"is {' by '.join(self.parts)}, not {' by '.join(before.parts)}"
        return "has no published total any more" if before.total and not self.total else ""


@dataclass(frozen=True)
class TableOffer:
    """One table: its fields by name, and the margins that can be asked of it."""

    fields: Mapping[str, Meaning]
    margins: frozenset[frozenset[str]] = frozenset()

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(name for name, meaning in self.fields.items() if meaning.kind == "dimension")


@dataclass(frozen=True)
class Offer:
    """All that callers can name in a release, and the notices that it carries."""

    tables: Mapping[str, TableOffer]
    codelists: frozenset[str] = frozenset()
    """The lists of a dataset that is code lists; those of others follow from their fields."""
    renamed: tuple[RenamedField, ...] = ()
    retiring: tuple[RetiringPart, ...] = field(default=())

    def names(self, table: str, day: date) -> dict[str, Meaning]:
        """Return what callers can name in a table on ``day``: its fields, and older names that are still answered."""
        fields = self.tables[table].fields if table in self.tables else {}
        older = {old: fields[new] for old, new in in_force(self.renamed, day).items() if new in fields}
        return {**older, **fields}

    def called(self, name: str, day: date) -> str:
        """Return the field that a caller is given for a name on ``day``: one of its own comes before an older name."""
        fields = {each for table in self.tables.values() for each in table.fields}
        return name if name in fields else in_force(self.renamed, day).get(name, name)

    def present_name(self, name: str) -> str:
        """Return what a field is called here that may have had another name before."""
        return next((one.new for one in self.renamed if one.old == name), name)


def offer_of_release(description: ReleaseDescription) -> Offer:
    """Return what a release offers."""
    fields = {
        one.name: Meaning("dimension", codelist=one.codelist, total=one.total) for one in description.dimensions
    } | {one.name: _figure(one, per=one.per, type_=one.field_type) for one in description.measures}
    tables = {
        table.id: TableOffer(
            {name: fields[name] for name in (*table.dimensions, *table.measures)},
            _margins(table.dimensions, table.margins, fields),
        )
        for table in description.tables
    }
    if description.register_ is not None:
        columns = {one.name: Meaning("field", one.type, one.codelist or "") for one in description.register_.fields}
        tables[REGISTER] = TableOffer(columns)
    lists = {one.id for one in description.codelists} if description.kind == "codelist" else ()
    return Offer(tables, frozenset(lists), description.renamed, description.retiring)


def offer_of_definition(definition: Definition) -> Offer:
    """Return what a release of ``definition`` will offer; the types of figures are known once they are counted."""
    fields = {
        name: Meaning("dimension", codelist=one.codelist, total=one.total)
        for name, one in definition.dimensions.items()
    } | {name: _figure(one, per=one.per if one.type == "rate" else None) for name, one in definition.measures.items()}
    tables = {
        name: TableOffer(
            {each: fields[each] for each in (*table.dimensions, *(table.measures or definition.measures))},
            _margins(table.dimensions, table.margins, fields),
        )
        for name, table in definition.tables.items()
    }
    if definition.kind == "register" and definition.source is not None:
        columns = {name: definition.source.columns[name] for name in definition.fields}
        tables[REGISTER] = TableOffer(
            {name: Meaning("field", one.type, one.codelist or "") for name, one in columns.items()}
        )
    renamed, retiring = renamed_fields(definition.renamed), retiring_parts(definition.retiring)
    return Offer(tables, frozenset(definition.codelists), renamed, retiring)


def _figure(measure: Measure | MeasureDescription, *, per: int | None, type_: str = "") -> Meaning:
    kind = _FIGURES.get(measure.type, measure.type)
    return Meaning(kind, type_, unit=measure.unit, per=per, parts=_parts(measure))


def _parts(measure: Measure | MeasureDescription) -> tuple[str, ...]:
    """Return what a rate divides; of a mean it depends on which measures stand beside it."""
    return (measure.numerator or "", measure.denominator or "") if measure.type == "rate" else ()


def _margins(dimensions: tuple[str, ...], margins: object, fields: Mapping[str, Meaning]) -> frozenset[frozenset[str]]:
    if isinstance(margins, tuple):
        return frozenset(map(frozenset, margins))
    free = [name for name in dimensions if fields[name].total]
    always = frozenset(dimensions).difference(free)
    return frozenset(always | set(some) for some in _subsets(free))


def _subsets(names: list[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(names) + 1):
        yield from combinations(names, size)
