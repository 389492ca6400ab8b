"""Finds the release whose promises a new one has to keep, and refuses the new one if it breaks them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from datasets.definition import Definition
from datasets.errors import Problem, ReleaseRejected, VerificationFailed
from datasets.notices import day_of
from datasets.periods import period_of
from datasets.release import PublicRelease, ReleaseDescription
from datasets.snapshots import Snapshots
from datasets.verified_reads import VerifiedReads
from publishers.ledger import Store
from publishers.promise_checks import Standing, broken_promises, in_words
from publishers.promises import Offer, offer_of_definition, offer_of_release


@dataclass(frozen=True)
class Promises:
    """What callers rely on when a release of one dataset and edition appears; nothing for a new edition that is not the
    newest, or for a dataset that nobody can have used yet."""

    standing: Standing | None

    @classmethod
    def made(cls, store: Store, dataset: str, edition: str, appears: datetime) -> Promises:
        """Read what the store will show when the release appears; embargoes that end by then are over.

        Raises VerificationFailed where a release of the dataset cannot be read: nobody knows what it promised.
        """
        snapshot = Snapshots(VerifiedReads(store.layout, store.key), lambda: appears).of(dataset)
        if unreadable := (*snapshot.damaged.values(), *snapshot.hidden):
            raise VerificationFailed(
                "Earlier releases cannot be read, so what they promise is unknown", problems=unreadable
            )
        before = _followed(snapshot.editions, edition)
        if before is None:
            return cls(None)
        newest = snapshot.editions[0]
        offers = (offer_of_release(before.description), offer_of_release(newest.description))
        return cls(Standing(day_of(appears), *offers, name=f"{before.dataset} {before.name}"))

    def check_definition(self, definition: Definition) -> None:
        """Raise ReleaseRejected before anything is read or spent, where the definition breaks what is promised."""
        refuse(self.broken_by(definition))

    def check_release(self, description: ReleaseDescription) -> None:
        """Raise ReleaseRejected where the finished release breaks what is promised."""
        refuse(self._broken(offer_of_release(description)))

    def broken_by(self, definition: Definition) -> tuple[Problem, ...]:
        """Return what a release of ``definition`` would break."""
        return self._broken(offer_of_definition(definition))

    def _broken(self, offer: Offer) -> tuple[Problem, ...]:
        return () if self.standing is None else broken_promises(offer, self.standing)


def refuse(problems: tuple[Problem, ...]) -> None:
    """Raise ReleaseRejected where there are broken promises."""
    if problems:
        raise ReleaseRejected(in_words(problems), problems=problems)


def _followed(editions: tuple[PublicRelease, ...], edition: str) -> PublicRelease | None:
    """Return the release that readers are given until a new one of ``edition`` appears.

    A new edition that is older than the newest one takes nobody's place: it breaks no question.
    """
    same = next((release for release in editions if release.edition == edition), None)
    if same is not None or not editions:
        return same
    period = period_of(edition)
    newest = editions[0]
    age = (str(period[1]) if period else "", edition)
    return newest if age > (newest.description.period_end, newest.edition) else None
