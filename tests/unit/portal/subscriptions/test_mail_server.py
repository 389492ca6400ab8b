"""The mail server of the setting: how it is written, TLS that is insisted on, and what stays untold."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from datasets.errors import SettingInvalid
from portal.public.subscriptions.mail import post_from
from portal.public.subscriptions.mail_connection import Connection
from portal.public.subscriptions.mail_server import (
    LetterUncertain,
    MailServer,
    MailServerUnusable,
    Tls,
    mail_server,
)
from tests.support.mail_receiver import MailReceiver, mail_receiver

LETTER = b"Subject: x\r\n\r\n.a line with a dot\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that nobody trusts until told to."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.org")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def receiver() -> Iterator[MailReceiver]:
    with mail_receiver() as receiver:
        yield receiver


def send(port: int, kind: Tls, user: str = "") -> None:
    with MailServer("127.0.0.1", port, kind, user, "hunter2" if user else "").session("data.example.org") as session:
        assert session.send("news@example.org", "lan@example.org", LETTER) == "taken"


@pytest.mark.parametrize("at_once", [False, True])
def test_letters_go_through_tls(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_receiver(tls, at_once=at_once) as receiver:
        send(receiver.port, "at-once" if at_once else "starttls", "lan")
        assert receiver.logins == ["\0lan\0hunter2"]
        assert [had.content for had in receiver.had] == [LETTER]
        assert ("STARTTLS" in receiver.commands) == (not at_once)


def test_a_certificate_that_is_not_trusted_gets_no_letter_and_no_password(tls: ssl.SSLContext) -> None:
    for at_once in (False, True):
        with mail_receiver(tls, at_once=at_once) as receiver:
            with pytest.raises(MailServerUnusable, match="certificate"):
                send(receiver.port, "at-once" if at_once else "starttls", "lan")
            assert (receiver.had, receiver.logins) == ([], [])


def test_without_tls_nothing_is_sent_to_other_machines(receiver: MailReceiver) -> None:
    with pytest.raises(MailServerUnusable, match="offers no STARTTLS"):
        send(receiver.port, "starttls", "lan")
    assert (receiver.had, receiver.logins) == ([], [])
    assert mail_server("smtp://localhost").tls == mail_server("smtp://[::1]:2525").tls == "none"
    assert mail_server("smtp://mail.example.gov.vn").tls == mail_server("smtp://10.0.0.5").tls == "starttls"
    assert mail_server("smtp://127.0.0.1.example.org").tls == "starttls"
    assert mail_server("smtps://mail.example.gov.vn").tls == "at-once"


def test_what_a_server_says_is_not_passed_on(receiver: MailReceiver) -> None:
    for where, answer in (
        ("AUTH", "535 canary@example.org: wrong password hunter2"),
        ("MAIL", "550 canary@example.org may not send"),
        ("RCPT", "421 canary@example.org closing"),
        ("EHLO", "not a number at all canary"),
    ):
        receiver.answer = lambda command, where=where, answer=answer: answer if command.startswith(where) else None  # type: ignore[misc]
        with pytest.raises(MailServerUnusable) as told:
            send(receiver.port, "none", "lan")
        assert "canary" not in str(told.value)
        assert "hunter2" not in str(told.value)
        assert told.value.__cause__ is None


@pytest.mark.parametrize("where", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["hello", "150 wait", "354 go on", "999 x"])
def test_only_what_says_so_takes_a_letter(receiver: MailReceiver, where: str, answer: str) -> None:
    if (where, answer) == ("DATA", "354 go on"):
        answer = "250 taken, although there is no letter yet"
    receiver.answer = lambda command: answer if command.startswith(where) else None
    with pytest.raises(MailServerUnusable) as told:
        send(receiver.port, "none")
    assert not isinstance(told.value, LetterUncertain)
    assert receiver.had == []


@pytest.mark.parametrize("answer", ["", "hello", "150 wait", "354 go on", f"250 {'x' * 9_000}"])
def test_a_letter_that_was_handed_over_and_not_taken_is_uncertain(receiver: MailReceiver, answer: str) -> None:
    receiver.answer = lambda command: answer if command == "END OF DATA" else None
    with pytest.raises(LetterUncertain):
        send(receiver.port, "none")
    assert len(receiver.had) == 1


def test_a_server_that_hangs_up_with_a_refusal_has_refused(receiver: MailReceiver) -> None:
    receiver.answer = lambda command: {"RCPT": "550 5.1.1 no such user", "RSET": ""}.get(command[:4])
    with MailServer("127.0.0.1", receiver.port, "none").session("data.example.org") as session:
        assert session.send("news@example.org", "lan@example.org", LETTER) == "no-mailbox"


@pytest.mark.parametrize("drop", [b"2", b"220-and more\r\n"])
def test_an_answer_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch, drop: bytes) -> None:
    monkeypatch.setattr(Connection, "answer_seconds", 0.1)

    def drip() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            while not done.wait(0.01):
                connection.sendall(drop)

    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(MailServerUnusable):
            send(listening.getsockname()[1], "none")
        done.set()
        thread.join()


@pytest.mark.parametrize(
    "base_url", ["", "data.example.gov.vn", "ftp://h", "https://", "https://dữ-liệu.vn", "https://h/ x", "https://h>"]
)
def test_an_address_that_no_letter_can_lead_back_to_is_refused(base_url: str) -> None:
    with pytest.raises(SettingInvalid, match="YTEMO_BASE_URL: must be set"):
        post_from("smtp://localhost", "news@example.gov.vn", base_url)


def test_a_setting_is_read_as_it_is_written() -> None:
    server = mail_server("smtp://lan%40example.org:p%3Aw%2Fd@mail.example.gov.vn:587")
    assert (server.host, server.port, server.user, server.password) == (
        "mail.example.gov.vn", 587, "lan@example.org", "p:w/d",
    )  # fmt: skip
    assert "example.org" not in repr(server)
    assert "p:w" not in repr(server)
    assert (mail_server("smtp://h").port, mail_server("smtps://h/").port) == (25, 465)


@pytest.mark.parametrize(
    "url",
    ["smtp:", "mail.example.org:25", "smtp://h:0", "smtp://h:99999", "smtp://h?x=hunter2", "smtp://h#hunter2",
     "smtp:// h",
     "smtp://u:hunter2%0d%0a@h", "smtp://u:hunter 2@h", "ftp://u:hunter2@h"],
)  # fmt: skip
def test_what_is_no_mail_server_is_refused_unquoted(url: str) -> None:
    with pytest.raises(SettingInvalid) as told:
        mail_server(url)
    assert "hunter" not in str(told.value)
