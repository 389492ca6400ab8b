"""Collecting catalog records from the public releases."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.record import CatalogRecord, record_of
from datasets.errors import DatasetNotFound, Problem, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed
from datasets.public_releases import PublicReleases


@dataclass(frozen=True)
class Collection:
    """The records of all datasets that could be read, and what kept others out."""

    records: tuple[CatalogRecord, ...]
    problems: tuple[Problem, ...]


def collect(releases: PublicReleases) -> Collection:
    """Return a record for each dataset with a visible release; a damaged one is left out and named, others go on."""
    records: list[CatalogRecord] = []
    problems: list[Problem] = []
    for dataset in releases.datasets():
        try:
            records.append(_record(releases, dataset))
        except VerificationFailed as error:
            remedy = "run ytemo verify"
            problems.extend(error.problems or (Problem(dataset, "must be as it was signed", remedy),))
        except (DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn):
            continue  # Withdrawn since the list of datasets was made.
    return Collection(tuple(records), tuple(problems))


def _record(releases: PublicReleases, dataset: str) -> CatalogRecord:
    editions = releases.editions(dataset)
    codelists = [releases.codelist(editions[0], each.id) for each in editions[0].description.codelists]
    return record_of([edition.manifest for edition in editions], codelists)
