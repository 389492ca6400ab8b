"""Measures that take the place of others: inpatients, then outpatients, then all are three parts of one sum."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from datasets.definition_files import load_definition
from datasets.errors import DisclosureRuleInvalid, Problem
from publishers.counted_people import CountedPeople
from publishers.ledger import Store
from publishers.ledger_measures import replaced_measures
from publishers.tabulate.plan import plan
from tests.support.publication import Ministry
from tests.unit.publishers.test_ledger import DEFINITION, read, write

START, END = DEFINITION.index("measures:\n"), DEFINITION.index("tables:\n")
SHORT, LONG = {"days": "0"}, {"days": "3"}


def measure(name: str, type_: str = "count", where: dict[str, str] | None = None, column: str = "") -> str:
    more = "".join(f"    where: {{{key}: [{value}]}}\n" for key, value in (where or {}).items())
    more += f"    column: {column}\n" if column else ""
    return f"  {name}:\n    title: {{vi: S, en: N}}\n    unit: {{vi: s, en: n}}\n    type: {type_}\n{more}"


def of(*measures: str) -> str:
    return f"{DEFINITION[:START]}measures:\n{''.join(measures)}{DEFINITION[END:]}"


@pytest.fixture
def ministry(tmp_path: Path) -> Ministry:
    return Ministry(tmp_path / "store")


def problems(ministry: Ministry, folder: Path, then: str, now: str, *, marks: bool = True) -> Iterator[Problem]:
    ministry.publish(write(folder, "2024-05", [5], text=then), "2024-05", folder)
    before = load_definition(folder)
    people = CountedPeople.of(before.definition, plan(before, "2024-05")) if marks else None
    loaded = load_definition(write(folder, "2024-05", [5], text=now))
    planned = plan(loaded, "2024-05")
    store = Store.at(ministry.root, ministry.root / "public-key.pem")
    (release,) = store.releases_of_the_same_people(planned)
    yield from replaced_measures(release, people, loaded.definition, planned)


ALL = measure("visits")


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (of(ALL, measure("short", where=SHORT)), of(ALL, measure("long", where=LONG))),
        (of(ALL, measure("short", where=SHORT)), of(ALL, measure("everybody"))),
        (of(ALL, measure("everybody")), of(ALL, measure("short", where=SHORT))),
        (of(ALL, measure("cost", "sum", SHORT, "cost")), of(ALL, measure("long_cost", "sum", LONG, "cost"))),
    ],
)
def test_parts_and_wholes_of_other_names_are_refused(ministry: Ministry, tmp_path: Path, then: str, now: str) -> None:
    (problem,) = problems(ministry, tmp_path / "clinic", then, now)
    assert problem.place.startswith("clinic-visits 2024-05.1, measure ")
    assert "is gone, and " in problem.rule
    assert "keep the measures of then" in (problem.remedy or "")


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (of(ALL, measure("everybody")), of(ALL, measure("others"))),
        (of(ALL, measure("short", where=SHORT)), of(ALL)),
        (of(ALL), of(ALL, measure("short", where=SHORT))),
        (of(ALL, measure("short", where=SHORT)), of(ALL, measure("cost", "sum", column="cost"))),
        (of(ALL, measure("stay", "mean", column="days")), of(ALL, measure("short", where=SHORT))),
    ],
)
def test_others_are_not(ministry: Ministry, tmp_path: Path, then: str, now: str) -> None:
    """The same rows as a measure that stays, nothing new, nothing gone, and what nobody can subtract."""
    assert list(problems(ministry, tmp_path / "clinic", then, now)) == []


def test_without_marks_nobody_knows_whom_a_measure_counted(ministry: Ministry, tmp_path: Path) -> None:
    then, now = of(ALL, measure("everybody")), of(ALL, measure("others"))
    assert len(list(problems(ministry, tmp_path / "clinic", then, now, marks=False))) == 1


def test_a_job_stops_where_a_measure_took_the_place_of_another(ministry: Ministry, tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    ministry.publish(write(folder, "2024-05", [5], text=of(ALL, measure("short", where=SHORT))), "2024-05", folder)
    with pytest.raises(DisclosureRuleInvalid, match="measure short: is gone, and long is new"):
        read(ministry, write(folder, "2024-05", [5], text=of(ALL, measure("long", where=LONG))), "2024-05")
