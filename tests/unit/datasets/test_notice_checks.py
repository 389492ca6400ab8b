"""A definition can only announce what is true of the names that it publishes."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.definition_files import load_definition
from datasets.errors import DefinitionInvalid
from tests.support.definition_texts import REGISTER, STATISTICS, write_definition

REASON = "reason: {vi: Thôi ghi., en: No longer recorded.}"


def problems(folder: Path, text: str) -> list[str]:
    try:
        load_definition(write_definition(folder, text))
    except DefinitionInvalid as error:
        return [f"{problem.place.partition('key ')[2]}: {problem.rule}" for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "notices",
    [
        "renamed:\n  place: {to: district, until: 2027-06-30}\n  seen: {to: visits, until: 2027-06-30}\n",
        f"retiring:\n  cost: {{until: 2027-06-30, {REASON}}}\n",
        f"retiring:\n  tables.by-district: {{until: 2027-06-30, {REASON}}}\n",
        f"retiring:\n  tables.by-district.cost: {{until: 2027-06-30, {REASON}}}\n",
    ],
)
def test_notices_about_what_is_there_are_fine(tmp_path: Path, notices: str) -> None:
    assert problems(tmp_path, STATISTICS + notices) == []


@pytest.mark.parametrize(
    ("notices", "told"),
    [
        ("renamed:\n  seen: {to: visit, until: 2027-06-30}\n", "renamed.seen.to: visit is no field that is published"),
        ("renamed:\n  cost: {to: visits, until: 2027-06-30}\n", "renamed.cost: cost is still the name of a field"),
        ("renamed:\n  month: {to: month, until: 2027-06-30}\n", "renamed.month.to: month is an older name itself"),
        (
            "renamed:\n  a: {to: b, until: 2027-06-30}\n  b: {to: visits, until: 2027-06-30}\n",
            "renamed.a.to: b is an older name itself",
        ),
        ("renamed:\n  limit: {to: visits, until: 2027-06-30}\n", "renamed.limit: limit is a word of the query API"),
        (
            "renamed:\n  cost_status: {to: visits, until: 2027-06-30}\n",
            "renamed.cost_status: cost_status or its status has the name of another column",
        ),
        (
            f"retiring:\n  costs: {{until: 2027-06-30, {REASON}}}\n",
            "retiring.costs: costs is nothing that is published",
        ),
        (
            f"retiring:\n  tables.by-year: {{until: 2027-06-30, {REASON}}}\n",
            "retiring.tables.by-year: tables.by-year is nothing that is published",
        ),
        (
            f"renamed:\n  old: {{to: cost, until: 2027-06-30}}\nretiring:\n  old: {{until: 2027-06-30, {REASON}}}\n",
            "retiring.old: old has another name already, under renamed",
        ),
    ],
)
def test_what_cannot_be_announced_is_told_with_its_line(tmp_path: Path, notices: str, told: str) -> None:
    assert told in problems(tmp_path, STATISTICS + notices)


@pytest.mark.parametrize(
    ("notices", "says"),
    [
        (f"retiring:\n  By District: {{until: 2027-06-30, {REASON}}}\n", "a table such as tables.by-month"),
        ("renamed:\n  seen: {to: visits, until: soon}\n", "date"),
        ("retiring:\n  cost: {until: 2027-06-30}\n", "reason"),
    ],
)
def test_a_notice_is_written_strictly(tmp_path: Path, notices: str, says: str) -> None:
    (found,) = problems(tmp_path, STATISTICS + notices)
    assert says in found


def test_a_register_has_fields_to_announce(tmp_path: Path) -> None:
    notices = (
        f"renamed:\n  area: {{to: district, until: 2027-06-30}}\nretiring:\n  code: {{until: 2027-06-30, {REASON}}}\n"
    )
    assert problems(tmp_path, REGISTER + notices) == []
