"""What is wrong with RO-Crates after roc-validator, and what rocrate reads in them: folders in, findings out.

Both fetch the context of RO-Crate from the web; here they get the one that rocrate carries (CC0), and nothing
else: it is that of 1.3, in which the terms that packages use are those of 1.2.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import rdflib.plugins.shared.jsonld.context as jsonld
import requests
import rocrate  # type: ignore[import-not-found]
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.processor import SPARQLProcessor

CONTEXT = "https://w3id.org/ro/crate/1.2/context"
_TERMS = json.loads((Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld").read_text(encoding="utf-8"))


def _context(source: Any, *_: Any, **__: Any) -> tuple[Any, None]:
    if source != CONTEXT:
        raise OSError(f"{source} is not to be fetched")
    return _TERMS, None


def _send(_: Any, request: requests.PreparedRequest, **__: Any) -> requests.Response:
    if request.url != CONTEXT:
        raise requests.ConnectionError(f"{request.url} is not to be fetched")
    answer = requests.Response()
    answer.status_code, answer.url, answer.request = 200, CONTEXT, request
    answer.headers["Content-Type"] = "application/ld+json"
    answer._content = json.dumps(_TERMS).encode()
    return answer


@cache
def _prepared(query: str, namespaces: frozenset[tuple[str, Any]]) -> Any:
    return prepareQuery(query, dict(namespaces))


ask_anew = SPARQLProcessor.query


def _ask(self: Any, query: Any, bindings: Any = None, namespaces: Any = None, *others: Any, **named: Any) -> Any:
    """The shapes ask the same few questions of every entity, and each takes a twentieth of a second to parse."""
    prepared = _prepared(query, frozenset((namespaces or {}).items())) if isinstance(query, str) else query
    return ask_anew(self, prepared, bindings, namespaces, *others, **named)


jsonld.source_to_json = _context  # type: ignore[attr-defined]
requests.adapters.HTTPAdapter.send = _send  # type: ignore[method-assign, assignment]
SPARQLProcessor.query = _ask  # type: ignore[method-assign, assignment]
# A decorator for documentation, of a package under the LGPL.
sys.modules["enum_tools"] = ModuleType("enum_tools")
sys.modules["enum_tools.documentation"] = ModuleType("enum_tools.documentation")
sys.modules["enum_tools.documentation"].document_enum = lambda each: each  # type: ignore[attr-defined]

from rocrate.rocrate import ROCrate  # type: ignore[import-not-found]  # noqa: E402
from rocrate_validator import models, services  # type: ignore[import-not-found]  # noqa: E402


def findings(folder: str) -> dict[str, Any]:
    """Return what a crate breaks of RO-Crate 1.2, of what it demands and what it recommends, and what is read in it."""
    settings = models.ValidationSettings(
        rocrate_uri=folder,
        profile_identifier="ro-crate-1.2",
        requirement_severity=models.Severity.RECOMMENDED,
        no_cache=True,
    )
    issues = services.validate(settings).get_issues()
    found: dict[str, Any] = {
        severity: sorted(str(issue.message) for issue in issues if issue.severity.name == severity)
        for severity in ("REQUIRED", "RECOMMENDED")
    }
    return {**found, "read": _read(folder)}


def _read(folder: str) -> dict[str, Any]:
    try:
        crate = ROCrate(folder)
        return {
            "name": crate.name,
            "published": crate.datePublished.date().isoformat(),
            "license": crate.license.id,
            "publisher": crate.publisher["name"],
            "files": sorted(each.id for each in crate.data_entities),
        }
    except Exception as error:  # noqa: BLE001  whatever it stumbles over is a finding
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps([findings(folder) for folder in json.load(sys.stdin)]) + "\n")
