"""Inputs of the stand-alone commands, and one try instead of thousands: what is tested here comes before and after."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.standalone import CASES, CELLS, RELATIONS, TABLE_RULES


@pytest.fixture(autouse=True)
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anonymization.protect_system.TRIES", 1)


@pytest.fixture
def raw(tmp_path: Path) -> list[str]:
    """Return the arguments that name a raw system of four cells with their margins."""
    (tmp_path / "cells.csv").write_text(CELLS)
    (tmp_path / "relations.csv").write_text(RELATIONS)
    return ["--cells", str(tmp_path / "cells.csv"), "--relations", str(tmp_path / "relations.csv")]


@pytest.fixture
def table(tmp_path: Path) -> list[str | Path]:
    """Return the arguments that name a table and its rules."""
    lines = [f"{area},{cause},{cases},{deaths}" for (area, cause), (cases, deaths) in CASES.items()]
    (tmp_path / "t.csv").write_text("area,cause,cases,deaths\n" + "\n".join(lines) + "\n")
    (tmp_path / "rules.yaml").write_text(TABLE_RULES)
    return [tmp_path / "t.csv", "--rules", tmp_path / "rules.yaml"]
