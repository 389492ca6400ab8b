"""An engine over cells that tests write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.query.run import Engine, EngineLimits


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cells")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    engine = Engine(folder, EngineLimits(threads=1, memory_mb=64, seconds=30))
    yield engine
    engine.close()
