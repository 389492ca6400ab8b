"""A damaged store over HTTP: the damage is told, no wrong number is shown, nothing hangs, and all else goes on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from datasets import fingerprint
from datasets.public_releases import PublicReleases
from portal.public.app import PortalOptions, create_app
from tests.support.html_pages import Document, faults
from tests.support.http import Client, client_of
from tests.support.public_scene import PublicScene, spoil
from tests.support.releases import NOW, make_demo_store
from tests.support.tiny_releases import NOW as TINY_NOW

PAGE = "/datasets/notifiable-diseases"
DATA = "/api/v1/datasets/notifiable-diseases/tables/by-month/data"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_demo_store(tmp_path_factory.mktemp("store") / "data").root


@pytest.fixture
def root(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "data")


@pytest.fixture
def releases(root: Path, monkeypatch: pytest.MonkeyPatch) -> PublicReleases:
    # Files count as long unchanged: what was checked once is remembered.
    monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", -1)
    return PublicReleases(root, root / "public-key.pem", lambda: NOW)


@pytest.fixture
def client(root: Path, releases: PublicReleases) -> Iterator[Client]:
    app = create_app(PortalOptions(root, root / "public-key.pem"), releases)
    app.state.services.catalog.refresh()
    with client_of(app) as client:
        yield client


def object_of(releases: PublicReleases, path: str, dataset: str = "notifiable-diseases") -> Path:
    return releases.file(releases.latest(dataset), path).path


def longer(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"more")


def another(path: Path) -> None:
    """Put a sound file of another content in its place."""
    other = next(each for each in path.parents[1].rglob("*") if each.is_file() and each != path)
    content = other.read_bytes()
    path.unlink()
    path.write_bytes(content)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGES = [spoil, longer, another, pipe, Path.unlink]


@pytest.mark.parametrize("seen", [True, False], ids=["seen before", "fresh"])
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", ["data/by-month.parquet", "methods.md", "codelists/sex-demo.csv"])
def test_a_page_of_a_damaged_release_says_so(
    client: Client, releases: PublicReleases, file: str, damage: Callable[[Path], None], seen: bool
) -> None:
    chart = f"{PAGE}/releases/2024.2/charts/by-month.svg"
    path = object_of(releases, file)
    if seen:
        assert [client.get(url).status_code for url in (PAGE, f"/en{PAGE}", chart)] == [200, 200, 200]
    damage(path)

    for url in (PAGE, f"/en{PAGE}", f"{PAGE}/releases/2024.2", chart):
        response = client.get(url)
        assert (response.status_code, response.headers["cache-control"]) == (503, "no-store"), url
        document = Document(response.text)
        assert faults(document) == []
        said = " ".join(document.visible)
        expected = "This data is damaged" if url.startswith("/en") else "Dữ liệu này bị hỏng"
        assert expected in said
        assert "38" not in said, "no number of the release"
        assert str(path) not in response.text
    assert client.get("/datasets/hospital-visits").status_code == 200
    assert client.get("/datasets").status_code == 200


DATA = "/api/v1/datasets/notifiable-diseases/tables/by-month/data"


@pytest.mark.parametrize("damage", DAMAGES)
def test_answers_of_a_table_that_was_read_before_its_damage_stay_right(
    client: Client, releases: PublicReleases, damage: Callable[[Path], None]
) -> None:
    before = client.json(DATA)
    damage(object_of(releases, "data/by-month.parquet"))
    assert client.json(DATA)["data"] == before["data"]
    assert client.get(PAGE).status_code == 503


@pytest.mark.parametrize("damage", DAMAGES)
def test_answers_of_a_table_that_was_damaged_before_give_503(
    client: Client, releases: PublicReleases, damage: Callable[[Path], None]
) -> None:
    damage(object_of(releases, "data/by-month.parquet"))
    assert client.get(DATA).status_code == 503


def test_a_page_answers_again_when_the_file_is_restored(client: Client, releases: PublicReleases) -> None:
    path = object_of(releases, "data/by-month.parquet")
    before, content = client.get(PAGE), path.read_bytes()
    spoil(path)
    assert client.get(PAGE).status_code == 503
    path.write_bytes(content)
    assert client.get(PAGE).text == before.text


@pytest.mark.parametrize("damage", [spoil, pipe])
def test_what_shows_an_example_finds_another_one(client: Client, root: Path, damage: Callable[[Path], None]) -> None:
    assert client.get("/api").status_code == 200
    damage(root / "releases" / "notifiable-diseases" / "2024.2.json")
    damage(root / "releases" / "administrative-units" / "2025.1.json")
    for url in ("/api", "/en/api", "/api/v1/openapi.json", "/", "/datasets", "/api/v1/datasets"):
        response = client.get(url)
        assert response.status_code == 200, url
    assert "hospital-visits" in client.get("/api").text


def test_pages_hash_nothing_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = client.get(PAGE)
    monkeypatch.setattr("datasets.verified_objects.sha256_of_stream", lambda _: pytest.fail("hashed again"))
    monkeypatch.setattr("datasets.package_zip.sha256_of_file", lambda _: pytest.fail("hashed again"))
    again = client.get(PAGE)
    assert (again.status_code, again.text) == (200, before.text)


# Embargo --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [spoil, longer, pipe])
def test_a_damaged_embargoed_release_answers_as_a_missing_one(
    client: Client, root: Path, damage: Callable[[Path], None]
) -> None:
    damage(root / "releases" / "notifiable-diseases" / "2025.1.json")
    for url in (
        "/api/v1/datasets/notifiable-diseases/releases/{}",
        "/files/notifiable-diseases/{}.zip",
        "/files/notifiable-diseases/{}/README.md",
        "/datasets/notifiable-diseases/releases/{}",
        DATA + "?release={}",
    ):
        hidden, missing = client.get(url.format("2025.1")), client.get(url.format("2077.1"))
        assert hidden.status_code == missing.status_code == 404
        assert hidden.text.replace("2025.1", "X") == missing.text.replace("2077.1", "X")
        assert dict(hidden.headers) == dict(missing.headers)
    assert client.json("/health")["damaged"] == 0


# Health ---------------------------------------------------------------------------------------------------------------


def test_a_sound_store_is_ok(client: Client) -> None:
    assert client.json("/health") == {
        "status": "ok", "datasets": 4, "catalog": "current", "store": "readable", "damaged": 0, "damaged_releases": []
    }  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("what", ["object", "envelope"])
def test_health_tells_what_is_damaged(
    client: Client, releases: PublicReleases, root: Path, damage: Callable[[Path], None], what: str
) -> None:
    assert client.get(PAGE).status_code == 200
    envelope = root / "releases" / "notifiable-diseases" / "2024.2.json"
    damage(object_of(releases, "data/by-month.csv") if what == "object" else envelope)

    response = client.get("/health")
    assert response.status_code == 200
    told = response.json()
    assert (told["status"], told["damaged"]) == ("degraded", 1)
    assert told["damaged_releases"] == ["notifiable-diseases 2024.2"]


def test_health_of_a_store_that_is_gone(client: Client, root: Path) -> None:
    (root / "releases").rename(root / "elsewhere")
    told = client.json("/health")
    assert (told["status"], told["store"], told["datasets"]) == ("degraded", "missing", 0)


def test_health_of_a_store_that_cannot_be_read(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("datasets.verified_reads.stamp_of_folder", refuse)
    for url in ("/health", "/api/v1/datasets"):
        response = client.get(url)
        assert (response.status_code, response.json()["type"]) == (503, "urn:ytemo:store-unavailable")
    assert client.get("/datasets/notifiable-diseases").status_code == 503


# Withdrawn for good ---------------------------------------------------------------------------------------------------


@pytest.fixture
def withdrawn(tmp_path: Path) -> Iterator[Client]:
    public = PublicScene(tmp_path)
    public.add("1")
    public.withdraw(1)
    public.now = TINY_NOW + timedelta(days=1)
    app = create_app(PortalOptions(public.root, public.root / "public-key.pem"), public.releases)
    with client_of(app) as client:
        yield client


@pytest.mark.parametrize("path", ["", "/releases/latest", "/releases/2025", "/releases/2025.1"])
def test_a_dataset_that_is_all_withdrawn_has_a_page(withdrawn: Client, path: str) -> None:
    for language, parts in {
        "": ("Giới tính", "Sai số liệu.", "01/03/2026"),
        "/en": ("Sex", "Wrong figures.", "1 March 2026"),
    }.items():
        response = withdrawn.get(f"{language}/datasets/sexes{path}")
        assert response.status_code == 410
        document = Document(response.text)
        assert faults(document) == []
        said = " ".join(document.visible)
        assert [part for part in parts if part not in said] == []


@pytest.mark.parametrize("path", ["", "?release=2025", "/releases/2025.1", "/codelists/sex", "/tables/any/data"])
def test_a_dataset_that_is_all_withdrawn_has_a_problem(withdrawn: Client, path: str) -> None:
    response = withdrawn.get(f"/api/v1/datasets/sexes{path}")
    problem = response.json()
    assert (response.status_code, problem["type"]) == (410, "urn:ytemo:release-withdrawn")
    assert problem["withdrawn"] == {
        "dataset": "sexes",
        "release": "2025.1",
        "title": {"vi": "Giới tính", "en": "Sex"},
        "withdrawn_at": "2026-03-01T09:30:00Z",
        "reason": {"vi": "Sai số liệu.", "en": "Wrong figures."},
    }
