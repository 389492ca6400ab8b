"""A letter as mail servers take it: one plain text, and a head that no title and no address can break."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import charset
from email.header import Header
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime
from urllib.parse import urlsplit

from datasets.text import Language, legible

WIDTH = 72
_STUFFED = re.compile(r" |>|From ")
"""How no line of a flowed text may begin (RFC 3676)."""
_READABLE = charset.Charset("utf-8")
_READABLE.body_encoding = charset.QP


@dataclass(frozen=True)
class Sender:
    """In whose name letters are sent: the address of the setting, and the public address of the portal."""

    address: str
    site: str

    @property
    def host(self) -> str:
        """The portal's name, by which it greets mail servers and names its letters."""
        return urlsplit(self.site).hostname or "localhost"


@dataclass(frozen=True)
class Letter:
    """What one letter says, and to whom."""

    to: str
    name: str
    """What it is called: the same at each attempt, so that mail programs know one that comes twice."""
    from_: str
    """The name that is shown for the sender."""
    subject: str
    paragraphs: tuple[str, ...]
    """Each one text, or several lines that are kept apart."""
    stop: str
    """Where letters are stopped: by a page for people, and by POST for mail programs (RFC 8058)."""
    language: Language

    def content(self, sender: Sender, now: datetime) -> bytes:
        """Return the whole letter."""
        made = MIMENonMultipart("text", "plain", charset="utf-8", format="flowed")
        heads = {
            "From": f"{_encoded(self.from_, 'From')} <{sender.address}>",
            "To": f"<{self.to}>",
            "Subject": _encoded(self.subject, "Subject"),
            "Date": format_datetime(now),
            "Message-ID": f"<{self.name}@{sender.host}>",
            "List-Id": f"<open-data-news.{sender.host}>",
            "List-Unsubscribe": f"<{self.stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "Content-Language": self.language,
        }
        for name, value in heads.items():
            made[name] = value
        made.set_payload(flowed(self.paragraphs), _READABLE)
        # Addresses in the head are not folded: programs that read them know no folding inside.
        return made.as_bytes(policy=compat32.clone(linesep="\r\n", max_line_length=None))


def flowed(paragraphs: Iterable[str]) -> str:
    """Return paragraphs as a text that screens of any width break anew (RFC 3676).

    >>> flowed(["One line", "> not quoted"])
    'One line\\n\\n > not quoted\\n'
    """
    return "\n\n".join("\n".join(map(_flowed, each.split("\n"))) for each in paragraphs) + "\n"


def in_one_line(text: str) -> str:
    """Return ``text`` in one line, without what controls a screen."""
    return legible(" ".join(text.split()))


def _flowed(line: str) -> str:
    shown = legible(line.rstrip())
    pieces = textwrap.wrap(shown, WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
    stuffed = [f" {piece}" if _STUFFED.match(piece) else piece for piece in pieces]
    return " \n".join(stuffed)


def _encoded(text: str, head: str) -> str:
    return Header(in_one_line(text), "utf-8", header_name=head).encode(linesep="\r\n")
