"""A dataset of somebody who means harm: whatever may be written freely in its files is an attack on browsers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

EVERYWHERE = (
    "<script>window.hit=1</script>",
    '"><img src=x onerror=window.hit=1>',
    "' onfocus='window.hit=1' autofocus x='",
    "<svg/onload=window.hit=1>",
    "</script><script>window.hit=1</script>",
)
IN_VIETNAMESE = (
    '</title></textarea></style><iframe srcdoc="<script>parent.hit=1</script>">',
    '{{constructor.constructor("window.hit=1")()}}${window.hit=1}#{7*7}{% raw %}',
    "]]>--><script>window.hit=1",
    "&lt;img src=x onerror=window.hit=1&gt;",
)
IN_ENGLISH = (
    "`;window.hit=1//\\u0022;window.hit=1//",
    '<a href="javascript:window.hit=1">x</a>',
    "<meta http-equiv=refresh content=0;url=https://evil.example/>",
    "<base href=https://evil.example/><link rel=stylesheet href=https://evil.example/a.css>",
    "datum.value+(window.hit=1) %(count)s %s %%",
)
ATTACKS = (*EVERYWHERE, *IN_VIETNAMESE, *IN_ENGLISH)
ALL = " ".join(ATTACKS)
BOTH = {"vi": " ".join((*EVERYWHERE, *IN_VIETNAMESE)), "en": " ".join((*EVERYWHERE, *IN_ENGLISH))}
"""As much as a text of a definition may be long, which is less than all of them."""
MARKDOWN = f"""
## {ALL}

{ALL}

[a](javascript:window.hit=1) [b](JaVaScRiPt&#58;window.hit=1) [c](data:text/html,<script>window.hit=1</script>)
[d](vbscript:window.hit=1) ![e](https://evil.example/p.png) ![f](javascript:window.hit=1) <javascript:window.hit=1>
[g](//evil.example "x\\" onmouseover=\\"window.hit=1") [h][r] <img src=x onerror=window.hit=1>

[r]: javascript:window.hit=1

```html" onload="window.hit=1
{ALL}
```

| {ALL} |
|---|
| {ALL} |

<script>window.hit=1</script>
"""
GROUPS = ("g1", "g2", "g3")
PROVINCES = ("01", "48", "79")
MONTHS = tuple(f"2026-{month:02}" for month in range(1, 7))


def write_hostile(folder: Path) -> Path:
    """Write the definition, its methods, its code list and a source into ``folder``; return ``folder``."""
    (folder / "codelists").mkdir(parents=True)
    _write(folder / "dataset.yaml", json.dumps(definition()))
    _write(folder / "methods.md", f"# Phương pháp\n{MARKDOWN}\n# Methods\n{MARKDOWN}")
    index = {"codelists": {"groups": {"title": BOTH, "source": BOTH}}}
    _write(folder / "codelists" / "index.yaml", json.dumps(index))
    with (folder / "codelists" / "groups.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["code", "label_vi", "label_en"])
        rows.writerows([code, f"{code} {BOTH['vi']}", f"{code} {BOTH['en']}"] for code in GROUPS)
    lines = [f"{p},{m}-02,{g}" for p in PROVINCES for m in MONTHS for at, g in enumerate(GROUPS) for _ in range(at + 2)]
    _write(folder / "cases-2026.csv", "province,day,kind_of\n" + "\n".join(lines) + "\n")
    return folder


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def definition() -> dict[str, Any]:
    """Return a definition whose every free text is all attacks at once."""
    dimensions = {
        "province": {"title": BOTH, "codelist": "provinces", "role": "geography"},
        "month": {"title": BOTH, "codelist": "months", "column": "day", "match": "month", "role": "time"},
        "kind_of": {"title": BOTH, "codelist": "groups"},
    }
    return {
        "id": "hostile",
        "kind": "statistics",
        "title": BOTH,
        "summary": BOTH,
        "keywords": {"vi": list(ATTACKS), "en": list(ATTACKS)},
        "publisher": {"id": "evil", "name": BOTH},
        "contact": {"name": BOTH, "email": "data@evil.example"},
        "theme": "preventive-medicine",
        "licence": "CC-BY-4.0",
        "attribution": BOTH,
        "frequency": "yearly",
        "coverage": {"area": BOTH},
        "rules": [{"title": BOTH, "citation": BOTH, "valid_from": "2020-01-01"}],
        "calendar": [{"edition": "2027", "due": "2027-03-01"}],
        "source": {
            "path": "cases-{edition}.csv",
            "columns": {"province": {"pattern": "[0-9]{2}"}, "day": {"type": "date"}, "kind_of": {}},
        },
        "dimensions": dimensions,
        "measures": {"cases": {"title": BOTH, "unit": BOTH, "type": "count"}},
        "tables": {"all": {"title": BOTH, "dimensions": list(dimensions)}},
        "disclosure": {"policy": "already_public", "reason": BOTH},
    }
