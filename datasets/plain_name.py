"""A second name for a folder, for libraries that read patterns, addresses or variables out of a path."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from types import TracebackType

_ODD = re.compile(r"[^\w/. -]")


class PlainName:
    """Stands for ``folder``: the folder's own path, or a link to it where that has characters that mean something.

    What is behind the name is looked up at every use, so that a folder that is put back from a backup is seen.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._made: tempfile.TemporaryDirectory[str] | None = None
        self.path = self._folder
        if _ODD.search(str(self._folder)):
            self._made = tempfile.TemporaryDirectory(prefix="ytemo-")
            self.path = Path(self._made.name) / "folder"
            self.path.symlink_to(self._folder)

    def __enter__(self) -> PlainName:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def of(self, path: Path) -> Path:
        """Return the name of a file in the folder; a path elsewhere stays as it is."""
        path = path.absolute()
        return self.path / path.relative_to(self._folder) if path.is_relative_to(self._folder) else path

    def close(self) -> None:
        """Take the second name away."""
        if self._made is not None:
            self._made.cleanup()
