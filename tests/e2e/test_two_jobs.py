"""Two jobs of one edition at a time, where locks do not keep them apart: one is refused, and no marks are lost."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from datasets.errors import ReleaseExists
from datasets.release_store import ReleaseStore
from publishers.ledger import Store
from tests.e2e.test_ledger import old_provinces, visits, write
from tests.support.publication import Ministry

ADD, STAGE = ReleaseStore.add, ReleaseStore.stage


@pytest.fixture
def ministry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ministry:
    """A store whose jobs have different working folders, as if each had a lock of its own."""
    numbers = count()
    monkeypatch.setattr(ReleaseStore, "stage", lambda self, job: STAGE(self, f"{job}-{next(numbers)}"))
    return Ministry(tmp_path / "store")


@pytest.mark.parametrize("edition", ["2024", "2024-03"])
def test_a_job_is_refused_that_another_one_overtakes(
    ministry: Ministry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edition: str
) -> None:
    """The other published the same edition, or a month of it, when this one had read what there was before."""
    rows, late = visits(2, old_provinces()[:8], 300), visits(3, old_provinces()[:8], 20)
    slow, quick = write(tmp_path / "slow", rows), write(tmp_path / "quick", [*rows, *late])
    (quick / "visits-2024-03.csv").write_bytes((quick / "visits-2024.csv").read_bytes())
    waiting = iter([True])

    def add(self: ReleaseStore, *package: Any, **told: Any) -> Any:
        if next(waiting, False):
            ministry.publish(quick, edition, quick)
        return ADD(self, *package, **told)

    monkeypatch.setattr(ReleaseStore, "add", add)
    with pytest.raises(ReleaseExists, match="at the same time") as refused:
        ministry.publish(slow, "2024", slow)
    (problem,) = refused.value.problems
    assert (problem.place, problem.remedy) == (f"clinic-visits {edition}.1", "Run this job again")

    store = Store.of(ReleaseStore(ministry.root).layout, ministry.signer())
    assert store.marks is not None
    assert store.marks.of(ministry.releases.get("clinic-visits", edition).manifest) is not None
