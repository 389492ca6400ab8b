"""Finds the release whose promises a new one has to keep, and refuses the new one if it breaks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from datasets.codelist import Codelist
from datasets.codelist_files import parse_codelist
from datasets.definition_files import LoadedDefinition
from datasets.errors import Problem, ReleaseRejected, VerificationFailed
from datasets.notices import day_of
from datasets.periods import period_of
from datasets.release import PublicRelease, ReleaseDescription
from datasets.snapshots import Snapshots
from datasets.verified_reads import VerifiedReads
from publishers.grown_lists import grown
from publishers.ledger import Store
from publishers.promise_checks import broken_promises, in_words
from publishers.promise_standing import Standing
from publishers.promises import Offer, offer_of_definition, offer_of_release


@dataclass(frozen=True)
class Promises:
    """What callers rely on when a release of one dataset and edition appears; nothing for a new edition that is not the
    newest, or for a dataset that nobody can have used yet."""

    standing: Standing | None
    lists: Callable[[], tuple[Codelist, ...]] = tuple
    """Reads the code lists of the releases that a new one is held against."""

    @classmethod
    def made(cls, store: Store, dataset: str, edition: str, appears: datetime) -> Promises:
        """Read what the store will show when the release appears; embargoes that end by then are over.

        Raises VerificationFailed where a release of the dataset cannot be read: nobody knows what it promised.
        """
        reads = VerifiedReads(store.layout, store.key)
        snapshot = Snapshots(reads, lambda: appears).of(dataset)
        if unreadable := (*snapshot.damaged.values(), *snapshot.hidden):
            raise VerificationFailed(
                "Earlier releases cannot be read, so what they promise is unknown", problems=unreadable
            )
        before = _followed(snapshot.editions, edition)
        if before is None:
            return cls(None)
        newest = snapshot.editions[0]
        offers = (offer_of_release(before.description), offer_of_release(newest.description))
        standing = Standing(day_of(appears), *offers, name=f"{before.dataset} {before.name}")
        return cls(standing, lambda: (*_lists(before, reads), *_lists(newest, reads)))

    def check_definition(self, loaded: LoadedDefinition) -> None:
        """Raise ReleaseRejected before anything is read or spent, where the definition breaks what is promised."""
        refuse(self.broken_by(loaded))

    def check_release(self, description: ReleaseDescription, codelists: Mapping[str, Codelist]) -> None:
        """Raise ReleaseRejected where the finished release, with its code lists, breaks what is promised."""
        refuse(self._broken(offer_of_release(description), codelists))

    def broken_by(self, loaded: LoadedDefinition) -> tuple[Problem, ...]:
        """Return what a release of a definition would break."""
        return self._broken(offer_of_definition(loaded.definition), loaded.codelists)

    def _broken(self, offer: Offer, codelists: Mapping[str, Codelist]) -> tuple[Problem, ...]:
        if self.standing is None:
            return ()
        lists = _named(offer) | _named(self.standing.newest)
        if lists <= _named(self.standing.before):
            return broken_promises(offer, self.standing)
        # A list may be read at last by another name: a copy of one that comes with ytemo, to be edited.
        then = self.lists()
        same = grown(then, {one.id: one for one in then} | dict(codelists))
        return broken_promises(offer, replace(self.standing, same_lists=same))


def _named(offer: Offer) -> set[str]:
    return {field.codelist for table in offer.tables.values() for field in table.fields.values()}


def _lists(release: PublicRelease, reads: VerifiedReads) -> Iterator[Codelist]:
    """Read the code lists of a release; one that is missing or damaged raises VerificationFailed."""
    for item in release.description.codelists:
        entry = release.manifest.file(item.path)
        if entry is None:
            problem = Problem(f"{release.dataset} {release.name}", f"has no file {item.path}")
            raise VerificationFailed("Earlier releases cannot be read", problems=[problem])
        with reads.objects.open(entry) as file:
            yield parse_codelist(file.read().decode("utf-8"), item.id, item.title, place=item.path)


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
