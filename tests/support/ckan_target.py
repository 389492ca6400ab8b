"""A CKAN that can be written to, on loopback: organisations, packages, resources and the datastore, kept in memory.

It answers as a real CKAN 2.12 was recorded to answer; the recorded calls are replayed against it in
``tests/e2e/test_mirror.py``, so that the mirror is not tested against its own author's belief of CKAN.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.ckan_datastore import Datastore
from tests.support.ckan_packages import Failure
from tests.support.loopback import on_loopback

ADMIN_TOKEN = "admin-token-of-the-target"
PLAIN_TOKEN = "plain-token-of-the-target"
_USERS = {ADMIN_TOKEN: "admin", PLAIN_TOKEN: "plain"}
READS = {
    "status_show", "organization_show", "organization_list", "group_show", "package_show", "package_list",
    "resource_show", "datastore_search", "datastore_info",
}  # fmt: skip


@dataclass
class Call:
    """One call that arrived."""

    action: str
    asked: dict[str, Any]
    headers: Mapping[str, str]
    status: int = 0


@dataclass
class Ckan(Datastore):
    """What the target holds, and the calls that it was sent; ``fault`` may spoil a call or the answer to it."""

    calls: list[Call] = field(default_factory=list)
    fault: Callable[[Call], str] = field(default=lambda _: "")
    lock: threading.RLock = field(default_factory=threading.RLock)

    def writes(self) -> list[Call]:
        """Return the calls that change something, whatever came of them."""
        return [call for call in self.calls if call.action not in READS]

    def state(self) -> dict[str, Any]:
        """Return all that is held, without what differs from one installation to another: ids and moments."""
        ids = [each["id"] for each in (*self.organizations.values(), *self.packages.values())]
        ids += [each["id"] for package in self.packages.values() for each in package["resources"]]
        names = [f"organisation {name}" for name in self.organizations] + [f"package {name}" for name in self.packages]
        names += [
            f"resource {package['name']} {each.get('ytemo_file') or each['name']}"
            for package in self.packages.values()
            for each in package["resources"]
        ]
        text = json.dumps([self.organizations, self.packages, self.tables], sort_keys=True)
        for identifier, name in zip(ids, names, strict=True):
            text = text.replace(identifier, name)
        organizations, packages, tables = json.loads(re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", "moment", text))
        return {"organizations": organizations, "packages": packages, "tables": tables}

    def status_show(self, _user: str, _asked: dict[str, Any]) -> Any:
        return {"ckan_version": "2.12.0", "site_title": "Target", "site_description": "", "site_url": self.address,
                "error_emails_to": "", "locale_default": "en", "extensions": ["datastore"]}  # fmt: skip


# Over HTTP ------------------------------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    ckan: Ckan

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("multipart/"):
            self._act(_parts(kind, body))
            return
        try:
            asked = json.loads(body or b"{}")
        except ValueError:
            self._send(400, "Bad request: JSON Error: Error decoding JSON data.")
            return
        if isinstance(asked, dict):
            self._act(asked)
        else:
            self._send(400, "Bad request: Request data JSON decoded to list but it needs to be a dictionary.")

    def do_GET(self) -> None:
        asked = dict(parse_qsl(urlsplit(self.path).query))
        if self._action() in READS or not hasattr(self.ckan, self._action()):
            self._act(asked)
        else:
            self._send(400, "Bad request: JSON Error: Invalid request. Please use POST method for your request")

    def _action(self) -> str:
        found = re.fullmatch(r"/api/(?:3/)?action/([a-z_]+)", urlsplit(self.path).path)
        return found[1] if found else "?"

    def _act(self, asked: dict[str, Any]) -> None:
        name = self._action()
        action = getattr(self.ckan, name, None) if "_" in name and not name.startswith("_") else None
        if action is None:
            self._send(400, f"Bad request: Action name not known: {name}")
            return
        call = Call(name, asked, dict(self.headers.items()))
        self.ckan.calls.append(call)
        fault = self.ckan.fault(call)
        if fault.startswith("before:"):
            self._spoil(fault.removeprefix("before:"), b"")
            return
        status, answer = self._answer(action, asked)
        call.status = status
        if fault:
            self._spoil(fault, json.dumps(answer).encode())
        else:
            self._send(status, answer)

    def _answer(self, action: Callable[[str, dict[str, Any]], Any], asked: dict[str, Any]) -> tuple[int, Any]:
        envelope = {"help": f"{self.ckan.address}/api/3/action/help_show?name={self._action()}"}
        user = _USERS.get(self.headers.get("Authorization", ""), "")
        with self.ckan.lock:
            try:
                # What is answered must not change with what is held, nor what is held with what was sent.
                result = deepcopy(action(user, deepcopy(asked)))
            except Failure as failure:
                return failure.status, {**envelope, "success": False, "error": failure.error}
        changed = {"changed_entities": {"packages": [result["id"]]}} if self._action() == "package_update" else {}
        return 200, {**envelope, "success": True, "result": result, **changed}

    def _spoil(self, fault: str, body: bytes) -> None:
        """Answer as a broken server does: ``500``, ``429;7`` (wait), ``cut`` in the middle, ``slow``, or ``gone``."""
        self.close_connection = True
        status, _, wait = fault.partition(";")
        if status.isdigit():
            told = {"success": False, "error": {"__type": "Internal Server Error", "message": status}}
            self._raw(int(status), json.dumps(told).encode(), wait)
        elif fault == "cut":
            self._raw(200, body[: len(body) // 2])
        elif fault == "slow":
            time.sleep(1.0)

    def _send(self, status: int, answer: Any) -> None:
        self._raw(status, json.dumps(answer).encode())

    def _raw(self, status: int, body: bytes, wait: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if wait:
            self.send_header("Retry-After", wait)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  as the library calls it
        """Print nothing."""


def _parts(kind: str, body: bytes) -> dict[str, Any]:
    message: Any = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found: dict[str, Any] = {}
    for part in message.iter_parts():
        name, file = str(part.get_param("name", header="content-disposition")), part.get_filename()
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[name] = (file, content) if file else content.decode()
    return found


@contextmanager
def ckan_target() -> Iterator[Ckan]:
    """Run an empty CKAN on a free port of this machine."""
    ckan = Ckan()
    handler = type("Handler", (_Handler,), {"ckan": ckan})
    with on_loopback(handler) as ckan.address:
        yield ckan
