"""Requests that are begun and not finished do not hold a connection for ever; answers take their time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from portal.connection_limits import MAX_HEADER_BYTES
from portal.header_deadline import HeaderDeadline

WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SECONDS = 0.3


class Short(HeaderDeadline):
    seconds = SECONDS


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer after twice the deadline."""
    await asyncio.sleep(2 * SECONDS)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def talk(
    act: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]], app: Any = app
) -> tuple[bytes, float]:
    """Return what ``act`` got from a server and how many seconds it took."""

    async def both() -> tuple[bytes, float]:
        loop = asyncio.get_running_loop()
        config = uvicorn.Config(
            app,
            http=Short,
            lifespan="off",
            timeout_keep_alive=1,
            log_config=None,
            h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        )
        config.load()
        state = ServerState()
        server = await loop.create_server(lambda: Short(config, state, {}), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        started = loop.time()
        try:
            return await asyncio.wait_for(act(reader, writer), 20), loop.time() - started
        finally:
            writer.close()
            server.close()
            await asyncio.gather(*state.tasks)
            await asyncio.sleep(0.05)
            assert not state.connections

    return asyncio.run(both())


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    return await reader.read()


async def trickling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(b"GET / HTTP/1.1\r\n")
    for number in range(100):
        writer.write(b"X-%d: x\r\n" % number)
        await asyncio.sleep(SECONDS / 10)
        if reader.at_eof():
            break
    # Who goes on writing to a connection that was closed may be told so instead.
    with contextlib.suppress(ConnectionError):
        return await reader.read()
    return b""


async def two_and_a_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    got = b""
    for _ in range(2):
        writer.write(WHOLE)
        got += await reader.readuntil(b"ok")
    writer.write(WHOLE[:9])
    return got + await reader.read()


def test_who_says_nothing_is_let_go() -> None:
    got, seconds = talk(silent)
    assert got == b""
    assert SECONDS * 0.9 < seconds < SECONDS * 5


def test_who_trickles_is_let_go() -> None:
    got, seconds = talk(trickling)
    assert got == b""
    assert seconds < SECONDS * 8


def test_answers_take_their_time_and_half_a_next_request_does_not() -> None:
    got, seconds = talk(two_and_a_half)
    assert got.count(b"200 OK") == 2
    assert SECONDS * 4.5 < seconds < SECONDS * 12


async def answered(writer: asyncio.StreamWriter, reader: asyncio.StreamReader, *parts: bytes) -> bytes:
    # Who is refused in the middle may find the connection closed.
    with contextlib.suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.02)
    return await reader.read()


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize("line", [b"X: " + b"x" * 997 + b"\r\n", b"a:\r\n"])
def test_a_head_may_be_long_and_not_longer(pieces: int, line: bytes) -> None:
    """Whether it comes at once or not, and whether it has a few long lines or very many short ones."""

    def sent(size: int) -> tuple[bytes, float]:
        whole = b"GET / HTTP/1.1\r\nHost: x\r\n" + line * (size // len(line)) + b"Connection: close\r\n\r\n"
        part = len(whole) // pieces + 1
        return talk(lambda reader, writer: answered(writer, reader, *cut(whole, part)))

    assert sent(MAX_HEADER_BYTES - 2_000)[0].startswith(b"HTTP/1.1 200")
    refused, seconds = sent(MAX_HEADER_BYTES + 6_000)
    assert refused.startswith(b"HTTP/1.1 400")
    assert seconds < SECONDS * 2


def cut(whole: bytes, part: int) -> list[bytes]:
    return [whole[start : start + part] for start in range(0, len(whole), part)]


def test_the_body_of_a_request_that_would_change_the_protocol_is_its_body() -> None:
    """Java asks for HTTP/2 so. What were taken for a request of its own would be answered to somebody else."""
    inner = b"GET /other HTTP/1.1\r\nHost: x\r\n\r\n"
    outer = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: %d\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    got, _ = talk(lambda reader, writer: answered(writer, reader, outer % len(inner), inner, last))
    assert got.count(b"HTTP/1.1 200") == 2


def test_what_follows_a_body_is_no_header() -> None:
    async def echo(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        names = b" ".join(name for name, _ in scope["headers"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(names))]})
        await send({"type": "http.response.body", "body": names})

    asked = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    got, _ = talk(lambda reader, writer: answered(writer, reader, asked, b"1\r\na\r\n0\r\nX-Late: 1\r\n\r\n"), echo)
    assert got.endswith(b"host connection transfer-encoding")


def test_a_head_without_an_end_is_not_gathered_for_ever() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(200):
                writer.write(b"x" * 10_000)
                await writer.drain()
                await asyncio.sleep(0)
        got = b""
        with contextlib.suppress(ConnectionError):
            got = await reader.read()
        return got

    got, seconds = talk(endless)
    assert got.startswith(b"HTTP/1.1 400") or got == b""
    assert seconds < SECONDS


def test_what_comes_before_a_head_is_not_counted_with_it() -> None:
    """The last bytes of a long body and the first of the next request may arrive together."""
    body = b"x" * (3 * MAX_HEADER_BYTES)
    first = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    got, _ = talk(lambda reader, writer: answered(writer, reader, first + body + last, b"\r\n"))
    assert got.count(b"HTTP/1.1 200") == 2


def test_blanks_around_a_value_are_none_of_it() -> None:
    async def echo(scope: Any, receive: Any, send: Any) -> None:
        value = dict(scope["headers"])[b"x"]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(value))]})
        await send({"type": "http.response.body", "body": value})

    asked = b"GET / HTTP/1.1\r\nHost: x\r\nX: \t a b \t \r\nConnection: close\r\n\r\n"
    got, _ = talk(lambda reader, writer: answered(writer, reader, asked), echo)
    assert got.endswith(b"\r\n\r\na b")


class Alone(HeaderDeadline):
    most = 1


def test_connections_beyond_the_most_are_told_when_to_come_back() -> None:
    """Also on a connection that was taken earlier, and only as long as there are too many."""

    async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(WHOLE)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        return head.lower() + await reader.readexactly(length)

    async def both() -> None:
        loop = asyncio.get_running_loop()
        config = uvicorn.Config(app, http=Alone, lifespan="off", log_config=None)
        config.load()
        state = ServerState()
        server = await loop.create_server(lambda: Alone(config, state, {}), "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        first, second = [await asyncio.open_connection(*address) for _ in range(2)]
        refused = await asked(*second)
        assert refused.startswith(b"http/1.1 503")
        assert b"\r\nretry-after: 5\r\n" in refused
        assert refused.endswith(b"ask again in 5 seconds.\n") or b"Ask again in 5 seconds" in refused
        assert await second[0].read() == b"", "it is closed"
        second[1].close()
        await asyncio.sleep(0.05)
        assert (await asked(*first)).startswith(b"http/1.1 200")
        first[1].close()
        server.close()
        await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(both(), 20))
