"""What a subscription is about: one dataset, one theme, or everything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from datasets.release import PublicRelease

Kind = Literal["all", "datasets", "themes"]
_WRITTEN = re.compile(r"(datasets|themes)/([a-z0-9][a-z0-9-]{0,99})")


@dataclass(frozen=True)
class Subject:
    """A subject, written as feeds are named: ``datasets/dengue-cases``, ``themes/registers`` or ``all``."""

    kind: Kind = "all"
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" if self.name else self.kind

    def takes_in(self, release: PublicRelease) -> bool:
        """Say whether a release is what the subscriber wants to hear of."""
        if self.kind == "datasets":
            return release.dataset == self.name
        return self.kind == "all" or release.description.theme == self.name


EVERYTHING = Subject()


def subject(written: str) -> Subject | None:
    """Read a subject; None for what is none.

    >>> subject("themes/registers"), subject("all"), subject("themes/") is None
    (Subject(kind='themes', name='registers'), Subject(kind='all', name=''), True)
    """
    if written == EVERYTHING.kind:
        return EVERYTHING
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return None
    return Subject("datasets" if found[1] == "datasets" else "themes", found[2])
