"""Reads regular files of bounded size, and refuses all others unread; those of a definition stay inside its folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from datasets.errors import DefinitionInvalid, Problem, VerificationFailed

_CHUNK = 1 << 20


def read_bounded(path: Path, *, within: Path, most: int, message: str) -> bytes:
    """Return the content of ``path``, at most ``most`` bytes, which no link leads out of the folder ``within``.

    Raises:
        DefinitionInvalid: With ``message`` and the file, rule and remedy; nothing of what the file holds.
    """
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(within.resolve()):
            raise _refused(path, message, f"is a link that leaves the folder {within}", "copy the file into the folder")
        content = read_regular(real, most)
    except OSError as error:
        rule = f"cannot be read: {error.strerror or 'it cannot be opened'}"
        raise _refused(path, message, rule, "check the name of the file") from None
    except (RuntimeError, ValueError):
        raise _refused(path, message, "cannot be opened", "check the name of the file and its links") from None
    if content is None:
        raise _refused(path, message, "is a folder, a pipe or a device, not a file", "name a file of text")
    if len(content) > most:
        raise _refused(path, message, f"is larger than {most} bytes", "shorten it: such a file holds no data")
    return content


def read_regular(path: Path, most: int) -> bytes | None:
    """Return what is in a file, and no more of it than tells that it is too large; None where it is no file."""
    # A pipe would otherwise wait for somebody to write into it.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return b"".join(_chunks(file, most + 1))
    finally:
        os.close(descriptor)


def _chunks(file: BinaryIO, most: int) -> Iterator[bytes]:
    """Yield up to ``most`` bytes, piece by piece: asked for them at once, Python takes the memory before it reads."""
    while most > 0 and (chunk := file.read(min(most, _CHUNK))):
        most -= len(chunk)
        yield chunk


def read_stored(path: Path, most: int) -> bytes:
    """Return the content of a file of the store, which no pipe can make wait and no device make endless.

    Raises VerificationFailed where it is no file, or larger than ``most`` bytes, and OSError where it cannot be read.
    """
    content = read_regular(path, most)
    if content is None:
        raise _damaged(path, "must be a file, not a folder, a pipe or a device")
    if len(content) > most:
        raise _damaged(path, f"must have at most {most} bytes")
    return content


def _damaged(path: Path, rule: str) -> VerificationFailed:
    problem = Problem(str(path), rule, "Restore the file from a backup or a mirror")
    return VerificationFailed("The release store is damaged", problems=[problem])


def read_bounded_text(path: Path, *, within: Path, most: int, message: str) -> str:
    """Do as ``read_bounded`` does with a file that must be UTF-8; a mark at its start is left out."""
    content = read_bounded(path, within=within, most=most, message=message)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(f"{path} line {line}", "is not UTF-8", "save the file as UTF-8")
        raise DefinitionInvalid(message, problems=[problem]) from None


def _refused(path: Path, message: str, rule: str, remedy: str) -> DefinitionInvalid:
    return DefinitionInvalid(message, problems=[Problem(str(path), rule, remedy)])
