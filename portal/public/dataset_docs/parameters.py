"""The parameters of one table in OpenAPI: its own columns with their types and codes, then those of every table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from datasets.public_releases import PublicRelease
from datasets.release import FieldType
from portal.public.dataset_docs.examples import Example
from portal.public.dataset_docs.fields import AskedField, ending_fields, fields_of, older_fields
from portal.public.routers.parameters_guide import QUERY_PARAMETERS
from portal.query.operators import OPERATORS
from portal.query.schema import Cube, Register

Parameter = dict[str, Any]
CODES_LISTED = 100
"""A longer code list is named, with the address of its codes."""
_SCHEMAS: dict[FieldType, Parameter] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "date": {"type": "string", "format": "date"},
}
_OF_STATISTICS = frozenset({"release", "as_of", "select", "where", "lang"})
_EVERY_COLUMN = "filters"
"""What stands for any column where no table is known; here each has parameters of its own."""
_NOT_OF_ROWS = frozenset({"group", "aggregate"})


def parameters_of(
    schema: Cube | Register, kind: str, examples: Sequence[Example], release: PublicRelease
) -> list[Parameter]:
    """Return the parameters of a table's ``data``, ``rows`` or ``statistics``.

    Those that the first of ``examples`` names carry its values: together they are a question that has an answer.
    """
    known = dict(examples[0].question.parameters) if examples and examples[0].question else {}
    listed = ending_fields(fields_of(schema), schema.name, release.description)
    listed += older_fields(listed, release.description)
    own = [parameter | _deprecated(field) for field in listed for parameter in _of_field(field, release)]
    shared = [_named(each, schema, listed) for each in QUERY_PARAMETERS if _takes(each["name"], kind, schema)]
    found = [*own, *shared]
    for parameter in found:
        # limit=all is not for JSON, which is what is answered where nothing else is asked for.
        if (value := known.get(parameter["name"], "all")) != "all":
            parameter["example"] = [value] if parameter["schema"].get("type") == "array" else value
    return found


def _deprecated(field: AskedField) -> Parameter:
    return {"deprecated": True} if field.ends else {}


def _takes(name: str, kind: str, schema: Cube | Register) -> bool:
    if kind == "statistics":
        return name in _OF_STATISTICS
    if name == _EVERY_COLUMN:
        return False
    return not (kind == "rows" and name in _NOT_OF_ROWS) and not (isinstance(schema, Cube) and name == "aggregate")


def _of_field(field: AskedField, release: PublicRelease) -> Iterator[Parameter]:
    one = _schema_of(field)
    yield _parameter(field.name, _told(field, release), one)
    for key in field.operators:
        operator = OPERATORS[key]
        name, meaning = f"{field.name}__{key}", f"{field.title.en} ({field.title.vi}) {operator.meaning.en}."
        if key == "level":
            yield _parameter(name, meaning, {"type": "string", "enum": list(field.levels)})
        elif operator.arity == "flag":
            yield _parameter(name, meaning, {"type": "string", "enum": ["true", "false"]})
        elif operator.arity == "many":
            yield _several(name, meaning, one)
        else:
            yield _parameter(name, meaning, _SCHEMAS[field.type])


def _schema_of(field: AskedField) -> Parameter:
    listed = 0 < len(field.codes) <= CODES_LISTED
    return {**_SCHEMAS[field.type], **({"enum": list(field.codes)} if listed else {})}


def _told(field: AskedField, release: PublicRelease) -> str:
    told = " ".join(filter(None, (f"{field.title.en} ({field.title.vi}).", field.ends)))
    if not field.codelist:
        return told
    return f"{told} Codes: `/api/v1/datasets/{release.dataset}/codelists/{field.codelist}`."


def _parameter(name: str, description: str, schema: Parameter) -> Parameter:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _several(name: str, description: str, schema: Parameter) -> Parameter:
    """Return a parameter with values between commas."""
    several = {"type": "array", "items": schema, "minItems": 1}
    return {**_parameter(name, description, several), "style": "form", "explode": False}


def _named(parameter: Parameter, schema: Cube | Register, listed: Sequence[AskedField]) -> Parameter:
    """Return a parameter of every table, with the names that this one has where it takes names."""
    names = {
        "select": [field.name for field in listed if field.role in ("measure", "field")],
        "group": [field.name for field in listed if field.role in ("dimension", "field")],
        "order": [sign + field.name for field in listed if field.role != "status" for sign in ("", "-")],
    }.get(parameter["name"])
    # A register that is gathered also sorts by its figures, whose names depend on the question.
    if names is None or (parameter["name"] == "order" and isinstance(schema, Register)):
        return dict(parameter)
    return _several(parameter["name"], parameter["description"], {"type": "string", "enum": names})
