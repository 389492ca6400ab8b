"""The columns of a table as parameters of a question: their types, their codes, and the operators that they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from datasets.cell_status import CellStatus, status_column
from datasets.names import TOTAL
from datasets.release import DimensionDescription, FieldDescription, FieldType, MeasureDescription, ReleaseDescription
from datasets.text import Bilingual
from portal.query.operators import Kind, operators_of
from portal.query.schema import Axis, Cube, Register


@dataclass(frozen=True)
class AskedField:
    """One column that a question can name."""

    name: str
    title: Bilingual
    role: Literal["dimension", "measure", "status", "field"]
    type: FieldType
    operators: tuple[str, ...]
    """What can be put behind its name, without the plain one."""
    codes: tuple[str, ...] = ()
    """The values that it can have, where they are listed; a total first."""
    levels: tuple[str, ...] = ()
    """The published levels of its code list, where it has several."""
    codelist: str = ""
    present: str = ""
    """Of an older name: what it is called now."""
    ends: str = ""
    """Where its name will not be answered for ever: what it is called now, and until when."""


def older_fields(listed: Sequence[AskedField], description: ReleaseDescription) -> tuple[AskedField, ...]:
    """Return the fields by their older names, those of statuses among them."""
    by_name = {field.name: field for field in listed}
    found = []
    for one in description.renamed:
        ends = f"Older name of `{{}}`; answered until {one.until} where no release is pinned."
        for old, new in ((one.old, one.new), (status_column(one.old), status_column(one.new))):
            if new in by_name and old not in by_name:
                found.append(replace(by_name[new], name=old, present=new, ends=ends.format(new)))
    return tuple(found)


def ending_fields(listed: Sequence[AskedField], table: str, description: ReleaseDescription) -> tuple[AskedField, ...]:
    """Return ``listed``; those that are about to go say so."""
    return tuple(_ending(field, table, description) for field in listed)


def _ending(field: AskedField, table: str, description: ReleaseDescription) -> AskedField:
    for part in description.retiring:
        if part.is_of(table, field.name):
            return replace(field, ends=f"Sure to be there until {part.until} only. {part.reason.en}")
    return field


def fields_of(schema: Cube | Register) -> tuple[AskedField, ...]:
    """Return the columns of ``schema`` that a question can name, in the order of its files."""
    if isinstance(schema, Register):
        return tuple(_field(field, schema) for field in schema.fields.values())
    dimensions = (_dimension(axis) for axis in schema.axes.values())
    measures = (part for measure in schema.measures.values() for part in _measure(measure))
    return (*dimensions, *measures)


def _dimension(axis: Axis) -> AskedField:
    about: DimensionDescription = axis.description
    several = axis.levels if len(axis.levels) > 1 else ()
    operators = tuple(each for each in _operators("dimension") if several or each != "level")
    codes = tuple(axis.positions)
    return AskedField(
        about.name, about.title, "dimension", "string", operators, codes=codes, levels=several, codelist=about.codelist
    )


def _measure(about: MeasureDescription) -> tuple[AskedField, AskedField]:
    status = Bilingual(vi=f"{about.title.vi}: trạng thái", en=f"{about.title.en}: status")
    codes = tuple(each.value for each in CellStatus)
    return (
        AskedField(about.name, about.title, "measure", about.field_type, _operators("measure")),
        AskedField(status_column(about.name), status, "status", "string", _operators("status"), codes=codes),
    )


def _field(about: FieldDescription, register: Register) -> AskedField:
    codelist = register.codelists.get(about.name)
    codes = tuple(member.code for member in codelist.members if member.code != TOTAL) if codelist else ()
    kind: Kind = about.type
    return AskedField(
        about.name, about.title, "field", about.type, _operators(kind), codes=codes, codelist=about.codelist or ""
    )


def _operators(kind: Kind) -> tuple[str, ...]:
    return tuple(key for key in operators_of(kind) if key != "eq")
