"""Catalogs of others on a socket of this machine, which fail as real ones do where a test asks for it."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from datasets.outbound.limits import RequestLimits
from datasets.outbound.transport import Transport
from tests.support.loopback import on_loopback

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
PAGE = 100
_HYDRA = "http://www.w3.org/ns/hydra/core#"


@dataclass
class Reply:
    """What the server sends; a test may make it worse."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    cut: int | None = None
    """Bytes after which the connection is cut although more was promised."""
    wait: float = 0.0
    """Seconds before anything is sent."""
    drip: float = 0.0
    """Seconds between the bytes."""


Answerer = Callable[[str, Mapping[str, str], "Remote"], Reply]
Fault = Callable[[int, str, Reply], Reply]
"""Makes the answer to the n-th request of an address worse; the number counts from 1 over the whole server."""


@dataclass
class Remote:
    """A server, what it answers, and what it was asked."""

    answer: Answerer
    fault: Fault | None = None
    now: datetime = BEGAN
    address: str = ""
    asked: list[str] = field(default_factory=list)
    sent: int = 0
    connections: set[Any] = field(default_factory=set)
    agents: Counter[str] = field(default_factory=Counter)

    def reset(self) -> None:
        """Forget what was asked."""
        self.asked.clear()
        self.sent = 0
        self.connections.clear()


@contextmanager
def listening(remote: Remote) -> Iterator[Remote]:
    """Serve ``remote`` from threads, at its address."""

    class Handler(_Handler):
        owner = remote

    with on_loopback(Handler) as remote.address:
        yield remote


@contextmanager
def answering(reply: Callable[[str], Reply], limits: RequestLimits) -> Iterator[tuple[Remote, Transport]]:
    """Serve what ``reply`` makes of each path, and give the way to it."""
    with listening(Remote(lambda path, headers, remote: reply(path))) as remote:
        transport = Transport(allow_private=True, limits=limits)
        try:
            yield remote, transport
        finally:
            transport.close()


class _Handler(BaseHTTPRequestHandler):
    owner: Remote
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 10

    def do_GET(self) -> None:
        remote = self.owner
        remote.asked.append(self.path)
        remote.connections.add(self.client_address)
        remote.agents[self.headers.get("User-Agent", "")] += 1
        try:
            reply = remote.answer(self.path, {name.lower(): value for name, value in self.headers.items()}, remote)
            if remote.fault:
                reply = remote.fault(len(remote.asked), self.path, reply)
            self._send(reply)
        except OSError:
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        time.sleep(reply.wait)
        body = reply.body
        if (
            "gzip" in self.headers.get("Accept-Encoding", "")
            and len(body) > 500
            and "Content-Encoding" not in reply.headers
        ):
            body = gzip.compress(body, 1)
            reply.headers["Content-Encoding"] = "gzip"
        self.send_response(reply.status)
        for name, value in {"Content-Type": reply.kind, "Content-Length": str(len(body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        body = body if reply.cut is None else body[: reply.cut]
        if reply.drip:
            for number in range(len(body)):
                self.wfile.write(body[number : number + 1])
                time.sleep(reply.drip)
        else:
            self.wfile.write(body)
        self.owner.sent += len(body)
        if reply.cut is not None:
            self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002
        return format_datetime(self.owner.now, usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Write nothing."""


# CKAN -----------------------------------------------------------------------------------------------------------------


@dataclass
class Ckan:
    """As much of CKAN's API as harvesters use, over packages that a test changes."""

    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    hidden_from_search: set[str] = field(default_factory=set)
    most_rows: int = 1_000
    """How many it gives at a time, whatever it is asked for."""

    def __call__(self, path: str, _headers: Mapping[str, str], _remote: Remote) -> Reply:
        parts = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        action = parts.path.rpartition("/")[2]
        if action == "package_search":
            return _ckan(self._search(query))
        if action == "package_list":
            return _ckan([each["name"] for each in self.packages.values()])
        if action == "package_show":
            found = [each for each in self.packages.values() if query.get("id") in (each["id"], each["name"])]
            return _ckan(found[0]) if found else _ckan_error("Not Found Error", 404)
        return Reply(400, b'"Bad request: no such action"')

    def _search(self, query: Mapping[str, str]) -> dict[str, Any]:
        found = [each for key, each in sorted(self.packages.items()) if key not in self.hidden_from_search]
        if "fq" in query:
            since = query["fq"].removeprefix("metadata_modified:[").partition("Z TO")[0]
            found = [each for each in found if str(each["metadata_modified"]) >= since]
        start, rows = int(query.get("start", 0)), min(int(query.get("rows", 10)), self.most_rows)
        return {"count": len(found), "results": found[start : start + rows], "sort": query.get("sort")}


def _ckan(result: Any) -> Reply:
    return Reply(body=json.dumps({"help": "", "success": True, "result": result}).encode())


def _ckan_error(kind: str, status: int) -> Reply:
    return Reply(status, json.dumps({"success": False, "error": {"__type": kind, "message": "x: y"}}).encode())


def package(number: int, *, modified: str = "2026-10-01T00:00:00.000000", **more: Any) -> dict[str, Any]:
    """Return a package as CKAN gives it."""
    identifier = f"00000000-0000-4000-8000-{number:012d}"
    return {
        "id": identifier,
        "name": f"bo-du-lieu-{number}",
        "title": f"Số ca sốt xuất huyết tại tỉnh {number}",
        "notes": f"<p>Số ca <b>mắc</b> &amp; tử vong, tỉnh {number}.</p>",
        "license_id": "cc-by-4.0",
        "metadata_created": "2026-01-01T00:00:00.000000",
        "metadata_modified": modified,
        "organization": {"name": "so-y-te", "title": "Sở Y tế"},
        "tags": [{"name": "sốt xuất huyết", "display_name": "sốt xuất huyết"}],
        "groups": [{"title": "Y tế dự phòng", "name": "y-te-du-phong"}],
        "extras": [{"key": "frequency", "value": "http://publications.europa.eu/resource/authority/frequency/MONTHLY"}],
        "resources": [{"name": "Số liệu", "url": f"https://remote.example.org/{number}.csv", "format": "CSV"}],
        **more,
    }


# DCAT -----------------------------------------------------------------------------------------------------------------


@dataclass
class Dcat:
    """A catalog in pages of Turtle, with entity tags; ``titles`` by the address of each dataset."""

    titles: dict[str, str]
    extra: dict[str, str] = field(default_factory=dict)
    """More Turtle about a dataset."""
    next_of: dict[int, str] = field(default_factory=dict)
    """Where a page leads instead of to the next one."""
    page_size: int = PAGE

    def __call__(self, path: str, headers: Mapping[str, str], remote: Remote) -> Reply:
        query = parse_qs(urlsplit(path).query)
        number = int(query.get("page", ["1"])[-1])
        body = self._page(number, remote.address).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if headers.get("if-none-match") == tag:
            return Reply(304, headers={"ETag": tag})
        return Reply(body=body, headers={"ETag": tag}, kind="text/turtle; charset=utf-8")

    def _page(self, number: int, address: str) -> str:
        chosen = list(self.titles.items())[(number - 1) * self.page_size : number * self.page_size]
        lines = ["@prefix dcat: <http://www.w3.org/ns/dcat#> .", "@prefix dct: <http://purl.org/dc/terms/> ."]
        for name, title in chosen:
            lines.append(f'<{name}> a dcat:Dataset ; dct:title {json.dumps(title)}@vi ; dcat:keyword "y tế"@vi .')
            lines.append(self.extra.get(name, ""))
        following = f"/catalog.ttl?page={number + 1}" if number * self.page_size < len(self.titles) else ""
        following = self.next_of.get(number, following)
        if following:
            lines.append(f"<{address}/catalog.ttl?page={number}> <{_HYDRA}next> <{following}> .")
        return "\n".join(lines)


# OAI-PMH --------------------------------------------------------------------------------------------------------------


@dataclass
class Oai:
    """A repository; of each record its title, or nothing where it was deleted, and its datestamp."""

    records: dict[str, tuple[str | None, str]]
    keeps_deleted: bool = True
    page_size: int = 50
    same_token: bool = False
    refuse_tokens: int = 0

    def __call__(self, path: str, _headers: Mapping[str, str], _remote: Remote) -> Reply:
        query = {name: values[-1] for name, values in parse_qs(urlsplit(path).query).items()}
        return Reply(body=self._answer(query).encode(), kind="text/xml")

    def _answer(self, query: Mapping[str, str]) -> str:
        verb = query["verb"]
        if verb == "Identify":
            deleted = "persistent" if self.keeps_deleted else "no"
            inner = f"<deletedRecord>{deleted}</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
            return _oai(f"<Identify>{inner}</Identify>")
        since, start = query.get("from", ""), 0
        if "resumptionToken" in query:
            if self.refuse_tokens:
                self.refuse_tokens -= 1
                return _oai('<error code="badResumptionToken">expired</error>')
            since, _, offset = query["resumptionToken"].partition("|")
            start = int(offset)
        found = [(key, *each) for key, each in self.records.items() if each[1] >= since]
        found = [each for each in found if each[1] is not None or self.keeps_deleted]
        if not found:
            return _oai('<error code="noRecordsMatch">none</error>')
        chosen = found[start : start + self.page_size]
        inner = "".join(self._record(*each, is_short=verb == "ListIdentifiers") for each in chosen)
        if start + self.page_size < len(found):
            token = f"{since}|{self.page_size if self.same_token else start + self.page_size}"
            inner += f"<resumptionToken>{token}</resumptionToken>"
        return _oai(f"<{verb}>{inner}</{verb}>")

    def _record(self, key: str, title: str | None, stamp: str, *, is_short: bool) -> str:
        status = ' status="deleted"' if title is None else ""
        header = f"<header{status}><identifier>{key}</identifier><datestamp>{stamp}</datestamp></header>"
        if is_short:
            return header
        told = f"<dc:title>{escape(title or '')}</dc:title><dc:identifier>https://r.example.org/{key}</dc:identifier>"
        dc = f'<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">{told}</oai_dc:dc>'
        return f"<record>{header}{'' if title is None else f'<metadata>{dc}</metadata>'}</record>"


def _oai(inner: str) -> str:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{inner}</OAI-PMH>'
