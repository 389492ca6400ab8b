"""A table with what tau-ARGUS 4.2.3 made of it; its files are read from the page that shows them.

From the vignette "tau-Argus from R" of the package rtauargus 1.2.999 (MIT, Institut National de la Statistique et des
Études Économiques, 2021), section "Minimal example": `FREQ(3,10)|NK(1,85)`, suppressed with `MOD(1,5,1,0,0)`.
"""

from __future__ import annotations

import re
from pathlib import Path

RULE = "FREQ(3,10)|NK(1,85)"

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "compare-with-tau-argus.md"


def _shown(name: str) -> str:
    """Return a file as the page shows it."""
    (text,) = re.findall(
        rf"^cat > {name} <<'END'\n(.*?)^END$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return str(text)


TABLE = _shown("turnover.tab")
METADATA = _shown("turnover.rda")

STATUSES = {
    ("02", "tr1"): "A",
    ("02", "tr2"): "D",
    ("06", "tr1"): "D",
    ("06", "tr2"): "B",
}
"""The printed column Status, as far as it is not V."""
