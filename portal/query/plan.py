"""What exactly is to be read for a question: frozen values that name nothing but what the release itself declares."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import Literal

from datasets.codelist import Codelist
from datasets.release import FieldType, MeasureDescription
from datasets.said import said
from datasets.text import Bilingual, Language
from portal.query.cursor import Cursor, read_cursor
from portal.query.model import Aggregate, invalid
from portal.query.ratios import Ratio, is_repeated
from portal.query.row_tests import RowTest, single_conditions, spelled
from portal.query.selection import Use


@dataclass(frozen=True)
class Column:
    """One column of the answer; a label column names the coded column that it explains."""

    name: str
    kind: Literal["dimension", "measure", "status", "field", "label", "aggregate"]
    type: FieldType
    title: Bilingual
    coded: str = ""
    codelist: Codelist | None = None
    language: Language = "vi"


@dataclass(frozen=True)
class Key:
    """One term of the order; ``codes`` give a dimension's positions."""

    column: str
    type: FieldType
    descending: bool
    codes: tuple[str, ...] | None = None

    @property
    def cursor_type(self) -> FieldType:
        """The type of the value that a cursor keeps of it."""
        return "integer" if self.codes is not None else self.type


@dataclass(frozen=True)
class Plan:
    """All that is needed to read an answer: every name is one that the release itself declares."""

    release: str
    """What tells its release from every other one."""
    table: str
    parquet: str
    columns: tuple[Column, ...]
    uses: tuple[Use, ...]
    measures: tuple[MeasureDescription, ...]
    conditions: tuple[RowTest, ...]
    """What every row of the answer satisfies."""
    keys: tuple[Key, ...]
    limit: int
    offset: int = 0
    after: Cursor | None = None
    groups: tuple[str, ...] = ()
    """The fields that a register is grouped by."""
    aggregates: tuple[Aggregate, ...] = ()
    distinct: bool = False
    """Whether rows that say the same are one."""
    ratios: tuple[Ratio, ...] = ()
    """Which of the measures are worked out anew from others that are added up."""
    alone: tuple[tuple[str, str], ...] = ()
    """Which of the measures cannot be added up, where one old province alone is left of a new one: they are its own
    unless one that had ended has something too. With each the measure above its line, where the table has that."""
    called: tuple[tuple[str, str], ...] = ()
    """Fields that the question calls by an older name: the name of now, and the older one."""
    also: tuple[tuple[str, str], ...] = ()
    """Fields that the question does not name, each with an older name that is still answered."""

    @property
    def sums(self) -> bool:
        """Whether cells are added up."""
        return any(use.role == "summed" or use.parts for use in self.uses)

    @property
    def whole(self) -> bool:
        """Whether every stored row takes part, before conditions."""
        return all(use.members is None for use in self.uses)

    @property
    def cells_per_row(self) -> int:
        """How many cells each row of the answer is made of."""
        return math.prod(len(use.members or ()) for use in self.uses if use.role == "summed")

    def ratio(self, measure: str) -> Ratio | None:
        """Return how a measure is worked out, where it is not added up."""
        return next((ratio for ratio in self.ratios if ratio.name == measure), None)

    def repeated(self, measure: MeasureDescription) -> int:
        """Return how many of the cells of each row hold the same people, so that a sum of them counts each once."""
        summed = [use for use in self.uses if use.role == "summed" and is_repeated(measure, use)]
        return math.prod(len(use.members or ()) for use in summed)

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that are read; labels are added afterwards."""
        return tuple(column for column in self.columns if column.kind != "label")

    @property
    def touched(self) -> frozenset[str]:
        """The columns that the answer shows, or that decide about it; a total stands for a dimension left out."""
        tested = {single.column for test in self.conditions for single in single_conditions(test)}
        used = {use.name for use in self.uses if use.role != "total"}
        shown = {column.name for column in self.stored} | {each.field for each in self.aggregates}
        return frozenset({*tested, *used, *shown, *self.groups, *(key.column for key in self.keys)})

    @property
    def grouped(self) -> bool:
        """Whether rows of a register are gathered into groups."""
        return bool(self.groups or self.aggregates)

    @cached_property
    def fingerprint(self) -> str:
        """What tells this question from another, whatever page of it is asked."""
        parts = (
            self.release,
            self.table,
            [(use.name, use.role, use.members, use.parts) for use in self.uses],
            [spelled(test) for test in self.conditions],
            [(key.column, key.descending) for key in self.keys],
            [column.name for column in self.columns],
            (self.groups, self.distinct),
        )
        return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def with_cursor(plan: Plan, after: str) -> Plan:
    """Return ``plan`` from where ``after`` points; a cursor of another question raises QueryInvalid."""
    if not after:
        return plan
    if plan.offset:
        raise invalid("offset", said("cannot be given together with after"), said("Follow the next link as it is"))
    types = tuple(key.cursor_type for key in plan.keys)
    return replace(plan, after=read_cursor(after, fingerprint=plan.fingerprint, types=types))


def label_column(name: str, title: Bilingual, codelist: Codelist, language: Language) -> Column:
    """Return the column with the labels of a coded one."""
    return Column(f"{name}_label", "label", "string", title, name, codelist, language)
