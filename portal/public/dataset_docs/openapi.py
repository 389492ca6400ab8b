"""The API of one dataset as OpenAPI 3.1: its tables, each column as a parameter, and answers that were really given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from datasets.cell_status import status_column
from datasets.public_releases import PublicRelease
from datasets.release import FieldType, ReleaseDescription
from datasets.text import Bilingual
from portal.public.cited import cite
from portal.public.dataset_docs.examples import Example
from portal.public.dataset_docs.fields import AskedField, ending_fields, fields_of, older_fields
from portal.public.dataset_docs.parameters import parameters_of
from portal.public.dataset_docs.plain_markdown import without_markup
from portal.public.dataset_docs.written_code import PROGRAMMES
from portal.public.history_resources import HistoryDocument
from portal.public.key_schemes import KEY_SCHEMES, KEYS_OPTIONAL
from portal.public.resources import CodelistResource, ReleaseList, ReleaseResource, TableDocument
from portal.public.statistics_answers import StatisticsDocument
from portal.query.answer_formats import FORMATS
from portal.query.schema import Cube, Register
from portal.shared.labels import LICENCE_URLS
from portal.shared.links import Links
from portal.shared.problems import PROBLEM_TYPE, ProblemDocument

Document = dict[str, Any]
_PROBLEMS = {
    "400": "The question has no answer; the problem says why and what to do.",
    "401": "The API key is not known.",
    "404": "There is no such release or table.",
    "406": "`Accept` names no format that there is.",
    "410": "The release was withdrawn.",
    "429": "Too many calls; `Retry-After` says when to come back.",
    "503": "The question took too long, or too many are waiting; `Retry-After` says when to come back.",
}
_TYPES: dict[FieldType, str] = {"string": "string", "integer": "integer", "number": "number", "date": "string"}
_JSON_STAT = "JsonStat"
_MODELS = (
    ProblemDocument,
    ReleaseResource,
    ReleaseList,
    HistoryDocument,
    CodelistResource,
    TableDocument,
    StatisticsDocument,
)
_KINDS = ("data", "rows", "statistics")
_SUMMARIES = {
    "data": "Ask the table: {title}",
    "rows": "List its rows as they were published: {title}",
    "statistics": "Say what its columns hold: {title}",
}
_TOLD = {
    "data": "What is left out means its published total. `group` gives a row for each member, a column as a parameter "
    "chooses among them. Nothing is worked out from cells that are withheld.",
    "rows": "Every row, totals (`_T`) included; nothing is grouped or added up.",
    "statistics": "How many values each column has, how many are empty, the smallest, the largest, the most frequent.",
}


@dataclass(frozen=True)
class DescribedTable:
    """A table, with the examples that ask it and what they were answered."""

    schema: Cube | Register
    title: Bilingual
    examples: Sequence[Example]
    answers: Mapping[str, Any]
    """The answers in JSON, by the kind of example."""


def dataset_openapi(release: PublicRelease, tables: Sequence[DescribedTable], links: Links) -> Document:
    """Return the document. ``links`` know the public address of the portal."""
    document = {
        "openapi": "3.1.0",
        "info": _info(release, links),
        "servers": [{"url": links.base_url or "/"}],
        "externalDocs": {
            "description": "Code to copy",
            "url": links.absolute(links.dataset_api(release.dataset, "en")),
        },
        "paths": dict(_paths(release, tables, links)),
        "components": {"schemas": _schemas(tables, release.description), "securitySchemes": KEY_SCHEMES},
        "security": KEYS_OPTIONAL,
    }
    return {key: without_markup(value) for key, value in document.items()}


def _info(release: PublicRelease, links: Links) -> Document:
    about = release.description
    page = links.absolute(links.release(release.dataset, release.name, "en"))
    cited = cite(release).text("en", url=page)
    made_up = ["**This data is made up.** It shows how the portal works."] if about.synthetic else []
    return {
        "title": about.title.en,
        "summary": about.title.vi,
        "description": "\n\n".join([*made_up, about.summary.en, about.summary.vi, f"Cite as: {cited}"]),
        "version": release.name,
        "contact": {"name": about.contact.name.en, "email": about.contact.email},
        "license": {"name": about.licence, "url": LICENCE_URLS[about.licence]},
    }


def _paths(release: PublicRelease, tables: Sequence[DescribedTable], links: Links) -> Iterator[tuple[str, Document]]:
    place = links.api(f"datasets/{release.dataset}")
    yield place, _read("dataset", "Describe the newest release", "ReleaseResource")
    yield f"{place}/releases", _read("releases", "List the releases", "ReleaseList")
    yield f"{place}/changes", _read("changes", "Tell what each release changed", "HistoryDocument")
    for table in tables:
        for kind in _KINDS:
            yield links.table(release.dataset, table.schema.name, kind), {"get": _operation(table, kind, release)}
    for codelist in release.description.codelists:
        summary = f"List the codes: {codelist.title.en} ({codelist.title.vi})"
        yield f"{place}/codelists/{codelist.id}", _read(f"codes_{codelist.id}", summary, "CodelistResource")


def _read(operation: str, summary: str, model: str) -> Document:
    asked = {
        "operationId": operation,
        "summary": summary,
        "responses": {"200": _answered(_json({"$ref": _ref(model)})), **_problems("401", "404", "410", "429", "503")},
    }
    return {"get": asked}


def _operation(table: DescribedTable, kind: str, release: PublicRelease) -> Document:
    asked = [example for example in table.examples if example.question and example.question.resource == kind]
    shown: Document = {"x-codeSamples": list(_samples(asked))} if asked else {}
    content = _json(_answer_schema(table, kind))
    if given := dict(_given(asked, table.answers)):
        content["application/json"]["examples"] = given
    if kind != "statistics":
        texts = (each.media_type.partition(";")[0] for each in FORMATS.values() if each.key != "json")
        content |= {media_type: {"schema": {"type": "string"}} for media_type in texts if media_type not in content}
    return {
        "operationId": f"{kind}_{table.schema.name}",
        "summary": _SUMMARIES[kind].format(title=table.title.en),
        "description": f"{table.title.vi}\n\n{_TOLD[kind]}",
        "parameters": parameters_of(table.schema, kind, asked, release),
        "responses": {"200": _answered(content), "304": {"description": "What you have is still true."}, **_problems()},
        **shown,
    }


def _answer_schema(table: DescribedTable, kind: str) -> Document:
    if kind == "statistics":
        return {"$ref": _ref("StatisticsDocument")}
    answer = {"$ref": _ref(_answer_name(table))}
    return {"anyOf": [answer, {"$ref": _ref(_JSON_STAT)}]} if isinstance(table.schema, Cube) else answer


def _samples(examples: Sequence[Example]) -> Iterator[Document]:
    for example in examples:
        for programme, write in PROGRAMMES.items():
            label = f"{programme}: {example.asked.kind}"
            yield {"lang": programme.lower(), "label": label, "source": write(example.asked)}


def _given(examples: Sequence[Example], answers: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    for example in examples:
        kind, address = example.asked.kind, example.asked.json
        yield kind, {"summary": f"Answer to {address}, its first rows", "value": answers[kind]}


def _answered(content: Document) -> Document:
    return {"description": "The answer.", "content": content}


def _json(schema: Document) -> Document:
    return {"application/json": {"schema": schema}}


def _problems(*statuses: str) -> Document:
    content = {PROBLEM_TYPE: {"schema": {"$ref": _ref("ProblemDocument")}}}
    return {each: {"description": _PROBLEMS[each], "content": content} for each in statuses or _PROBLEMS}


def _ref(name: str) -> str:
    return f"#/components/schemas/{name}"


def _answer_name(table: DescribedTable) -> str:
    return f"answer_{table.schema.name}"


def _row_name(table: DescribedTable) -> str:
    return f"row_{table.schema.name}"


def _schemas(tables: Sequence[DescribedTable], description: ReleaseDescription) -> Document:
    schemas = dict(_of_every_dataset())
    answer = schemas.pop("TableDocument")
    for table in tables:
        rows = {**answer["properties"]["data"], "items": {"$ref": _ref(_row_name(table))}}
        rows.pop("examples", None)
        schemas[_answer_name(table)] = {**answer, "properties": {**answer["properties"], "data": rows}}
        schemas[_row_name(table)] = _row(table, description)
    return schemas


@cache
def _of_every_dataset() -> Document:
    """Return the schemas that do not depend on a dataset."""
    schemas: Document = {}
    for model in _MODELS:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    schemas[_JSON_STAT] = {
        "type": "object",
        "description": "JSON-stat 2.0, where `format=json-stat` asks for it.",
        "properties": {"class": {"const": "dataset"}, "version": {"const": "2.0"}},
        "required": ["class", "version", "id", "size", "dimension", "value"],
    }
    return schemas


def _row(table: DescribedTable, description: ReleaseDescription) -> Document:
    """Return the schema of a row: columns come and go with what is asked, and labels and figures come with it."""
    listed = ending_fields(fields_of(table.schema), table.schema.name, description)
    present = {field.name: _value(field, table.schema) for field in listed}
    older = {field.name: {**present[field.present], "deprecated": True} for field in older_fields(listed, description)}
    return {
        "type": "object",
        "title": table.title.en,
        "properties": {**present, **older},
        "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
    }


def _value(field: AskedField, schema: Cube | Register) -> Document:
    told = f"{field.title.en} ({field.title.vi})"
    if isinstance(schema, Cube) and field.role == "measure":
        told += f", {schema.measures[field.name].unit.en}; null where `{status_column(field.name)}` says why"
    if field.role == "status":
        return {"type": "string", "description": told, "enum": list(field.codes)}
    kind: str | list[str] = _TYPES[field.type] if field.role == "dimension" else [_TYPES[field.type], "null"]
    ending = {"deprecated": True} if field.ends else {}
    return {"type": kind, "description": told, **({"format": "date"} if field.type == "date" else {}), **ending}
