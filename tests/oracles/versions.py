"""Which versions of the oracles answer: the names of packages in, their versions out."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version

if __name__ == "__main__":
    sys.stdout.write(json.dumps({name: version(name) for name in json.load(sys.stdin)}) + "\n")
