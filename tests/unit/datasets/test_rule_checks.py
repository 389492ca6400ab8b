"""What the disclosure rules of a definition name that it has not, or that its tables show: line, rule and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.definition_files import load_definition
from datasets.disclosure import DisclosureChoice
from tests.support.definition_texts import STATISTICS, Change, broken, write_definition

BAD: list[tuple[str, tuple[Change, ...], str]] = [
    (
        "facilities of a column that is not there",
        (("  threshold: 10\n", "  threshold: 10\n  units: {column: persom, fewest: 3}\n"),),
        "dataset.yaml line 81, key disclosure.units.column: persom is not a column of the source. Did you mean person?"
        " Allowed: person, district, age, seen_on, outcome, cost",
    ),
    (
        "facilities that a dimension shows",
        (("  threshold: 10\n", "  threshold: 10\n  units: {column: district, fewest: 3}\n"),),
        "dataset.yaml line 81, key disclosure.units.column: district is shown by the dimension district, so that each"
        " of its cells would come from one facility. leave units out, or do not publish that dimension",
    ),
    (
        "persons that are called facilities",
        (("  threshold: 10\n", "  threshold: 10\n  units: {column: person, fewest: 3}\n"),),
        "dataset.yaml line 81, key disclosure.units.column: person tells persons apart, not facilities. name the column"
        " that holds a code of each facility",
    ),
    (
        "contributors of a column that is not there",
        (("  threshold: 10\n", "  threshold: 10\n  concentration: {column: persom, p_percent: {p: 10}}\n"),),
        "dataset.yaml line 81, key disclosure.concentration.column: persom is not a column of the source. Did you mean"
        " person? Allowed: person, district, age, seen_on, outcome, cost",
    ),
    (
        "contributors that a dimension shows",
        (("  threshold: 10\n", "  threshold: 10\n  concentration: {column: district, dominance: {n: 1, k: 80}}\n"),),
        "dataset.yaml line 81, key disclosure.concentration.column: district is shown by the dimension district, so"
        " that each of its cells would come from one contributor. leave concentration out, or do not publish that"
        " dimension",
    ),
    (
        "concentration of a measure that is not there",
        (
            (
                "  threshold: 10\n",
                "  threshold: 10\n  concentration: {column: person, measures: [cst], p_percent: {p: 10}}\n",
            ),
        ),
        "dataset.yaml line 81, key disclosure.concentration.measures: cst is not a measure. Did you mean cost?"
        " Allowed: cost",
    ),
    (
        "concentration of a count",
        (
            (
                "  threshold: 10\n",
                "  threshold: 10\n  concentration: {column: person, measures: [visits], p_percent: {p: 10}}\n",
            ),
        ),
        "dataset.yaml line 81, key disclosure.concentration.measures: visits is no sum or mean of amounts. name some of"
        " cost",
    ),
    (
        "a concentration rule without a rule",
        (("  threshold: 10\n", "  threshold: 10\n  concentration: {column: person}\n"),),
        "dataset.yaml line 81, key disclosure.concentration: says nothing. give dominance, p_percent or p_q",
    ),
    (
        "a concentration rule that looks at too many",
        (
            (
                "  threshold: 10\n",
                "  threshold: 10\n  concentration: {column: person, p_percent: {p: 10, coalition: 10}}\n",
            ),
        ),
        "dataset.yaml line 81, key disclosure.concentration: looks at 11 contributors. at most the 10 largest are kept",
    ),
    (
        "cells of a dimension that is not there",
        (("  threshold: 10\n", "  threshold: 10\n  always_shown:\n    - cells: {distrit: _T}\n"),),
        "dataset.yaml line 82, key disclosure.always_shown[1].cells.distrit: distrit is not a dimension. Did you mean"
        " district? Allowed: district, age_group, month",
    ),
    (
        "cells of a member that is not there",
        (("  threshold: 10\n", "  threshold: 10\n  weights:\n    - {cells: {district: [_T, nort]}, weight: 3}\n"),),
        "dataset.yaml line 82, key disclosure.weights[1].cells.district: nort is not a code of the code list districts."
        " Did you mean north? Allowed: all, north, south, unknown; _T is the total, * every member",
    ),
    (
        "cells of a measure that is not there",
        (
            (
                "  threshold: 10\n",
                "  threshold: 10\n  always_shown:\n    - {cells: {month: 2026-99}, measures: [visit]}\n",
            ),
        ),
        "dataset.yaml line 82, key disclosure.always_shown[1].measures: visit is not a measure. Did you mean visits?"
        " Allowed: visits, deaths, cost, rate, people",
    ),
    (
        "cells of a population",
        (("  threshold: 10\n", "  threshold: 10\n  always_shown:\n    - {cells: {}, measures: [people]}\n"),),
        "dataset.yaml line 82, key disclosure.always_shown[1].measures: people is a population, which is never"
        " withheld. leave it out",
    ),
    (
        "a rate of amounts that are taken for events",
        (
            ("    numerator: visits", "    numerator: cost"),
            ("  threshold: 10\n", "  threshold: 10\n  denominators: {events: 20}\n"),
        ),
        "dataset.yaml line 81, key disclosure.denominators.events: the rate rate is of cost, which adds up amounts"
        " instead of counting events. give population alone, or a rate of a count",
    ),
    (
        "facilities of a column under another name",
        (
            ("    cost: {type: number}\n", "    cost: {type: number}\n    area: {header: district}\n"),
            ("  threshold: 10\n", "  threshold: 10\n  units: {column: area, fewest: 3}\n"),
        ),
        "dataset.yaml line 82, key disclosure.units.column: area is shown by the dimension district, so that each of"
        " its cells would come from one facility. leave units out, or do not publish that dimension",
    ),
    (
        "the label of a member instead of its code",
        (("  threshold: 10\n", "  threshold: 10\n  weights:\n    - {cells: {district: Bắc}, weight: 3}\n"),),
        "dataset.yaml line 82, key disclosure.weights[1].cells.district: Bắc is not a code of the code list"
        " districts. Write the code: north; _T is the total, * every member",
    ),
]


@pytest.mark.parametrize(("changes", "message"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_one_mistake_gives_one_problem(tmp_path: Path, changes: tuple[Change, ...], message: str) -> None:
    assert broken(tmp_path, *changes) == [message]


def test_denominators_without_a_rate_are_refused(tmp_path: Path) -> None:
    rate = STATISTICS[STATISTICS.index("  rate:\n") : STATISTICS.index("tables:\n")]
    asked = ("  threshold: 10\n", "  threshold: 10\n  denominators: {population: 1000}\n")
    (found,) = broken(tmp_path, (rate, ""), asked)
    assert found.endswith("disclosure.denominators: there is no rate or mean to look at. leave denominators out")


@pytest.mark.parametrize(
    ("numerator", "asked"), [("visits", "{events: 20, population: 1000}"), ("cost", "{population: 1000}")]
)
def test_denominators_that_fit_their_rates_are_read(tmp_path: Path, numerator: str, asked: str) -> None:
    text = STATISTICS.replace("    numerator: visits", f"    numerator: {numerator}")
    text = text.replace("  threshold: 10\n", f"  threshold: 10\n  denominators: {asked}\n")
    choice = load_definition(write_definition(tmp_path, text)).definition.disclosure
    assert isinstance(choice, DisclosureChoice)
    assert choice.denominators is not None
    assert choice.denominators.population == 1000


def test_cells_that_there_are_can_be_chosen(tmp_path: Path) -> None:
    asked = "  always_shown:\n    - {cells: {district: [_T, north], month: '*'}, measures: [visits, rate]}\n"
    text = STATISTICS.replace("  threshold: 10\n", f"  threshold: 10\n{asked}")
    choice = load_definition(write_definition(tmp_path, text)).definition.disclosure
    assert isinstance(choice, DisclosureChoice)
    assert choice.always_shown[0].cells == {"district": ("_T", "north"), "month": ("*",)}


def test_concentration_without_amounts_is_refused(tmp_path: Path) -> None:
    cost = STATISTICS[STATISTICS.index("  cost:\n    title") : STATISTICS.index("  rate:\n")]
    asked = ("  threshold: 10\n", "  threshold: 10\n  concentration: {column: person, p_percent: {p: 10}}\n")
    (found,) = broken(tmp_path, (cost, ""), asked)
    assert found.endswith(
        "disclosure.concentration: there is no sum or mean of amounts to look at. leave concentration out; people"
        " already counted are protected by threshold and units"
    )
    named = ("  threshold: 10\n", asked[1].replace("person,", "person, measures: [visits],"))
    assert any(
        one.endswith("visits is no sum or mean of amounts. leave concentration out")
        for one in broken(tmp_path / "named", (cost, ""), named)
    )


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("dominance: {n: 2, k: 85}", 2),
        ("dominance: [{n: 1, k: 75}, {n: 3, k: 90}], p_percent: {p: 10}", 3),
        ("p_percent: {p: 10, coalition: 2}, measures: [cost]", 3),
        ("p_q: {p: 10, q: 50, coalition: 9}", 10),
    ],
)
def test_rules_about_contributors_are_read(tmp_path: Path, asked: str, known: int) -> None:
    text = STATISTICS.replace("  threshold: 10\n", f"  threshold: 10\n  concentration: {{column: person, {asked}}}\n")
    choice = load_definition(write_definition(tmp_path, text)).definition.disclosure
    assert isinstance(choice, DisclosureChoice)
    assert choice.concentration is not None
    assert choice.concentration.known == known


def showing(measures: str) -> Change:
    """Show these measures in the only table."""
    table = "    dimensions: [district, age_group]\ndisclosure:"
    return table, table.replace("\n", f"\n    measures: [{measures}]\n")


ASKED = ("  threshold: 10\n", "  threshold: 10\n  concentration: {column: person, p_percent: {p: 10}}\n")


def test_concentration_of_what_no_table_shows_is_refused(tmp_path: Path) -> None:
    assert broken(tmp_path, showing("visits, deaths"), ASKED) == [
        "dataset.yaml line 82, key disclosure.concentration: no table shows cost. leave concentration out, or show them"
        " in a table"
    ]


@pytest.mark.parametrize(("shown", "numerator"), [("visits, cost", "visits"), ("rate", "cost")])
def test_sums_that_a_table_shows_or_a_rate_divides_can_be_looked_at(tmp_path: Path, shown: str, numerator: str) -> None:
    text = STATISTICS.replace("    numerator: visits", f"    numerator: {numerator}")
    text = text.replace(*showing(shown)).replace(*ASKED)
    assert load_definition(write_definition(tmp_path, text)).definition.disclosure is not None
