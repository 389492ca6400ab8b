"""The places that a dataset tells of one by one, in DCAT-AP: provinces and regions, from its own code lists."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import Literal, URIRef

from catalog.standards.addresses import Addresses
from catalog.standards.described import Described
from catalog.standards.rdf import DCTERMS, SKOS, Description
from datasets.codelist import Member
from datasets.names import TOTAL

_LEVELS = ("region", "province")
_MOST = 120
"""Communes, of which there are thousands, are left to the code list."""


def tell_places(graph: Description, node: URIRef, described: Described, addresses: Addresses) -> None:
    """Say which provinces and regions a dataset tells of; each is a member of a code list that can be fetched."""
    dataset = described.release.dataset
    for codelist, member in _places(described):
        address = addresses.absolute(addresses.api(f"datasets/{dataset}/codelists/{codelist}"))
        place = graph.typed(f"{address}#{member.code}", DCTERMS.Location)
        graph.say(place, SKOS.prefLabel, member.label)
        graph.tell(place, SKOS.notation, Literal(member.code))
        graph.tell(node, DCTERMS.spatial, place)


def _places(described: Described) -> Iterator[tuple[str, Member]]:
    for dimension in described.about.dimensions:
        known = described.codelists.get(dimension.codelist)
        if dimension.role != "geography" or known is None:
            continue
        levels = [level for level in dimension.levels if level in _LEVELS]
        for member in known.at_levels(levels)[:_MOST]:
            if member.code != TOTAL:
                yield dimension.codelist, member
