"""Text files made safe to parse, in little memory: strict UTF-8 in NFC, without NUL and endless lines."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from datasets.errors import SourceUnreadable
from publishers.extract.encodings import decode, guess_bytes
from publishers.extract.location import unreadable

CHUNK = 1 << 20
MAX_LINE = 2_000_000
"""Bytes; DuckDB's own limit for a row of text."""
_SAMPLE = 1 << 18
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class _Lines:
    """Watches text go by: where it is, and whether a line is too long or holds NUL."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.before = 0
        self._open = 0
        self._after_cr = False

    def watch(self, chunk: bytes) -> None:
        """Take the next piece of the file in an encoding that is a superset of ASCII."""
        nul = chunk.find(b"\x00")
        if nul >= 0:
            line = self.line(chunk, nul)
            raise unreadable(f"{self.name} line {line}", "holds a NUL byte: this is not text", "export it as CSV again")
        if len(chunk) >= CHUNK and not chunk.strip(b"\r\n"):
            # Somebody would wait for hours until they were passed over one by one.
            raise unreadable(
                f"{self.name} line {self.before + 1}", "begins a million empty lines", "export the table again"
            )
        first = _first_newline(chunk)
        if self._open + (len(chunk) if first < 0 else first) > MAX_LINE:
            raise unreadable(
                f"{self.name} line {self.before + 1}",
                f"is longer than {MAX_LINE:,} bytes",
                "check the line ends and the size of its cells",
            )
        self._open = self._open + len(chunk) if first < 0 else len(chunk) - 1 - _last_newline(chunk)
        self.before += self._line_ends(chunk, len(chunk))
        self._after_cr = chunk.endswith(b"\r")

    def refuse_marks(self, text: str) -> None:
        """Refuse a byte order mark in the next piece of text: there two files were put together, header and all."""
        place = text.find("\ufeff")
        if place >= 0:
            line = self.line(text[:place].encode(), place * 4)
            rule = "holds a byte order mark, which belongs only at the start of a file"
            raise unreadable(f"{self.name} line {line}", rule, "export the table as one file, in UTF-8")

    def line(self, chunk: bytes, offset: int) -> int:
        """Return the number of the line of ``chunk`` at ``offset``, counted from 1."""
        return self.before + self._line_ends(chunk, offset) + 1

    def _line_ends(self, chunk: bytes, end: int) -> int:
        """Count line feeds, carriage returns, and both together as one, as editors do."""
        feeds, returns = chunk.count(b"\n", 0, end), chunk.count(b"\r", 0, end)
        both = chunk.count(b"\r\n", 0, end) if feeds and returns else 0
        return feeds + returns - both - (self._after_cr and chunk.startswith(b"\n") and end > 0)


def has_blank_lines(path: Path) -> bool:
    """Return whether a line of ``path`` may be empty: DuckDB passes over it, but a person counts it."""
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            piece = tail + chunk
            if b"\n\n" in piece or b"\n\r\n" in piece or b"\r\r" in piece:
                return True
            tail = chunk[-2:]
    return False


def prepare_text(path: Path, *, name: str, encoding: str, work: Path) -> Path:
    """Return ``path`` or a copy in ``work`` that is strict UTF-8 in NFC.

    ``encoding`` is `auto` or one of encodings.NAMES. SourceUnreadable names the line, and what was tried.
    """
    found = _encoding_by_start(path, name, encoding)
    if found == "utf-8":
        scan = _scan_utf8(path, name)
        if isinstance(scan, Path):
            return scan
        if scan is not None and encoding != "auto":
            raise _not_decodable(name, scan.line, "utf-8")
        if scan is not None:
            found = _guess(path, name, scan)
    return _transcode(path, name, encoding=found, target=work / "source-utf-8.csv")


@dataclass(frozen=True)
class _NotUtf8:
    offset: int
    line: int


def _encoding_by_start(path: Path, name: str, declared: str) -> str:
    with path.open("rb") as stream:
        start = stream.read(_SAMPLE)
    bom = next((encoding for mark, encoding in _BOMS if start.startswith(mark)), "")
    if declared == "auto":
        return bom or _utf16_without_bom(start) or "utf-8"
    if bom and not bom.startswith(declared):
        raise unreadable(name, f"starts with the mark of {bom[:6]}, not {declared}", "correct `encoding:`")
    if declared == "utf-16":
        utf16 = bom or _utf16_without_bom(start)
        if not utf16:
            raise unreadable(name, "is not UTF-16", "correct `encoding:`, or leave it to be found")
        return utf16
    return declared


def _utf16_without_bom(start: bytes) -> str:
    """Tell UTF-16 by its NUL bytes: ASCII characters, which every table has, leave one in each pair."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    pairs = max(len(start) // 2, 1)
    if odd > 0.4 * pairs and even < 0.1 * pairs:
        return "utf-16-le"
    if even > 0.4 * pairs and odd < 0.1 * pairs:
        return "utf-16-be"
    return ""


def _scan_utf8(path: Path, name: str) -> Path | _NotUtf8 | None:
    """Read the file once. None: it is UTF-8 but must be rewritten (a mark at its start, or not NFC)."""
    lines = _Lines(name)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    offset, normal = 0, True
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            pending = decoder.getstate()[0]
            if pending or not chunk.isascii():
                try:
                    text = decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    start = max(error.start - len(pending), 0)
                    return _NotUtf8(offset + start, lines.line(chunk, start))
                lines.refuse_marks(text if offset else text.lstrip("\ufeff"))
                normal = normal and _is_normal(text)
            lines.watch(chunk)
            offset += len(chunk)
    if decoder.getstate()[0]:
        return _NotUtf8(offset, lines.before + 1)
    return path if normal else None


def _is_normal(text: str) -> bool:
    """A piece that begins with a combining mark might join the piece before it; a BOM has to go."""
    first = text[:1]
    return unicodedata.is_normalized("NFC", text) and not unicodedata.combining(first or "a") and first != "\ufeff"


def _guess(path: Path, name: str, place: _NotUtf8) -> str:
    with path.open("rb") as stream:
        stream.seek(max(place.offset - _SAMPLE // 2, 0))
        sample = stream.read(_SAMPLE)
    # Whole lines only, so that no letter of two characters is cut.
    sample = sample[_first_newline(sample) + 1 : _last_newline(sample) + 1] or sample
    if b"\x00" in sample:
        raise unreadable(f"{name} line {place.line}", "holds a NUL byte: this is not text", "export it as CSV again")
    guess = guess_bytes(sample)
    if not guess.encoding:
        raise unreadable(
            f"{name} line {place.line}",
            f"is not UTF-8, and no other encoding fits well enough (possible syllables: {guess.report()})",
            "declare `encoding:` as utf-8, utf-16, tcvn3, vni, viscii or windows-1258, or export as UTF-8",
        )
    return guess.encoding


def _transcode(path: Path, name: str, *, encoding: str, target: Path) -> Path:
    lines = _Lines(name)
    with path.open("rb") as stream, target.open("wb") as out:
        for text in _texts(stream, lines, encoding):
            lines.refuse_marks(text)
            encoded = unicodedata.normalize("NFC", text).encode()
            lines.watch(encoded)
            out.write(encoded)
    return target


def _texts(stream: BinaryIO, lines: _Lines, encoding: str) -> Iterator[str]:
    """Yield the decoded file in pieces that end at a line's end, so that no letter is ever cut."""
    carry = b""
    newlines = ("\n".encode(encoding), "\r".encode(encoding)) if encoding.startswith("utf-16") else (b"\n", b"\r")
    first = True
    while chunk := stream.read(CHUNK):
        carry += chunk
        cut = _last_line_end(carry, newlines)
        if cut == 0 and len(carry) > 2 * MAX_LINE:
            # Nothing that is written yet can tell: let the watcher refuse it.
            lines.watch(b"x" * len(carry))
        yield from _decoded(carry[:cut], lines, encoding, first=first)
        first = first and cut == 0
        carry = carry[cut:]
    yield from _decoded(carry, lines, encoding, first=first)


def _decoded(raw: bytes, lines: _Lines, encoding: str, *, first: bool) -> Iterator[str]:
    if not raw:
        return
    try:
        text = raw.decode(encoding) if encoding.startswith("utf-") else decode(raw, encoding)
    except UnicodeDecodeError as error:
        line = lines.before + 1 + raw.count("\n".encode(encoding) if "16" in encoding else b"\n", 0, error.start)
        raise _not_decodable(lines.name, line, encoding) from None
    yield text.lstrip("\ufeff") if first else text


def _not_decodable(name: str, line: int, encoding: str) -> SourceUnreadable:
    return unreadable(
        f"{name} line {line}", f"is not {encoding}", "correct `encoding:`, or leave it out so that it is found"
    )


def _last_line_end(raw: bytes, newlines: tuple[bytes, bytes]) -> int:
    """Return the offset behind the last newline; 0 without one. Pairs of bytes count from an even offset."""
    width = len(newlines[0])
    for newline in newlines:
        place = raw.rfind(newline)
        while place >= 0 and place % width:
            place = raw.rfind(newline, 0, place + width - 1)
        if place >= 0:
            return place + width
    return 0


def _first_newline(chunk: bytes) -> int:
    places = [place for place in (chunk.find(b"\n"), chunk.find(b"\r")) if place >= 0]
    return min(places, default=-1)


def _last_newline(chunk: bytes) -> int:
    return max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
