"""What a subscription is about: one dataset, one theme, one topic, or everything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from datasets.release import PublicRelease
from portal.public.topics.gathering import is_about
from portal.public.topics.topic import Topic

Kind = Literal["all", "datasets", "themes", "topics"]
_WRITTEN = re.compile(r"(datasets|themes|topics)/([a-z0-9][a-z0-9-]{0,99})")


@dataclass(frozen=True)
class Subject:
    """A subject, written as feeds are named: ``datasets/dengue-cases``, ``themes/registers`` or ``all``."""

    kind: Kind = "all"
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" if self.name else self.kind

    def takes_in(self, release: PublicRelease, topics: Mapping[str, Topic]) -> bool:
        """Say whether a release is what the subscriber wants to hear of; ``topics`` are those that there are."""
        if self.kind == "datasets":
            return release.dataset == self.name
        if self.kind == "topics":
            return self.name in topics and is_about(topics[self.name], release.description)
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
    return next(Subject(kind, found[2]) for kind in get_args(Kind) if kind == found[1])
