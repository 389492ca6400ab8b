"""The official shapes of DCAT-AP, by pySHACL, as the shared check applies them."""

from __future__ import annotations

import importlib.util
import warnings
from functools import cache
from typing import Any

from rdflib import Graph

from tests.support.shared import SHARED

_CHECK = SHARED / "checks" / "dcat_check.py"


@cache
def _check() -> Any:
    spec = importlib.util.spec_from_file_location("dcat_check", _CHECK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_rdf(data: bytes, extension: str) -> Graph:
    """Return what a document says, read by rdflib, whose reader of JSON-LD warns of its own parts."""
    ways = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml", "xml": "xml"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return Graph().parse(data=data, format=ways[extension])


def breaches(graph: Graph, *profiles: str, severity: str = "Violation") -> list[str]:
    """Return what breaks the shapes of the named profiles; an empty graph breaks them too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        conforms, results = _check().check(graph, list(profiles))
    if conforms is None:
        return ["there is nothing to check"]
    return [
        f"{each['focus']} {each['path'].rpartition('/')[2].rpartition('#')[2]} {each['constraint']}"
        for each in results
        if each["severity"] == severity
    ]
