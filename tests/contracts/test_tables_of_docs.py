"""Every row of a table in the docs belongs to one: a blank line would cut it off, and readers would see bars."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_RULE = re.compile(r"\|[\s:|-]+\|\s*$")


def tables(text: str) -> list[list[str]]:
    """Return runs of lines that begin with a bar, outside of blocks of code."""
    found: list[list[str]] = []
    before, code = "", False
    for line in text.splitlines():
        code ^= line.lstrip().startswith("```")
        if line.startswith("|") and not code:
            if not before.startswith("|"):
                found.append([])
            found[-1].append(line)
        before = line
    return found


def test_tables_begin_with_a_head_and_a_rule() -> None:
    checked = 0
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for rows in tables(page.read_text(encoding="utf-8")):
            checked += 1
            assert len(rows) > 2, (page.name, rows[0])
            assert _RULE.match(rows[1]), (page.name, rows[0])
    assert checked > 10
