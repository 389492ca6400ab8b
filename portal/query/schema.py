"""What can be asked of a released table: its axes with their published members, its measures, a register's fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from datasets.cell_status import status_column
from datasets.codelist import Codelist
from datasets.disclosure import Denominators
from datasets.errors import FileNotFound, Problem
from datasets.geography import Crosswalk
from datasets.hints import hint
from datasets.names import TOTAL
from datasets.release import (
    DimensionDescription,
    FieldDescription,
    MeasureDescription,
    RegisterDescription,
    ReleaseDescription,
    TableDescription,
)
from datasets.said import said
from portal.query.former_names import FormerName, former_names
from portal.query.model import Geography, clip

REGISTER = "register"
"""The name of the one table of a register."""


@dataclass(frozen=True)
class Axis:
    """A dimension of a table, with the members that the release publishes and how they nest."""

    description: DimensionDescription
    codelist: Codelist

    @property
    def name(self) -> str:
        return self.description.name

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The published codes in the order of the code list, without the total."""
        levels = frozenset(self.description.levels)
        return tuple(
            member.code
            for member in self.codelist.members
            if member.code != TOTAL and (not levels or member.level in levels)
        )

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Where each code stands in the published order; the total, where there is one, comes first."""
        codes = (TOTAL, *self.members) if self.description.total else self.members
        return {code: position for position, code in enumerate(codes)}

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The published levels, coarsest first."""
        return self.description.levels or tuple(dict.fromkeys(self.level(code) for code in self.members))

    def level(self, code: str) -> str:
        """Return the level of a published code; the total is a level of its own."""
        return TOTAL if code == TOTAL else self.codelist.by_code[code].level

    def at(self, level: str) -> tuple[str, ...]:
        """Return the published members of one level, in their order."""
        return tuple(code for code in self.members if self.level(code) == level)

    @cached_property
    def finest(self) -> tuple[str, ...]:
        """The members of the finest published level."""
        return self.at(self.levels[-1]) if self.levels else ()

    @cached_property
    def calendar(self) -> str:
        """How the finest periods of a time axis are written, such as 0000-00; empty unless alike and in their order."""
        shapes = {shape(code) for code in self.finest}
        ordered = all(code < later for code, later in pairwise(self.finest))
        return shapes.pop() if self.description.role == "time" and len(shapes) == 1 and ordered else ""

    @cached_property
    def above(self) -> Mapping[str, tuple[str, ...]]:
        """What ``ancestors`` yields, for each published code."""
        return {code: tuple(self.ancestors(code)) for code in self.positions}

    def ancestors(self, code: str) -> Iterator[str]:
        """Yield every code above ``code`` in the code list, nearest first, and the total last."""
        seen = {code, TOTAL}
        member = self.codelist.by_code.get(code)
        while member is not None and member.parent and member.parent not in seen:
            seen.add(member.parent)
            yield member.parent
            member = self.codelist.by_code.get(member.parent)
        if code != TOTAL:
            yield TOTAL

    @cached_property
    def children(self) -> Mapping[str, frozenset[str]]:
        """The published members directly under each published member, and under the total where there is one."""
        below: dict[str, set[str]] = {}
        for code in self.members:
            parent = next((above for above in self.ancestors(code) if above in self.positions), None)
            if parent is not None:
                below.setdefault(parent, set()).add(code)
        return {parent: frozenset(codes) for parent, codes in below.items()}


@dataclass(frozen=True)
class Areas:
    """The two lists of provinces, as this version of the portal knows them."""

    crosswalk: Crosswalk
    provinces: Codelist
    """The 34."""

    def geography(self, axis: Axis) -> Geography | None:
        """Return which of the lists an axis has, None where it has neither."""
        if axis.codelist.id == self.crosswalk.legacy.id:
            return "legacy"
        return "2025" if axis.codelist.id == self.provinces.id else None


@dataclass(frozen=True)
class Cube:
    """A table of cells."""

    release: str
    """What tells its release from every other one, such as the hash of its envelope."""
    table: TableDescription
    axes: Mapping[str, Axis]
    measures: Mapping[str, MeasureDescription]
    period_start: str = ""
    """First day of the release's edition, ISO 8601; empty where it is not known."""
    areas: Areas | None = None
    """The lists of provinces, by which a question can ask for those of another time."""
    fewest: Denominators | None = None
    """What rates and means have to rest on, by the rules of the release."""
    former: tuple[FormerName, ...] = ()
    """Older names of its fields."""

    @cached_property
    def statuses(self) -> Mapping[str, str]:
        """The measure that each status column belongs to."""
        return {status_column(name): name for name in self.measures}

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        return (*self.axes, *self.measures, *self.statuses)

    @property
    def name(self) -> str:
        return self.table.id

    @property
    def parquet(self) -> str:
        return self.table.parquet


@dataclass(frozen=True)
class Register:
    """A table of things, one row each."""

    release: str
    description: RegisterDescription
    fields: Mapping[str, FieldDescription]
    codelists: Mapping[str, Codelist]
    """The code list of each field that has one."""
    former: tuple[FormerName, ...] = ()
    """Older names of its fields."""

    @property
    def name(self) -> str:
        return REGISTER

    @property
    def parquet(self) -> str:
        return self.description.parquet


def table_names(description: ReleaseDescription) -> tuple[str, ...]:
    """Return the tables of a release that can be queried."""
    register = (REGISTER,) if description.register_ is not None else ()
    return tuple(table.id for table in description.tables) + register


def read_schema(  # noqa: PLR0913 - a release, a table, and what is known beside them
    description: ReleaseDescription,
    table: str,
    *,
    release: str,
    codelist: Callable[[str], Codelist],
    areas: Areas | None = None,
    answered: Collection[str] = (),
) -> Cube | Register:
    """Return what can be asked of ``table``; an unknown table raises FileNotFound.

    ``codelist`` returns the release's own copy of a code list, so that an old edition is read as it was published;
    ``answered`` are the older names of fields that may still be used.
    """
    if description.register_ is not None and table == REGISTER:
        fields = {field.name: field for field in description.register_.fields}
        lists = {name: codelist(field.codelist) for name, field in fields.items() if field.codelist is not None}
        former = former_names(description.renamed, fields=fields, answered=answered)
        return Register(release, description.register_, fields, lists, former)
    found = _described(description, table)
    dimensions = [description.dimension(name) for name in found.dimensions]
    former = former_names(
        description.renamed,
        fields=(*found.dimensions, *found.measures),
        measures=found.measures,
        answered=answered,
    )
    return Cube(
        release,
        found,
        {dimension.name: Axis(dimension, codelist(dimension.codelist)) for dimension in dimensions},
        {name: description.measure(name) for name in found.measures},
        description.period_start,
        areas,
        description.disclosure.rules.denominators if description.disclosure else None,
        former,
    )


def _described(description: ReleaseDescription, table: str) -> TableDescription:
    found = next((item for item in description.tables if item.id == table), None)
    if found is None:
        names = table_names(description)
        problem = Problem("table", said("%(name)s is not known", name=clip(table)), hint(table, names))
        raise FileNotFound(said("The release has no table of this name"), problems=[problem])
    return found


def shape(code: str) -> str:
    """Return a code with every digit written as 0, so that codes of one kind of period look alike."""
    return re.sub(r"[0-9]", "0", code)
