"""Receivers of webhooks on a socket of this machine, releases to tell of, and signatures checked as receivers do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

from datasets.release import Manifest, PublicRelease, Withdrawal
from publishers.webhooks.events import Event, events_of
from publishers.webhooks.subscribers import Subscriber
from tests.support.loopback import on_loopback
from tests.support.tiny_releases import CHANGES, REASON, tiny_description

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = b"0123456789abcdef0123456789abcdef"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


@dataclass(frozen=True)
class Had:
    """A request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass(frozen=True)
class Reply:
    """What a receiver answers."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    wait: float = 0.0
    drip: float = 0.0
    """Seconds between the bytes of the body."""
    raw: bytes | None = None
    """Sent instead of an answer; then the connection is ended."""


@dataclass
class Receiver:
    """A server that takes events."""

    answer: Callable[[int, Had], Reply] = field(default=lambda _number, _had: Reply())
    """The answer to the n-th request, counted from 1."""
    address: str = ""
    had: list[Had] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)


@contextmanager
def receiving(answer: Callable[[int, Had], Reply] | None = None) -> Iterator[Receiver]:
    """Serve a receiver from threads, at its address."""
    receiver = Receiver(answer) if answer else Receiver()

    class Handler(_Handler):
        owner = receiver

    with on_loopback(Handler) as address:
        receiver.address = f"{address}/hook"
        yield receiver


class _Handler(BaseHTTPRequestHandler):
    owner: Receiver
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        had = Had(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.owner.had.append(had)
        self.owner.connections.add(self.client_address)
        self._send(self.owner.answer(len(self.owner.had), had))

    def _send(self, reply: Reply) -> None:
        time.sleep(reply.wait)
        if reply.raw is not None:
            self.wfile.write(reply.raw)
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            for number in range(len(reply.body) if reply.drip else 0):
                self.wfile.write(reply.body[number : number + 1])
                time.sleep(reply.drip)
            self.wfile.write(b"" if reply.drip else reply.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Write nothing."""


@contextmanager
def silent() -> Iterator[str]:
    """Listen, take connections, and never say a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


def is_signed(had: Had, key: bytes = KEY) -> bool:
    """Check a signature from the specification of Standard Webhooks, without any of our code."""
    signed = b".".join([had.id.encode(), had.headers["webhook-timestamp"].encode(), had.body])
    wanted = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return f"v1,{wanted}" in had.headers["webhook-signature"].split(" ")


def subscriber(url: str = "https://receiver.example.org/hook", **given: Any) -> Subscriber:
    """Return a subscriber whose secret is in the variable ``HOOK``."""
    fields = {"id": "portal", "url": url, "secret_variable": "HOOK", "allow_private": True, **given}
    return Subscriber.model_validate(fields)


def release(
    dataset: str = "sexes",
    edition: str = "2025",
    version: int = 1,
    *,
    hours: float = 0.0,
    embargo: float = 0.0,
    withdrawn: float | None = None,
) -> PublicRelease:
    """Return a release that came out ``hours`` after noon; times of its embargo and withdrawal are meant so too."""
    manifest = Manifest(
        dataset=dataset,
        edition=edition,
        version=version,
        published_at=NOON + timedelta(hours=hours),
        available_from=NOON + timedelta(hours=max(hours, embargo)),
        changes=CHANGES,
        files=(),
        description=tiny_description(dataset, edition),
    )
    sha256 = hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()
    if withdrawn is None:
        return PublicRelease(manifest, sha256)
    at = NOON + timedelta(hours=withdrawn)
    tombstone = Withdrawal(
        dataset=dataset, edition=edition, version=version, withdrawn_at=at, envelope=sha256, reason=REASON
    )
    return PublicRelease(manifest, sha256, tombstone)


def events(*releases: PublicRelease) -> tuple[Event, ...]:
    """Return what there is to tell of ``releases``."""
    return events_of(releases)
