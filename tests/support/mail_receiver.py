"""A mail server on a socket of this machine, which keeps the letters that it gets and answers as a test wants."""

from __future__ import annotations

import base64
import re
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

Answer = Callable[[str], str | None]
"""Returns what is answered to a command, such as ``RCPT TO:<lan@example.org>``; None for what servers usually say.

An empty answer ends the connection without a word.
"""


@dataclass(frozen=True)
class Had:
    """A letter that arrived."""

    sender: str
    receiver: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def text(self) -> str:
        """The text, with the lines that flow joined as mail programs join them (RFC 3676)."""
        body: str = self.message.get_content().replace("\r\n", "\n")
        unstuffed = re.sub(r"(?m)^ ", "", body)
        return re.sub(r"(?m) \n", " ", unstuffed)

    def links(self, part: str) -> list[str]:
        """Return the addresses in the text that have ``part`` in them."""
        return [each for each in re.findall(r"https?://\S+", self.text) if part in each]


@dataclass
class MailReceiver:
    """The server."""

    port: int = 0
    had: list[Had] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    answer: Answer = field(default=lambda _command: None)
    tls: ssl.SSLContext | None = None
    """With which it offers STARTTLS."""
    logins: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Had]:
        """Return the letters once there are so many."""
        deadline = time.monotonic() + seconds
        while len(self.had) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.had) == count, (len(self.had), count)
        return self.had


@contextmanager
def mail_receiver(tls: ssl.SSLContext | None = None, *, at_once: bool = False, port: int = 0) -> Iterator[MailReceiver]:
    """Serve from threads; ``at_once`` for TLS from the first byte."""
    receiver = MailReceiver(tls=None if at_once else tls)

    class Handler(_Handler):
        owner = receiver
        at_once_tls = tls if at_once else None

    with _Server(("127.0.0.1", port), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: connections end in the middle on purpose."""


class _Handler(socketserver.StreamRequestHandler):
    owner: MailReceiver
    at_once_tls: ssl.SSLContext | None
    timeout = 20

    def setup(self) -> None:
        if self.at_once_tls:
            self.request = self.at_once_tls.wrap_socket(self.request, server_side=True)
        super().setup()
        self.sender = self.receiver = ""

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def handle(self) -> None:
        self._say("220 mail.example.org ready")
        while line := self.rfile.readline(2_000):
            verb, space, rest = line.decode("ascii").rstrip("\r\n").partition(" ")
            command = f"{verb.upper()}{space}{rest}"
            self.owner.commands.append(command)
            wanted = self.owner.answer(command)
            if wanted == "":
                return
            if wanted is not None:
                self._say(wanted)
            elif not self._usual(command):
                return

    def _usual(self, command: str) -> bool:
        """Answer as servers do; False where the connection ends."""
        verb = command.partition(" ")[0]
        if verb == "EHLO":
            offers = ["mail.example.org", "8BITMIME", "AUTH PLAIN LOGIN", *(["STARTTLS"] if self.owner.tls else [])]
            self._say("\r\n".join([*(f"250-{each}" for each in offers[:-1]), f"250 {offers[-1]}"]))
        elif verb == "STARTTLS" and self.owner.tls:
            self._say("220 go on")
            self.request = self.owner.tls.wrap_socket(self.request, server_side=True)
            super().setup()
        elif verb == "AUTH":
            self.owner.logins.append(base64.b64decode(command.rsplit(maxsplit=1)[-1]).decode())
            self._say("235 welcome")
        elif verb == "DATA":
            return self._take()
        elif verb == "QUIT":
            self._say("221 bye")
            return False
        else:
            found = re.search(r"<(.*)>", command)
            if verb == "MAIL" and found:
                self.sender = found[1]
            elif verb == "RCPT" and found:
                self.receiver = found[1]
            self._say("250 ok")
        return True

    def _take(self) -> bool:
        self._say("354 go on")
        content = b""
        while (line := self.rfile.readline(2_000)) not in (b".\r\n", b""):
            content += line.removeprefix(b".")
        self.owner.had.append(Had(self.sender, self.receiver, content))
        wanted = self.owner.answer("END OF DATA")
        if wanted != "":
            self._say(wanted or "250 taken")
        return wanted != ""

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
