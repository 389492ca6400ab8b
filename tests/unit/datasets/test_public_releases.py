"""The public sees what is signed and past its embargo, as soon as it is there, and nothing that was withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from datasets.errors import (
    DatasetNotFound,
    ReleaseNotFound,
    ReleaseWithdrawn,
)
from tests.support.public_scene import PublicScene
from tests.support.tiny_releases import NOW, REASON

EMBARGO = NOW + timedelta(days=30)


# Finding --------------------------------------------------------------------------------------------------------------


def test_an_empty_store_has_nothing(public: PublicScene) -> None:
    assert public.releases.datasets() == ()
    with pytest.raises(DatasetNotFound, match="sexes"):
        public.releases.latest("sexes")


@pytest.mark.usefixtures("age")
def test_a_release_is_seen_as_soon_as_it_is_published(public: PublicScene) -> None:
    first = public.releases.stamp()
    for version in (1, 2, 3):
        public.add(str(version))
        assert public.releases.latest("sexes").version == version
    public.add(dataset="ages")

    assert public.releases.datasets() == ("ages", "sexes")
    assert public.releases.stamp() != first


def test_the_newest_edition_comes_first(public: PublicScene) -> None:
    for edition, content in (("2024", "a"), ("2025", "b"), ("2023", "c"), ("2024", "d")):
        public.add(content, edition=edition)

    assert [release.name for release in public.releases.releases("sexes")] == ["2025.1", "2024.2", "2024.1", "2023.1"]
    assert [release.name for release in public.releases.editions("sexes")] == ["2025.1", "2024.2", "2023.1"]
    assert public.releases.latest("sexes").name == "2025.1"


def test_a_release_is_found_by_each_of_its_names(public: PublicScene) -> None:
    public.add("1")
    public.add("2")

    assert public.releases.find("sexes", "latest").version == 2
    assert public.releases.find("sexes", "2025").version == 2
    assert public.releases.find("sexes", "2025.1").version == 1
    assert public.releases.get("sexes", "2025", 1).description.dataset == "sexes"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "2024",
        "2025.0",
        "2025.3",
        "2025.01",
        "2025.1.1",
        "2025.",
        ".1",
        "2025.x",
        "2025.१",
        "../x",
        "2025.9999999999",
    ],
)
def test_a_release_has_no_other_name(public: PublicScene, name: str) -> None:
    public.add("1")
    with pytest.raises(ReleaseNotFound):
        public.releases.find("sexes", name)


@pytest.mark.parametrize("dataset", ["", "other", "../sexes", "sexes/", "SEXES", "sexes\x00"])
def test_a_dataset_has_no_other_name(public: PublicScene, dataset: str) -> None:
    public.add("1")
    with pytest.raises(DatasetNotFound):
        public.releases.get(dataset, "2025")


# Embargo and withdrawal -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("age")
def test_an_embargoed_release_is_exactly_as_a_missing_one(public: PublicScene) -> None:
    public.add("1")
    before = public.releases.stamp()
    public.add("2", available_from=EMBARGO)
    public.add("1", edition="2026", available_from=EMBARGO)
    public.add("1", dataset="ages", available_from=EMBARGO)

    assert public.releases.datasets() == ("sexes",)
    assert [release.name for release in public.releases.releases("sexes")] == ["2025.1"]
    assert public.releases.stamp() == before
    for missing, embargoed in (("2025.7", "2025.2"), ("2027", "2026")):
        assert answer(public, "sexes", embargoed) == answer(public, "sexes", missing)
    assert answer(public, "ages", "latest") == answer(public, "none", "latest").replace("none", "ages")


def answer(public: PublicScene, dataset: str, name: str) -> str:
    with pytest.raises((ReleaseNotFound, DatasetNotFound)) as caught:
        public.releases.find(dataset, name)
    return f"{type(caught.value)} {caught.value}"


@pytest.mark.usefixtures("age")
def test_an_embargo_ends_at_its_moment(public: PublicScene) -> None:
    public.add("1")
    public.add("2", available_from=EMBARGO)
    public.add("3", edition="2026", available_from=EMBARGO + timedelta(days=1))
    before = public.releases.stamp()

    public.now = EMBARGO - timedelta(microseconds=1)
    assert public.releases.latest("sexes").name == "2025.1"
    public.now = EMBARGO
    release = public.releases.latest("sexes")
    assert release.name == "2025.2"
    assert public.releases.stamp() != before
    public.now = EMBARGO - timedelta(seconds=1)  # the clock was set back
    assert public.releases.latest("sexes").name == "2025.1"
    with pytest.raises(ReleaseNotFound):
        public.releases.file(release, "README.md")


@pytest.mark.usefixtures("age")
def test_a_withdrawn_release_is_listed_with_its_reason_and_not_served(public: PublicScene) -> None:
    public.add("1")
    public.add("2")
    held = public.releases.latest("sexes")
    before = public.releases.stamp()
    public.withdraw(2)

    assert public.releases.stamp() != before
    assert public.releases.latest("sexes").version == 1
    newest = public.releases.releases("sexes")[0]
    assert newest.withdrawal is not None
    assert newest.withdrawal.reason == REASON
    with pytest.raises(ReleaseWithdrawn, match=r"Wrong figures\. GET /api/v1/datasets/sexes/releases tells"):
        public.releases.get("sexes", "2025", 2)
    with pytest.raises(ReleaseWithdrawn):
        public.releases.file(held, "README.md")
    with pytest.raises(ReleaseWithdrawn):
        public.releases.package_zip(held)
    assert public.releases.envelope(held) == public.envelope("2025.2").read_bytes()


def test_the_day_of_a_withdrawal_is_that_of_viet_nam(public: PublicScene) -> None:
    public.add("1")
    late = datetime(2026, 11, 25, 18, 30, tzinfo=UTC)
    public.store.withdraw("sexes", "2025", 1, reason=REASON, signer=public.signer, now=late)
    public.now = late + timedelta(days=1)
    with pytest.raises(ReleaseWithdrawn, match="was withdrawn on 2026-11-26"):
        public.releases.find("sexes", "2025.1")


def test_a_dataset_whose_releases_are_all_withdrawn_says_so(public: PublicScene) -> None:
    public.add("1")
    public.withdraw(1)

    assert public.releases.datasets() == ()
    assert len(public.releases.releases("sexes")) == 1
    for name in ("latest", "2025", "2025.1"):
        with pytest.raises(ReleaseWithdrawn):
            public.releases.find("sexes", name)
