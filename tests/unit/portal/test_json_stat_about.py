"""What a JSON-stat document says of its release: nothing that is not so, and made-up data first."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.public_releases import PublicRelease
from portal.public.json_stat_about import about_cells, table_label
from portal.shared.links import Links
from tests.support.releases import DemoStore, make_demo_store

ADDRESS = "https://data.example.org"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(Path(tmp_path_factory.mktemp("store")) / "data")


def undisclosed(release: PublicRelease) -> PublicRelease:
    about = release.description.model_copy(update={"disclosure": None})
    return PublicRelease(release.manifest.model_copy(update={"description": about}), release.envelope_sha256)


def test_it_says_which_release_it_is_of_and_how_to_cite_it(demo: DemoStore) -> None:
    release = demo.releases.latest("notifiable-diseases")
    (table,) = [each for each in release.description.tables if each.id == "by-month"]
    about = about_cells(release, table, "en", Links(ADDRESS))
    assert about.label == "Notifiable diseases. By province, month and sex, 2024"
    assert about.source == "Ministry of Health, from Department of Disease Prevention"
    assert about.updated == "2025-02-01T00:00:00Z"
    assert about.extension["release"] == {
        "dataset": "notifiable-diseases",
        "edition": "2024",
        "release": "2024.2",
        "table": "by-month",
        "envelope_sha256": release.envelope_sha256,
    }
    assert str(about.extension["citation"]).endswith(f"{ADDRESS}/en/datasets/notifiable-diseases/releases/2024.2")
    assert about.notes[0].startswith("A null is not a zero")
    assert len(about.notes) == 2
    assert table_label(release, table).vi.endswith(", 2024")


def test_made_up_data_says_so_first_and_addresses_are_told_where_they_are_known(demo: DemoStore) -> None:
    release = undisclosed(demo.releases.latest("hospital-visits"))
    about = about_cells(release, release.description.tables[0], "vi", Links())
    assert about.notes[0].startswith("Số liệu giả lập")
    assert len(about.notes) == 2
    assert "http" not in str(about.extension["citation"])
    assert about.extension["synthetic"] is True


def test_an_embargoed_release_is_of_the_moment_in_which_it_appeared(demo: DemoStore) -> None:
    release = demo.releases.latest("notifiable-diseases")
    later = release.manifest.model_copy(update={"available_from": release.manifest.published_at.replace(year=2026)})
    about = about_cells(PublicRelease(later, ""), release.description.tables[0], "en", Links())
    assert about.updated == "2026-02-01T00:00:00Z"
