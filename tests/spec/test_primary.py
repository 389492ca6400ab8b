"""Every worked example of a primary rule or a named policy does what its page says, and every one has its page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anonymization.policies import POLICIES
from anonymization.primary.assess import assess
from anonymization.primary.rates import RateReason, judge_rates
from anonymization.primary.sensitivity import Reason
from datasets.disclosure import RULE_KEYS
from tests.spec.primary_examples import EXPECTED, PrimaryExample, Rows, read_primary_example

FOLDER = Path(__file__).parent / "primary"
PAGES = sorted(FOLDER.rglob("*.md"))


def words(reason: int, names: type[Reason] | type[RateReason]) -> str:
    return names(reason).name.lower().replace("_", " ") if reason else ""


def found_cells(example: PrimaryExample) -> Rows:
    """What the rules find, in the form of the page."""
    found = assess(example.facts(), example.rules).sensitivity
    return [
        {
            "shown": "[c]" if sensitive else "yes",
            "lower": f"{lower:g}" if sensitive else "",
            "upper": f"{upper:g}" if sensitive else "",
            "because": words(reason, Reason),
        }
        for sensitive, lower, upper, reason in zip(
            found.sensitive.tolist(),
            found.lower.tolist(),
            found.upper.tolist(),
            found.reason.tolist(),
            strict=True,
        )
    ]


def found_rates(example: PrimaryExample) -> Rows:
    facts = example.facts()
    withheld = assess(facts, example.rules).sensitivity.sensitive
    values = np.asarray(facts.values, dtype=np.float64)
    codes = judge_rates(values, example.quotients(), example.rules.denominators, withheld=withheld)
    return [{"shown": "[c]" if code else "yes", "because": words(code, RateReason)} for code in codes.tolist()]


def only(rows: Rows, columns: set[str]) -> Rows:
    return [{key: text for key, text in row.items() if key in columns} for row in rows]


@pytest.mark.parametrize("page", PAGES, ids=lambda one: f"{one.parent.name}/{one.stem}")
def test_the_page_shows_what_the_rules_find(page: Path) -> None:
    example = read_primary_example(page)
    columns = set(example.cells[0]) & set(EXPECTED)
    assert "shown" in columns
    assert only(found_cells(example), columns) == only(example.cells, columns)
    assert found_rates(example) == only(example.rates, {"shown", "because"})


def test_every_policy_that_protects_has_its_page() -> None:
    shown = {read_primary_example(page).rules.policy for page in (FOLDER / "policies").glob("*.md")}
    assert shown == {name for name, policy in POLICIES.items() if policy.safety is not None}


def test_every_rule_has_its_page() -> None:
    used: set[str] = set()
    for page in (FOLDER / "rules").glob("*.md"):
        rules = read_primary_example(page).rules
        used |= {key for key in RULE_KEYS if getattr(rules, key)}
    assert used == set(RULE_KEYS)


def test_every_reason_is_explained_by_a_page() -> None:
    rows = [row for page in PAGES for row in read_primary_example(page).cells]
    assert {row["because"] for row in rows if "because" in row} == {words(one, Reason) for one in Reason}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# No rules\n", "line of rules"),
        ("# Odd\n\nRules: frequency: 5\n\n## Cells\n\n| cell | colour |\n| --- | --- |\n| a | red |\n", "colour"),
    ],
)
def test_a_page_that_is_not_understood_is_refused(tmp_path: Path, text: str, message: str) -> None:
    page = tmp_path / "broken.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_primary_example(page)
