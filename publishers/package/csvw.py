"""The ``csv-metadata.json`` of a package: every CSV file as W3C's CSV on the Web (CSVW) describes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

from datasets.breaks import BREAK, Break, broken_series
from datasets.cell_status import STATUS_MEANINGS, CellStatus, status_column
from datasets.codelist import COLUMNS
from datasets.release import (
    CodelistDescription,
    FieldDescription,
    MeasureDescription,
    RegisterDescription,
    ReleaseDescription,
    TableDescription,
)
from datasets.text import LANGUAGES, Bilingual
from datasets.web_address import web_address
from publishers.package.contents import SYNTHETIC
from publishers.package.licences import LICENCES
from publishers.package.phrases import CODELIST_TITLES, SYNTHETIC_COLUMN, SYNTHETIC_TYPE, status_title, summary

NAMESPACE = "http://www.w3.org/ns/csvw"

Json = dict[str, Any]

_DIALECT = {
    "encoding": "utf-8",
    "lineTerminators": ["\r\n"],
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "header": True,
    "headerRowCount": 1,
}
DATATYPES = {"string": "string", "integer": "integer", "number": "double", "date": "date", "boolean": "boolean"}
"""Our types in CSVW; numbers may have an exponent, which its decimal does not allow."""
_LANGUAGE_OF_COLUMN = {"label_vi": "vi", "label_en": "en"}


def csvw(description: ReleaseDescription, filled: Set[str]) -> Json:
    """Return the metadata of all CSV files of an edition; ``filled`` are the fields of a register without a gap.

    A foreign key of CSVW leads from every row, so a column with empty cells has none. Nothing depends on the clock.
    """
    register = description.register_
    return {
        "@context": [NAMESPACE, {"@language": "vi"}],
        **_group_notes(description),
        "dialect": _DIALECT,
        "null": [""],
        "tables": [
            *(_table(table, description) for table in description.tables),
            *([_register(register, description, filled)] if register else []),
            *(_codelist(codelist) for codelist in description.codelists),
        ],
    }


# What it says of the whole package ------------------------------------------------------------------------------------


def _group_notes(description: ReleaseDescription) -> Json:
    start, end = description.period_start, description.period_end
    notes = {
        "dc:title": _in_both(description.title),
        "dc:description": _in_both(summary(description)),
        "dc:identifier": f"{description.dataset}/{description.edition}",
        "dc:language": list(LANGUAGES),
        "dc:license": {"@id": LICENCES[description.licence].url},
        "dc:publisher": _publisher(description),
        "dc:source": _in_both(description.attribution) if description.attribution else [],
        "dc:subject": _keywords(description),
        "dc:temporal": f"{start}/{end}" if start else "",
        "dc:type": {"@id": SYNTHETIC_TYPE} if description.synthetic else "",
        "notes": [*_statuses(description), *map(_break_note, description.breaks)],
    }
    return {name: value for name, value in notes.items() if value not in ("", [])}


def _publisher(description: ReleaseDescription) -> Json:
    publisher, contact = description.publisher, description.contact
    url = web_address(publisher.url)
    return {
        "@type": "schema:Organization",
        "schema:name": _in_both(publisher.name),
        **({"schema:url": {"@id": url}} if url else {}),
        "schema:contactPoint": {
            "@type": "schema:ContactPoint",
            "schema:name": _in_both(contact.name),
            "schema:email": contact.email,
        },
    }


def _keywords(description: ReleaseDescription) -> list[Json]:
    return [_literal(word, language) for language in LANGUAGES for word in description.keywords.of(language)]


def _statuses(description: ReleaseDescription) -> list[Json]:
    return [_status_note(status) for status in CellStatus] if description.tables else []


def _break_note(one: Break) -> Json:
    """Say from when on a series cannot be compared, and why."""
    told = broken_series(one)
    return {"dc:title": _in_both(BREAK), "dc:temporal": one.from_, "dc:description": _in_both(told)}


def _status_note(status: CellStatus) -> Json:
    """Say what a code in the columns of statuses means."""
    meaning = STATUS_MEANINGS[status]
    letter = {"skos:altLabel": f"[{meaning.letter}]"} if meaning.letter else {}
    return {
        "@type": "skos:Concept",
        "skos:notation": str(status),
        "skos:prefLabel": _in_both(meaning.label),
        **letter,
    }


# Tables ---------------------------------------------------------------------------------------------------------------


def _table(table: TableDescription, description: ReleaseDescription) -> Json:
    dimensions = [description.dimension(name) for name in table.dimensions]
    columns = [_column(dimension.name, "string", dimension.title, required=True) for dimension in dimensions]
    for name in table.measures:
        columns += _measure_columns(description.measure(name))
    keys = [(dimension.name, dimension.codelist) for dimension in dimensions]
    schema = _schema([*columns, *_synthetic(description)], table.dimensions, _foreign_keys(keys, description))
    return _described(table.csv, table.title, schema) | _other_forms(table)


def _register(register: RegisterDescription, description: ReleaseDescription, filled: Set[str]) -> Json:
    columns = [_field(field, required=field.name in register.key) for field in register.fields]
    keys = [(field.name, field.codelist) for field in register.fields if field.codelist and field.name in filled]
    schema = _schema([*columns, *_synthetic(description)], register.key, _foreign_keys(keys, description))
    return _described(register.csv, description.title, schema) | _other_forms(register)


def _codelist(codelist: CodelistDescription) -> Json:
    columns = [
        _column(name, "string", CODELIST_TITLES[name], required=name in COLUMNS[:3])
        | ({"lang": _LANGUAGE_OF_COLUMN[name]} if name in _LANGUAGE_OF_COLUMN else {})
        for name in COLUMNS
    ]
    schema = _schema(columns, ("code",), []) | {"rowTitles": list(_LANGUAGE_OF_COLUMN)}
    source = {"dc:source": _in_both(codelist.source)} if codelist.source else {}
    return _described(codelist.path, codelist.title, schema) | source


def _described(path: str, title: Bilingual, schema: Json) -> Json:
    return {"url": path, "dc:title": _in_both(title), "tableSchema": schema}


def _other_forms(table: TableDescription | RegisterDescription) -> Json:
    return {"dc:hasFormat": [{"@id": path} for path in (table.parquet, table.xlsx) if path]}


def _schema(columns: Iterable[Json], key: Iterable[str], foreign_keys: list[Json]) -> Json:
    schema: Json = {"columns": list(columns), "primaryKey": list(key)}
    return schema | ({"foreignKeys": foreign_keys} if foreign_keys else {})


def _foreign_keys(keys: Iterable[tuple[str, str]], description: ReleaseDescription) -> list[Json]:
    paths: Mapping[str, str] = {codelist.id: codelist.path for codelist in description.codelists}
    return [
        {"columnReference": name, "reference": {"resource": paths[codelist], "columnReference": "code"}}
        for name, codelist in keys
    ]


# Columns --------------------------------------------------------------------------------------------------------------


def _column(name: str, type_: str, title: Bilingual, *, required: bool) -> Json:
    # Titles are what may stand in the header: the name of a column is in no language.
    titles = {"und": name, "vi": title.vi, "en": title.en}
    column: Json = {"name": name, "titles": titles, "datatype": DATATYPES[type_]}
    return column | ({"required": True} if required else {})


def _field(field: FieldDescription, *, required: bool) -> Json:
    return _column(field.name, field.type, field.title, required=required)


def _measure_columns(measure: MeasureDescription) -> list[Json]:
    value = _column(measure.name, measure.field_type, measure.title, required=False)
    status = _column(status_column(measure.name), "string", status_title(measure.title), required=True)
    pattern = f"^({'|'.join(CellStatus)})$"
    return [
        value | {"schema:unitText": _in_both(measure.unit)},
        status | {"datatype": {"base": "string", "format": pattern}},
    ]


def _synthetic(description: ReleaseDescription) -> list[Json]:
    return [_column(SYNTHETIC, "boolean", SYNTHETIC_COLUMN, required=True)] if description.synthetic else []


def _in_both(text: Bilingual) -> list[Json]:
    return [_literal(text.of(language), language) for language in LANGUAGES]


def _literal(text: str, language: str) -> Json:
    return {"@value": text, "@language": language}
