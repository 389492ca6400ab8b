"""Compressed text files: decompressed into the work folder, complete or not at all, and no bomb."""

from __future__ import annotations

import gzip
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from publishers.extract.location import SourceFile, unreadable

CHUNK = 1 << 20
MAX_RATIO = 200
"""How many times larger than itself a compressed file may become; real tables reach 5 to 50."""
FREE_RATIO_BYTES = 64 << 20
"""Up to this size the ratio is not looked at: small files may be very regular."""
KEEP_FREE_BYTES = 1 << 30
"""What must stay free on the disk of the work folder."""


def decompress(file: SourceFile, *, work: Path) -> Path:
    """Write the decompressed file into ``work``; SourceUnreadable when it is cut off, damaged or a bomb."""
    target = work / "source.decompressed"
    try:
        with target.open("wb") as out:
            _copy(file, out)
    except (EOFError, zlib.error, gzip.BadGzipFile, pa.ArrowInvalid):
        raise _damaged(file.name) from None
    except OSError as error:
        if isinstance(error, PermissionError) or error.errno is None:
            raise _damaged(file.name) from None
        raise unreadable(file.name, "cannot be decompressed into the work folder", "make room on its disk") from None
    return target


def _damaged(name: str) -> Exception:
    return unreadable(name, "is cut off or damaged: its compressed data does not end as it should", "copy it again")


def _copy(file: SourceFile, out: BinaryIO) -> None:
    total = 0
    allowed = max(FREE_RATIO_BYTES, MAX_RATIO * file.fingerprint[1])
    for chunk in _chunks(file):
        total += len(chunk)
        if total > allowed:
            raise unreadable(
                file.name,
                f"becomes more than {MAX_RATIO} times larger when it is decompressed",
                "decompress it yourself if that is right",
            )
        if shutil.disk_usage(out.name).free < KEEP_FREE_BYTES:
            raise unreadable(file.name, "does not fit on the disk of the work folder", "make room on its disk")
        out.write(chunk)


def _chunks(file: SourceFile) -> Iterator[bytes]:
    if file.compression == "gzip":
        with gzip.open(file.path, "rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    else:
        with file.path.open("rb") as raw:
            if not _ends_with_a_frame(raw):
                raise EOFError
        with pa.input_stream(str(file.path), compression="zstd") as stream:
            while chunk := stream.read(CHUNK):
                yield cast("bytes", chunk)


def _ends_with_a_frame(raw: BinaryIO) -> bool:
    """Walk over the frames and blocks of a zstd file (RFC 8878) and tell whether the last frame is complete.

    The decompressor itself takes a file that is cut between two blocks for a complete one.
    """
    size = raw.seek(0, 2)
    raw.seek(0)
    while raw.tell() < size:
        magic = int.from_bytes(raw.read(4), "little")
        if 0x184D2A50 <= magic <= 0x184D2A5F:
            raw.seek(int.from_bytes(raw.read(4), "little"), 1)
        elif magic != 0xFD2FB528 or not _walk_frame(raw, size):
            return False
    return raw.tell() == size


def _walk_frame(raw: BinaryIO, size: int) -> bool:
    descriptor = int.from_bytes(raw.read(1), "little")
    single_segment = descriptor >> 5 & 1
    content_size = (0, 2, 4, 8)[descriptor >> 6] or single_segment
    raw.seek((1 - single_segment) + (0, 1, 2, 4)[descriptor & 3] + content_size, 1)
    last = False
    while not last:
        header = raw.read(3)
        if len(header) < 3:
            return False
        block = int.from_bytes(header, "little")
        last, run_length = bool(block & 1), (block >> 1 & 3) == 1
        raw.seek(1 if run_length else block >> 3, 1)
    raw.seek(4 if descriptor >> 2 & 1 else 0, 1)
    return raw.tell() <= size
