"""Fixtures that several tests of the store share."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets import fingerprint
from tests.support.public_scene import PublicScene


@pytest.fixture
def public(tmp_path: Path) -> PublicScene:
    return PublicScene(tmp_path)


@pytest.fixture(params=["fresh", "settled"])
def age(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether files count as just changed, when nothing is kept in memory, or as long unchanged."""
    if request.param == "settled":
        monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", -1)
    return str(request.param)
