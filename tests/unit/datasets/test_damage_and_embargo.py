"""Damage never tells that there is an embargoed release, and damage to a public one is never taken for its absence."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from datasets import fingerprint, verified_reads
from datasets.envelope import legible_appearance
from datasets.errors import DatasetNotFound, ReleaseNotFound, StoreUnavailable, VerificationFailed
from datasets.public_releases import PublicReleases
from tests.support.public_scene import PublicScene, spoil
from tests.support.tiny_releases import NOW

EMBARGO = NOW + timedelta(days=30)


def cut(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:200])


def empty(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"")


def remove_dates(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"2026-0", b"2026-\xff"))


def backdate(path: Path) -> None:
    """Let the embargo end before the release was published, as damage to a digit would."""
    path.chmod(0o644)
    content = path.read_bytes()
    assert b'"available_from":"2026-03-31' in content
    path.write_bytes(content.replace(b'"available_from":"2026', b'"available_from":"2016'))


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGES = [spoil, cut, empty, remove_dates, backdate, pipe]


def told(releases: PublicReleases, dataset: str, name: str) -> str:
    with pytest.raises((ReleaseNotFound, DatasetNotFound, VerificationFailed)) as caught:
        releases.find(dataset, name)
    return f"{type(caught.value)} {caught.value}"


@pytest.mark.usefixtures("age")
@pytest.mark.parametrize("seen", [True, False], ids=["seen before", "fresh"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_embargoed_release_is_as_a_missing_one(
    public: PublicScene, damage: Callable[[Path], None], seen: bool
) -> None:
    public.add("1")
    public.add("1", edition="2026", available_from=EMBARGO)
    public.add("1", dataset="ages", available_from=EMBARGO)
    releases = public.releases if seen else public.open()
    if seen:
        assert releases.datasets() == ("sexes",)
    before = public.open().stamp()
    damage(public.envelope("2026.1"))
    damage(public.root / "releases" / "ages" / "2025.1.json")

    assert told(releases, "sexes", "2026.1") == told(releases, "sexes", "2027.1")
    assert told(releases, "ages", "latest") == told(releases, "none", "latest").replace("none", "ages")
    assert (releases.datasets(), releases.damaged(), releases.stamp()) == (("sexes",), (), before)
    assert len(public.open().problems()) == 2, "staff see it"


def test_a_clock_that_is_behind_is_known_by_what_was_signed_after_it(public: PublicScene) -> None:
    public.add("1", available_from=EMBARGO)
    public.add("2", dataset="ages")
    spoil(public.root / "releases" / "ages" / "2025.1.json")
    releases = public.open()
    assert not releases.is_clock_behind()
    public.now = NOW - timedelta(minutes=59)
    assert not releases.is_clock_behind()
    public.now = NOW - timedelta(days=1)
    assert releases.is_clock_behind()


@pytest.mark.parametrize("damage", [cut, empty, remove_dates, pipe, Path.unlink])
def test_damage_to_what_was_seen_is_no_absence(public: PublicScene, damage: Callable[[Path], None]) -> None:
    public.add("1")
    public.add("2")
    assert public.releases.latest("sexes").version == 2
    damage(public.envelope("2025.2"))

    assert "VerificationFailed" in told(public.releases, "sexes", "2025.2")
    assert public.releases.damaged() == ("sexes 2025.2",)


def test_damage_that_leaves_the_dates_is_no_absence(public: PublicScene) -> None:
    public.add("1")
    spoil(public.envelope("2025.1"))

    assert "VerificationFailed" in told(public.releases, "sexes", "latest")
    assert public.releases.damaged() == ("sexes 2025.1",)


def test_the_damage_shows_when_the_embargo_ends(public: PublicScene) -> None:
    public.add("1")
    public.add("2", available_from=EMBARGO)
    spoil(public.envelope("2025.2"))
    assert "ReleaseNotFound" in told(public.releases, "sexes", "2025.2")

    public.now = EMBARGO
    assert "VerificationFailed" in told(public.releases, "sexes", "2025.2")


def test_a_damaged_tombstone_of_an_embargoed_release_tells_nothing(public: PublicScene) -> None:
    public.add("1")
    public.add("2", available_from=EMBARGO)
    public.withdraw(2)
    spoil(public.envelope("2025.2.withdrawn"))

    assert told(public.open(), "sexes", "2025.2") == told(public.open(), "sexes", "2025.3")


def test_no_text_of_a_description_passes_for_its_dates(public: PublicScene) -> None:
    content = public.add("1", available_from=EMBARGO).model_dump_json().encode()
    hostile = b'{"changes":"\\"available_from\\":\\"2020-01-01T00:00:00Z\\"' + content
    assert legible_appearance(hostile) == EMBARGO
    twice = content + b'"available_from":"2020-01-01T00:00:00Z"'
    assert legible_appearance(twice) is None
    assert legible_appearance(content.replace(b"2026-03", b"2026-13")) is None


# What is known of damage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("checked", [True, False], ids=["checked before", "never checked"])
def test_missing_and_changed_files_are_known_without_hashing_the_rest(
    public: PublicScene, monkeypatch: pytest.MonkeyPatch, checked: bool
) -> None:
    monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", -1)
    public.add("1")
    assert public.releases.damaged() == ()
    if checked:
        public.releases.check_files(public.releases.latest("sexes"))
    spoil(public.object("codelists/sex.csv"))
    # What was never hashed is not hashed for a look: that is left to `ytemo verify`.
    assert public.releases.damaged() == (("sexes 2025.1",) if checked else ())
    public.object("codelists/sex.csv").unlink()
    assert public.releases.damaged() == ("sexes 2025.1",)


def test_files_of_a_withdrawn_release_are_not_missed(public: PublicScene) -> None:
    public.add("1")
    path = public.object("README.md")
    public.withdraw(1)
    path.unlink()
    assert public.releases.damaged() == ()


def test_a_store_that_cannot_be_read_says_so(public: PublicScene, monkeypatch: pytest.MonkeyPatch) -> None:
    public.add("1")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("stamp_of_folder", "stamp_of"):
        monkeypatch.setattr(verified_reads, name, refuse)
    with pytest.raises(StoreUnavailable, match="Permission denied"):
        public.releases.datasets()
    monkeypatch.undo()
    monkeypatch.setattr("os.listdir", refuse)
    with pytest.raises(StoreUnavailable, match="Permission denied"):
        public.open().datasets()
    assert public.releases.can_be_read()
