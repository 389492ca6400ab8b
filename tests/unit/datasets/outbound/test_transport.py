"""Answers that are too large, too slow, cut short or lead elsewhere end in a rule and a remedy, in bounded time."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from datasets.outbound.faults import RemoteFault
from datasets.outbound.limits import MIB, RequestLimits
from datasets.outbound.transport import Transport
from tests.support.remote_catalogs import BEGAN, Reply, answering

LIMITS = RequestLimits(document=MIB, idle=0.3, request=1.0)


def refused(reply: Callable[[str], Reply], *, limits: RequestLimits = LIMITS) -> RemoteFault:
    with answering(reply, LIMITS) as (remote, transport):
        transport.limits = limits
        began = time.monotonic()
        with pytest.raises(RemoteFault) as caught:
            transport.get(f"{remote.address}/x")
        assert time.monotonic() - began < 3
    return caught.value


def test_an_answer_is_read_and_counted() -> None:
    with answering(lambda path: Reply(body=b"x" * 5_000), LIMITS) as (remote, transport):
        for number in range(3):
            answer = transport.get(f"{remote.address}/{number}")
            assert (answer.status, answer.content) == (200, b"x" * 5_000)
        assert (transport.traffic.requests, len(remote.connections)) == (3, 1)
        # It came packed.
        assert 0 < transport.traffic.received < 3_000


def test_what_is_too_large_is_not_taken() -> None:
    bomb = gzip.compress(b"0" * (50 * MIB), 1)
    large = Reply(headers={"Content-Encoding": "identity"}, body=b"x" * (2 * MIB))
    for reply in (large, Reply(body=bomb, headers={"Content-Encoding": "gzip"})):
        fault = refused(lambda path, reply=reply: replace(reply, headers=dict(reply.headers)))  # type: ignore[misc]
        assert (fault.rule, fault.is_temporary) == ("is larger than 1 MiB", False)
    told = Reply(headers={"Content-Encoding": "identity", "Content-Length": str(1 << 30)})
    assert refused(lambda path: told).rule == "is larger than 1 MiB"
    endless = Reply(headers={"Content-Encoding": "identity"}, body=b"x" * 100_000)
    fault = refused(lambda path: endless, limits=replace(LIMITS, transfer=10))
    assert "in one run" in fault.rule


def test_what_is_slow_is_given_up() -> None:
    for reply in (Reply(wait=1.5), Reply(body=b"x" * 400, drip=0.05)):
        fault = refused(lambda path, reply=reply: reply)  # type: ignore[misc]
        assert (fault.rule, fault.is_temporary) == ("did not answer in time", True)


def test_what_is_cut_short_is_noticed() -> None:
    packed = gzip.compress(b"y" * 100_000, 0)
    for reply in (
        Reply(body=b"x" * 400, cut=200),
        Reply(body=packed[:60_000], headers={"Content-Encoding": "gzip"}),
        Reply(body=b"no gzip at all", headers={"Content-Encoding": "gzip"}),
        Reply(body=b"", cut=0, headers={"Content-Length": "7"}),
    ):
        assert refused(lambda path, reply=reply: reply).is_temporary  # type: ignore[misc]


def test_a_way_of_packing_that_was_not_asked_for_is_refused() -> None:
    assert not refused(lambda path: Reply(body=b"x", headers={"Content-Encoding": "br"})).is_temporary


def test_redirects_are_followed_and_checked() -> None:
    def leading(path: str) -> Reply:
        number = int(path.rpartition("/")[2])
        return Reply(302, headers={"Location": f"/{number - 1}"}) if number else Reply(body=b"end")

    with answering(leading, LIMITS) as (remote, transport):
        answer = transport.get(f"{remote.address}/3")
        assert (answer.content, answer.address) == (b"end", f"{remote.address}/0")
        with pytest.raises(RemoteFault, match="more than 3 times"):
            transport.get(f"{remote.address}/4")


@pytest.mark.parametrize(
    ("location", "rule"),
    [
        ("http://169.254.169.254/latest/meta-data", "must not be asked"),
        ("file:///etc/passwd", "no address of the web"),
        ("http://[::1", "no address"),
    ],
)
def test_a_redirect_leads_nowhere_else(location: str, rule: str) -> None:
    reply = Reply(301, headers={"Location": location})
    with answering(lambda path: reply, LIMITS) as (remote, transport), pytest.raises(RemoteFault, match=rule):
        transport.get(remote.address)


def test_the_machine_that_was_checked_is_the_one_that_is_asked() -> None:
    """A name that means another machine the second time it is looked up is not looked up a second time."""
    looked_up: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["169.254.169.254"]

    with answering(lambda path: Reply(body=b"right"), LIMITS) as (remote, transport):
        transport.resolver = rebinding
        port = remote.address.rpartition(":")[2]
        assert transport.get(f"http://rebinding.example.org:{port}/").content == b"right"
        assert looked_up == ["rebinding.example.org"]
        with pytest.raises(RemoteFault, match="must not be asked"):
            transport.get(f"http://rebinding.example.org:{port}/")


def test_a_private_redirect_is_refused_where_the_source_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda path: Reply(301, headers={"Location": "http://inside.example.org/"}), LIMITS) as (
        remote,
        transport,
    ):
        port = int(remote.address.rpartition(":")[2])
        transport.allow_private = False
        transport.resolver = lambda host, _: ["93.184.215.14"] if host == "public.example.org" else ["10.0.0.1"]
        real = socket.create_connection

        def connect(address: tuple[str, int], timeout: float) -> socket.socket:
            assert address == ("93.184.215.14", 80)
            return real(("127.0.0.1", port), timeout)

        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(RemoteFault, match="private network"):
            transport.get("http://public.example.org/")


def test_the_second_number_is_tried_where_the_first_does_not_answer() -> None:
    with answering(lambda path: Reply(body=b"x"), LIMITS) as (remote, transport):
        transport.resolver = lambda host, _: ["127.0.0.2", "127.0.0.1"]
        port = remote.address.rpartition(":")[2]
        assert transport.get(f"http://two.example.org:{port}/").content == b"x"
        transport.resolver = lambda host, _: ["127.0.0.2"]
        with pytest.raises(RemoteFault, match="cannot be reached"):
            transport.get(f"http://other.example.org:{port}/")


@contextmanager
def encrypted(folder: Path, replies: list[bytes]) -> Iterator[tuple[str, Path]]:
    """Serve answers over TLS with a certificate for data.example.org that nobody else trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "data.example.org")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(BEGAN - timedelta(days=1))
    builder = builder.not_valid_after(BEGAN + timedelta(days=36_500))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("data.example.org")]), critical=False)
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for reply in replies:
            with suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as connection:
                connection.recv(10_000)
                connection.sendall(reply)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"https://data.example.org:{listener.getsockname()[1]}/", certificate
    listener.close()
    thread.join(timeout=5)


def test_certificates_are_checked_for_the_name_and_https_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = b"HTTP/1.1 302 Found\r\nLocation: http://data.example.org/\r\nContent-Length: 0\r\n\r\n"
    replies = [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", b"", down]
    with encrypted(tmp_path, replies) as (address, certificate):
        transport = Transport(allow_private=True, limits=LIMITS, resolver=lambda *_: ["127.0.0.1"])
        with pytest.raises(RemoteFault, match="cannot be trusted") as caught:
            transport.get(address)
        assert not caught.value.is_temporary
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
        assert transport.get(address).content == b"x"
        transport.close()
        with pytest.raises(RemoteFault, match="cannot be trusted"):
            transport.get(address.replace("data.", "other."))
        with pytest.raises(RemoteFault, match="from https to http"):
            transport.get(address)
        transport.close()


def test_a_list_without_a_length_is_bounded_too() -> None:
    address, _ = raw_server(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (2 * MIB))
    with pytest.raises(RemoteFault, match="larger than 1 MiB"):
        Transport(allow_private=True, limits=LIMITS).get(address)
    address, thread = raw_server(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000)
    transport = Transport(allow_private=True, limits=LIMITS)
    assert len(transport.get(address).content) == 1_000
    assert transport._connection is None
    thread.join(timeout=5)


def raw_server(answer: bytes) -> tuple[str, threading.Thread]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(10_000)
            with suppress(OSError):
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/", thread


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc",
    ],
)
def test_what_is_no_http_is_told(answer: bytes) -> None:
    address, thread = raw_server(answer)
    transport = Transport(allow_private=True, limits=LIMITS)
    with pytest.raises(RemoteFault) as caught:
        transport.get(address)
    assert caught.value.is_temporary
    thread.join(timeout=5)


def test_a_kept_connection_that_the_other_side_ended_is_made_anew() -> None:
    with answering(lambda path: Reply(body=b"x"), LIMITS) as (remote, transport):
        transport.get(remote.address)
        connection = transport._connection
        assert connection is not None
        assert connection.sock is not None
        getattr(connection.sock, "_sock").shutdown(socket.SHUT_RDWR)  # noqa: B009  the wrapper is no socket
        assert transport.get(remote.address).content == b"x"
        assert len(remote.connections) == 2
