"""What is known of one source, on disk: whole generations, swapped in at the end of a run and checked when read."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from catalog.harvest.limits import MAX_RECORDS
from catalog.harvest.records import Document, Entry
from datasets import disk
from datasets.errors import Problem
from datasets.fingerprint import Stamp, open_regular, stamp_of
from datasets.outbound.limits import MIB
from datasets.text import Model

FORMAT = "ytemo-harvest/1"
_NAME = re.compile(r"gen-([0-9]{1,9})\.jsonl")
_KEPT = 2
"""Generations that stay: the newest, and the one before it for the day that the newest is damaged."""
_MOST_HEADER = 256 * MIB
_MOST_ENTRY = 16 * MIB
"""Bytes of one line; the fullest record has less than a quarter of it."""


class Header(Model):
    """The first line of a generation."""

    format: str = FORMAT
    mapping: int = 1
    """Which version of the program made the records; after another one everything is asked again."""
    asked: str = ""
    """The address that the source had; after another one everything is asked again."""
    since: str = ""
    """When the last run that was believed began, by the clock of the remote."""
    full_at: str = ""
    """When everything was asked the last time, by our clock."""
    run_at: str = ""
    documents: tuple[Document, ...] = ()
    sha256: str = ""
    """Of all lines after the first."""


@dataclass(frozen=True)
class State:
    """One generation."""

    header: Header = field(default_factory=Header)
    entries: Mapping[str, Entry] = field(default_factory=dict)
    number: int = 0
    problems: tuple[Problem, ...] = ()
    """What is wrong with newer generations, which were passed over."""


def read_state(folder: Path) -> State:
    """Return the newest generation that is sound; an empty state where there is none."""
    problems: list[Problem] = []
    for number, path in _generations(folder):
        found = _read(path, number)
        if isinstance(found, State):
            return State(found.header, found.entries, number, tuple(problems))
        problems.append(found)
    return State(number=max((number for number, _ in _generations(folder)), default=0), problems=tuple(problems))


def newest_hash(folder: Path) -> str:
    """Return the hash of the records of the newest generation as it says it, without reading them; empty for none."""
    for _, path in _generations(folder):
        mark = stamp_of(path)
        if mark and (found := _hash_said(path, mark)):
            return found
    return ""


@lru_cache(maxsize=1_024)
def _hash_said(path: Path, _: Stamp) -> str:
    """Return the hash that a file says; kept as long as the file is the same, since readers ask every few seconds."""
    try:
        with path.open("rb") as file:
            return Header.model_validate_json(file.readline(_MOST_HEADER)).sha256
    except (OSError, ValidationError):
        return ""


def write_state(folder: Path, header: Header, entries: Mapping[str, Entry], *, after: int) -> Path:
    """Write the generation that follows number ``after``, swap it in when it is on the disk, and remove old ones."""
    lines = "".join(entries[key].model_dump_json() + "\n" for key in sorted(entries)).encode()
    header = header.model_copy(update={"sha256": hashlib.sha256(lines).hexdigest()})
    path = folder / f"gen-{after + 1}.jsonl"
    draft = folder / f"{path.name}.{secrets.token_hex(4)}.new"
    disk.write_new(draft, header.model_dump_json().encode() + b"\n" + lines, mode=0o644)
    disk.replace(draft, path)
    disk.sync_folder(folder)
    for _, old in _generations(folder)[_KEPT:]:
        disk.unlink(old)
    for left in folder.glob("gen-*.new"):
        disk.unlink(left)
    return path


def _generations(folder: Path) -> list[tuple[int, Path]]:
    """Return the generations that there are, the newest first."""
    found = [(int(name[1]), path) for path in folder.glob("gen-*.jsonl") if (name := _NAME.fullmatch(path.name))]
    return sorted(found, reverse=True)


def _read(path: Path, number: int) -> State | Problem:
    remedy = "the generation before it is used, and the next run asks for everything"
    try:
        file = open_regular(path)
        if file is None:
            return Problem(str(path), "is no file", remedy)
        with file:
            header = Header.model_validate_json(file.readline(_MOST_HEADER))
            digest = hashlib.sha256()
            entries = list(islice(_entries(file, digest.update), 2 * MAX_RECORDS + 1))
    except ValidationError:
        return Problem(str(path), "is not as it was written", remedy)
    except OSError:
        return Problem(str(path), "cannot be read", remedy)
    if len(entries) > 2 * MAX_RECORDS:
        return Problem(str(path), f"holds more than {2 * MAX_RECORDS:,} records", remedy)
    if header.format != FORMAT or digest.hexdigest() != header.sha256:
        return Problem(str(path), "is not as it was written", remedy)
    return State(header, {entry.remote_id: entry for entry in entries}, number)


def _entries(file: BinaryIO, seen: Callable[[bytes], None]) -> Iterator[Entry]:
    """Yield the records of a file that ``seen`` is given line by line: a spoilt one is never held as a whole."""
    while line := file.readline(_MOST_ENTRY):
        seen(line)
        yield Entry.model_validate_json(line)
