"""The example of rules in the documentation is one that a definition can have."""

from __future__ import annotations

import re
from pathlib import Path

from anonymization.policies import resolve
from datasets.disclosure import DisclosureChoice, Dominance, PPercent
from datasets.yaml_text import parse_yaml, plain

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "primary-rules.md"


def test_the_example_of_a_definition_is_read_as_the_page_says() -> None:
    (text,) = re.findall(
        r"^```yaml\n(disclosure:\n.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    rules = resolve(DisclosureChoice.model_validate(plain(parse_yaml(text, "primary-rules.md"))["disclosure"]))
    assert rules.units is not None
    assert (rules.units.column, rules.units.fewest, rules.units.range_percent) == ("hospital_id", 3, 10.0)
    assert rules.concentration is not None
    assert (rules.concentration.column, rules.concentration.measures) == ("hospital_id", ("payments",))
    assert rules.concentration.dominance == (Dominance(n=2, k=85),)
    assert rules.concentration.p_percent == PPercent(p=10)
    assert rules.denominators is not None
    assert (rules.denominators.events, rules.denominators.population) == (20, 1000)
    assert rules.always_shown[0].cells == {"province": ("_T", "01", "79")}
    assert rules.always_withheld[0].cells == {"province": ("48",), "disease": ("A00",)}
    assert rules.always_withheld[0].measures == ("deaths",)
    assert (rules.cost, rules.weights[0].weight) == ("count", 5.0)
    assert rules.weights[0].cells == {"province": ("_T",), "disease": ("*",)}
