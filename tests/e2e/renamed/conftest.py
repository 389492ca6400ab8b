"""The dataset of the tutorial, some of whose fields got other names, half-way to the day on which the older end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.http import Client
from tests.support.renamed_clinic import FIRST, TOLD, Clinic, other_names


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    clinic = Clinic.at(tmp_path_factory.mktemp("renamed"))
    clinic.put("2026", FIRST)
    clinic.put("2027", TOLD, **other_names())
    return clinic


@pytest.fixture(scope="module")
def portal(clinic: Clinic) -> Iterator[Client]:
    with clinic.portal() as client:
        yield client


@pytest.fixture(autouse=True)
def _during_the_notice(clinic: Clinic) -> None:
    clinic.clock[0] = TOLD + timedelta(days=30)
