"""The client of CKAN over sockets of its own: slow, endless and misleading answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from publishers.mirror.remote import Refused, Unknown
from tests.support.ckan_target import ckan_target
from tests.support.mirrors import remote_of

STEP = 0.05
"""Seconds between two bytes of a slow answer: each of them comes well within the time of a socket."""
Answering = Callable[[socket.socket], None]


@contextmanager
def answering(answer: Answering) -> Iterator[str]:
    """Yield the address of a server that answers every call in this way until it is left."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, answer), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def _serve(server: socket.socket, answer: Answering) -> None:
    try:
        while True:
            caller, _ = server.accept()
            with caller:
                caller.recv(1 << 16)
                answer(caller)
    except OSError:
        return


def dripping(beginning: bytes, again: bytes) -> Answering:
    def answer(caller: socket.socket) -> None:
        caller.sendall(beginning)
        while True:
            caller.sendall(again)
            time.sleep(STEP)

    return answer


@pytest.mark.parametrize(
    ("beginning", "again"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "header", "continue"],
)
def test_a_call_ends_however_steadily_something_arrives(beginning: bytes, again: bytes) -> None:
    with answering(dripping(beginning, again)) as address:
        remote = remote_of(address, read_seconds=4 * STEP)
        with pytest.raises(Unknown, match="no answer \\(ReadTimeout\\)"):
            remote.write("package_update", "it", {}, repeatable=False)
        remote.close()


@pytest.mark.parametrize("location", ["http://[::1", "http://127.0.0.1:1/", "//elsewhere.example"])
def test_nothing_is_looked_at_of_where_a_redirect_leads(location: str) -> None:
    """requests takes the address apart, and reads all of the page, also where it is told not to follow."""

    def answer(caller: socket.socket) -> None:
        caller.sendall(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 2\r\n\r\n{{}}".encode())

    with answering(answer) as address:
        remote = remote_of(address)
        with pytest.raises(Refused, match="leads elsewhere \\(HTTP 302\\)"):
            remote.read("package_show", id="a")
        remote.close()


def test_what_stays_on_this_machine_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with ckan_target() as ckan:
        remote = remote_of(ckan.address)
        assert remote.read("status_show")
        remote.close()
