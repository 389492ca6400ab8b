"""What differs between SDMX-ML 3.0 and SDMX-ML 2.1, which older clients read: namespaces, references, some names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datasets.text import Language
from portal.public.sdmx.messages import xml_attributes, xml_text
from portal.public.sdmx.naming import CLASSES, ArtefactType, Name

_SPACES = {
    "mes": "message",
    "str": "structure",
    "com": "common",
    "ss": "data/structurespecific",
}
_ERROR_CODES = {400: 140, 404: 100, 406: 150, 410: 100, 413: 130}
"""Codes of errors in SDMX-ML; others are their HTTP status."""
_BASE = "http://www.sdmx.org/resources/sdmxml/schemas"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True)
class Markup:
    """One version of SDMX-ML."""

    version: str
    space: str
    urns: bool
    """Whether a reference is a URN; in 2.1 it is an element that names each part."""
    tags: Mapping[ArtefactType, tuple[str, str]]
    """The elements of each type, several and one, in the order in which a message holds them."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Elements and attributes that are called otherwise than in 3.0."""

    def word(self, name: str) -> str:
        """Return what an element or attribute of 3.0 is called."""
        return self.words.get(name, name)

    def declarations(self, *prefixes: str) -> str:
        """Return the declarations of namespaces."""
        written = {prefix: f"{_BASE}/{self.space}/{_SPACES[prefix]}" for prefix in prefixes if prefix in _SPACES}
        if "xsi" in prefixes:
            written["xsi"] = _INSTANCE
        return "".join(f' xmlns:{prefix}="{address}"' for prefix, address in written.items())

    def reference(self, name: Name) -> str:
        """Return what stands in an element that refers to an artefact."""
        if self.urns:
            return xml_text(name.urn)
        package, _, class_name = CLASSES[name.type].partition(".")
        parts = {"id": name.id, "agencyID": name.agency, "version": name.version}
        return f"<Ref{xml_attributes({**parts, 'class': class_name, 'package': package})}/>"

    def concept(self, scheme: Name, identifier: str) -> str:
        """Return what stands in an element that refers to a concept."""
        if self.urns:
            return xml_text(scheme.part("conceptscheme.Concept", identifier))
        parts = {
            "id": identifier,
            "maintainableParentID": scheme.id,
            "maintainableParentVersion": scheme.version,
            "agencyID": scheme.agency,
        }
        return f"<Ref{xml_attributes({**parts, 'class': 'Concept', 'package': 'conceptscheme'})}/>"

    def local(self, identifier: str) -> str:
        """Return what stands in an element that refers to something of the same artefact."""
        return xml_text(identifier) if self.urns else f"<Ref{xml_attributes({'id': identifier})}/>"


THREE = Markup(
    "3.0.0",
    "v3_0",
    urns=True,
    tags={
        "agencyscheme": ("AgencySchemes", "AgencyScheme"),
        "codelist": ("Codelists", "Codelist"),
        "conceptscheme": ("ConceptSchemes", "ConceptScheme"),
        "dataconstraint": ("DataConstraints", "DataConstraint"),
        "dataflow": ("Dataflows", "Dataflow"),
        "datastructure": ("DataStructures", "DataStructure"),
    },
)
TWO = Markup(
    "2.1",
    "v2_1",
    urns=False,
    tags={
        "agencyscheme": ("OrganisationSchemes", "AgencyScheme"),
        "dataflow": ("Dataflows", "Dataflow"),
        "codelist": ("Codelists", "Codelist"),
        "conceptscheme": ("Concepts", "ConceptScheme"),
        "datastructure": ("DataStructures", "DataStructure"),
        "dataconstraint": ("Constraints", "ContentConstraint"),
    },
    words={
        "Measure": "PrimaryMeasure",
        "usage": "assignmentStatus",
        "role": "type",
        "str:KeyValue": "com:KeyValue",
        "str:Value": "com:Value",
        "DataConstraint": "ContentConstraint",
        "mandatory": "Mandatory",
    },
)


def xml_error(markup: Markup, language: Language, status: int, details: Sequence[str]) -> str:
    """Return an error in the shape of SDMX-ML."""
    code = _ERROR_CODES.get(status, status)
    texts = "".join(f'<com:Text xml:lang="{language}">{xml_text(detail)}</com:Text>' for detail in details)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<mes:Error{markup.declarations("mes", "com")}>'
        f'<mes:ErrorMessage code="{code}">{texts}</mes:ErrorMessage></mes:Error>\n'
    )


def markup_of(version: str) -> Markup:
    """Return SDMX-ML at a version."""
    return TWO if version == TWO.version else THREE
