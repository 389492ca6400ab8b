"""Run the public portal on uvicorn: take the address first, tell it when the portal listens there."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Callable

import uvicorn

from datasets.errors import AddressUnavailable, Problem
from datasets.settings import Settings
from portal.connection_limits import KEEP_ALIVE_SECONDS, MAX_HEADER_BYTES
from portal.header_deadline import HeaderDeadline
from portal.public.app import create_app, options_from

_BACKLOG = 512
_REMEDIES = {
    errno.EADDRINUSE: "Stop the program that listens there, or choose another port with --port (0 takes any free one)",
    errno.EACCES: "Choose a port from 1024 on with --port: lower ones are for the system",
    errno.EADDRNOTAVAIL: "Choose an address of this machine with --host, such as 127.0.0.1",
}
_NO_SUCH_HOST = "Choose an address of this machine with --host, such as 127.0.0.1"


def take_address(host: str, port: int) -> socket.socket:
    """Bind ``host`` and ``port`` (0 for any free one), without listening yet; raise AddressUnavailable if it cannot be.

    A command that works for minutes before it serves learns at its beginning that the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends short answers at once (TCP_NODELAY) only where the protocol is named: otherwise the body of an
    # answer waits up to 40 ms for the caller to acknowledge its headers.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise _unavailable(host, port, error) from None
    return taken


def address_of(taken: socket.socket) -> str:
    """Return the address of the portal as people type it, with the port that it really has."""
    host, port = taken.getsockname()[:2]
    return f"http://[{host}]:{port}/" if taken.family == socket.AF_INET6 else f"http://{host}:{port}/"


def serve(settings: Settings, taken: socket.socket, listening: Callable[[str], None]) -> None:
    """Serve at the address that was taken until told to stop; ``listening`` is told the address once it answers.

    Raises AddressUnavailable where another program, which had taken it at the same time, was faster to listen.
    Loopback is the default: a proxy that takes more connections than this stands in front.
    """
    config = uvicorn.Config(
        create_app(options_from(settings)),
        http=HeaderDeadline,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=20,
        backlog=_BACKLOG,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        # Whoever else claims to pass on requests of others is taken for the one who calls.
        forwarded_allow_ips=[each.strip() for each in settings.trusted_proxies.split(",")],
    )
    _listen(taken)
    # Stopping by Ctrl-C is how it is meant to end.
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, lambda: listening(address_of(taken))).run(sockets=[taken])


def _listen(taken: socket.socket) -> None:
    # Several programs may bind one port as long as none listens, so only this tells for certain.
    try:
        taken.listen(_BACKLOG)
    except OSError as error:
        host, port = taken.getsockname()[:2]
        raise _unavailable(host, port, error) from None


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._tell()


def _unavailable(host: str, port: int, error: OSError) -> AddressUnavailable:
    remedy = _REMEDIES.get(error.errno or 0, _NO_SUCH_HOST)
    problem = Problem(f"{host} port {port}", f"cannot be listened on: {error.strerror or error}", remedy)
    return AddressUnavailable(f"The portal cannot listen at {host} port {port}", problems=[problem])
