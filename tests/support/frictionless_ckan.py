"""Reads a portal as frictionless reads a CKAN: ``python -m tests.support.frictionless_ckan FOLDER ADDRESS DATASET``.

FOLDER holds the packages of the oracles, among them the mapper that frictionless needs and does not bring. It asks
for ``unidecode``, which is under the GPL; ``text_unidecode`` has the same function and is not.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import text_unidecode  # type: ignore[import-not-found, import-untyped, unused-ignore]


def read(folder: str, address: str, dataset: str) -> dict[str, Any]:
    """Return what frictionless finds: the packages of the portal, and the resources of one with their rows."""
    sys.path.append(folder)
    sys.modules["unidecode"] = text_unidecode
    from frictionless import Catalog, Package  # noqa: PLC0415 after its mapper can be found
    from frictionless.portals import CkanControl  # noqa: PLC0415

    package = Package(f"{address}/dataset/{dataset}")
    catalog = Catalog(control=CkanControl(baseurl=address))
    return {
        "name": package.name,
        "datasets": sorted(each.name or "" for each in catalog.datasets),
        "resources": {
            each.name: {
                "fields": [field.name for field in each.schema.fields],
                "rows": [row.to_list() for row in each.read_rows(size=3)],  # type: ignore[attr-defined]
            }
            for each in package.resources
            if each.path and each.path.endswith(".csv")
        },
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(read(*sys.argv[1:]), default=str) + "\n")
