"""Texts that nobody types: halves of characters, towers of marks, addresses without end; the good is kept."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.harvest import ckan
from catalog.harvest.description import Description, item_of
from catalog.harvest.plain_text import plain_text
from catalog.harvest.records import Page
from catalog.harvest.run import Conditions, Report, harvest
from catalog.harvest.sources import Source
from datasets.outbound.addresses import joined
from datasets.outbound.faults import RemoteFault
from datasets.text import Bilingual
from tests.support.remote_catalogs import Ckan, Oai, Remote, Reply, listening, package

NOW = datetime(2026, 11, 26, tzinfo=UTC)
HALF = "\ud83d"
TOWER = "a" + "\u0300\u0327" * 400_000


def source(protocol: Any = "ckan", address: str = "https://there.example.org") -> Source:
    return Source(
        id="there", title=Bilingual(vi="Ở đó", en="There"), protocol=protocol, address=address, allow_private=True
    )


def run(root: Path, remote: Remote, protocol: str, path: str = "") -> Report:
    conditions = Conditions(now=lambda: NOW, sleep=lambda _: None)
    return harvest(source(protocol, remote.address + path), root / "there", conditions)


HALVES: list[dict[str, Any]] = [
    {"id": HALF},
    {"name": HALF},
    {"title": f"Sởi {HALF}"},
    {"notes": f"<p>{HALF}</p>"},
    {"metadata_modified": HALF},
    {"license_id": f"<b>{HALF}"},
    {"tags": [{"name": HALF}]},
    {"organization": {"title": HALF}},
    {"extras": [{"key": "identifier", "value": HALF}, {"key": "temporal_end", "value": f"2024-01-01{HALF}10:00"}]},
    {"resources": [{"name": HALF, "url": f"https://x.example.org/{HALF}", "format": HALF}]},
]


@pytest.mark.parametrize("more", HALVES)
def test_half_a_character_costs_no_other_record(more: dict[str, Any], tmp_path: Path) -> None:
    packages = {"1": package(1), "2": package(2, **more), "3": package(3)}
    with listening(Remote(Ckan(packages))) as remote:
        report = run(tmp_path, remote, "ckan")
    assert report.failure is None
    assert report.counts.present + report.counts.refused == 3
    assert report.counts.present >= 2


def test_half_a_character_in_a_list_of_names_costs_nothing(tmp_path: Path) -> None:
    packages = {"1": package(1), "2": package(2, name=HALF)}
    with listening(Remote(Ckan(packages, hidden_from_search={"2"}))) as remote:
        remote.fault = lambda _, path, reply: (
            Reply(body=reply.body.replace(b'"count": 1', b'"count": 2')) if "rows=0" in path else reply
        )
        report = run(tmp_path, remote, "ckan")
    assert (report.failure, report.counts.present) == (None, 1)


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        (
            "/c.ttl",
            "text/turtle",
            "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."
            ' <http://a/1> a dcat:Dataset; dct:title "Sởi" ; dct:identifier "\\uD83D" .',
        ),
        (
            "/c.jsonld",
            "application/ld+json",
            json.dumps(
                {
                    "@id": "https://a.example.org/1",
                    "@type": "http://www.w3.org/ns/dcat#Dataset",
                    "http://purl.org/dc/terms/title": "Sởi",
                    "http://purl.org/dc/terms/identifier": HALF,
                }
            ),
        ),
    ],
)
def test_half_a_character_in_rdf(path: str, kind: str, body: str, tmp_path: Path) -> None:
    with listening(Remote(lambda *_: Reply(body=body.encode(), kind=kind))) as remote:
        report = run(tmp_path, remote, "dcat", path)
    assert (report.failure, report.counts.present) == (None, 1)


def test_a_page_that_cannot_be_written_ends_its_own_run_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.harvest.run.READERS", {"ckan": lambda _: iter([Page(next=HALF)])})
    with listening(Remote(Ckan({}))) as remote:
        report = run(tmp_path, remote, "ckan")
    assert report.failure is not None
    assert report.failure.rule == "sent what cannot be written down"


def test_what_rdf_of_others_holds_is_not_written_to_the_screen(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = b"<http://a/1> a <http://www.w3.org/ns/dcat#Dataset\\u001b[31m{> ."
    with listening(Remote(lambda *_: Reply(body=body, kind="text/turtle"))) as remote:
        assert run(tmp_path, remote, "dcat", "/c.ttl").failure is None
    assert caplog.records == []


# What takes the square of its length ----------------------------------------------------------------------------------


def test_towers_of_marks_are_read_at_once() -> None:
    began = time.monotonic()
    found = plain_text(TOWER)
    assert len(found) <= 9
    for field in ("titles", "summaries", "publisher"):
        given: dict[str, Any] = {"remote_id": "r", "titles": {"": "x"}, field: {"": TOWER}}
        assert item_of(Description(**given), source(), NOW).record is not None
    about = Description(
        remote_id="r", titles={"": "x"}, keywords=(("", TOWER),), themes=(TOWER,), frequency=TOWER, licence=TOWER
    )
    assert item_of(about, source(), NOW).record is not None
    with pytest.raises(RemoteFault, match="no address"):
        joined(f"//{TOWER}/", "https://x.example.org/")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("text", ["Tiếng Việt: ở, ự, ỗ, ấ", "a----------b", "e\u0302\u0301" * 9, "שָׁ֑ל֖וֹם"])
def test_marks_of_languages_stay(text: str) -> None:
    assert len(plain_text(text)) >= 9 or text in plain_text(text)
    assert plain_text(plain_text(text)) == plain_text(text)


def test_a_package_of_ckan_with_a_tower_in_every_place() -> None:
    began = time.monotonic()
    found = ckan.describe(package(1, title=TOWER, tags=[{"name": TOWER}] * 5, groups=[{"title": TOWER}]), "https://x")
    assert item_of(found, source(), NOW).record is not None
    assert time.monotonic() - began < 5


# What has no end ------------------------------------------------------------------------------------------------------


def test_a_source_that_sends_more_than_there_is_room_for_keeps_what_was_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = {str(number): package(number) for number in range(3)}
    with listening(Remote(Ckan(packages))) as remote, monkeypatch.context() as changed:
        changed.setattr("catalog.harvest.run.MAX_KEPT", 10)
        failed = run(tmp_path, remote, "ckan").failure
    assert failed is not None
    assert "MiB of records" in failed.rule


def test_a_list_of_identifiers_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Oai({f"oai:r:{n}": (f"Bộ {n}", "2026-10-01T00:00:00Z") for n in range(120)})
    answer.keeps_deleted = False
    with listening(Remote(answer)) as remote:
        assert run(tmp_path, remote, "oai-pmh", "/oai").counts.present == 120
        monkeypatch.setattr("catalog.harvest.oai.MAX_RECORDS", 90)
        listed = run(tmp_path, remote, "oai-pmh", "/oai").failure
    assert listed is not None
    assert listed.rule == "lists more than 90 records"
