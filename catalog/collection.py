"""Collecting catalog records from the public releases, and from what was harvested of other catalogs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalog.others import Others
from catalog.record import CatalogRecord, record_of
from datasets.errors import DatasetNotFound, Problem, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed
from datasets.public_releases import PublicRelease, PublicReleases


@dataclass(frozen=True)
class Collection:
    """The records of all datasets that could be read, and what kept others out."""

    records: tuple[CatalogRecord, ...]
    problems: tuple[Problem, ...]


Quality = Callable[[PublicRelease], float | None]
"""How good the newest release of a dataset is described, from 0 to 1; nothing where that is not known."""


def collect(releases: PublicReleases, quality: Quality | None = None) -> Collection:
    """Return a record for each dataset with a visible release; a damaged one is left out and named, others go on."""
    records: list[CatalogRecord] = []
    problems: list[Problem] = []
    for dataset in releases.datasets():
        try:
            records.append(_record(releases, dataset, quality))
        except VerificationFailed as error:
            remedy = "run ytemo verify"
            problems.extend(error.problems or (Problem(dataset, "must be as it was signed", remedy),))
        except (DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn):
            continue  # Withdrawn since the list of datasets was made.
    return Collection(tuple(records), tuple(problems))


def stamp_of_all(releases: PublicReleases, others: Others | None) -> str:
    """Return what changes when a release or a harvested record comes or goes."""
    return " ".join(filter(None, (releases.stamp(), others.stamp() if others else "")))


def with_others(own: Collection, others: Others | None) -> Collection:
    """Return our own records, and behind them those of other catalogs."""
    if others is None:
        return own
    listed = others.listed()
    return Collection((*own.records, *listed.records), (*own.problems, *listed.problems))


def _record(releases: PublicReleases, dataset: str, quality: Quality | None) -> CatalogRecord:
    editions = releases.editions(dataset)
    codelists = [releases.codelist(editions[0], each.id) for each in editions[0].description.codelists]
    score = quality(editions[0]) if quality else None
    return record_of([edition.manifest for edition in editions], codelists, quality=score)
