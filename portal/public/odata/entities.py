"""What OData shows of a dataset: an entity set for each table, a property for each column, labels beside the codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from datasets.cell_status import STATUS_MEANINGS, status_column
from datasets.codelist import Codelist
from datasets.hints import hint
from datasets.names import SYNTHETIC
from datasets.release import FieldType
from datasets.said import said
from datasets.text import LANGUAGES, Bilingual, Language
from portal.query.model import Filter, clip, invalid
from portal.query.schema import Cube, Register

PropertyKind = Literal["dimension", "label", "measure", "status", "field", "mark"]

WITHOUT_TOTALS = "_without_totals"
"""Behind the name of a cube's entity set: the same entities, but only those of the finest level of each dimension."""

EDM_TYPES: Mapping[FieldType, str] = {
    "string": "Edm.String",
    "integer": "Edm.Int64",
    "number": "Edm.Double",
    "date": "Edm.Date",
}
NAMESPACE = "ytemo"
_STATUS = Bilingual(vi="trạng thái", en="status")
_LABEL = {"vi": Bilingual(vi="tên tiếng Việt", en="name in Vietnamese"),
          "en": Bilingual(vi="tên tiếng Anh", en="name in English")}  # fmt: skip
_MARK = Bilingual(vi="dữ liệu tạo ra, không có thật", en="made-up data")


@dataclass(frozen=True)
class Property:
    """A property of the entities of one set."""

    name: str
    kind: PropertyKind
    type: str
    """Its type in the Entity Data Model, such as ``Edm.Int64``."""
    title: Bilingual
    source: str
    """The column of the table that it shows, or whose codes it explains."""
    nullable: bool = False
    codes: tuple[str, ...] = ()
    """The codes that its column can have, where it is coded."""
    codelist: Codelist | None = None
    language: Language = "vi"

    def text(self, code: str) -> str:
        """Return what the property says where its column has this code."""
        if self.kind != "label":
            return code
        assert self.codelist is not None
        return self.codelist.label(code).of(self.language)

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """What the property says for each code."""
        return {code: self.text(code) for code in self.codes}


@dataclass(frozen=True)
class EntitySet:
    """The rows of a table, as OData names them."""

    name: str
    type_name: str
    title: Bilingual
    schema: Cube | Register
    properties: Mapping[str, Property]
    key: tuple[str, ...]
    restricted: tuple[Filter, ...] = ()
    """What every entity of the set satisfies."""

    def property(self, name: str, *, place: str) -> Property:
        """Return a property by its name; an unknown one raises QueryInvalid for the option ``place``."""
        found = self.properties.get(name)
        if found is None:
            rule = said("%(name)s is not known", name=clip(name))
            raise invalid(place, rule, hint(name, self.properties))
        return found


def identifier(name: str) -> str:
    """Return the name of a dataset or a table as an OData identifier; no two names give the same."""
    return name.replace("-", "_")


def entity_sets(
    schemas: Mapping[str, Cube | Register], *, title: Bilingual, synthetic: bool
) -> Mapping[str, EntitySet]:
    """Return the entity sets of a release by their names, from what can be asked of each table.

    ``title`` is that of its register, if it has one; ``synthetic`` data says so in each entity.
    """
    sets: dict[str, EntitySet] = {}
    for table, schema in schemas.items():
        whole = _entity_set(identifier(table), schema, title, synthetic=synthetic)
        sets[whole.name] = whole
    for whole in tuple(sets.values()):
        finest = _without_totals(whole)
        if finest is not None and finest.name not in sets:
            sets[finest.name] = finest
    return dict(sorted(sets.items()))


def _entity_set(name: str, schema: Cube | Register, title: Bilingual, *, synthetic: bool) -> EntitySet:
    found = _cube_properties(schema) if isinstance(schema, Cube) else _register_properties(schema)
    properties: dict[str, Property] = {}
    labels: list[Property] = []
    for each in found:
        (labels.append(each) if each.kind == "label" else properties.setdefault(each.name, each))
    if synthetic:
        properties.setdefault(SYNTHETIC, Property(SYNTHETIC, "mark", "Edm.Boolean", _MARK, SYNTHETIC))
    title = schema.table.title if isinstance(schema, Cube) else title
    key = tuple(schema.axes) if isinstance(schema, Cube) else schema.description.key
    return EntitySet(name, name, title, schema, _with_labels(properties, labels), key)


def _with_labels(properties: Mapping[str, Property], labels: list[Property]) -> Mapping[str, Property]:
    """Put the labels behind their codes; a column that has the name of one already keeps it."""
    ordered: dict[str, Property] = {}
    for each in properties.values():
        ordered[each.name] = each
        for label in labels:
            if label.source == each.name and label.name not in properties:
                ordered[label.name] = label
    return ordered


def _without_totals(whole: EntitySet) -> EntitySet | None:
    """Return the set of the finest cells; None where there are no others, or where they are not published."""
    cube = whole.schema
    if not isinstance(cube, Cube):
        return None
    margins = cube.table.margins
    if margins != "all" and not any(set(margin) == set(cube.axes) for margin in margins):
        return None
    axes = [axis for axis in cube.axes.values() if axis.finest]
    if not any(len(axis.finest) < len(axis.positions) for axis in axes):
        return None
    title = Bilingual(vi=f"{whole.title.vi} (không có dòng tổng)", en=f"{whole.title.en} (without totals)")
    restricted = tuple(Filter(axis.name, "in", axis.finest) for axis in axes)
    return EntitySet(whole.name + WITHOUT_TOTALS, whole.type_name, title, cube, whole.properties, whole.key, restricted)


def _cube_properties(cube: Cube) -> Iterator[Property]:
    for axis in cube.axes.values():
        title, codes = axis.description.title, tuple(axis.positions)
        yield Property(axis.name, "dimension", "Edm.String", title, axis.name, codes=codes, codelist=axis.codelist)
        yield from _labels(axis.name, title, codes, axis.codelist)
    for name, measure in cube.measures.items():
        title = Bilingual(vi=f"{measure.title.vi} ({measure.unit.vi})", en=f"{measure.title.en} ({measure.unit.en})")
        yield Property(name, "measure", EDM_TYPES[measure.field_type], title, name, nullable=True)
        said_of = Bilingual(vi=f"{measure.title.vi}: {_STATUS.vi}", en=f"{measure.title.en}: {_STATUS.en}")
        statuses = tuple(status.value for status in STATUS_MEANINGS)
        status = status_column(name)
        yield Property(status, "status", "Edm.String", said_of, status, codes=statuses)


def _register_properties(register: Register) -> Iterator[Property]:
    for name, field in register.fields.items():
        codelist = register.codelists.get(name)
        codes = tuple(codelist.by_code) if codelist is not None else ()
        nullable = name not in register.description.key
        yield Property(name, "field", EDM_TYPES[field.type], field.title, name, nullable, codes, codelist)
        if codelist is not None:
            yield from _labels(name, field.title, codes, codelist, nullable=nullable)


def _labels(
    name: str, title: Bilingual, codes: tuple[str, ...], codelist: Codelist, *, nullable: bool = False
) -> Iterator[Property]:
    for language in LANGUAGES:
        told = _LABEL[language]
        both = Bilingual(vi=f"{title.vi}: {told.vi}", en=f"{title.en}: {told.en}")
        label = f"{name}_label_{language}"
        yield Property(label, "label", "Edm.String", both, name, nullable, codes, codelist, language)
