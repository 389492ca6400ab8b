"""The programs on the pages about samples and noise run, and do what the pages say."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy import sparse

PAGES = Path(__file__).resolve().parents[4] / "docs" / "explanation"


def run(page: str, given: dict[str, Any]) -> dict[str, Any]:
    programs = re.findall(r"```python\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), re.DOTALL)
    assert len(programs) == 1
    exec(programs[0], given)
    return given


def test_the_page_on_samples() -> None:
    random = np.random.default_rng(3)
    size = 20_000
    given = {
        "patients": random.integers(0, 15_000, size),
        "ages": random.integers(0, 100, size),
        "sexes": random.choice(np.array(["f", "m"]), size),
        "provinces": random.choice(np.array(["Huế", "Hà Nội", "Cần Thơ"]), size),
        "diagnoses": random.integers(0, 9, size),
    }
    found = run("microdata.md", given)["found"]
    assert found.figures.k >= 10
    assert list(found.records.columns) == ["age", "sex", "province", "diagnosis"]
    assert set(found.records.column("age").text()) <= {f"{decade}s" for decade in range(0, 100, 10)} | {"any", "*"}


def test_the_page_on_noise() -> None:
    matrix = sparse.csr_array(np.array([[1, 1, -1]]))
    given = {"counts": np.array([30, 12, 42]), "relations": SimpleNamespace(matrix=matrix)}
    found = run("differential-privacy.md", given)["found"]
    assert found.counts[0] + found.counts[1] == found.counts[2]
    assert str(found.budget.remaining) == "rho 1.5"
