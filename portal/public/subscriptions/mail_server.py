"""The ministry's own mail server, which takes all letters: where it is, and what it says to one letter."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import unquote, urlsplit

from datasets.errors import Problem, SettingInvalid
from datasets.text import unfit
from portal.public.subscriptions.mail_connection import GO_ON, SECONDS, Connection, TlsConnection

_PORTS = {"smtp": 25, "smtps": 465}
_YES = range(200, 300)
_LATER = range(400, 500)
_NO = range(500, 600)
_CLOSING = 421
_NO_MAILBOX = frozenset({550, 551, 553})
_NO_MATTER_OF_THE_MAILBOX = (b"5.7.", b"5.2.2")
"""What these codes say of rules of the server, and of a mailbox that is full (RFC 3463)."""

Tls = Literal["none", "starttls", "at-once"]
Said = Literal["taken", "later", "no-mailbox", "refused"]
"""What became of a letter: taken; to be tried again; no such mailbox, for good; or the letter itself was not wanted."""


class MailServerUnusable(Exception):
    """The mail server as a whole takes nothing now. What it said is not kept: it may repeat an address."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class LetterUncertain(MailServerUnusable):
    """The mail server has a letter as a whole and did not say whether it takes it: it may arrive all the same."""


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed over."""

    host: str
    port: int
    tls: Tls
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @contextmanager
    def session(self, our_name: str) -> Iterator[Session]:
        """Connect as ``our_name``; raises MailServerUnusable where that is not possible."""
        with _told_in_our_words():
            connection = self._connected(our_name)
        try:
            yield Session(connection)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()

    def _connected(self, our_name: str) -> Connection:
        where = (self.host, self.port, our_name, SECONDS)
        if self.tls == "at-once":
            context = ssl.create_default_context()
            connection: Connection = TlsConnection(*where[:3], timeout=SECONDS, context=context)
        else:
            connection = Connection(*where)
        try:
            if self.tls == "starttls":
                connection.starttls(context=ssl.create_default_context())
            connection.ehlo_or_helo_if_needed()
            if self.user:
                connection.login(self.user, self.password)
        except BaseException:
            connection.close()
            raise
        return connection


@dataclass
class Session:
    """One connection, over which letters go one after the other."""

    _connection: Connection

    def send(self, sender: str, receiver: str, letter: bytes) -> Said:
        """Hand over a letter; raises MailServerUnusable where the server takes nothing at all."""
        with _told_in_our_words():
            self._expect(self._connection.mail(sender))
            code, why = self._connection.rcpt(receiver)
            is_gone = code in _NO_MAILBOX and not why.startswith(_NO_MATTER_OF_THE_MAILBOX)
            for_good: Said = "no-mailbox" if is_gone else "refused"
            said = self._data(letter) if code in _YES else self._refusal(code, for_good)
        if said != "taken":
            # Some servers end the connection with a refusal, which stays what it is.
            with suppress(smtplib.SMTPException, OSError):
                self._connection.rset()
        return said

    def _data(self, letter: bytes) -> Said:
        code, _ = self._connection.docmd("DATA")
        if code != GO_ON:
            return self._refusal(code, "refused")
        verdict = self._connection.hand_over(letter)
        if verdict in _YES:
            return "taken"
        if verdict is None or not (verdict in _LATER or verdict in _NO):
            raise LetterUncertain("did not say whether it takes a letter")
        return self._refusal(verdict, "refused")

    def _refusal(self, code: int, for_good: Said) -> Said:
        if code == _CLOSING or not (code in _LATER or code in _NO):
            raise MailServerUnusable(f"answered {code}" if code > 0 else "gives answers that are none")
        return for_good if code in _NO else "later"

    def _expect(self, answer: tuple[int, bytes]) -> None:
        if answer[0] not in _YES:
            raise MailServerUnusable(f"does not take the address in YTEMO_MAIL_FROM as sender ({answer[0]})")


def mail_server(url: str) -> MailServer:
    """Read a setting such as ``smtp://user:password@mail.example.gov.vn:587``; raises SettingInvalid, quoting nothing.

    Without TLS letters go to this machine alone.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _unusable() from None
    host, user, password = parts.hostname or "", unquote(parts.username or ""), unquote(parts.password or "")
    is_bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    is_sound = not any(each.isspace() for each in url) and not unfit(url + user + password)
    is_place = parts.scheme in _PORTS and host and port != 0 and is_bare
    if not is_place or not is_sound or (password and not user):
        raise _unusable()
    return MailServer(host, port or _PORTS[parts.scheme], _tls(parts.scheme, host), user, password)


def _tls(scheme: str, host: str) -> Tls:
    if scheme == "smtps":
        return "at-once"
    return "none" if _is_this_machine(host) else "starttls"


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unusable() -> SettingInvalid:
    remedy = "write smtp://user:password@mail.example.gov.vn:587 (with STARTTLS), or smtps:// (with TLS at once)"
    problem = Problem("YTEMO_SMTP_URL", "is no address of a mail server", f"{remedy}; %40 stands for @")
    return SettingInvalid("A setting has a value that cannot be used", problems=[problem])


@contextmanager
def _told_in_our_words() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPNotSupportedError:
        raise MailServerUnusable("offers no STARTTLS, or no way to log in") from None
    except smtplib.SMTPAuthenticationError as error:
        raise MailServerUnusable(f"does not know the user or the password ({error.smtp_code})") from None
    except smtplib.SMTPResponseException as error:
        raise MailServerUnusable(f"answered {error.smtp_code}") from None
    except ssl.SSLError:
        raise MailServerUnusable("has no certificate that this machine trusts for its name") from None
    except (smtplib.SMTPException, OSError):
        raise MailServerUnusable("does not answer, or ended the connection") from None
