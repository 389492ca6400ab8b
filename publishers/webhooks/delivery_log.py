"""The log of deliveries to one subscriber: lines that are only ever added, each on the disk before the next step."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from datasets import disk
from datasets.bounded_files import read_regular
from datasets.errors import Problem, StoreUnavailable
from publishers.webhooks.standing import Entry, Standing

MAX_LOG = 256 << 20
"""Bytes of one log: some 300,000 deliveries."""


def log_folder(data_dir: Path) -> Path:
    """Return where the logs are: not among what can be derived anew, and not where web servers look."""
    return data_dir / "webhooks"


def log_path(folder: Path, subscriber: str) -> Path:
    return folder / f"{subscriber}.jsonl"


def read_log(path: Path) -> tuple[Standing, tuple[Problem, ...]]:
    """Return what a log amounts to; of lines that cannot be read it is told, unless it is where a run was killed."""
    try:
        content = read_regular(path, MAX_LOG)
    except FileNotFoundError:
        return Standing(), ()
    except OSError as error:
        raise unusable(path, error) from None
    if content is None or len(content) > MAX_LOG:
        rule = f"must be a file of at most {MAX_LOG >> 20} MiB"
        problem = Problem(str(path), rule, "move it away: its subscriber then begins anew")
        raise StoreUnavailable("A log of deliveries cannot be read", problems=[problem])
    standing, problems = Standing(), list[Problem]()
    for number, line in enumerate(content.split(b"\n"), start=1):
        entry = _entry(line)
        if entry is not None:
            standing.take(entry)
        elif line.strip() and not _is_torn(line):
            problems.append(Problem(f"{path} line {number}", "is not as it was written", "what it told is sent again"))
    return standing, tuple(problems)


def unusable(path: Path, error: OSError) -> StoreUnavailable:
    """Return the error that tells of a log, or of the folder of all logs, that cannot be used."""
    rule = f"cannot be read and written: {error.strerror or 'refused'}"
    problem = Problem(str(path), rule, "run as its owner, and correct its rights")
    return StoreUnavailable("A log of deliveries cannot be used", problems=[problem])


def _entry(line: bytes) -> Entry | None:
    try:
        return Entry.model_validate_json(line)
    except ValidationError:
        return None


def _is_torn(line: bytes) -> bool:
    """Say whether a line has no end: a run was killed, or the power failed, while it was written."""
    return not line.endswith(b"}") or b"\0" in line


class DeliveryLog:
    """A log that is open for more lines; one at a time, which the lock of the folder sees to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.standing, self.problems = read_log(path)
        try:
            if not path.exists():
                disk.write_new(path, b"", mode=0o600)
                disk.sync_folder(path.parent)
            self._descriptor, is_whole = disk.open_at_end(path)
        except OSError as error:
            if error.errno in disk.FULL_DISK:
                raise
            raise unusable(path, error) from None
        self._begin = b"" if is_whole else b"\n"

    def add(self, entry: Entry) -> None:
        """Write a line; when this returns it is on the disk."""
        line = entry.model_dump_json(exclude_defaults=True).encode() + b"\n"
        # What a full disk has left of a line must not spoil the next one.
        begin, self._begin = self._begin, b"\n"
        disk.write(self._descriptor, begin + line)
        disk.sync(self._descriptor)
        self._begin = b""
        self.standing.take(entry)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        disk.close(self._descriptor)
