"""The model of an OData service as its own language writes it: one model, in XML and in JSON."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from datasets.text import Bilingual

Annotation = str | bool | tuple["Annotation", ...] | Mapping[str, "Annotation"]
"""The value of an annotation: text, yes or no, several values, or a record of them."""

_VOCABULARIES = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies"
_INCLUDED = (
    ("Org.OData.Core.V1", "Core"),
    ("Org.OData.Capabilities.V1", "Capabilities"),
    ("Org.OData.Aggregation.V1", "Aggregation"),
)
CONTAINER = "Container"


class PropertyName(str):
    """The name of a property in an annotation, which XML tells from other text."""


@dataclass(frozen=True)
class ModelProperty:
    """A property of an entity type."""

    name: str
    type: str
    nullable: bool
    title: Bilingual


@dataclass(frozen=True)
class ModelType:
    """An entity type with its key."""

    name: str
    key: tuple[str, ...]
    properties: tuple[ModelProperty, ...]


@dataclass(frozen=True)
class ModelSet:
    """An entity set of the service."""

    name: str
    type_name: str
    title: Bilingual
    annotations: Mapping[str, Annotation]


@dataclass(frozen=True)
class Model:
    """All that a client has to know of a service before it asks."""

    namespace: str
    types: tuple[ModelType, ...]
    sets: tuple[ModelSet, ...]


def as_xml(model: Model, *, version: str) -> bytes:
    """Write CSDL XML."""
    return "\n".join(_xml(model, version)).encode()


def as_json(model: Model) -> bytes:
    """Write CSDL JSON, which is of version 4.01."""
    container: dict[str, Any] = {"$Kind": "EntityContainer"}
    for each in model.sets:
        described = {f"@{term}": _json_value(value) for term, value in _described(each.title, each.annotations)}
        container[each.name] = {"$Collection": True, "$Type": f"{model.namespace}.{each.type_name}", **described}
    types = {each.name: _json_type(each) for each in model.types}
    return orjson.dumps(
        {
            "$Version": "4.01",
            "$EntityContainer": f"{model.namespace}.{CONTAINER}",
            "$Reference": {
                f"{_VOCABULARIES}/{namespace}.json": {"$Include": [{"$Namespace": namespace, "$Alias": alias}]}
                for namespace, alias in _INCLUDED
            },
            model.namespace: {**types, CONTAINER: container},
        }
    )


# JSON -----------------------------------------------------------------------------------------------------------------


def _json_type(each: ModelType) -> dict[str, Any]:
    return {"$Kind": "EntityType", "$Key": list(each.key), **dict(map(_json_property, each.properties))}


def _json_property(each: ModelProperty) -> tuple[str, dict[str, Any]]:
    told: dict[str, Any] = {} if each.type == "Edm.String" else {"$Type": each.type}
    if each.nullable:
        told["$Nullable"] = True
    return each.name, {**told, **{f"@{term}": value for term, value in _described(each.title, {})}}


def _json_value(value: Annotation) -> Any:
    if isinstance(value, Mapping):
        return {name: _json_value(each) for name, each in value.items()}
    return [_json_value(each) for each in value] if isinstance(value, tuple) else value


def _described(title: Bilingual, annotations: Mapping[str, Annotation]) -> Iterator[tuple[str, Annotation]]:
    """Yield the terms, with their qualifiers: what something is, in English and in Vietnamese, and what it can do."""
    yield "Core.Description", title.en
    yield "Core.Description#vi", title.vi
    yield from annotations.items()


# XML ------------------------------------------------------------------------------------------------------------------


def _xml(model: Model, version: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f'<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="{version}">'
    for namespace, alias in _INCLUDED:
        yield f'<edmx:Reference Uri="{_VOCABULARIES}/{namespace}.xml">'
        yield f'<edmx:Include Namespace="{namespace}" Alias="{alias}"/></edmx:Reference>'
    yield "<edmx:DataServices>"
    yield f'<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="{_text(model.namespace)}">'
    for each in model.types:
        yield from _xml_type(each)
    yield f'<EntityContainer Name="{CONTAINER}">'
    for entities in model.sets:
        type_name = f"{model.namespace}.{entities.type_name}"
        yield f'<EntitySet Name="{_text(entities.name)}" EntityType="{_text(type_name)}">'
        yield from _annotations(_described(entities.title, entities.annotations))
        yield "</EntitySet>"
    yield "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"


def _xml_type(each: ModelType) -> Iterator[str]:
    yield f'<EntityType Name="{_text(each.name)}"><Key>'
    yield from (f'<PropertyRef Name="{_text(name)}"/>' for name in each.key)
    yield "</Key>"
    for member in each.properties:
        nullable = "" if member.nullable else ' Nullable="false"'
        yield f'<Property Name="{_text(member.name)}" Type="{member.type}"{nullable}>'
        yield from _annotations(_described(member.title, {}))
        yield "</Property>"
    yield "</EntityType>"


def _annotations(terms: Iterable[tuple[str, Annotation]]) -> Iterator[str]:
    for term, value in terms:
        name, _, qualifier = term.partition("#")
        qualified = f' Qualifier="{qualifier}"' if qualifier else ""
        if isinstance(value, str | bool):
            yield f'<Annotation Term="{name}"{qualified} {_attribute(value)}/>'
        else:
            yield f'<Annotation Term="{name}"{qualified}>{"".join(_element(value))}</Annotation>'


def _attribute(value: str | bool) -> str:
    if isinstance(value, bool):
        return f'Bool="{str(value).lower()}"'
    return f'{"PropertyPath" if isinstance(value, PropertyName) else "String"}="{_text(value)}"'


def _element(value: Annotation) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield "<Record>"
        for name, each in value.items():
            if isinstance(each, str | bool):
                yield f'<PropertyValue Property="{name}" {_attribute(each)}/>'
            else:
                yield f'<PropertyValue Property="{name}">{"".join(_element(each))}</PropertyValue>'
        yield "</Record>"
    elif isinstance(value, tuple):
        yield f"<Collection>{''.join(part for each in value for part in _element(each))}</Collection>"
    else:
        tag = "PropertyPath" if isinstance(value, PropertyName) else "String"
        yield f"<{tag}>{_text(str(value))}</{tag}>"


def _text(text: str) -> str:
    """Return ``text`` fit for XML, without the characters that XML cannot hold."""
    return html.escape("".join(each for each in text if each.isprintable()))
