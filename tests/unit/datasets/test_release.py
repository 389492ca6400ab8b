"""A manifest holds together: one release, one file to a path, paths that stay inside the package."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from datasets.release import FileEntry, Manifest
from tests.support.tiny_releases import CHANGES, NOW, tiny_description, tiny_package


def manifest(tmp_path: Path, **changes: Any) -> Manifest:
    values: dict[str, Any] = {
        "dataset": "sexes",
        "edition": "2025",
        "version": 1,
        "published_at": NOW,
        "available_from": NOW,
        "changes": CHANGES,
        "files": tiny_package(tmp_path).files,
        "description": tiny_description(),
        **changes,
    }
    return Manifest(**values)


def entry(path: str) -> FileEntry:
    return FileEntry(path=path, sha256="0" * 64, bytes=0, media_type="text/plain")


def test_a_file_is_found_by_its_path(tmp_path: Path) -> None:
    found = manifest(tmp_path).file("README.md")

    assert found is not None
    assert found.media_type == "text/plain"
    assert manifest(tmp_path).file("readme.md") is None


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "data/../x", "data//x", "data/", ".x", "data/.x", "a\\b", "c:x", "a\nb", "a b"]
)
def test_a_path_stays_in_the_package(path: str) -> None:
    with pytest.raises(ValidationError, match="path"):
        entry(path)


def test_paths_differ_on_any_file_system(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="same path"):
        manifest(tmp_path, files=(entry("README.md"), entry("readme.md")))


def test_the_description_is_of_the_same_release(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="another dataset or edition"):
        manifest(tmp_path, description=tiny_description(edition="2024"))


def test_a_time_without_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="timezone"):
        manifest(tmp_path, published_at=datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


def test_parts_of_a_description_are_found_by_name() -> None:
    with pytest.raises(StopIteration):
        tiny_description().dimension("none")
    with pytest.raises(StopIteration):
        tiny_description().measure("none")
