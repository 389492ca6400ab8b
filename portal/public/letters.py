"""Letters that visitors send with a mail program of their own: the portal writes the beginning, and sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from datasets.text import legible

LONGEST_ADDRESS = 2_000
"""Characters of an address that every mail program takes; of a longer letter the link has the subject alone."""


@dataclass(frozen=True)
class Letter:
    """Who gets a letter, and how it begins."""

    to: str
    subject: str
    lines: tuple[str, ...]

    @property
    def body(self) -> str:
        return "\n".join(map(_line, self.lines))

    @property
    def text(self) -> str:
        """Return the letter for those whose mail program the link does not open."""
        return f"{_line(self.subject)}\n\n{self.body}"

    @property
    def address(self) -> str:
        """Return the ``mailto:`` address (RFC 6068).

        Everything is percent-encoded, so that nothing in a title or an address begins another header or field.
        """
        start = f"{mailto(self.to)}?subject={quote(_line(self.subject), safe='')}"
        whole = f"{start}&body={quote(self.body.replace(chr(10), chr(13) + chr(10)), safe='')}"
        return whole if len(whole) <= LONGEST_ADDRESS else start


def mailto(email: str) -> str:
    """Return the address of mail to one receiver.

    >>> mailto("data@example.vn?bcc=other@example.vn")
    'mailto:data@example.vn%3Fbcc%3Dother@example.vn'
    """
    return f"mailto:{quote(email, safe='@')}"


def _line(text: str) -> str:
    """Return ``text`` in one line, without what controls a screen."""
    return legible(" ".join(text.split()))
