"""What is read from a store: methods, code lists, and the day on which an edition first appeared."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from catalog.quality.command import as_json, judge_all, lines
from catalog.quality.reading import evidence_of, judged, lasting_quality
from datasets.errors import DatasetNotFound
from datasets.public_releases import PublicReleases
from datasets.release_store import ReleaseStore
from tests.support.tiny_releases import NOW, REASON, add_tiny, new_keys, tiny_package

LATER = NOW + timedelta(days=400)


def releases(root: Path) -> PublicReleases:
    return PublicReleases(root, root / "public-key.pem", now=lambda: LATER)


def test_a_correction_does_not_make_an_edition_newer(tmp_path: Path) -> None:
    root = tmp_path / "store"
    store, signer = ReleaseStore(root), new_keys(root)
    add_tiny(store, tiny_package(tmp_path / "1"), signer, available_from=NOW + timedelta(days=1))
    add_tiny(store, tiny_package(tmp_path / "2", content="2"), signer, now=NOW + timedelta(days=300))
    found = releases(root)
    newest = found.latest("sexes")
    assert newest.version == 2
    evidence = evidence_of(found, newest)
    assert evidence.appeared == date(2026, 3, 2)
    assert (evidence.methods, set(evidence.codelists)) == ("", {"sex"})
    store.withdraw("sexes", "2025", 1, reason=REASON, signer=signer, now=NOW + timedelta(days=301))
    assert evidence_of(releases(root), newest).appeared == (NOW + timedelta(days=300)).date()


def test_the_ranking_is_told_what_lasts(tmp_path: Path) -> None:
    root = tmp_path / "store"
    add_tiny(ReleaseStore(root), tiny_package(tmp_path / "1"), new_keys(root))
    found = releases(root)
    newest = found.latest("sexes")
    assert lasting_quality(found)(newest) == judged(found, newest, date(2040, 1, 1)).lasting
    assert found.today() == LATER.astimezone(UTC).date()


def test_the_worst_comes_first_and_the_damaged_are_named(tmp_path: Path) -> None:
    root = tmp_path / "store"
    store, signer = ReleaseStore(root), new_keys(root)
    for name in ("ages", "sexes"):
        add_tiny(store, tiny_package(tmp_path / name, dataset=name, content=name), signer)
    told = judge_all(releases(root), ("ages", "gone", "sexes"))
    assert [each.dataset for each in told.datasets] == ["ages", "sexes"]
    text = list(lines(told))
    assert text[0].startswith("ages 2025.1: poor, 0.")
    assert any(line.startswith("  keywords.vi in dataset.yaml, keywords.en in dataset.yaml: ") for line in text)
    assert as_json(told, date(2026, 4, 1))["judged_on"] == "2026-04-01"
    with pytest.raises(DatasetNotFound):
        judge_all(releases(root), ("gone",))
    for path in (root / "objects").rglob("*"):
        if path.is_file() and b"ages" in path.read_bytes():
            path.chmod(0o644)
            path.write_bytes(b"")
    damaged = judge_all(releases(root), ("ages", "sexes"))
    assert [each.dataset for each in damaged.datasets] == ["sexes"]
    assert damaged.problems


def test_moments_are_days_of_viet_nam(tmp_path: Path) -> None:
    root = tmp_path / "store"
    late = datetime(2026, 3, 1, 18, tzinfo=UTC)
    add_tiny(ReleaseStore(root), tiny_package(tmp_path / "1"), new_keys(root), now=late)
    found = PublicReleases(root, root / "public-key.pem", now=lambda: late)
    assert found.today() == date(2026, 3, 2)
    assert evidence_of(found, found.latest("sexes")).appeared == date(2026, 3, 2)
