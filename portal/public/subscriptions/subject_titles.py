"""What subjects of subscriptions are called on pages and in letters, as far as they are public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from catalog.record import THEME_LABELS
from datasets.errors import DatasetNotFound, FileNotFound, VerificationFailed, YtemoError
from datasets.public_releases import PublicReleases
from datasets.text import Bilingual
from portal.public.subscriptions.outbox import Waiting
from portal.public.subscriptions.subjects import EVERYTHING, Subject
from portal.public.topics.topic import Topic
from portal.shared.labels import N_
from portal.shared.wording import Wording, wording

_EVERYTHING = N_("Everything that is published here")


@dataclass(frozen=True)
class Offered:
    """What one may subscribe to: what is public, and the topics of the portal."""

    releases: PublicReleases
    topics: Mapping[str, Topic]


def title_of(about: Subject, offered: Offered, words: Wording) -> str:
    """Return what a subject is called; raises DatasetNotFound or FileNotFound for one that is not public."""
    if about == EVERYTHING:
        return words.gettext(_EVERYTHING)
    if about.kind == "themes":
        return words.gettext("Theme: %(theme)s") % {"theme": words.of(_theme(about.name))}
    if about.kind == "topics":
        return words.gettext("Topic: %(topic)s") % {"topic": words.of(_topic(about.name, offered))}
    return words.of(offered.releases.releases(about.name)[0].description.title)


def known_title(about: Subject, offered: Offered, words: Wording) -> str:
    """Return the same; of a subject that is public no longer, or damaged, its name: letters can always be stopped."""
    try:
        return title_of(about, offered, words)
    except YtemoError:
        return about.name


def title_in_letter(waiting: Waiting, offered: Offered) -> str | None:
    """Return the same for a letter; None where the subject is public no longer."""
    try:
        return title_of(waiting.about, offered, wording(waiting.language))
    except (DatasetNotFound, FileNotFound):
        return None


def offered_with(about: Subject, offered: Offered) -> Iterator[Subject]:
    """Yield the subjects that somebody may choose from: this one, what it belongs to, and everything."""
    if about.kind == "datasets":
        yield about
        yield Subject("themes", offered.releases.releases(about.name)[0].description.theme)
    elif about != EVERYTHING:
        yield about
    yield EVERYTHING
    if about == EVERYTHING:
        known = set(_themes(offered.releases))
        yield from (Subject("themes", theme) for theme in THEME_LABELS if theme in known)


def _themes(releases: PublicReleases) -> Iterator[str]:
    for dataset in releases.datasets():
        # One that is damaged keeps nobody from subscribing to others.
        with suppress(DatasetNotFound, VerificationFailed):
            yield releases.releases(dataset)[0].description.theme


def _topic(name: str, offered: Offered) -> Bilingual:
    if name not in offered.topics:
        raise FileNotFound("There is no such topic")
    return offered.topics[name].title


def _theme(name: str) -> Bilingual:
    if name not in THEME_LABELS:
        raise FileNotFound("There is no such theme")
    return THEME_LABELS[name]
