"""A connection to a mail server that ends in time, whatever the server sends."""

from __future__ import annotations

import re
import smtplib
import socket
from contextlib import suppress
from threading import Timer

SECONDS = 15.0
"""How long one step may take, however the answer comes in."""
TAKING_SECONDS = 300.0
"""How long a server may look at a letter before it says that it takes it: who gives up before has it sent twice."""
GO_ON = 354
_LINE_WITH_DOT = re.compile(rb"(?m)^\.")


class Connection(smtplib.SMTP):
    """A connection whose answers are waited for so long as a whole, not only for each piece of them."""

    answer_seconds = SECONDS

    def getreply(self) -> tuple[int, bytes]:
        ends = Timer(self.answer_seconds, self._cut)
        ends.daemon = True
        ends.start()
        try:
            return super().getreply()
        finally:
            ends.cancel()

    def hand_over(self, letter: bytes) -> int | None:
        """Send a letter, whose lines end with CRLF, after ``GO_ON``; return the answer, None where none came."""
        self.send(_LINE_WITH_DOT.sub(b"..", letter) + b".\r\n")
        self._wait_for(TAKING_SECONDS)
        try:
            code, _ = self.getreply()
        except (smtplib.SMTPException, OSError):
            return None
        self._wait_for(SECONDS)
        return code

    def _wait_for(self, seconds: float) -> None:
        self.answer_seconds = seconds
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def _cut(self) -> None:
        with suppress(OSError):
            if self.sock is not None:
                # Below TLS, which the thread that reads goes on using.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class TlsConnection(Connection, smtplib.SMTP_SSL):
    """The same, with TLS at once."""
