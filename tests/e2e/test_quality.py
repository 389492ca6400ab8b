"""Quality as it is shown: on the page, in the API, in DCAT, and to staff before and after publication."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from rdflib import URIRef
from typer.testing import CliRunner

from catalog.quality.criteria import CRITERIA, GUARANTEES
from catalog.quality.fair import INDICATORS
from catalog.standards.rdf import DQV
from datasets.errors import DatasetNotFound
from datasets.public_releases import PublicReleases
from datasets.text import LANGUAGES, Language
from portal import cli
from portal.public.app import PortalOptions, create_app
from publishers import release_checks
from publishers.terminal import EXIT_CODES
from tests.support.clinic import write_clinic
from tests.support.dcat_shapes import read_rdf
from tests.support.html_pages import Document
from tests.support.http import Client, client_of
from tests.support.publication import NOW, Ministry

ADDRESS = "/api/v1/datasets/dengue-cases/quality"


@pytest.fixture(scope="module")
def later(shipped_ministry: Ministry) -> Iterator[Client]:
    """The same portal two and a half years later, when nothing new has come."""
    root = shipped_ministry.root
    key = root / "public-key.pem"
    app = create_app(PortalOptions(root, key), PublicReleases(root, key, now=lambda: NOW + timedelta(days=900)))
    with client_of(app) as client:
        yield client


def test_the_api_tells_every_criterion_with_reason_and_remedy(shipped: Client) -> None:
    found = shipped.json(ADDRESS)
    assert [each["key"] for each in found["criteria"]] == [each.key for each in CRITERIA if each.ours]
    assert [each["key"] for each in found["guaranteed"]] == [each.key for each in GUARANTEES]
    assert found["release"] == shipped.json("/api/v1/datasets/dengue-cases")["release"]
    assert 0 < found["lasting_score"] <= 1
    assert found["level_in_words"] == {"vi": "Tốt", "en": "Good"}
    missing = [each for each in found["criteria"] if each["state"] in ("partly", "not_met")]
    assert {each["key"] for each in missing} >= {"contact", "publisher"}
    for each in missing:
        assert each["reason"]["vi"] != each["reason"]["en"]
        assert each["remedy"]["vi"] != each["remedy"]["en"]
        assert each["places"]
    earned = sum(
        each["weight"] * {"met": 1, "partly": 0.5, "not_met": 0}[each["state"]]
        for each in found["criteria"]
        if each["state"] != "not_asked"
    )
    asked = sum(each["weight"] for each in found["criteria"] if each["state"] != "not_asked")
    assert found["score"] == pytest.approx(earned / asked, abs=1e-4)


def test_every_proof_of_an_indicator_answers(shipped: Client) -> None:
    told = shipped.json(ADDRESS)["fair"]
    assert [each["id"] for each in told["indicators"]] == [each.id for each in INDICATORS]
    assert all((each["remedy"] is None) is each["met"] for each in told["indicators"])
    assert told["areas"]["A"] == {"met": 12, "of": 12, "score": 1.0}
    for address in {each["evidence"] for each in told["indicators"]}:
        parts = urlsplit(address)
        assert shipped.get(f"{parts.path}?{parts.query}".rstrip("?")).status_code == 200, address


def test_the_answer_is_known_until_the_day_is_over(shipped: Client, later: Client) -> None:
    first = shipped.get(ADDRESS)
    assert shipped.get(ADDRESS, if_none_match=first.headers["etag"]).status_code == 304
    assert later.get(ADDRESS, if_none_match=first.headers["etag"]).status_code == 200
    assert shipped.get(f"{ADDRESS}?relase=latest").status_code == 400
    assert shipped.get("/api/v1/datasets/nothing/quality").status_code == 404


def test_a_frequency_that_is_not_kept_lowers_the_score_of_the_day_alone(shipped: Client, later: Client) -> None:
    now, then = shipped.json(ADDRESS), later.json(ADDRESS)
    assert then["score"] < now["score"]
    assert then["lasting_score"] == now["lasting_score"]
    assert {each["key"]: each["state"] for each in then["criteria"]}["frequency"] == "not_met"
    assert then["judged_on"] > now["judged_on"]
    page, before = "/datasets/dengue-cases", shipped.get("/datasets/dengue-cases").headers["etag"]
    assert later.get(page, if_none_match=before).status_code == 200
    assert "lẽ ra phải có từ ngày" in seen(later.get(page).text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_it_in_words_with_what_is_missing(shipped: Client, language: Language) -> None:
    prefix = "" if language == "vi" else "/en"
    text = seen(shipped.get(f"{prefix}/datasets/dengue-cases").text)
    vietnamese = ("Chất lượng của tập dữ liệu này", "Tốt", "Đạt 12 trên 15 tiêu chí", "Điều còn thiếu")
    english = ("Quality of this dataset", "Good", "12 of 15 criteria are met", "What is missing")
    for words in vietnamese if language == "vi" else english:
        assert words in text
    assert "## Before" not in text, "what publishers have to write is no matter of readers"
    pinned = shipped.json(ADDRESS)["release"]
    of_one_release = seen(shipped.get(f"{prefix}/datasets/dengue-cases/releases/{pinned}").text)
    assert vietnamese[0] not in of_one_release
    assert english[0] not in of_one_release


def test_the_ranking_knows_what_lasts(shipped: Client) -> None:
    for hit in shipped.json("/api/v1/search")["hits"]:
        told = shipped.json(f"/api/v1/datasets/{hit['dataset']}/quality")
        assert hit["record"]["quality"] == told["lasting_score"]


def test_dcat_holds_the_measurement(shipped: Client) -> None:
    graph = read_rdf(shipped.get("/datasets/dengue-cases.ttl").content, "ttl")
    node = URIRef("http://localhost/datasets/dengue-cases")
    (measured,) = graph.objects(node, DQV.hasQualityMeasurement)
    assert float(str(graph.value(measured, DQV.value))) == shipped.json(ADDRESS)["lasting_score"]
    assert graph.value(measured, DQV.isMeasurementOf) is not None


def seen(html: str) -> str:
    return " ".join(Document(html).visible)


def run(*arguments: object) -> tuple[int, str, str]:
    ended = CliRunner().invoke(cli.app, list(map(str, arguments)))
    return ended.exit_code, ended.stdout, ended.stderr


def test_staff_see_every_dataset_the_worst_first(shipped: Client, shipped_ministry: Ministry) -> None:
    code, out, _ = run("quality", "--data-dir", shipped_ministry.root, "--json")
    assert code == 0
    told = json.loads(out)
    scores = [each["score"] for each in told["datasets"]]
    assert scores == sorted(scores)
    assert len(scores) == shipped.json("/api/v1/datasets")["total"]
    code, out, _ = run("quality", "dengue-cases", "--data-dir", shipped_ministry.root)
    assert code == 0
    assert "dengue-cases" in out.splitlines()[0]
    assert "contact.email in dataset.yaml: " in out
    assert "health-facilities" not in out


def test_a_dataset_that_is_not_there_is_an_error(shipped_ministry: Ministry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["ytemo", "quality", "nothing", "--data-dir", str(shipped_ministry.root)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == EXIT_CODES[DatasetNotFound]


def test_a_preview_says_what_publishing_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    definition = write_clinic(tmp_path / "visits")
    arguments = ("build", definition, "--edition", "2026", "--data-dir", tmp_path / "store", "--output")
    code, out, errors = run(*arguments, tmp_path / "package")
    assert code == 0
    assert "Could be better: " in errors
    assert "in dataset.yaml: " in errors
    assert "Would be refused" not in errors
    monkeypatch.setattr("catalog.standards.checks.THEME_LABELS", {})
    code, out, _ = run(*arguments, tmp_path / "again", "--json")
    assert code == 0
    told = json.loads(out)
    assert [each.partition(":")[0] for each in told["refusals"]] == ["theme"]
    assert told["advice"]
    code, _, errors = run(*arguments, tmp_path / "third")
    assert "Would be refused when published: theme: " in errors


def test_advice_is_asked_once() -> None:
    assert release_checks.advised.count(cli.record_advice) == 1
