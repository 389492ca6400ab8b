"""Replays a recorded publication up to a power failure, and makes every state in which the disk may then be found.

The method is that of ALICE (Pillai and others, OSDI 2014): what was not synced may be on the disk or not. The content
of a file is sure up to its last sync; a name in a folder is sure once the folder was synced after the name was made.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.disk_faults import replaced


@dataclass(frozen=True)
class Change:
    """One recorded call. ``name`` is a path below the root; ``file`` tells contents apart that share names."""

    call: str
    name: Path = Path()
    file: int = -1
    data: bytes = b""


@dataclass
class Trace:
    """The changes that a publication made, in order."""

    root: Path
    changes: list[Change] = field(default_factory=list)
    _open: dict[int, int] = field(default_factory=dict)
    _files: dict[Path, int] = field(default_factory=dict)
    _next: int = 0

    def record(self, publish: Callable[[], Any]) -> Any:
        """Run ``publish`` and write down what it does to the disk."""
        with replaced(self._recorder):
            return publish()

    def _recorder(self, call: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(*args: Any, **options: Any) -> Any:
            existed = call == "make_folder" and args[0].is_dir()
            result = original(*args, **options)
            if not existed:
                self.changes += self._changes(call, args, result)
            return result

        return recorded

    def _changes(self, call: str, args: tuple[Any, ...], result: Any) -> Iterator[Change]:
        if call == "create":
            self._next += 1
            self._open[result] = self._files[args[0]] = self._next
            yield Change("enter", self._below(args[0]), self._next)
        elif call == "write":
            yield Change("write", file=self._open[args[0]], data=bytes(args[1]))
        elif call == "sync":
            yield Change("sync", file=self._open[args[0]])
        elif call in ("link", "replace"):
            file = self._files[args[1]] = self._files[args[0]]
            yield Change("enter", self._below(args[1]), file)
        elif call == "make_folder":
            yield Change("enter", self._below(args[0]))
        elif call in ("unlink", "remove_tree"):
            yield Change("leave", self._below(args[0]))
        elif call == "sync_folder" and args[0].is_relative_to(self.root):
            yield Change("sync_folder", self._below(args[0]))

    def _below(self, path: Path) -> Path:
        return path.relative_to(self.root)


@dataclass(frozen=True)
class Loss:
    """What the disk keeps of what was not synced."""

    names: Callable[[int], bool]
    """Whether the n-th unsynced change of a name is kept."""
    data: Callable[[bytes], bytes]
    """What is kept of unsynced content."""


def losses(unsynced: int) -> Iterator[Loss]:
    """Yield everything lost, everything kept, names without content, torn content, and each one name kept or lost."""
    for data in (lambda _: b"", lambda written: written[: len(written) // 2], lambda written: written):
        yield Loss(lambda _: True, data)
        yield Loss(lambda _: False, data)
    for number in range(unsynced):
        yield Loss(lambda n, number=number: n == number, lambda _: b"")  # type: ignore[misc]
        yield Loss(lambda n, number=number: n != number, lambda _: b"")  # type: ignore[misc]


def states(trace: Trace, before: Path, scratch: Path) -> Iterator[tuple[int, Path]]:
    """Yield each state after each number of changes: the number, and a folder that is reused for the next state."""
    for length in range(len(trace.changes) + 1):
        done = trace.changes[:length]
        unsynced = len(_unsynced_names(done))
        seen: set[tuple[tuple[str, bytes | None], ...]] = set()
        for loss in losses(unsynced):
            kept = _kept(done, loss)
            key = tuple(sorted((str(name), content) for name, content in kept.items()))
            if key not in seen:
                seen.add(key)
                _write_state(kept, before, scratch)
                yield length, scratch


def _unsynced_names(done: list[Change]) -> list[int]:
    """Return the places of changes of names whose folder was not synced afterwards."""
    found = []
    for place, change in enumerate(done):
        if change.call in ("enter", "leave"):
            later = done[place + 1 :]
            if not any(other.call == "sync_folder" and other.name == change.name.parent for other in later):
                found.append(place)
    return found


def _kept(done: list[Change], loss: Loss) -> dict[Path, bytes | None]:
    """Return the names that the disk holds, with their content; a folder has none. A name None is gone."""
    unsynced = {place: number for number, place in enumerate(_unsynced_names(done))}
    contents = _contents(done, loss)
    kept: dict[Path, bytes | None] = {}
    for place, change in enumerate(done):
        if change.call == "enter" and (place not in unsynced or loss.names(unsynced[place])):
            kept[change.name] = contents.get(change.file, b"") if change.file >= 0 else None
        elif change.call == "leave" and (place not in unsynced or loss.names(unsynced[place])):
            kept = {name: content for name, content in kept.items() if not name.is_relative_to(change.name)}
    return kept


def _contents(done: list[Change], loss: Loss) -> dict[int, bytes]:
    sure: dict[int, bytes] = {}
    unsure: dict[int, bytes] = {}
    for change in done:
        if change.call == "write":
            unsure[change.file] = unsure.get(change.file, b"") + change.data
        elif change.call == "sync":
            sure[change.file] = sure.get(change.file, b"") + unsure.pop(change.file, b"")
    return {file: sure.get(file, b"") + loss.data(unsure.get(file, b"")) for file in {*sure, *unsure}}


def _write_state(kept: dict[Path, bytes | None], before: Path, scratch: Path) -> None:
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(before, scratch)
    for name in sorted(kept, key=lambda path: len(path.parts)):
        path, content = scratch / name, kept[name]
        # What stands in a folder that the disk does not know cannot be reached.
        if path.parent.is_dir():
            if content is None:
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(content)
