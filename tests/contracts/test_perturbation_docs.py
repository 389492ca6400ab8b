"""The explanation of changed counts names every method and key that a definition can say."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from datasets.disclosure import PERTURBATION_METHODS, PerturbationChoice, PerturbationRules

DOCS = Path(__file__).parents[2] / "docs"
EXPLANATION = (DOCS / "explanation" / "perturbation.md").read_text(encoding="utf-8")
KEYS = sorted({key for model in get_args(PerturbationChoice) for key in model.model_fields})


def test_there_is_a_choice_for_every_method() -> None:
    named = [get_args(model.model_fields["method"].annotation) for model in get_args(PerturbationChoice)]
    assert [method for one in named for method in one] == list(PERTURBATION_METHODS)


@pytest.mark.parametrize("method", PERTURBATION_METHODS)
def test_every_method_is_explained(method: str) -> None:
    assert f"| `{method}` |" in EXPLANATION


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_explained(key: str) -> None:
    assert any(written in EXPLANATION for written in (f"`{key}`", f"`{key}: ", f"  {key}: "))
    reference = (DOCS / "reference" / "definition.md").read_text(encoding="utf-8")
    assert f"| `{key}` |" in reference


def test_every_key_that_a_release_tells_has_a_meaning() -> None:
    assert all(field.description for field in PerturbationRules.model_fields.values())
