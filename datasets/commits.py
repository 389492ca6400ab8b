"""What this process has put into release stores, as the disk knows it, also where it was interrupted on the way."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class _Attempt:
    what: str
    device: int
    inode: int
    target: Path

    def succeeded(self) -> bool:
        try:
            found = self.target.lstat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (self.device, self.inode)


@dataclass
class Commits:
    """Remembers every envelope that is about to be linked; whether it was is looked up when somebody asks."""

    _attempts: list[_Attempt] = field(default_factory=list)

    def begin(self, what: str, envelope: Path, target: Path) -> None:
        """Say that ``envelope`` is about to get the name ``target``, and what will then be ``what``."""
        stat = os.lstat(envelope)
        self._attempts.append(_Attempt(what, stat.st_dev, stat.st_ino, target))

    def done(self) -> tuple[str, ...]:
        """Return what is in the store by the hand of this process: ``published clinic-visits 2026.1``."""
        return tuple(attempt.what for attempt in self._attempts if attempt.succeeded())
