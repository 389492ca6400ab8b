"""What anjana recodes to: columns, quasi-identifiers, hierarchies and k in, the recoded columns out."""

from __future__ import annotations

import json
import sys
from typing import Any

import pandas as pd
from anjana.anonymity import k_anonymity  # type: ignore[import-not-found]


def recoded(question: dict[str, Any]) -> dict[str, list[str]]:
    """Return the records that anjana keeps; `suppressed` is the percentage of records that it may drop."""
    hierarchies = {
        name: {int(level): pd.Series(values).to_numpy() for level, values in levels.items()}
        for name, levels in question["hierarchies"].items()
    }
    data = pd.DataFrame(question["columns"])
    known = question["quasi_identifiers"]
    found = k_anonymity(data, [], known, question["k"], question["suppressed"], hierarchies)
    return {name: [str(one) for one in found[name]] for name in known}


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps([recoded(one) for one in json.load(sys.stdin)]) + "\n")
