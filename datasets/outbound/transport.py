"""Asking machines of others: at the address that was checked, in bounded time, and for so many bytes and no more."""

from __future__ import annotations

import http.client
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from datasets import __version__
from datasets.outbound.addresses import Resolve, Target, joined, resolve, target_of
from datasets.outbound.connections import Connection, Traffic
from datasets.outbound.faults import RemoteFault
from datasets.outbound.limits import RequestLimits

T = TypeVar("T")
_CHUNK = 1 << 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TOO_LARGE = "tell those who run it to send pages, or ask it by another protocol"


@dataclass(frozen=True)
class Answer:
    """What came back: names of headers are in lower case."""

    status: int
    address: str
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class _Request:
    method: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass
class Transport:
    """Asks one remote, over one connection that is kept. Not safe to share among threads."""

    allow_private: bool = False
    limits: RequestLimits = field(default_factory=RequestLimits)
    resolver: Resolve = resolve
    purpose: str = "harvest"
    """What the remote's own log says that this was for."""
    clock: Callable[[], float] = time.monotonic
    traffic: Traffic = field(default_factory=Traffic)
    _connection: Connection | None = None

    def get(self, address: str, headers: Mapping[str, str] | None = None, *, most: int | None = None) -> Answer:
        """Return the answer to ``address``, of at most ``most`` bytes; redirects are checked as the first one is.

        Raises RemoteFault where there is no answer, or one that is too large, too slow or leads where it must not.
        """
        most = min(most or self.limits.document, self.limits.document)
        request = _Request("GET", {"Accept-Encoding": "gzip", **(headers or {})})
        target = self._target(address)
        for _ in range(self.limits.redirects + 1):
            answer = self._ask(target, request, partial(self._read, address=address, most=most))
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location:
                return answer
            address = joined(location, address)
            following = self._target(address)
            if target.scheme == "https" and following.scheme == "http":
                raise RemoteFault("leads from https to http", "give the address that it leads to, if it may be trusted")
            target = following
        raise RemoteFault(f"leads on more than {self.limits.redirects} times", "give the address where it ends")

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send ``body``, and return the status and the headers; redirects are not followed, and no content is kept.

        Raises RemoteFault where there is no status, or where the address must not be asked.
        """
        request = _Request("POST", {"Accept-Encoding": "identity", **headers}, body)
        return self._ask(self._target(address), request, partial(self._drained, address=address))

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _target(self, address: str) -> Target:
        return target_of(address, allow_private=self.allow_private, resolver=self.resolver)

    def _ask(self, target: Target, request: _Request, read: Callable[[http.client.HTTPResponse], T]) -> T:
        ends = self.clock() + self.limits.request
        try:
            if self._keeps(target):
                # A connection that was kept may have been ended by the other side in the meantime.
                with suppress(ConnectionError):
                    return read(self._send(self._connected(target, ends), target, request))
                self.close()
            return read(self._send(self._connected(target, ends), target, request))
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            self.close()
            raise _told(error) from error
        except RemoteFault:
            self.close()
            raise

    def _keeps(self, target: Target) -> bool:
        kept = self._connection
        return kept is not None and kept.target.origin == target.origin and kept.is_open

    def _connected(self, target: Target, ends: float) -> Connection:
        if self._connection is not None and self._keeps(target):
            self._connection.ends = ends
            return self._connection
        self.close()
        self._connection = Connection(target, self, ends)
        return self._connection

    def _send(self, connection: Connection, target: Target, request: _Request) -> http.client.HTTPResponse:
        self.traffic.requests += 1
        agent = f"ytemo/{__version__} ({self.purpose})"
        connection.request(request.method, target.path, request.body, {"User-Agent": agent, **request.headers})
        return connection.getresponse()

    def _read(self, response: http.client.HTTPResponse, address: str, most: int) -> Answer:
        headers = {name.lower(): value for name, value in response.getheaders()}
        if response.length is not None and response.length > most:
            raise RemoteFault(f"is larger than {most >> 20} MiB", _TOO_LARGE)
        content = self._body(response, headers.get("content-encoding", "").strip().lower(), most)
        self._settle(response)
        if response.status == http.client.NOT_MODIFIED:
            self.traffic.not_modified += 1
        return Answer(response.status, address, headers, content)

    def _drained(self, response: http.client.HTTPResponse, address: str) -> Answer:
        """Read on as far as it is worth keeping the connection; the status counts, whatever follows it."""
        headers = {name.lower(): value for name, value in response.getheaders()}
        left = self.limits.document
        try:
            while left > 0 and (chunk := response.read1(min(left, _CHUNK))):
                left -= len(chunk)
        except (OSError, http.client.HTTPException, ValueError):
            left = 0
        self._settle(response)
        if left <= 0:
            self.close()
        return Answer(response.status, address, headers, b"")

    def _settle(self, response: http.client.HTTPResponse) -> None:
        # Read to its end, the answer must be closed before the connection can be used again.
        response.close()
        if response.will_close:
            self.close()

    def _body(self, response: http.client.HTTPResponse, encoding: str, most: int) -> bytes:
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise RemoteFault("is packed in a way that was not asked for", "tell those who run it")
        unpacked = zlib.decompressobj(31) if encoding.endswith("gzip") else None
        expected, arrived, parts, size = response.length, 0, list[bytes](), 0
        while chunk := response.read1(_CHUNK):
            arrived += len(chunk)
            if self.traffic.received > self.limits.transfer:
                raise RemoteFault(f"has sent more than {self.limits.transfer >> 20} MiB in one run", _TOO_LARGE)
            # One byte more than there is room for tells a packed bomb, and takes no memory.
            part = unpacked.decompress(chunk, most - size + 1) if unpacked else chunk
            size += len(part)
            if size > most:
                raise RemoteFault(f"is larger than {most >> 20} MiB", _TOO_LARGE)
            parts.append(part)
        if (expected is not None and arrived < expected) or (unpacked and arrived and not unpacked.eof):
            raise RemoteFault("ended before its end", is_temporary=True)
        return b"".join(parts)


def _told(error: Exception) -> RemoteFault:
    """Say what went wrong on the way; all but a wrong certificate may be over soon."""
    if isinstance(error, ssl.SSLCertVerificationError):
        remedy = "tell those who run it, or add the authority to the certificates of this machine"
        return RemoteFault("has a certificate that cannot be trusted", remedy)
    if isinstance(error, TimeoutError):
        return RemoteFault("did not answer in time", is_temporary=True)
    if isinstance(error, http.client.HTTPException | zlib.error):
        return RemoteFault("ended before its end, or answered what is no HTTP", is_temporary=True)
    return RemoteFault("cannot be reached, or ended the connection", is_temporary=True)
