"""Generations of the index: each is built whole in its own folder, then one small file is swapped to point at it.

The pointer holds the SHA-256 of every file of the generation. A reader reads each file once, checks it, and uses what
it read: Whoosh's files contain pickles, and one that this program did not write, or that changed since, is never
unpickled. Nor is anything mapped into memory, where a file cut short under a reader would kill the process.
An index is never copied from elsewhere or restored from a backup; it is built again from the releases.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from catalog.shelf import damaged
from catalog.terms import ANALYZER_VERSION
from datasets.errors import CatalogUnavailable, Problem
from datasets.text import Model

POINTER, LOCK = "current.json", "build.lock"
_FORMAT = "ytemo-catalog/1"
_NAME = re.compile(r"gen-([0-9]+)-[0-9a-f]{8}")


class Pointer(Model):
    """Which generation is current, and what its files must be."""

    format: str
    analyzer: int
    generation: str = Field(pattern=_NAME.pattern + "$")
    files: dict[str, str]
    stamp: str = Field(default="", description="What the records were made from, in the words of the one who built.")


@dataclass(frozen=True)
class Generation:
    """One finished build of the index."""

    name: str
    path: Path
    records: int


@dataclass(frozen=True)
class Contents:
    """All files of a generation, read and verified. Nothing of it is on disk any more for anybody to change."""

    name: str
    files: Mapping[str, bytes]


def make_generation(directory: Path, fill: Callable[[Path], int], *, stamp: str = "") -> Generation:
    """Build a generation with ``fill`` (it returns the number of records), point to it, and delete older ones.

    Readers of an older generation have read what they need. A failed build leaves the current one as it was.
    Raises CatalogUnavailable where the folder cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _lock(directory):
            return _make(directory, fill, stamp)
    except OSError as error:
        problem = Problem(str(directory), "must be a folder that can be written, with room", error.strerror or "")
        raise CatalogUnavailable("The catalog index could not be built.", problems=[problem]) from error


def read_current(directory: Path) -> Contents:
    """Read the current generation; raises CatalogUnavailable where there is none or it is damaged."""
    for _ in range(5):
        pointer = _read_pointer(directory)
        try:
            return Contents(pointer.generation, _read_verified(directory / pointer.generation, pointer))
        except FileNotFoundError:
            if _read_pointer(directory) != pointer:
                continue  # A newer generation was swapped in while this one was read.
            raise damaged(pointer.generation, "must hold the files that the pointer names, and no others") from None
        except OSError as error:
            raise damaged(pointer.generation, "must be readable") from error
    raise damaged(POINTER, "must stay the same for long enough to be read")


def built_for(directory: Path) -> str:
    """Return the stamp with which the current generation was built; empty where there is none that is readable."""
    try:
        return _read_pointer(directory).stamp
    except CatalogUnavailable:
        return ""


def _make(directory: Path, fill: Callable[[Path], int], stamp: str) -> Generation:
    older = generations_of(directory)
    number = _number(older[0]) + 1 if older else 1
    path = directory / f"gen-{number}-{secrets.token_hex(4)}"
    path.mkdir(mode=0o755)
    try:
        records = fill(path)
        files = {name: _sync_and_hash(path / name) for name in _files(path)}
        for folder in (*(each for each in path.rglob("*") if each.is_dir()), path, directory):
            _sync_folder(folder)
        pointer = Pointer(format=_FORMAT, analyzer=ANALYZER_VERSION, generation=path.name, files=files, stamp=stamp)
        _point(directory, pointer)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    for old in older:
        shutil.rmtree(old, ignore_errors=True)
    return Generation(path.name, path, records)


def _point(directory: Path, pointer: Pointer) -> None:
    draft = directory / (POINTER + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(pointer.model_dump_json())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(directory / POINTER)
    _sync_folder(directory)


def _read_pointer(directory: Path) -> Pointer:
    try:
        pointer = Pointer.model_validate(json.loads((directory / POINTER).read_bytes()))
    except (OSError, ValueError, ValidationError) as error:
        raise damaged(POINTER, "must name the current generation") from error
    if (pointer.format, pointer.analyzer) != (_FORMAT, ANALYZER_VERSION):
        raise damaged(POINTER, "must have been written by this version of the program")
    return pointer


def _read_verified(path: Path, pointer: Pointer) -> dict[str, bytes]:
    if path.stat().st_mode & stat.S_IWOTH:
        raise damaged(pointer.generation, "must not be writable by everybody")
    if set(_files(path)) != set(pointer.files):
        raise FileNotFoundError
    contents = {name: (path / name).read_bytes() for name in pointer.files}
    for name, expected in pointer.files.items():
        if hashlib.sha256(contents[name]).hexdigest() != expected:
            raise damaged(f"{pointer.generation}/{name}", "must be as it was built")
    return contents


def _files(path: Path) -> list[str]:
    return sorted(each.relative_to(path).as_posix() for each in path.rglob("*") if not each.is_dir())


def _sync_and_hash(path: Path) -> str:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def generations_of(directory: Path) -> list[Path]:
    """Return the folders of all generations, finished or not, the newest first."""
    folders = directory.iterdir() if directory.is_dir() else ()
    return sorted((each for each in folders if _NAME.fullmatch(each.name)), key=_number, reverse=True)


def _number(generation: Path) -> int:
    return int(generation.name.split("-")[1])


@contextmanager
def _lock(directory: Path) -> Iterator[None]:
    """Let one process build at a time; the lock goes when the process ends, however it ends."""
    with (directory / LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
