"""Packages that several tests read; each is built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from publishers.package.build import Package
from tests.support.packages import build_package
from tests.support.releases import (
    codelist_contents,
    disease_contents,
    disease_definition,
    register_contents,
    visit_contents,
    visit_definition,
)


@pytest.fixture(scope="session")
def diseases(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Statistics with two tables, withheld cells, an integer and a number."""
    return build_package(disease_contents(disease_definition(), "2024"), tmp_path_factory.mktemp("diseases"))


@pytest.fixture(scope="session")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Synthetic statistics."""
    return build_package(visit_contents(visit_definition(), "2024"), tmp_path_factory.mktemp("visits"))


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """A register."""
    return build_package(register_contents(), tmp_path_factory.mktemp("register"))


@pytest.fixture(scope="session")
def codelists(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """A dataset of code lists."""
    return build_package(codelist_contents(), tmp_path_factory.mktemp("codelists"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a test builds a package of its own."""
    return tmp_path / "package"
