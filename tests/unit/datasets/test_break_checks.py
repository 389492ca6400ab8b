"""A break in a series is at a period of the dataset, and of members and measures that the dataset has."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.definition_files import load_definition
from datasets.errors import DefinitionInvalid
from tests.support.definition_texts import REGISTER, STATISTICS, write_definition

REASON = "reason: {vi: Đổi cách ghi., en: Recorded otherwise.}"


def problems(folder: Path, text: str) -> list[str]:
    try:
        load_definition(write_definition(folder, text))
    except DefinitionInvalid as error:
        return [f"{one.place.partition('key ')[2]}: {one.rule} | {one.remedy}" for one in error.problems]
    return []


@pytest.mark.parametrize("since", ["2008", "2008-Q3", "2008-08"])
def test_a_break_is_at_a_year_a_quarter_or_a_month(tmp_path: Path, since: str) -> None:
    assert problems(tmp_path, f"{STATISTICS}breaks:\n  - {{from: {since}, {REASON}}}\n") == []


def test_a_break_may_be_of_some_members_and_measures(tmp_path: Path) -> None:
    concerned = "members: {district: [north, _T]}, measures: [deaths]"
    assert problems(tmp_path, f"{STATISTICS}breaks:\n  - {{from: 2008-08, {REASON}, {concerned}}}\n") == []
    (told,) = load_definition(tmp_path).definition.breaks
    assert (told.from_, told.members, told.measures) == ("2008-08", {"district": ("north", "_T")}, ("deaths",))


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (f"from: 2008-13, {REASON}", "breaks[1].from: 2008-13 is no period of this dataset | Write the first period"),
        (f"from: 2008-08-01, {REASON}", "such as 2008 or 2008-Q3 or 2008-08"),
        (f"from: last year, {REASON}", "breaks[1].from: last year is no period"),
        (
            f"from: 2008, {REASON}, members: {{distrikt: [north]}}",
            "breaks[1].members.distrikt: distrikt is not a dimension | Did you mean district?",
        ),
        (
            f"from: 2008, {REASON}, members: {{district: [nort]}}",
            "breaks[1].members.district: nort is not a code of the code list districts | Did you mean north?",
        ),
        (f"from: 2008, {REASON}, members: {{district: []}}", "breaks[1].members.district: names no member"),
        (f"from: 2008, {REASON}, members: {{month: [2008-08]}}", "breaks[1].members.month: month is time"),
        (
            f"from: 2008, {REASON}, measures: [death]",
            "breaks[1].measures: death is not a measure | Did you mean deaths?",
        ),
        (REASON, "breaks[1]: the key from is missing | The first period after it"),
        ("from: 2008", "breaks[1]: the key reason is missing | What changed"),
        (f"form: 2008, {REASON}", "breaks[1].form: form is not a key here | Did you mean from?"),
        (f"from_: 2008, {REASON}", "breaks[1].from_: from_ is not a key here | Did you mean from?"),
    ],
)
def test_what_is_wrong_is_told_with_key_and_remedy(tmp_path: Path, broken: str, told: str) -> None:
    found = problems(tmp_path, f"{STATISTICS}breaks:\n  - {{{broken}}}\n")
    assert any(told in problem for problem in found), found


def test_without_a_dimension_of_time_no_series_can_break(tmp_path: Path) -> None:
    text = STATISTICS.replace("    role: time\n", "")
    (found,) = problems(tmp_path, f"{text}breaks:\n  - {{from: 2008, {REASON}}}\n")
    assert found.startswith("breaks[1].from: no dimension stands for time")


def test_a_register_has_no_series(tmp_path: Path) -> None:
    found = problems(tmp_path, f"{REGISTER}breaks:\n  - {{from: 2008, {REASON}}}\n")
    assert any(problem.startswith("breaks: kind register takes no breaks") for problem in found)
