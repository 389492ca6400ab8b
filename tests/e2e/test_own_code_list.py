"""The how-to about code lists of one's own, followed: its files are read from the page, checked and published."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from portal.cli import app
from tests.support.clinic import write_clinic

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "use-your-own-code-list.md"


def shown(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def merged(one: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Add keys to a definition as somebody would who writes them at their place."""
    return one | {
        key: merged(one[key], value) if isinstance(value, dict) and key in one else value for key, value in more.items()
    }


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    folder = write_clinic(tmp_path / "visits", rows=10)
    (members,), (index, keys) = shown("csv"), shown("yaml")
    (folder / "codelists").mkdir()
    (folder / "codelists" / "wards.csv").write_text(members, encoding="utf-8")
    (folder / "codelists" / "index.yaml").write_text(index, encoding="utf-8")
    definition = merged(yaml.safe_load((folder / "dataset.yaml").read_text(encoding="utf-8")), yaml.safe_load(keys))
    (folder / "dataset.yaml").write_text(yaml.safe_dump(definition, allow_unicode=True), encoding="utf-8")
    wards = ["W11", "Ben", "P. Bến", "W12", "W21", "W22"]
    rows = [f"p{at},{'FM'[at % 2]},{at * 7 % 97},{wards[at // 2 % 6]}" for at in range(1200)]
    (folder / "visits-2026.csv").write_text("patient,sex,age,ward\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def ran(*arguments: str | Path) -> str:
    ended = CliRunner().invoke(app, list(map(str, arguments)))
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_what_the_page_shows_is_a_list_that_is_checked_and_published(clinic: Path) -> None:
    assert "clinic-visits: fine" in ran("definitions", "check", clinic)
    ran("build", clinic, "--edition", "2026", "--output", clinic.parent / "package")
    with (clinic.parent / "package" / "data" / "by-ward.csv").open(encoding="utf-8-sig", newline="") as file:
        visits = {(row["ward"], row["sex"]): row["visits"] for row in csv.DictReader(file)}
    assert {code for code, _ in visits} == {"_T", "D1", "D2", "W11", "W12", "W21", "W22"}
    assert visits["W11", "_T"] == "600", "three spellings of one ward"
    assert visits["D1", "_T"] == "800"


def test_a_mistake_in_the_list_is_told_with_its_line(clinic: Path) -> None:
    path = clinic / "codelists" / "wards.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("ward,D2", "ward,D3", 1), encoding="utf-8")
    ended = CliRunner().invoke(app, ["definitions", "check", str(clinic)])
    assert ended.exit_code == 10
    told = " ".join(ended.output.split())
    assert "wards.csv line 6: the parent D3 is not a code of this list" in told
