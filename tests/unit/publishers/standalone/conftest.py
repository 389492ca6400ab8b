"""Small systems are tried in thousands of orders by default; what is tested here is what comes before and after."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anonymization.protect_system.TRIES", 1)
