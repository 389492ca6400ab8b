"""Structural metadata in SDMX-ML 3.0."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.public.sdmx import naming
from portal.public.sdmx.artefacts import Artefact, Constraint, Dataflow, DataStructure, Item, Scheme
from portal.public.sdmx.flows import Attribute, Dimension
from portal.public.sdmx.messages import Preamble, declarations, xml_attributes, xml_header, xml_names, xml_text
from portal.public.sdmx.naming import ArtefactType, Name

_TAGS: Mapping[ArtefactType, tuple[str, str]] = {
    "agencyscheme": ("AgencySchemes", "AgencyScheme"),
    "codelist": ("Codelists", "Codelist"),
    "conceptscheme": ("ConceptSchemes", "ConceptScheme"),
    "dataconstraint": ("DataConstraints", "DataConstraint"),
    "dataflow": ("Dataflows", "Dataflow"),
    "datastructure": ("DataStructures", "DataStructure"),
}
"""The elements of each type, in the order in which a message holds them."""
_ITEM_TAGS: Mapping[ArtefactType, tuple[str, str]] = {
    "agencyscheme": ("Agency", "base.Agency"),
    "codelist": ("Code", "codelist.Code"),
    "conceptscheme": ("Concept", "conceptscheme.Concept"),
}


def structure_document(artefacts: Sequence[Artefact], preamble: Preamble) -> str:
    """Return a structure message that holds these artefacts."""
    parts = "".join(_collections(artefacts))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<mes:Structure{declarations("mes", "str", "com")}>'
        f"{xml_header(preamble)}<mes:Structures>{parts}</mes:Structures></mes:Structure>\n"
    )


def _collections(artefacts: Sequence[Artefact]) -> Iterator[str]:
    for artefact_type, (plural, _) in _TAGS.items():
        held = [_artefact(each) for each in artefacts if each.name.type == artefact_type]
        if held:
            yield f"<str:{plural}>{''.join(held)}</str:{plural}>"


def _artefact(artefact: Artefact) -> str:
    name = artefact.name
    tag = _TAGS[name.type][1]
    attributes = {
        "id": name.id,
        "agencyID": name.agency,
        "version": "" if name.type == "agencyscheme" else name.version,
        "urn": name.urn,
        "isExternalReference": "false",
    }
    if isinstance(artefact, Scheme):
        attributes["isPartial"] = str(artefact.partial).lower()
    if name.type == "dataconstraint":
        attributes["role"] = "Actual" if isinstance(artefact, Constraint) and artefact.counts else "Allowed"
    annotations = "".join(
        f"<com:Annotation><com:AnnotationTitle>{xml_text(each.text)}</com:AnnotationTitle>"
        f"<com:AnnotationType>{xml_text(each.type)}</com:AnnotationType></com:Annotation>"
        for each in artefact.annotations
    )
    remarks = f"<com:Annotations>{annotations}</com:Annotations>" if annotations else ""
    texts = xml_names("Name", artefact.title)
    if artefact.description is not None:
        texts += xml_names("Description", artefact.description)
    return f"<str:{tag}{xml_attributes(attributes)}>{remarks}{texts}{_content(artefact)}</str:{tag}>"


def _content(artefact: Artefact) -> str:
    for kind, write in _WRITERS.items():
        if isinstance(artefact, kind):
            return write(artefact)
    return ""


def _items(scheme: Artefact) -> str:
    assert isinstance(scheme, Scheme)
    tag, item_class = _ITEM_TAGS[scheme.name.type]
    return "".join(_item(each, tag, scheme.name, item_class) for each in scheme.items)


def _item(item: Item, tag: str, scheme: Name, item_class: str) -> str:
    urn = scheme.part(item_class, item.id)
    texts = xml_names("Name", item.name)
    if item.description is not None:
        texts += xml_names("Description", item.description)
    parent = f"<str:Parent>{xml_text(item.parent)}</str:Parent>" if item.parent else ""
    return f"<str:{tag}{xml_attributes({'id': item.id, 'urn': urn})}>{texts}{parent}</str:{tag}>"


def _dataflow(dataflow: Artefact) -> str:
    assert isinstance(dataflow, Dataflow)
    assert dataflow.structure is not None
    return f"<str:Structure>{xml_text(dataflow.structure.urn)}</str:Structure>"


@dataclass(frozen=True)
class _Names:
    """The names that those of components are made of."""

    structure: Name
    concepts: Name


def _data_structure(structure: Artefact) -> str:
    assert isinstance(structure, DataStructure)
    flow, concepts = structure.flow, structure.concepts
    assert flow is not None
    assert concepts is not None
    names = _Names(structure.name, concepts)
    dimensions = "".join(_dimension(each, names) for each in flow.key_dimensions)
    if flow.time is not None:
        dimensions += _component("TimeDimension", names, {"id": naming.TIME}, _format("ObservationalTimePeriod"))
    attributes = "".join(_attribute(each, names) for each in flow.attributes)
    measure = _component("Measure", names, {"id": naming.VALUE, "usage": "optional"}, _format("Double"))
    return (
        "<str:DataStructureComponents>"
        f'<str:DimensionList id="DimensionDescriptor">{dimensions}</str:DimensionList>'
        f'<str:AttributeList id="AttributeDescriptor">{attributes}</str:AttributeList>'
        f'<str:MeasureList id="MeasureDescriptor">{measure}</str:MeasureList>'
        "</str:DataStructureComponents>"
    )


def _component(tag: str, names: _Names, attributes: Mapping[str, str], representation: str, *, more: str = "") -> str:
    identifier = attributes["id"]
    urn = names.structure.part(f"datastructure.{'DataAttribute' if tag == 'Attribute' else tag}", identifier)
    concept = names.concepts.part("conceptscheme.Concept", identifier)
    return (
        f"<str:{tag}{xml_attributes({**attributes, 'urn': urn})}>"
        f"<str:ConceptIdentity>{xml_text(concept)}</str:ConceptIdentity>"
        f"<str:LocalRepresentation>{representation}</str:LocalRepresentation>{more}</str:{tag}>"
    )


def _dimension(dimension: Dimension, names: _Names) -> str:
    assert dimension.codelist is not None
    attributes = {"id": dimension.id, "position": str(dimension.position + 1)}
    return _component("Dimension", names, attributes, _enumeration(dimension.codelist))


def _attribute(attribute: Attribute, names: _Names) -> str:
    coded = attribute.codelist
    representation = _enumeration(coded) if coded else _format("Boolean")
    relationship = "<str:AttributeRelationship><str:Observation/></str:AttributeRelationship>"
    attributes = {"id": attribute.id, "usage": "mandatory"}
    return _component("Attribute", names, attributes, representation, more=relationship)


def _format(text_type: str) -> str:
    return f'<str:TextFormat textType="{text_type}"/>'


def _enumeration(codelist: Name) -> str:
    return f"<str:Enumeration>{xml_text(codelist.urn)}</str:Enumeration>"


def _constraint(constraint: Artefact) -> str:
    assert isinstance(constraint, Constraint)
    assert constraint.dataflow is not None
    attached = (
        "<str:ConstraintAttachment>"
        f"<str:Dataflow>{xml_text(constraint.dataflow.urn)}</str:Dataflow></str:ConstraintAttachment>"
    )
    values = "".join(_key_value(component, held) for component, held in constraint.values)
    return attached + (f'<str:CubeRegion include="true">{values}</str:CubeRegion>' if values else "")


def _key_value(component: str, held: Sequence[str]) -> str:
    values = "".join(f"<str:Value>{xml_text(value)}</str:Value>" for value in held)
    return f"<str:KeyValue{xml_attributes({'id': component})}>{values}</str:KeyValue>"


_WRITERS: Mapping[type[Artefact], Callable[[Artefact], str]] = {
    Scheme: _items,
    Dataflow: _dataflow,
    DataStructure: _data_structure,
    Constraint: _constraint,
}
