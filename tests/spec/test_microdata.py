"""Every worked example of records does what its page says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from anonymization.microdata.anonymity import closeness, distinct_diversity, entropy_diversity, k_anonymity
from anonymization.microdata.classes import group, spread
from anonymization.microdata.records import encode
from anonymization.microdata.suppression import suppress

PAGES = sorted((Path(__file__).parent / "microdata").glob("*.md"))


def table(text: str, heading: str) -> list[list[str]]:
    found = re.search(rf"^## {heading}\n\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found is not None
    rows = [[one.strip() for one in line.strip("|").split("|")] for line in found[1].splitlines()]
    return [rows[0], *rows[2:]]


@pytest.mark.parametrize("page", PAGES, ids=lambda one: one.stem)
def test_the_page_shows_what_is_published(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    rule = re.search(r"^Rule: k (\d+), known ([a-z ]+)$", text, re.MULTILINE)
    assert rule is not None
    known = rule[2].split()
    header, *rows = table(text, "Given")
    records = encode({name: np.array(column) for name, column in zip(header, zip(*rows, strict=True), strict=True)})
    found = suppress(records, known, k=int(rule[1])).records
    shown = [list(row) for row in zip(*(found.column(name).text().tolist() for name in header), strict=True)]
    assert [header, *shown] == table(text, "Published")
    classes = group(found, known)
    learnt = spread(classes, found.column("outcome"))
    figures = (
        f"k {k_anonymity(classes)}, distinct {distinct_diversity(learnt)}, "
        f"entropy {entropy_diversity(learnt):.2f}, closeness {closeness(learnt):.2f}"
    )
    assert text.splitlines()[-1] == figures


def test_there_are_pages() -> None:
    assert len(PAGES) >= 3
