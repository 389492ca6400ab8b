"""What others ask of a release before it goes out, such as valid catalog records; the command line puts it together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from datasets.errors import Problem, ReleaseRejected
from datasets.release import FileEntry, ReleaseDescription
from datasets.text import Bilingual

ReleaseCheck = Callable[[ReleaseDescription, Sequence[FileEntry], Bilingual], tuple[Problem, ...]]
"""Takes what a release says of itself, its files and what changed; returns what forbids that it goes out."""

asked: list[Callable[[str], ReleaseCheck]] = []
"""The checks of an installation, made with the public address of its portal.

`publishers` and `catalog` do not know each other; `portal.cli` knows both.
"""

Read = Callable[[str], str]
"""Returns the text of a file of a package, by its path."""

advised: list[Callable[[ReleaseDescription, Read], tuple[Problem, ...]]] = []
"""What others would see better in a package before it goes out; it may go out all the same."""


def unchecked(_: ReleaseDescription, __: Sequence[FileEntry], ___: Bilingual) -> tuple[Problem, ...]:
    """Ask nothing."""
    return ()


def checks_of(base_url: str) -> ReleaseCheck:
    """Return all checks of an installation as one."""
    checks = [make(base_url) for make in asked]

    def check(description: ReleaseDescription, files: Sequence[FileEntry], changes: Bilingual) -> tuple[Problem, ...]:
        return tuple(problem for each in checks for problem in each(description, files, changes))

    return check


def advice_on(description: ReleaseDescription, folder: Path) -> tuple[Problem, ...]:
    """Return what others would see better in the package in ``folder``."""

    def read(path: str) -> str:
        return (folder / path).read_text(encoding="utf-8")

    return tuple(problem for each in advised for problem in each(description, read))


def refuse(problems: Sequence[Problem]) -> None:
    """Raise ReleaseRejected where a check found anything."""
    if problems:
        raise ReleaseRejected("What others would read of this release is not valid", problems=tuple(problems))
