"""A connection to a machine that was checked, with every byte counted and every wait bounded."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from datasets.outbound.addresses import Target
from datasets.outbound.limits import RequestLimits


@dataclass
class Traffic:
    """What a run has cost so far."""

    requests: int = 0
    received: int = 0
    """Bytes, as they came over the wire with their headers."""
    not_modified: int = 0
    retries: int = 0


class Meter(Protocol):
    """By what a connection counts and waits."""

    @property
    def clock(self) -> Callable[[], float]: ...

    @property
    def limits(self) -> RequestLimits: ...

    @property
    def traffic(self) -> Traffic: ...


class _Response(http.client.HTTPResponse):
    """An answer as the client of Python reads it, which knows one of the answers that come before the answer."""

    def _read_status(self) -> tuple[str, int, str]:
        # What was taken for the answer would leave the true one to be taken for that to the next request.
        version, status, reason = super()._read_status()  # type: ignore[misc]
        if status == http.client.SWITCHING_PROTOCOLS:
            raise http.client.HTTPException
        is_interim = status // 100 == 1
        return version, http.client.CONTINUE if is_interim else status, reason


class Connection(http.client.HTTPConnection):
    """A connection to a number that was checked, whatever the name means by now."""

    response_class = _Response

    def __init__(self, target: Target, meter: Meter, ends: float) -> None:
        super().__init__(target.host, target.port)
        self.target = target
        self.ends = ends
        self._meter = meter
        if ":" in target.host:
            self.host = f"[{target.host}]"

    @property
    def is_open(self) -> bool:
        return self.sock is not None

    def connect(self) -> None:
        """Connect to the first of the numbers that answers."""
        sock = self._first()
        # Headers and body are sent one after the other: they must not wait for each other.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
        left = self.ends - self._meter.clock()
        if left <= 0:
            raise TimeoutError
        return min(left, self._meter.limits.idle)

    def count(self, received: int) -> None:
        """Add to what was received."""
        self._meter.traffic.received += received


class _Metered:
    """A socket as the HTTP client of Python uses it, each step of which is timed and counted."""

    def __init__(self, sock: socket.socket, owner: Connection) -> None:
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

    def __init__(self, sock: socket.socket, owner: Connection) -> None:
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
