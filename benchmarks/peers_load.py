"""Ask one server as fast as it answers, from a process of its own: light, so that it is not what is measured.

Reads one JSON object from standard input (port, paths, concurrency, seconds) and writes one: requests, seconds, and the
milliseconds of the median and of the slowest in a hundred. Every connection stays open and asks one thing at a time.
Only the standard library: `python -I -S` starts it in a moment.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time


class Connection:
    """One connection to the server, and what has come of the answer that it waits for."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.begun = 0.0
        self._head = b""
        self._left = -1
        self._chunked = False

    def ask(self, path: str) -> None:
        self._head, self._left, self._chunked = b"", -1, False
        self.begun = time.perf_counter()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def is_answered(self) -> bool:
        """Take what has come, and return whether the answer is whole; one that is no success raises ValueError."""
        part = self.socket.recv(262_144)
        if not part:
            raise ValueError("the server closed the connection")
        if self._left < 0 and not self._chunked:
            self._head += part
            head, end, part = self._head.partition(b"\r\n\r\n")
            if not end:
                return False
            self._begin(head.lower())
        if self._chunked:
            self._head = self._head[-8:] + part
            return self._head.endswith(b"0\r\n\r\n")
        self._left -= len(part)
        return self._left <= 0

    def _begin(self, head: bytes) -> None:
        if not head.startswith(b"http/1.1 200"):
            raise ValueError(head.decode("latin-1"))
        if b"transfer-encoding: chunked" in head:
            self._chunked = True
            return
        self._left = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])


def load(port: int, paths: list[str], concurrency: int, seconds: float) -> dict[str, float]:
    """Ask for ``paths``, in their order, until they or the seconds are over; what is under way is waited for."""
    left = iter(paths)
    latencies: list[float] = []
    begun = time.perf_counter()
    with selectors.EpollSelector() as selector:
        for _ in range(min(concurrency, len(paths))):
            connection = Connection(port)
            connection.ask(next(left))
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        waiting = concurrency
        while waiting:
            for key, _ in selector.select():
                connection = key.data
                if not connection.is_answered():
                    continue
                now = time.perf_counter()
                latencies.append(now - connection.begun)
                path = next(left, None) if now - begun < seconds else None
                if path is None:
                    selector.unregister(connection.socket)
                    connection.socket.close()
                    waiting -= 1
                else:
                    connection.ask(path)
    return _told(latencies, time.perf_counter() - begun)


def _told(latencies: list[float], seconds: float) -> dict[str, float]:
    latencies.sort()
    return {
        "requests": len(latencies),
        "seconds": seconds,
        "p50": latencies[len(latencies) // 2] * 1000,
        "p99": latencies[min(len(latencies) - 1, len(latencies) * 99 // 100)] * 1000,
        "own": time.process_time(),
    }


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(load(asked["port"], asked["paths"], asked["concurrency"], asked["seconds"]), sys.stdout)
