"""The ``datapackage.json`` of a package: Data Package v2 with a Table Schema for every CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from datasets.cell_status import STATUS_MEANINGS, CellStatus, status_column
from datasets.codelist import COLUMNS
from datasets.release import (
    CodelistDescription,
    FileEntry,
    MeasureDescription,
    RegisterDescription,
    ReleaseDescription,
    TableDescription,
)
from datasets.text import Bilingual
from publishers.package.contents import REGISTER, SYNTHETIC
from publishers.package.licences import LICENCES
from publishers.package.phrases import CODELIST_TITLES, SYNTHETIC_COLUMN, status_title, summary

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

Json = dict[str, Any]


def descriptor(description: ReleaseDescription, files: Mapping[str, FileEntry]) -> Json:
    """Return the descriptor of a package; ``files`` are its data files by path. Nothing in it depends on the clock."""
    resources = [
        *(resource for table in description.tables for resource in _table_resources(table, description, files)),
        *(_register_resources(description.register_, description, files) if description.register_ else ()),
        *(_codelist_resource(codelist, files) for codelist in description.codelists),
    ]
    return {
        "$schema": PROFILE,
        "name": description.dataset,
        **_titles(description.title),
        **_descriptions(summary(description)),
        "version": description.edition,
        **_keywords(description),
        "licenses": [_licence(description)],
        "contributors": _contributors(description),
        "sources": [_titles(description.attribution or description.publisher.name)],
        "kind": description.kind,
        "edition": description.edition,
        "synthetic": description.synthetic,
        "theme": description.theme,
        "frequency": description.frequency,
        "period": {"start": description.period_start, "end": description.period_end},
        "rows_left_out": description.rows_left_out,
        "statuses": _statuses() if description.tables else [],
        **_breaks(description),
        "resources": resources,
    }


def _keywords(description: ReleaseDescription) -> Json:
    # The profile allows no empty list.
    words = list(dict.fromkeys((*description.keywords.vi, *description.keywords.en)))
    return {"keywords": words} if words else {}


def _licence(description: ReleaseDescription) -> Json:
    licence = LICENCES[description.licence]
    return {"name": description.licence, "title": licence.title, "path": licence.url}


def _contributors(description: ReleaseDescription) -> list[Json]:
    publisher, contact = description.publisher, description.contact
    url = {"path": publisher.url} if publisher.url.startswith(("https://", "http://")) else {}
    return [
        {**_titles(publisher.name), **url, "roles": ["publisher"]},
        {**_titles(contact.name), "email": contact.email, "roles": ["contact"], "organization": publisher.name.vi},
    ]


def _breaks(description: ReleaseDescription) -> Json:
    """Return the breaks in its series; nothing where there are none, as in packages from before they were told."""
    found = [each.model_dump(mode="json", by_alias=True) for each in description.breaks]
    return {"breaks": found} if found else {}


def _statuses() -> list[Json]:
    return [
        {"status": str(status), "letter": meaning.letter, "has_value": meaning.has_value, **_titles(meaning.label)}
        for status, meaning in STATUS_MEANINGS.items()
    ]


# Resources ------------------------------------------------------------------------------------------------------------


def _table_resources(
    table: TableDescription, description: ReleaseDescription, files: Mapping[str, FileEntry]
) -> Iterable[Json]:
    dimensions = [description.dimension(name) for name in table.dimensions]
    fields = [_field(dimension.name, "string", dimension.title, required=True) for dimension in dimensions]
    for name in table.measures:
        fields += _measure_fields(description.measure(name))
    schema = {
        "fields": [*fields, *_synthetic_field(description)],
        "missingValues": [""],
        "primaryKey": list(table.dimensions),
        "foreignKeys": [_foreign_key(dimension.name, dimension.codelist) for dimension in dimensions],
    }
    csv = _csv_resource(table.id, files[table.csv], table.title, schema)
    return [_with_other_forms(csv, table, files)]


def _register_resources(
    register: RegisterDescription, description: ReleaseDescription, files: Mapping[str, FileEntry]
) -> Iterable[Json]:
    fields = [_field(item.name, item.type, item.title, required=item.name in register.key) for item in register.fields]
    schema = {
        "fields": [*fields, *_synthetic_field(description)],
        "missingValues": [""],
        "primaryKey": list(register.key),
    }
    if keys := [_foreign_key(item.name, item.codelist) for item in register.fields if item.codelist]:
        schema["foreignKeys"] = keys
    csv = _csv_resource(REGISTER, files[register.csv], description.title, schema)
    return [_with_other_forms(csv, register, files)]


def _foreign_key(field: str, codelist: str) -> Json:
    return {"fields": [field], "reference": {"resource": _codelist_name(codelist), "fields": ["code"]}}


def _codelist_resource(codelist: CodelistDescription, files: Mapping[str, FileEntry]) -> Json:
    fields = [_field(name, "string", CODELIST_TITLES[name], required=name in COLUMNS[:3]) for name in COLUMNS]
    schema = {"fields": fields, "missingValues": [""], "primaryKey": ["code"]}
    source = {"sources": [_titles(codelist.source)]} if codelist.source else {}
    return _csv_resource(_codelist_name(codelist.id), files[codelist.path], codelist.title, schema) | source


def _codelist_name(codelist: str) -> str:
    # No table can have this name: names of tables hold no dot.
    return f"codelist.{codelist}"


def _csv_resource(name: str, entry: FileEntry, title: Bilingual, schema: Json) -> Json:
    return {
        "name": name,
        "type": "table",
        **_titles(title),
        **_file(entry, "csv"),
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": schema,
    }


def _with_other_forms(csv: Json, table: TableDescription | RegisterDescription, files: Mapping[str, FileEntry]) -> Json:
    """Name the same table's Parquet file and workbook under ``alternatives``.

    As resources of their own they would be tables to a validator too, which Frictionless reads row by row, a thousand
    times slower than the CSV file, or not at all without its excel extra.
    """
    forms = [("parquet", table.parquet), *([("xlsx", table.xlsx)] if table.xlsx else [])]
    return csv | {"alternatives": [_file(files[path], form) for form, path in forms]}


def _file(entry: FileEntry, form: str) -> Json:
    return {
        "path": entry.path,
        "format": form,
        "mediatype": entry.media_type,
        "bytes": entry.bytes,
        "hash": f"sha256:{entry.sha256}",
    }


# Fields ---------------------------------------------------------------------------------------------------------------


def _field(name: str, type_: str, title: Bilingual, *, required: bool, **constraints: Any) -> Json:
    rules = {"required": True, **constraints} if required else constraints
    field: Json = {"name": name, "type": type_, **_titles(title)}
    return field | ({"constraints": rules} if rules else {})


def _measure_fields(measure: MeasureDescription) -> list[Json]:
    value = _field(measure.name, measure.field_type, measure.title, required=False)
    status = _field(
        status_column(measure.name),
        "string",
        status_title(measure.title),
        required=True,
        enum=[str(s) for s in CellStatus],
    )
    return [value | _descriptions(measure.unit), status]


def _synthetic_field(description: ReleaseDescription) -> list[Json]:
    if not description.synthetic:
        return []
    return [_field(SYNTHETIC, "boolean", SYNTHETIC_COLUMN, required=True, enum=[True])]


def _titles(title: Bilingual) -> Json:
    return {"title": title.vi, "titles": {"vi": title.vi, "en": title.en}}


def _descriptions(text: Bilingual) -> Json:
    return {"description": text.vi, "descriptions": {"vi": text.vi, "en": text.en}}
