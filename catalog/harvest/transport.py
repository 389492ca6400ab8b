"""One connection to one source: to the machine that was checked, with every byte counted and every wait bounded."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.harvest.addresses import Resolve, Target, joined, resolve, target_of
from catalog.harvest.faults import RemoteFault
from catalog.harvest.limits import Limits
from datasets import __version__

_CHUNK = 1 << 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TOO_LARGE = "tell those who keep the catalog to send pages, or harvest it by another protocol"
AGENT = f"ytemo/{__version__} (harvest)"


@dataclass
class Traffic:
    """What a run has cost so far."""

    requests: int = 0
    received: int = 0
    """Bytes, as they came over the wire with their headers."""
    not_modified: int = 0
    retries: int = 0


@dataclass(frozen=True)
class Answer:
    """What came back: names of headers are in lower case."""

    status: int
    address: str
    headers: Mapping[str, str]
    content: bytes


@dataclass
class Transport:
    """Asks one source with GET, over one connection that is kept. Not safe to share among threads."""

    allow_private: bool = False
    limits: Limits = field(default_factory=Limits)
    resolver: Resolve = resolve
    clock: Callable[[], float] = time.monotonic
    traffic: Traffic = field(default_factory=Traffic)
    _connection: _Connection | None = None

    def get(self, address: str, headers: Mapping[str, str] | None = None, *, most: int | None = None) -> Answer:
        """Return the answer to ``address``, of at most ``most`` bytes; redirects are checked as the first one is.

        Raises RemoteFault where there is no answer, or one that is too large, too slow or leads where it must not.
        """
        target = target_of(address, allow_private=self.allow_private, resolver=self.resolver)
        for _ in range(self.limits.redirects + 1):
            answer = self._ask(target, address, dict(headers or {}), most or self.limits.document)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location:
                return answer
            address = joined(location, address)
            following = target_of(address, allow_private=self.allow_private, resolver=self.resolver)
            if target.scheme == "https" and following.scheme == "http":
                raise RemoteFault("leads from https to http", "give the address that it leads to, if it may be trusted")
            target = following
        raise RemoteFault(f"leads on more than {self.limits.redirects} times", "give the address where it ends")

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, target: Target, address: str, headers: dict[str, str], most: int) -> Answer:
        ends = self.clock() + self.limits.request
        for is_again in (False, True):
            connection, is_kept = self._connected(target, ends)
            try:
                response = self._send(connection, target, headers)
                return self._read(response, address, most)
            except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
                self.close()
                # A connection that was kept may have been ended by the other side in the meantime.
                if is_kept and not is_again and isinstance(error, http.client.RemoteDisconnected | ConnectionError):
                    continue
                raise _told(error) from error
            except RemoteFault:
                self.close()
                raise
        raise AssertionError

    def _connected(self, target: Target, ends: float) -> tuple[_Connection, bool]:
        kept = self._connection
        if kept is not None and kept.target.origin == target.origin and kept.is_open:
            kept.ends = ends
            return kept, True
        self.close()
        self._connection = _Connection(target, self, ends)
        return self._connection, False

    def _send(self, connection: _Connection, target: Target, headers: dict[str, str]) -> http.client.HTTPResponse:
        self.traffic.requests += 1
        given = {"User-Agent": AGENT, "Accept-Encoding": "gzip", **headers}
        connection.request("GET", target.path, headers=given)
        return connection.getresponse()

    def _read(self, response: http.client.HTTPResponse, address: str, most: int) -> Answer:
        headers = {name.lower(): value for name, value in response.getheaders()}
        most = min(most, self.limits.document)
        if response.length is not None and response.length > most:
            raise RemoteFault(f"is larger than {most >> 20} MiB", _TOO_LARGE)
        content = self._body(response, headers.get("content-encoding", "").strip().lower(), most)
        # Read to its end, the answer must be closed before the connection can be used again.
        response.close()
        if response.will_close:
            self.close()
        if response.status == http.client.NOT_MODIFIED:
            self.traffic.not_modified += 1
        return Answer(response.status, address, headers, content)

    def _body(self, response: http.client.HTTPResponse, encoding: str, most: int) -> bytes:
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise RemoteFault("is packed in a way that was not asked for", "tell those who keep the catalog")
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


class _Connection(http.client.HTTPConnection):
    """A connection to a number that was checked, whatever the name means by now."""

    def __init__(self, target: Target, transport: Transport, ends: float) -> None:
        super().__init__(target.host, target.port)
        self.target = target
        self.ends = ends
        self._transport = transport
        if ":" in target.host:
            self.host = f"[{target.host}]"

    @property
    def is_open(self) -> bool:
        return self.sock is not None

    def connect(self) -> None:
        """Connect to the first of the numbers that answers."""
        sock = self._first()
        try:
            if self.target.scheme == "https":
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.target.host)
        except BaseException:
            sock.close()
            raise
        self.sock = _Metered(sock, self)

    def _first(self) -> socket.socket:
        for number in self.target.numbers[:-1]:
            try:
                return socket.create_connection((number, self.target.port), timeout=self.wait())
            except OSError:
                continue
        return socket.create_connection((self.target.numbers[-1], self.target.port), timeout=self.wait())

    def wait(self) -> float:
        """Return for how long the next step may wait; raises TimeoutError where the time of the request is over."""
        left = self.ends - self._transport.clock()
        if left <= 0:
            raise TimeoutError
        return min(left, self._transport.limits.idle)

    def count(self, received: int) -> None:
        """Add to what was received."""
        self._transport.traffic.received += received


class _Metered:
    """A socket as the HTTP client of Python uses it, each step of which is timed and counted."""

    def __init__(self, sock: socket.socket, owner: _Connection) -> None:
        self._sock = sock
        self._owner = owner

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(self._owner.wait())
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"
        return io.BufferedReader(_Wire(self._sock, self._owner))

    def close(self) -> None:
        self._sock.close()


class _Wire(io.RawIOBase):
    """What arrives at a socket; the file under it keeps the socket open for as long as the answer is read."""

    def __init__(self, sock: socket.socket, owner: _Connection) -> None:
        self._sock = sock
        self._owner = owner
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._owner.wait())
        number = self._raw.readinto(buffer) or 0
        self._owner.count(number)
        return number

    def close(self) -> None:
        self._raw.close()
        super().close()


def _told(error: Exception) -> RemoteFault:
    """Say what went wrong on the way; all but a wrong certificate may be over soon."""
    if isinstance(error, ssl.SSLCertVerificationError):
        remedy = "tell those who keep the catalog, or add the authority to the certificates of this machine"
        return RemoteFault("has a certificate that cannot be trusted", remedy)
    if isinstance(error, TimeoutError):
        return RemoteFault("did not answer in time", is_temporary=True)
    if isinstance(error, http.client.HTTPException | zlib.error):
        return RemoteFault("ended before its end, or answered what is no HTTP", is_temporary=True)
    return RemoteFault("cannot be reached, or ended the connection", is_temporary=True)
