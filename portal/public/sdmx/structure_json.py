"""Structural metadata in SDMX-JSON 2.0 and 2.1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datasets.text import LANGUAGES, Bilingual, Language
from portal.public.sdmx import naming
from portal.public.sdmx.artefacts import Annotation, Artefact, Constraint, Dataflow, DataStructure, Item, Scheme
from portal.public.sdmx.flows import Attribute, Dimension
from portal.public.sdmx.messages import Preamble, json_meta, localised
from portal.public.sdmx.naming import ArtefactType, Name

_KEYS: Mapping[ArtefactType, str] = {
    "agencyscheme": "agencySchemes",
    "codelist": "codelists",
    "conceptscheme": "conceptSchemes",
    "dataconstraint": "dataConstraints",
    "dataflow": "dataflows",
    "datastructure": "dataStructures",
}
_ITEMS: Mapping[ArtefactType, str] = {"agencyscheme": "agencies", "codelist": "codes", "conceptscheme": "concepts"}


def structure_message(artefacts: Sequence[Artefact], preamble: Preamble) -> dict[str, object]:
    """Return a structure message that holds these artefacts."""
    data: dict[str, list[dict[str, Any]]] = {}
    for artefact in artefacts:
        data.setdefault(_KEYS[artefact.name.type], []).append(_artefact(artefact, preamble))
    return {"meta": json_meta(preamble, "structure"), "data": data}


def availability_message(
    constraint: Constraint, artefacts: Sequence[Artefact], preamble: Preamble
) -> dict[str, object]:
    """Return what is available: version 2.1 has a type of its own for it, version 2.0 a constraint that is actual."""
    message = structure_message(artefacts, preamble)
    data = message["data"]
    assert isinstance(data, dict)
    if preamble.version.startswith("2.0"):
        data.setdefault("dataConstraints", []).append({**_artefact(constraint, preamble), "role": "Actual"})
        return message
    assert constraint.dataflow is not None
    attachment: dict[str, Any] = {"dataflow": constraint.dataflow.urn}
    available: dict[str, Any] = {"constraintAttachment": attachment, **(constraint.counts or {})}
    if constraint.values:
        available["cubeRegion"] = _region(constraint)
    data["availabilityConstraints"] = [available]
    return message


def _artefact(artefact: Artefact, preamble: Preamble) -> dict[str, Any]:
    name, language = artefact.name, preamble.language
    written: dict[str, Any] = {
        "id": name.id,
        **({"version": name.version} if name.type != "agencyscheme" else {}),
        "agencyID": name.agency,
        "isExternalReference": False,
        **localised(artefact.title, language),
        "links": [{"rel": "self", "urn": name.urn}],
    }
    if artefact.description is not None:
        written["descriptions"] = _texts(artefact.description)
    if artefact.annotations:
        written["annotations"] = [_annotation(each, language) for each in artefact.annotations]
    if isinstance(artefact, Scheme):
        written["isPartial"] = artefact.partial
        written[_ITEMS[name.type]] = [_item(each, language) for each in artefact.items]
    elif isinstance(artefact, Dataflow):
        assert artefact.structure is not None
        written["structure"] = artefact.structure.urn
    elif isinstance(artefact, DataStructure):
        written["dataStructureComponents"] = _components(artefact)
    elif isinstance(artefact, Constraint):
        written.update(_constraint(artefact, preamble))
    return written


def _annotation(annotation: Annotation, language: Language) -> dict[str, Any]:
    written: dict[str, Any] = {"type": annotation.type, "title": annotation.text}
    if annotation.told is not None:
        written |= {"text": annotation.told.of(language), "texts": _texts(annotation.told)}
    return written


def _texts(text: Bilingual) -> dict[str, str]:
    return {each: text.of(each) for each in LANGUAGES}


def _item(item: Item, language: Language) -> dict[str, Any]:
    written: dict[str, Any] = {"id": item.id, **localised(item.name, language)}
    if item.parent:
        written["parent"] = item.parent
    if item.description is not None:
        written["descriptions"] = _texts(item.description)
    return written


def _components(structure: DataStructure) -> dict[str, Any]:
    flow, concepts = structure.flow, structure.concepts
    assert flow is not None
    assert concepts is not None
    dimensions: dict[str, Any] = {
        "id": "DimensionDescriptor",
        "dimensions": [_dimension(each, concepts) for each in flow.key_dimensions],
    }
    if flow.time is not None:
        dimensions["timeDimension"] = {
            "id": naming.TIME,
            "conceptIdentity": _concept(concepts, naming.TIME),
            "localRepresentation": {"format": {"dataType": "ObservationalTimePeriod"}},
        }
    return {
        "dimensionList": dimensions,
        "attributeList": {
            "id": "AttributeDescriptor",
            "attributes": [_attribute(each, concepts) for each in flow.attributes],
        },
        "measureList": {"id": "MeasureDescriptor", "measures": [_measure(concepts)]},
    }


def _concept(concepts: Name, identifier: str) -> str:
    return concepts.part("conceptscheme.Concept", identifier)


def _dimension(dimension: Dimension, concepts: Name) -> dict[str, Any]:
    assert dimension.codelist is not None
    return {
        "id": dimension.id,
        "position": dimension.position,
        "conceptIdentity": _concept(concepts, dimension.id),
        "localRepresentation": {"enumeration": dimension.codelist.urn},
    }


def _attribute(attribute: Attribute, concepts: Name) -> dict[str, Any]:
    coded = attribute.codelist
    return {
        "id": attribute.id,
        "usage": "mandatory",
        "conceptIdentity": _concept(concepts, attribute.id),
        "attributeRelationship": {"observation": {}},
        "localRepresentation": {"enumeration": coded.urn} if coded else {"format": {"dataType": "Boolean"}},
    }


def _measure(concepts: Name) -> dict[str, Any]:
    return {
        "id": naming.VALUE,
        "usage": "optional",
        "conceptIdentity": _concept(concepts, naming.VALUE),
        "localRepresentation": {"format": {"dataType": "Double"}},
    }


def _constraint(constraint: Constraint, preamble: Preamble) -> dict[str, Any]:
    assert constraint.dataflow is not None
    written: dict[str, Any] = {"constraintAttachment": {"dataflows": [constraint.dataflow.urn]}}
    if preamble.version.startswith("2.0"):
        written["role"] = "Allowed"
    if constraint.values:
        written["cubeRegions"] = [_region(constraint)]
    return written


def _region(constraint: Constraint) -> dict[str, Any]:
    values = [
        {"id": component, "include": True, "values": [{"value": each} for each in held]}
        for component, held in constraint.values
    ]
    return {"include": True, "keyValues": values}
