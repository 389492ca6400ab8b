"""A clinic whose counts are differentially private, and the account of what they cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from datasets.perturbation_choice import PerturbationRules
from datasets.release import PublicRelease
from tests.support.changed_clinic import REASON, Clinic

PRIVATE: dict[str, Any] = {
    "policy": "vn_proposed",
    "method": "differential_privacy",
    "rho": 0.4,
    "cells_per_person": 1,
    "records_per_cell": 3,
    "budget": {"population": "clinic-patients", "rho": 1},
    "reason": REASON,
}


def told(release: PublicRelease) -> PerturbationRules:
    assert release.description.disclosure is not None
    made = release.description.disclosure.rules.perturbation
    assert made is not None
    return made


def ledger(clinic: Clinic) -> Path:
    return clinic.ministry.root / "private" / "budgets" / "clinic-patients" / "ledger.json"


def spendings(clinic: Clinic) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(ledger(clinic).read_bytes().partition(b"\n")[2])["entries"]
    return entries


def shorten(clinic: Clinic, edition: str = "2026") -> None:
    """Take a visit out of the source, so that other counts are published."""
    clinic.write(edition, clinic.lines(edition)[:-1])


class Killed(BaseException):
    """The process ends here."""


def publish_until(clinic: Clinic, where: Any, name: str) -> None:
    """Publish, and be killed where this is called."""

    def kill(*_: object, **__: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(where, name, kill)
        with pytest.raises(Killed):
            clinic.publish()
