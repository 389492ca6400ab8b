"""What was harvested from other catalogs is found and marked, on pages and by every program, and is never ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from typer.testing import CliRunner

from datasets.text import unfit
from portal.cli import app
from portal.public.app import PortalOptions, create_app
from portal.public.dependencies import Services
from tests.e2e.test_vietnamese_pages import NAMES, said, without_names
from tests.support.html_pages import Document, dangers, faults
from tests.support.http import Client, client_of
from tests.support.portal import BASE_URL
from tests.support.releases import DemoStore, make_demo_store
from tests.support.remote_catalogs import Ckan, Dcat, Remote, listening, package
from tests.support.vietnamese_text import foreign_words, machine_looking

BIDI = "\u202egnp.exe\u2066"
HOSTILE = '<script>alert(1)</script><b onclick="x()">Bệnh <i>dại</i></b> {{ 7 * 7 }}{% raw %} ' + BIDI
RABIES = "https://stats.example.org/rabies"


@dataclass
class Scene:
    """The portal, and two catalogs of others."""

    client: Client
    services: Services
    demo: DemoStore
    ckan: Ckan
    dcat: Dcat
    sources: Path

    def harvest(self, *more: str) -> None:
        ended = CliRunner().invoke(app, ["harvest", str(self.sources), "--data-dir", str(self.demo.root), *more])
        assert ended.exit_code == 0, ended.output
        self.services.catalog.refresh()

    def search(self, **asked: str) -> Any:
        return self.client.json("/api/v1/search?" + "&".join(f"{name}={quote(text)}" for name, text in asked.items()))

    def page(self, path: str) -> Document:
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        return Document(response.text)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    demo = make_demo_store(tmp_path_factory.mktemp("store") / "data")
    hostile = package(
        3,
        title=HOSTILE,
        notes=HOSTILE,
        url="javascript:alert(1)",
        license_id='"><script>alert(1)</script>',
        organization={"name": "x", "title": HOSTILE},
        id=f"3{BIDI}",
        resources=[
            {"name": HOSTILE, "url": "javascript:alert(2)", "format": "CSV"},
            {"name": HOSTILE, "url": "https://remote.example.org/a.csv?x=1&y=<b>", "format": "<b>"},
            {"name": HOSTILE, "url": "https://remote.example.org/a.csv", "format": "CSV"},
        ],
    )
    ckan = Ckan({each["id"]: each for each in (package(1), package(2), hostile)})
    dcat = Dcat({RABIES: "Ca bệnh dại"}, {RABIES: f"<{RABIES}> dcat:landingPage <{RABIES}> ."})
    options = PortalOptions(demo.root, demo.public_key, base_url=BASE_URL)
    made = create_app(options, demo.releases)
    with listening(Remote(ckan)) as first, listening(Remote(dcat)) as second, client_of(made) as client:
        sources = demo.root.parent / "sources.yaml"
        listed: list[dict[str, Any]] = [
            {"id": "national", "title": {"vi": "Cổng quốc gia", "en": "National portal"}, "protocol": "ckan"},
            {"id": "stats", "title": {"vi": "Thống kê", "en": "Statistics office"}, "protocol": "dcat"},
        ]
        for each, address in zip(listed, (first.address, f"{second.address}/catalog.ttl"), strict=True):
            each |= {"address": address, "allow_private": True}
        sources.write_text(yaml.safe_dump({"sources": listed}, allow_unicode=True), encoding="utf-8")
        found = Scene(client, made.state.services, demo, ckan, dcat, sources)
        found.harvest()
        yield found


def harvested(answer: Any) -> list[dict[str, Any]]:
    return [hit for hit in answer["hits"] if hit["record"]["harvested"]]


# Programs -------------------------------------------------------------------------------------------------------------


def test_a_search_finds_and_marks_them(scene: Scene) -> None:
    (rabies,) = harvested(scene.search(q="benh dai", source="stats"))
    origin = rabies["record"]["harvested"]
    assert origin["source_title"] == {"vi": "Thống kê", "en": "Statistics office"}
    assert (origin["source"], origin["protocol"], origin["landing_page"]) == ("stats", "dcat", RABIES)
    assert rabies["url"] == f"{BASE_URL}/api/v1/harvested/{rabies['dataset']}"
    described = scene.client.json(rabies["url"].removeprefix(BASE_URL))
    assert described["record"] == rabies["record"]
    assert described["page"] == rabies["page"] == f"{BASE_URL}/datasets/{rabies['dataset']}"


def test_the_description_of_the_api_names_one(scene: Scene) -> None:
    operation = scene.client.json("/api/v1/openapi.json")["paths"]["/api/v1/harvested/{record}"]["get"]
    (parameter,) = (each for each in operation["parameters"] if each["in"] == "path")
    assert scene.client.json(f"/api/v1/harvested/{parameter['example']}")["record"]["harvested"]


def test_ours_and_others_can_be_asked_for_apart(scene: Scene) -> None:
    every = scene.search()
    assert (every["total"], len(harvested(every))) == (8, 4)
    assert {each["value"]: each["count"] for each in every["facets"]["status"]}["harvested"] == 4
    others = scene.search(status="harvested")
    assert others["total"] == len(harvested(others)) == 4
    assert harvested(scene.client.json("/api/v1/search?status=original&status=revised")) == []
    assert scene.search(kind="statistics")["total"] == 2
    labels = {each["value"]: each["label"]["en"] for each in every["facets"]["source"]}
    assert labels == {"national": "National portal", "stats": "Statistics office"}


def test_suggestions_name_them(scene: Scene) -> None:
    found = scene.client.json("/api/v1/suggest?q=ca%20benh%20d")["suggestions"]
    (rabies,) = (each for each in found if each["text"] == "Ca bệnh dại")
    assert scene.client.get(rabies["page"].removeprefix(BASE_URL)).status_code == 200


def test_no_standard_of_others_gives_them_out_as_ours(scene: Scene) -> None:
    client = scene.client
    for path in (
        "/catalog.ttl",
        "/catalog.jsonld",
        "/data.json",
        "/sitemap.xml",
        "/feeds/all.atom",
        "/oai?verb=ListRecords&metadataPrefix=oai_dc",
        "/api/v1/datasets",
        "/api/3/action/package_list",
        "/api/3/action/package_search?rows=100",
        "/api/3/action/package_search?q=benh&rows=100",
        "/api/3/action/current_package_list_with_resources",
        "/api/pxweb/v2/tables?query=benh",
        "/sdmx/v2/structure/dataflow",
        "/odata/v4/",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert not any(each in answer.text for each in ("national~", "stats~", "rabies", "bệnh dại")), path
    assert client.json("/api/3/action/package_search?q=benh")["result"]["count"] > 0


def test_other_addresses_do_not_know_them(scene: Scene) -> None:
    (rabies,) = harvested(scene.search(source="stats"))
    name = rabies["dataset"]
    for path in (
        f"/api/v1/datasets/{name}",
        f"/api/v1/datasets/{name}/releases",
        f"/datasets/{name}/api",
        f"/datasets/{name}.ttl",
        f"/datasets/{name}/releases/latest",
        f"/api/3/action/package_show?id={name}",
        f"/feeds/datasets/{name}.atom",
        f"/odata/v4/{name}/",
        "/api/v1/harvested/hospital-visits",
        "/api/v1/harvested/stats~none",
        "/datasets/stats~none",
        "/en/datasets/~",
    ):
        assert scene.client.get(path).status_code == 404, path


def test_an_assistant_is_told_where_they_are(scene: Scene) -> None:
    asked = {"name": "search", "arguments": {"text": "benh dai", "lang": "vi"}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked})
    answer = scene.client.post("/mcp", body, content_type="application/json", accept="application/json")
    told = answer.json()["result"]["structuredContent"]
    assert all("~" not in each["dataset"] for each in told["datasets"])
    assert "https://stats.example.org/rabies" in {each["landing_page"] for each in told["elsewhere"]}
    assert any("danh mục khác" in note for note in told["notes"])
    assert "Thống kê: Ca bệnh dại https://stats.example.org/rabies" in answer.json()["result"]["content"][0]["text"]


# Pages ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "mark"), [("", "Từ danh mục khác: Thống kê"), ("/en", "From another catalog: Statistics office")]
)
def test_people_see_that_it_is_of_another_catalog(scene: Scene, prefix: str, mark: str) -> None:
    listing = scene.page(f"{prefix}/datasets?q=benh+dai")
    assert mark in "\n".join(listing.visible)
    name = harvested(scene.search(source="stats"))[0]["dataset"]
    page = f"{prefix}/datasets/{name}"
    assert page in listing.links
    document = scene.page(page)
    assert mark in "\n".join(document.visible)
    assert faults(document) == faults(listing) == []
    (outward,) = (each for each in document.all("a") if each.attributes["href"] == RABIES)
    assert outward.attributes["rel"] == "noopener external nofollow"
    (canonical,) = (each for each in document.all("link") if each.attributes["rel"] == "canonical")
    assert canonical.attributes["href"] == RABIES
    assert any(each.attributes.get("name") == "robots" for each in document.all("meta"))


def test_the_vietnamese_page_is_in_vietnamese(scene: Scene) -> None:
    name = harvested(scene.search(source="stats"))[0]["dataset"]
    text = without_names(" ".join(said(scene.client.get(f"/datasets/{name}").text)))
    assert foreign_words(text, NAMES | {"stats", "example"}) == []
    assert machine_looking(text) == []


def test_the_page_tells_how_good_the_record_is(scene: Scene) -> None:
    found = harvested(scene.search(source="stats"))[0]
    assert found["record"]["quality"] is None or 0 <= found["record"]["quality"] <= 1
    vietnamese, english = (
        " ".join(scene.page(f"{prefix}/datasets/{found['dataset']}").visible) for prefix in ("", "/en")
    )
    assert "Chất lượng của bản mô tả này" in vietnamese
    assert "Quality of this record" in english
    assert "There are fewer than 3 keywords in a language." in english


def test_the_page_of_a_record_is_answered_once(scene: Scene) -> None:
    name = harvested(scene.search(source="stats"))[0]["dataset"]
    first = scene.client.get(f"/datasets/{name}")
    again = scene.client.get(f"/datasets/{name}", if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["content-security-policy"] == scene.client.get("/about").headers["content-security-policy"]


def test_the_first_page_shows_the_newest_of_ours_alone(scene: Scene) -> None:
    home = scene.page("/")
    assert not any("~" in each for each in home.links)
    assert "Tất cả tập dữ liệu (8)" in "\n".join(home.visible)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_hostile_words_are_words(scene: Scene, prefix: str) -> None:
    (hit,) = (each for each in harvested(scene.search(source="national")) if "dại" in each["record"]["title"]["vi"])
    origin = hit["record"]["harvested"]
    assert [each["address"] for each in origin["files"]] == ["https://remote.example.org/a.csv"]
    assert "javascript" not in json.dumps(hit)
    assert origin.pop("remote_id").endswith(BIDI)  # A name is as it is; pages write out what it hides.
    assert not set(BIDI) & set("\u202e\u2066") & set(json.dumps(hit, ensure_ascii=False))
    for path in (f"{prefix}/datasets/{hit['dataset']}", f"{prefix}/datasets?q=dai", f"{prefix}/datasets"):
        document = scene.page(path)
        assert dangers(document) == []
        assert document.problems == []
        assert "alert(1)" not in "\n".join(document.visible)
        assert unfit("".join(document.visible)) is None
        assert "49" not in document.all("title")[0].text


# Changes --------------------------------------------------------------------------------------------------------------


def test_what_is_taken_off_there_is_not_found_here(scene: Scene) -> None:
    (gone,) = (
        each for each in harvested(scene.search(q="sốt xuất huyết tỉnh 2")) if each["record"]["title"]["vi"][-1] == "2"
    )
    tag = scene.client.get("/api/v1/search?q=x").headers["etag"]
    taken = scene.ckan.packages.pop("00000000-0000-4000-8000-000000000002")
    scene.harvest("--only", "national")
    assert scene.services.catalog.state() == "current"
    assert gone["dataset"] not in {each["dataset"] for each in scene.search()["hits"]}
    assert scene.client.get(f"/datasets/{gone['dataset']}").status_code == 404
    assert scene.client.get(f"/api/v1/harvested/{gone['dataset']}").status_code == 404
    assert scene.client.get("/api/v1/search?q=x", if_none_match=tag).status_code == 200
    scene.ckan.packages[taken["id"]] = taken
    scene.harvest("--everything")
    assert scene.client.get(f"/datasets/{gone['dataset']}").status_code == 200


def test_a_broken_store_leaves_ours_and_what_is_sound(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    folder = scene.demo.root / "harvest" / "national"
    kept = {path: path.read_bytes() for path in folder.glob("gen-*.jsonl")}
    for path in kept:
        path.write_bytes(b"{}")
    try:
        scene.services.catalog.refresh()
        assert {each["record"]["harvested"]["source"] for each in harvested(scene.search())} == {"stats"}
        assert scene.search()["total"] == 5
        assert "left out of the catalog" in caplog.text
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
    scene.services.catalog.refresh()
    assert scene.search()["total"] == 8


def test_the_command_finds_them_too(scene: Scene, tmp_path: Path) -> None:
    places = ["--data-dir", str(scene.demo.root), "--index", str(tmp_path / "index")]
    environ = {"YTEMO_BASE_URL": BASE_URL, "YTEMO_PUBLIC_KEY_FILE": str(scene.demo.public_key)}
    built = CliRunner().invoke(app, ["catalog", "build", *places], env=environ)
    assert (built.exit_code, built.stderr) == (0, "")
    assert built.stdout.startswith("8 datasets")
    found = CliRunner().invoke(app, ["catalog", "search", "ca benh dai", "--json", *places], env=environ)
    assert "Ca bệnh dại" in {hit["title"] for hit in json.loads(found.stdout)["hits"]}
