"""What subscribers are told of: each release and revision that is out, and each one that was withdrawn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from datasets.release import PublicRelease
from publishers.webhooks.subscribers import Kind, Subscriber


@dataclass(frozen=True)
class Event:
    """Something that happened to a release that everybody may see."""

    kind: Kind
    release: PublicRelease

    @cached_property
    def id(self) -> str:
        """The same whenever it is worked out: of the kind, and of the signed envelope."""
        return _digest(f"{self.kind} {self.release.envelope_sha256}")

    @property
    def dataset(self) -> str:
        return self.release.dataset

    @property
    def time(self) -> datetime:
        """When it became true for the public: nothing that is under embargo has happened yet."""
        manifest, withdrawal = self.release.manifest, self.release.withdrawal
        happened = withdrawal.withdrawn_at if withdrawal else manifest.published_at
        return max(happened, manifest.available_from)

    @property
    def name(self) -> str:
        """What it is called in logs: ``revision notifiable-diseases 2024.2``."""
        return f"{self.kind} {self.dataset} {self.release.name}"


def events_of(releases: Iterable[PublicRelease]) -> tuple[Event, ...]:
    """Return what there is to tell of releases that are visible, the oldest first.

    Of one that was withdrawn only that is told: an announcement that has become untrue is not sent any more.
    """
    found = (Event(_kind(release), release) for release in releases)
    return tuple(sorted(found, key=lambda each: (each.time, each.dataset, each.release.edition, each.release.version)))


def is_asked_for(event: Event, subscriber: Subscriber) -> bool:
    """Say whether a subscriber wants to hear of it: by the kind, and by every one of the lists that it gives."""
    about = event.release.description
    return (
        event.kind in subscriber.events
        and (not subscriber.datasets or event.dataset in subscriber.datasets)
        and (not subscriber.themes or about.theme in subscriber.themes)
        and (not subscriber.publishers or about.publisher.id in subscriber.publishers)
    )


def webhook_id(subscriber: Subscriber, event_id: str) -> str:
    """Return the name of a delivery: the same at each attempt, so that receivers know what they have had."""
    return f"msg_{_digest(f'{subscriber.id} {event_id}')}"


def _kind(release: PublicRelease) -> Kind:
    if release.withdrawal is not None:
        return "withdrawal"
    return "release" if release.version == 1 else "revision"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
