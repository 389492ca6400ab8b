"""Parts of a file as RFC 9110 has them: what a Range header asks for, and the response that sends it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import BinaryIO

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

MAX_RANGES = 20
"""Who asks for more parts gets the whole: many small parts cost more than they save."""
_UNIT = "bytes="
_RANGE = re.compile(r"([0-9]*)-([0-9]*)")
_CHUNK = 256 * 1024


@dataclass(frozen=True)
class Span:
    """Bytes from ``start`` up to, but not including, ``end``."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start

    def content_range(self, size: int) -> str:
        """Return the value of Content-Range, in which the last byte is included."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


class RangeNotSatisfiable(HTTPException):
    """No part that was asked for begins within the file."""

    def __init__(self, size: int) -> None:
        super().__init__(416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})


def asked_spans(request: Request, size: int, *, tag: str, modified: str) -> tuple[Span, ...]:
    """Return the parts of a file of ``size`` bytes that ``request`` asks for; none at all means the whole file.

    A header that is malformed, of another unit, or about another version of the file (If-Range) is ignored, as is one
    of any method but GET. Raises RangeNotSatisfiable where no part begins within the file.
    """
    given = request.headers.getlist("range")
    condition = request.headers.get("if-range")
    if request.method != "GET" or len(given) != 1 or (condition is not None and condition not in (tag, modified)):
        return ()
    asked = _parse(given[0], size)
    if not asked:
        return ()
    spans = [span for span in asked if span.length > 0]
    if not spans:
        raise RangeNotSatisfiable(size)
    return _joined(spans)


def _parse(header: str, size: int) -> list[Span]:
    """Return what a header asks for, empty spans for what lies outside the file; nothing where it is malformed."""
    if header[: len(_UNIT)].lower() != _UNIT:
        return []
    parts = [part.strip(" \t") for part in header[len(_UNIT) :].split(",")]
    parts = [part for part in parts if part]
    matches = [_RANGE.fullmatch(part) for part in parts]
    if len(parts) > MAX_RANGES or size == 0:
        # Of an empty file no part can be named.
        return []
    spans = []
    for match in matches:
        if match is None or match[0] == "-" or (match[1] and match[2] and _number(match[2]) < _number(match[1])):
            return []
        spans.append(_span(match[1], match[2], size))
    return spans


def _span(first: str, last: str, size: int) -> Span:
    if not first:
        return Span(size - min(size, _number(last)), size)
    end = min(size, _number(last) + 1) if last else size
    return Span(min(_number(first), end), end)


def _number(digits: str) -> int:
    """Return a position; beyond what any file can have it need not be exact, and Python reads no endless numbers."""
    return int(digits.lstrip("0")[:19] or "0")


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return ``spans`` in their order, or sorted and joined where some overlap: no byte is sent twice."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, each.end)):
        if joined and span.start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(spans) if len(joined) == len(spans) else tuple(joined)


class FileParts(StreamingResponse):
    """Sends an open file, or parts of it, and closes it whatever happens."""

    def __init__(self, file: BinaryIO, size: int, spans: Sequence[Span], headers: Mapping[str, str]) -> None:
        self._file = file
        boundary, media_type = token_hex(13), headers["Content-Type"]
        heads = [_part_head(boundary, media_type, span, size) for span in spans] if len(spans) > 1 else []
        tail = f"\r\n--{boundary}--\r\n".encode() if heads else b""
        wanted = tuple(spans) or (Span(0, size),)
        length = sum(span.length for span in wanted) + sum(map(len, heads)) + len(tail)
        own = {**headers, "Content-Length": str(length), "Accept-Ranges": "bytes"}
        if heads:
            own["Content-Type"] = f"multipart/byteranges; boundary={boundary}"
        elif spans:
            own["Content-Range"] = spans[0].content_range(size)
        super().__init__(_content(file, wanted, heads, tail), 206 if spans else 200, headers=own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def _part_head(boundary: str, media_type: str, span: Span, size: int) -> bytes:
    lines = f"--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {span.content_range(size)}\r\n\r\n"
    return f"\r\n{lines}".encode("latin-1")


def _content(file: BinaryIO, spans: Sequence[Span], heads: Sequence[bytes], tail: bytes) -> Iterator[bytes]:
    for number, span in enumerate(spans):
        if heads:
            yield heads[number]
        file.seek(span.start)
        left = span.length
        while left:
            chunk = file.read(min(_CHUNK, left))
            if not chunk:
                raise OSError("the file became shorter while it was sent")
            left -= len(chunk)
            yield chunk
    if tail:
        yield tail
