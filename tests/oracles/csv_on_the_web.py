"""Whether CSV files are what their CSVW metadata says, after the csvw package: metadata in, findings out.

For the address of a CSV file: which tables the metadata describes that a link in the answer leads to.
"""

from __future__ import annotations

import json
import sys

from csvw.metadata import CSVW  # type: ignore[import-not-found]


def findings(place: str) -> dict[str, object]:
    """Return how many tables were found and what is wrong with them, or with the metadata; the CSV files are read."""
    if place.endswith(".csv"):
        metadata, _ = CSVW.locate_metadata(place)
        return {"located": [table["url"] for table in metadata.get("tables", [])]}
    try:
        found = CSVW(place, validate=True)
        valid = found.is_valid
    except Exception as error:  # noqa: BLE001  whatever it stumbles over is a finding
        return {"tables": 0, "problems": [f"{type(error).__name__}: {error}"]}
    problems = [str(warning.message) for warning in found.warnings]
    return {"tables": len(found.tables), "problems": problems if valid or problems else ["is not valid"]}


if __name__ == "__main__":
    sys.stdout.write(json.dumps([findings(place) for place in json.load(sys.stdin)]) + "\n")
