"""Structural metadata in SDMX-ML 3.0, and in 2.1 for older clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.public.sdmx import naming
from portal.public.sdmx.artefacts import Artefact, Constraint, Dataflow, DataStructure, Item, Scheme
from portal.public.sdmx.flows import Attribute, Dimension
from portal.public.sdmx.markup import Markup, markup_of
from portal.public.sdmx.messages import Preamble, xml_attributes, xml_header, xml_names, xml_text
from portal.public.sdmx.naming import ArtefactType, Name

_ITEM_TAGS: Mapping[ArtefactType, tuple[str, str]] = {
    "agencyscheme": ("Agency", "base.Agency"),
    "codelist": ("Code", "codelist.Code"),
    "conceptscheme": ("Concept", "conceptscheme.Concept"),
}


def structure_document(artefacts: Sequence[Artefact], preamble: Preamble) -> str:
    """Return a structure message that holds these artefacts."""
    markup = markup_of(preamble.version)
    parts = "".join(_collections(artefacts, markup))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<mes:Structure{markup.declarations("mes", "str", "com")}>'
        f"{xml_header(preamble)}<mes:Structures>{parts}</mes:Structures></mes:Structure>\n"
    )


def _collections(artefacts: Sequence[Artefact], markup: Markup) -> Iterator[str]:
    for artefact_type, (plural, tag) in markup.tags.items():
        held = [_artefact(each, tag, markup) for each in artefacts if each.name.type == artefact_type]
        if held:
            yield f"<str:{plural}>{''.join(held)}</str:{plural}>"


def _artefact(artefact: Artefact, tag: str, markup: Markup) -> str:
    name = artefact.name
    attributes = {
        "id": name.id,
        "agencyID": name.agency,
        "version": "" if name.type == "agencyscheme" else name.version,
        "urn": name.urn.replace("DataConstraint", markup.word("DataConstraint")),
        "isExternalReference": "false",
    }
    if isinstance(artefact, Scheme):
        attributes["isPartial"] = str(artefact.partial).lower()
    if name.type == "dataconstraint":
        actual = isinstance(artefact, Constraint) and artefact.counts
        attributes[markup.word("role")] = "Actual" if actual else "Allowed"
    annotations = "".join(
        f"<com:Annotation><com:AnnotationTitle>{xml_text(each.text)}</com:AnnotationTitle>"
        f"<com:AnnotationType>{xml_text(each.type)}</com:AnnotationType>"
        f"{xml_names('AnnotationText', each.told) if each.told else ''}</com:Annotation>"
        for each in artefact.annotations
    )
    remarks = f"<com:Annotations>{annotations}</com:Annotations>" if annotations else ""
    texts = xml_names("Name", artefact.title)
    if artefact.description is not None:
        texts += xml_names("Description", artefact.description)
    return f"<str:{tag}{xml_attributes(attributes)}>{remarks}{texts}{_content(artefact, markup)}</str:{tag}>"


def _content(artefact: Artefact, markup: Markup) -> str:
    if isinstance(artefact, Scheme):
        tag, item_class = _ITEM_TAGS[artefact.name.type]
        urn = artefact.name.part
        return "".join(_item(each, tag, urn(item_class, each.id), markup) for each in artefact.items)
    if isinstance(artefact, Dataflow):
        assert artefact.structure is not None
        return f"<str:Structure>{markup.reference(artefact.structure)}</str:Structure>"
    if isinstance(artefact, DataStructure):
        return _data_structure(artefact, markup)
    return _constraint(artefact, markup) if isinstance(artefact, Constraint) else ""


def _item(item: Item, tag: str, urn: str, markup: Markup) -> str:
    texts = xml_names("Name", item.name)
    if item.description is not None:
        texts += xml_names("Description", item.description)
    parent = f"<str:Parent>{markup.local(item.parent)}</str:Parent>" if item.parent else ""
    return f"<str:{tag}{xml_attributes({'id': item.id, 'urn': urn})}>{texts}{parent}</str:{tag}>"


@dataclass(frozen=True)
class _Names:
    """What components are named by, and how."""

    structure: Name
    concepts: Name
    markup: Markup


def _data_structure(structure: DataStructure, markup: Markup) -> str:
    flow, concepts = structure.flow, structure.concepts
    assert flow is not None
    assert concepts is not None
    names = _Names(structure.name, concepts, markup)
    dimensions = "".join(_dimension(each, names) for each in flow.key_dimensions)
    if flow.time is not None:
        dimensions += _component("TimeDimension", names, {"id": naming.TIME}, _format("ObservationalTimePeriod"))
    attributes = "".join(_attribute(each, names) for each in flow.attributes)
    optional = {"usage": "optional"} if markup.urns else {}
    measure = _component(markup.word("Measure"), names, {"id": naming.VALUE, **optional}, _format("Double"))
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
    return (
        f"<str:{tag}{xml_attributes({**attributes, 'urn': urn})}>"
        f"<str:ConceptIdentity>{names.markup.concept(names.concepts, identifier)}</str:ConceptIdentity>"
        f"<str:LocalRepresentation>{representation}</str:LocalRepresentation>{more}</str:{tag}>"
    )


def _dimension(dimension: Dimension, names: _Names) -> str:
    assert dimension.codelist is not None
    attributes = {"id": dimension.id, "position": str(dimension.position + 1)}
    return _component("Dimension", names, attributes, _enumeration(dimension.codelist, names.markup))


def _attribute(attribute: Attribute, names: _Names) -> str:
    coded, markup = attribute.codelist, names.markup
    representation = _enumeration(coded, markup) if coded else _format("Boolean")
    measure = f"<str:PrimaryMeasure>{markup.local(naming.VALUE)}</str:PrimaryMeasure>"
    relationship = "<str:Observation/>" if markup.urns else measure
    return _component(
        "Attribute",
        names,
        {"id": attribute.id, markup.word("usage"): markup.word("mandatory")},
        representation,
        more=f"<str:AttributeRelationship>{relationship}</str:AttributeRelationship>",
    )


def _format(text_type: str) -> str:
    return f'<str:TextFormat textType="{text_type}"/>'


def _enumeration(codelist: Name, markup: Markup) -> str:
    return f"<str:Enumeration>{markup.reference(codelist)}</str:Enumeration>"


def _constraint(constraint: Constraint, markup: Markup) -> str:
    assert constraint.dataflow is not None
    attached = (
        "<str:ConstraintAttachment>"
        f"<str:Dataflow>{markup.reference(constraint.dataflow)}</str:Dataflow></str:ConstraintAttachment>"
    )
    values = "".join(_key_value(component, held, markup) for component, held in constraint.values)
    return attached + (f'<str:CubeRegion include="true">{values}</str:CubeRegion>' if values else "")


def _key_value(component: str, held: Sequence[str], markup: Markup) -> str:
    tag, inner = markup.word("str:KeyValue"), markup.word("str:Value")
    values = "".join(f"<{inner}>{xml_text(value)}</{inner}>" for value in held)
    return f"<{tag}{xml_attributes({'id': component})}>{values}</{tag}>"
