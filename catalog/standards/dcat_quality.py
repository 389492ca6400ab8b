"""How good a dataset is described, in the Data Quality Vocabulary (DQV) of the W3C, which DCAT-AP recommends."""

from __future__ import annotations

from rdflib import Literal, URIRef

from catalog.standards.addresses import Addresses
from catalog.standards.dcat_parts import catalog_address
from catalog.standards.described import Described
from catalog.standards.rdf import DQV, SKOS, XSD, Description
from datasets.text import Bilingual

_METRIC = Bilingual(vi="Chất lượng mô tả", en="Quality of the description")
_MEANING = Bilingual(
    vi="Phần đạt được, từ 0 đến 1, của các tiêu chí mô tả: từ khóa, từ điển dữ liệu, phương pháp, phạm vi.",
    en="The share, from 0 to 1, of criteria of description that are met: keywords, dictionary, methods, coverage.",
)
_DIMENSION = Bilingual(vi="Tính đầy đủ", en="Completeness")


def tell_quality(graph: Description, node: URIRef, described: Described, addresses: Addresses) -> None:
    """Say the score of a dataset that is the same on every day; nothing where it is not known."""
    if described.quality is None:
        return
    metric = graph.typed(f"{catalog_address(addresses)}#metric-description", DQV.Metric)
    graph.say(metric, SKOS.prefLabel, _METRIC)
    graph.say(metric, SKOS.definition, _MEANING)
    graph.tell(metric, DQV.expectedDataType, XSD.double)
    dimension = graph.typed(f"{catalog_address(addresses)}#dimension-completeness", DQV.Dimension)
    graph.say(dimension, SKOS.prefLabel, _DIMENSION)
    graph.tell(metric, DQV.inDimension, dimension)
    measured = graph.part(node, DQV.hasQualityMeasurement, DQV.QualityMeasurement)
    graph.tell(measured, DQV.isMeasurementOf, metric)
    graph.tell(measured, DQV.computedOn, node)
    graph.tell(measured, DQV.value, Literal(str(described.quality), datatype=XSD.double, normalize=False))
