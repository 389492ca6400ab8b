"""The seed of secondary suppression is a secret of the ministry, and the same for an edition again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from anonymization import protect
from datasets.signing import Signer
from publishers.job import secret_seed
from tests.support.clinic import write_clinic
from tests.support.publication import Ministry


def test_it_depends_on_key_dataset_and_edition_alone(tmp_path: Path) -> None:
    signers = [Signer.generate(tmp_path / f"{n}.pem", tmp_path / f"{n}.public.pem") for n in range(2)]
    seeds = [
        secret_seed(signer, dataset, edition)
        for signer in signers
        for dataset, edition in [("visits", "2025"), ("visits", "2026"), ("visits-2025", ""), ("visit", "s2025")]
    ]
    assert len(set(seeds)) == len(seeds)
    assert secret_seed(Signer.from_file(tmp_path / "0.pem"), "visits", "2025") == seeds[0]
    assert min(seeds) >= 0


def test_the_job_protects_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []

    def noted(*values: Any, seed: int) -> Any:
        given.append(seed)
        return protect(*values, seed=seed)

    monkeypatch.setattr("publishers.build_protected.protect", noted)
    clinic, ministry = write_clinic(tmp_path / "visits", rows=300), Ministry(tmp_path / "store")
    ministry.publish(clinic, "2026", clinic)
    assert given == [secret_seed(ministry.signer(), "clinic-visits", "2026")]
    publish_text = "".join(path.read_text(errors="ignore") for path in (tmp_path / "store").rglob("*.json"))
    assert str(given[0]) not in publish_text
