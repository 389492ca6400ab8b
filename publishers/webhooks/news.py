"""What there is to tell of the releases of a store, and how each event is put into words for receivers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from datasets.errors import Problem
from datasets.public_releases import PublicReleases
from publishers.webhooks.documents import Addresses, document
from publishers.webhooks.events import Event, events_of


@dataclass(frozen=True)
class News:
    """What there is to tell, and what of it cannot be read."""

    releases: PublicReleases
    addresses: Addresses

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Everything that there is to tell."""
        datasets = self.releases.datasets_ever()
        return events_of(release for dataset in datasets for release in self.releases.releases(dataset))

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the store, so that not everything that is out is known."""
        return self.releases.problems()

    def body(self, event: Event) -> bytes:
        """Return what is posted of ``event``; raises what readers of its release raise where it is damaged."""
        if event.release.withdrawal is None:
            # What is damaged here must not be announced.
            self.releases.check_files(event.release)
        return document(event, self.addresses)
