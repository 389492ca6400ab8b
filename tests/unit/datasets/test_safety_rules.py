"""The rules of stand-alone protection: nothing unknown, nothing contradictory, nothing that protects nobody."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from datasets.disclosure import RULE_KEYS, Denominators, PriorPosterior, SafetyChoice, SafetyRules


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "protect nobody"),
        ({"zeros": "protect"}, "protect nobody"),
        ({"group_disclosure": False}, "protect nobody"),
        ({"frequency": 1}, "greater than or equal to 2"),
        ({"frequency": 5, "threshold": 5}, "Extra inputs"),
        ({"frequency": 5, "guarantee": "sliding"}, "'interval' or 'exact'"),
        ({"frequency": 5, "cost": "area"}, "Input should be"),
        ({"frequency": 5, "interval_percent": 0}, "greater than 0"),
        ({"frequency": 5, "zero_range": float("inf")}, "finite"),
        ({"frequency": 5, "zero_range": float("nan")}, "finite number|greater than 0"),
        ({"dominance": [{"n": 0, "k": 80}]}, "greater than or equal to 1"),
        ({"dominance": [{"n": 1, "k": 100}]}, "less than 100"),
        ({"dominance": [{"n": 1, "k": float("nan")}]}, "less than 100"),
        ({"p_percent": {"p": 0}}, "greater than 0"),
        ({"p_percent": {"p": 10, "coalition": 0}}, "greater than or equal to 1"),
        ({"p_q": {"p": 50, "q": 50}}, "p must be below q"),
        ({"p_q": {"p": 60, "q": 50}}, "p must be below q"),
        ({"units": {"fewest": 1}}, "greater than or equal to 2"),
        ({"denominators": {}}, "says nothing"),
        ({"population_floor": 0}, "greater than or equal to 1"),
    ],
)
def test_rules_that_make_no_sense_are_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SafetyRules.model_validate(keys)


def test_the_interval_is_the_default_guarantee() -> None:
    rules = SafetyRules(frequency=5)
    assert (rules.guarantee, rules.cost, rules.zeros) == ("interval", "value", "publish")


def test_a_choice_names_a_policy_and_is_no_finished_rules() -> None:
    with pytest.raises(ValidationError, match="policy"):
        SafetyChoice.model_validate({"frequency": 5})
    assert not isinstance(SafetyChoice(policy="cms_cell"), SafetyRules)


def test_a_choice_has_the_keys_of_finished_rules_with_the_same_defaults() -> None:
    assert set(SafetyChoice.model_fields) == set(SafetyRules.model_fields)
    for key in set(SafetyRules.model_fields) - {"policy"}:
        assert SafetyChoice.model_fields[key].default == SafetyRules.model_fields[key].default, key


def test_every_key_is_described() -> None:
    assert all(field.description for field in SafetyRules.model_fields.values())
    assert set(RULE_KEYS) < set(SafetyRules.model_fields)


def test_limits_are_inclusive_where_they_say_so() -> None:
    assert PriorPosterior(p=49, q=50).coalition == 1
    assert Denominators(events=1).population is None
