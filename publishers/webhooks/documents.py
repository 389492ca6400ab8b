"""What is posted: an event as CloudEvents 1.0 in JSON, with names, hashes and addresses, and no figure of the data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Protocol

from datasets.text import Bilingual, Language
from publishers.webhooks.events import Event

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
PING = "ytemo.ping"


class Addresses(Protocol):
    """The addresses that an event names; `portal.shared.links.Links` has them all."""

    def absolute(self, path: str) -> str: ...

    def api(self, path: str) -> str: ...

    def release(self, dataset: str, release: str, language: Language) -> str: ...

    def file(self, dataset: str, release: str, path: str) -> str: ...

    def package(self, dataset: str, release: str) -> str: ...


def document(event: Event, addresses: Addresses) -> bytes:
    """Return the body that tells of ``event``: the same bytes at each attempt."""
    subject = f"{event.dataset}/{event.release.name}"
    head = {"id": event.id, "type": f"ytemo.{event.kind}", "subject": subject, "time": _moment(event.time)}
    data = {**_described(event), "links": _links(event, addresses), **_news(event)}
    return _cloud_event(head, data, addresses)


def ping(ping_id: str, subscriber: str, now: datetime, addresses: Addresses) -> bytes:
    """Return the body of a trial: it tells of nothing."""
    head = {"id": ping_id, "type": PING, "subject": subscriber, "time": _moment(now)}
    return _cloud_event(head, {"kind": "ping", "subscriber": subscriber}, addresses)


def _described(event: Event) -> dict[str, Any]:
    release, about = event.release, event.release.description
    return {
        "kind": event.kind,
        "dataset": release.dataset,
        "edition": release.edition,
        "version": release.version,
        "release": release.name,
        "title": _both(about.title),
        "publisher": about.publisher.id,
        "theme": about.theme,
        "licence": about.licence,
        "synthetic": about.synthetic,
        "period": {"start": about.period_start, "end": about.period_end},
        "available_from": _moment(release.manifest.available_from),
        "envelope_sha256": release.envelope_sha256,
    }


def _news(event: Event) -> dict[str, Any]:
    """Return what changed, or why the release was withdrawn."""
    manifest, withdrawal = event.release.manifest, event.release.withdrawal
    if withdrawal is not None:
        return {"withdrawn_at": _moment(withdrawal.withdrawn_at), "reason": _both(withdrawal.reason)}
    descriptor = manifest.file("datapackage.json")
    hashed = {"datapackage_sha256": descriptor.sha256} if descriptor else {}
    return {"changes": _both(manifest.changes), **hashed}


def _cloud_event(head: dict[str, str], data: dict[str, Any], addresses: Addresses) -> bytes:
    event = {
        "specversion": "1.0",
        "source": addresses.absolute(""),
        **head,
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _links(event: Event, addresses: Addresses) -> dict[str, str]:
    """Return where to go on; files of a withdrawn release are handed out no more."""
    dataset, name = event.dataset, event.release.name
    found = {
        "page_vi": addresses.release(dataset, name, "vi"),
        "page_en": addresses.release(dataset, name, "en"),
        "api": addresses.api(f"datasets/{dataset}/releases/{name}"),
    }
    if event.release.withdrawal is None:
        found["datapackage"] = addresses.file(dataset, name, "datapackage.json")
        found["package"] = addresses.package(dataset, name)
    return {key: addresses.absolute(path) for key, path in found.items()}


def _both(text: Bilingual) -> dict[str, str]:
    return {"vi": text.vi, "en": text.en}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
