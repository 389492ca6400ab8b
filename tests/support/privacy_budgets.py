"""Budgets of privacy in a store, what is spent of them, and how they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets.errors import DisclosureRuleInvalid, VerificationFailed
from datasets.perturbation_choice import PrivacyBudget
from datasets.signing import Signer
from datasets.store_layout import StoreLayout
from publishers.privacy_accounts import Entry
from publishers.privacy_budgets import Budgets

ONE = PrivacyBudget(population="patients", rho=1)
DRAWN = {"visits": np.array([3, -1, 2]), "file": np.array([-7]), "allow_pickle": np.array([2**40])}


def entry(content: str = "a", rho: float | None = 0.4, **changes: Any) -> Entry:
    given = {"number": 0, "dataset": "stays", "edition": "2026", "start": None, "end": None, "content": content}
    return Entry.model_validate(given | {"rho": rho} | changes)


def days(first: str, last: str) -> dict[str, Any]:
    return {"start": date.fromisoformat(first), "end": date.fromisoformat(last)}


def budgets_at(root: Path) -> Budgets:
    signer = Signer.generate(root / "private" / "signing-key.pem", root / "public-key.pem")
    return Budgets(StoreLayout(root), signer)


def folder(budgets: Budgets) -> Path:
    return budgets.layout.budgets / "patients"


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(DisclosureRuleInvalid, match="The privacy budget does not allow it") as caught:
        call()
    (problem,) = caught.value.problems
    return f"{problem.place}: {problem.rule}. {problem.remedy}"


def unknown(call: Callable[[], object]) -> str:
    with pytest.raises(VerificationFailed, match="What was spent of a privacy budget is not known") as caught:
        call()
    (problem,) = caught.value.problems
    assert "restore the folder private/budgets" in problem.remedy
    return problem.rule


def same(found: Any, expected: Any) -> bool:
    return found.keys() == expected.keys() and all(np.array_equal(found[name], expected[name]) for name in expected)
