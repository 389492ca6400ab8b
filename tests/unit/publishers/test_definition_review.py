"""What a definition alone tells is told by `ytemo definitions check`, with file and line, before any data is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from datasets.definition_files import builtin_definitions, load_definition
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid, Problem, SourceInvalid, YtemoError
from portal.cli import app
from publishers.definition_lines import naming_lines
from publishers.definition_review import review
from tests.support.clinic import definition_text, write_clinic
from tests.support.definition_texts import STATISTICS, write_definition

DAYS = {"title": {"vi": "Ngày", "en": "Days"}, "unit": {"vi": "ngày", "en": "days"}, "type": "sum", "column": "age"}
AGE = {"title": {"vi": "Tuổi", "en": "Age"}, "codelist": "age-bands", "column": "age", "match": "range"}


def changed(tree: dict[str, Any], path: str, value: Any) -> None:
    *before, last = path.split("/")
    for step in before:
        tree = tree.setdefault(step, {})
    tree[last] = value


@pytest.mark.parametrize(
    ("changes", "place", "says"),
    [
        ({"disclosure/threshold": 1}, "disclosure.threshold", "protects nobody"),
        (
            {"disclosure/always_shown": [{"cells": {}}], "dimensions/sex/total": False},
            "disclosure.always_shown[1].cells.sex",
            "has no total",
        ),
        (
            {"tables/by-sex-age/margins": [["age_group"]], "dimensions/sex/total": False},
            "tables.by-sex-age.margins[1]",
            "sums over sex",
        ),
        ({"source/columns/sex/minimum": 3}, "source.columns.sex", "minimum and maximum are for numbers"),
        ({"source/columns/sex/pattern": "(?=F)."}, "source.columns.sex.pattern", "RE2 without look-around"),
        ({"dimensions/age_broad": AGE}, "dimensions age_group and age_broad", "come from one column, age"),
        (
            {
                "disclosure/zeros": "protect",
                "person": None,
                "measures": {"days": DAYS | {"contributors": "value", "absent": "partial"}},
            },
            "measures.days.absent",
            "tells which withheld cells are empty",
        ),
    ],
)
def test_nothing_is_fine_that_no_job_would_publish(
    tmp_path: Path, changes: dict[str, Any], place: str, says: str
) -> None:
    folder = write_clinic(tmp_path / "visits")
    (folder / "visits-2026.csv").unlink()
    tree = yaml.safe_load(definition_text())
    for path, value in changes.items():
        changed(tree, path, value)
    tree = {key: value for key, value in tree.items() if value is not None}
    text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["definitions", "check", str(folder)])
    told = " ".join(done.output.split())
    assert done.exit_code == 10, told
    key = place.replace("dimensions ", "").split(" ")[0].split("[")[0].split(".")[-1]
    begins = (f"{key}:", "- cells: {}", "- - age_group")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith(begins)]
    assert any(f"{folder / 'dataset.yaml'} line {line}, {place}: " in told for line in lines), told
    assert says in told


@pytest.mark.parametrize("code", ["2031-05", "_T", "*"])
def test_a_month_may_be_of_another_edition(tmp_path: Path, code: str) -> None:
    asked = f"  always_shown:\n    - {{cells: {{month: '{code}'}}}}\n"
    title = "title: {vi: Theo tháng, en: By month}"
    table = f"  by-month:\n    {title}\n    dimensions: [month]\n    measures: [visits, deaths]\n"
    text = STATISTICS.replace("  threshold: 10\n", f"  threshold: 10\n{asked}")
    review(load_definition(write_definition(tmp_path, text.replace("tables:\n", f"tables:\n{table}"))))


def test_definitions_that_come_with_ytemo_can_be_published() -> None:
    for path in builtin_definitions():
        review(load_definition(path))


# Lines ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("disclosure", "disclosure:"),
        ("disclosure.policy", "  policy:"),
        ("disclosure.not_there", "disclosure:"),
        ("measures.visits.type", "    type:"),
        ("measure visits", "  visits:"),
        ("dimension sex: of all", "  sex:"),
        ("dimensions sex and age_group", "  sex:"),
        ("the tables with measures.visits", "tables:"),
        ("tables that cross sex", "tables:"),
        ("clinic-visits 2026.1", ""),
        ("noise.csv line 4", ""),
        ("disclosures", ""),
    ],
)
def test_keys_are_told_with_their_line(tmp_path: Path, place: str, key: str) -> None:
    loaded = load_definition(write_clinic(tmp_path / "visits"))
    file = tmp_path / "visits" / "dataset.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    with pytest.raises(DisclosureRisk, match="why") as caught, naming_lines(loaded):
        raise DisclosureRisk("why", problems=[Problem(place, "rule", "remedy")])
    (problem,) = caught.value.problems
    assert (problem.rule, problem.remedy) == ("rule", "remedy")
    if not key:
        assert problem.place == place
        return
    said, _, rest = problem.place.removeprefix(f"{file} line ").partition(", ")
    assert rest == place
    assert lines[int(said) - 1].startswith(key)


def test_a_definition_that_is_gone_has_no_lines_and_other_errors_pass(tmp_path: Path) -> None:
    loaded = load_definition(write_clinic(tmp_path / "visits"))
    (tmp_path / "visits" / "dataset.yaml").unlink()
    for kind, place in ((DisclosureRuleInvalid, "disclosure.base"), (SourceInvalid, "source row 3")):
        raised: type[YtemoError] = kind
        with pytest.raises(raised) as caught, naming_lines(loaded):
            raise raised("why", problems=[Problem(place, "rule")])
        assert caught.value.problems[0].place == place
