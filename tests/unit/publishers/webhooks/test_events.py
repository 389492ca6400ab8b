"""What is told of releases: once they are out, in the order in which that became true, with hashes and addresses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from datasets.release import FileEntry, PublicRelease
from portal.shared.links import Links
from publishers.webhooks.documents import document, ping
from publishers.webhooks.events import Event, webhook_id
from tests.support.webhooks import NOON, events, release, subscriber

LINKS = Links("https://data.example.gov.vn/")


def read(event: Event) -> dict[str, Any]:
    return dict(json.loads(document(event, LINKS)))


def with_descriptor(given: PublicRelease) -> PublicRelease:
    file = FileEntry(path="datapackage.json", sha256="a" * 64, bytes=1, media_type="application/json")
    return replace(given, manifest=given.manifest.model_copy(update={"files": (file,)}))


def test_kinds_and_order() -> None:
    told = events(
        release("sexes", version=2, hours=5),
        release("sexes", hours=1, withdrawn=6),
        release("ages", hours=2, embargo=9),
        release("ages", "2024", hours=2),
    )
    assert [each.name for each in told] == [
        "release ages 2024.1", "revision sexes 2025.2", "withdrawal sexes 2025.1", "release ages 2025.1",
    ]  # fmt: skip
    assert [each.time - NOON for each in told] == [timedelta(hours=hours) for hours in (2, 5, 6, 9)]


def test_a_withdrawal_under_embargo_is_of_the_hour_in_which_it_shows() -> None:
    (told,) = events(release(hours=1, embargo=9, withdrawn=2))
    assert (told.kind, told.time) == ("withdrawal", NOON + timedelta(hours=9))


def test_names_are_the_same_for_ever_and_for_each_another() -> None:
    (first,), (again,) = events(release()), events(release())
    (gone,), (other,) = events(release(withdrawn=1)), events(release(version=2))
    assert first.id == again.id
    assert len({first.id, gone.id, other.id}) == 3
    names = {webhook_id(subscriber(id=name), first.id) for name in ("portal", "mirror")}
    assert len(names) == 2
    assert webhook_id(subscriber(), first.id) == webhook_id(subscriber(url="https://new.example.org"), first.id)


def test_an_event_is_a_cloud_event() -> None:
    (event,) = events(with_descriptor(release("sexes", hours=1)))
    told = read(event)
    assert {key: told[key] for key in told if key != "data"} == {
        "specversion": "1.0",
        "id": event.id,
        "source": "https://data.example.gov.vn",
        "type": "ytemo.release",
        "subject": "sexes/2025.1",
        "time": "2026-03-01T13:00:00Z",
        "datacontenttype": "application/json",
    }
    data = told["data"]
    assert (data["dataset"], data["edition"], data["version"], data["release"]) == ("sexes", "2025", 1, "2025.1")
    assert data["title"] == {"vi": "Giới tính", "en": "Sex"}
    assert data["changes"] == {"vi": "Lần đầu.", "en": "First."}
    assert data["datapackage_sha256"] == "a" * 64
    assert data["envelope_sha256"] == event.release.envelope_sha256
    assert data["links"]["page_en"] == "https://data.example.gov.vn/en/datasets/sexes/releases/2025.1"
    assert data["links"]["datapackage"] == "https://data.example.gov.vn/files/sexes/2025.1/datapackage.json"
    assert document(event, LINKS) == document(event, LINKS)
    assert read(*events(release()))["data"].get("datapackage_sha256") is None


def test_a_withdrawal_tells_why_and_leads_to_no_file() -> None:
    data = read(*events(release(withdrawn=3)))["data"]
    assert data["reason"] == {"vi": "Sai số liệu.", "en": "Wrong figures."}
    assert data["withdrawn_at"] == "2026-03-01T15:00:00Z"
    assert set(data["links"]) == {"page_vi", "page_en", "api"}
    assert "changes" not in data


def test_a_ping_tells_of_nothing() -> None:
    told = json.loads(ping("ping-1", "portal", NOON, LINKS))
    assert (told["type"], told["data"]) == ("ytemo.ping", {"kind": "ping", "subscriber": "portal"})
