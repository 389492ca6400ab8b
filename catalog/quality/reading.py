"""Reads from the public releases what quality is judged by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from catalog.quality.evidence import Evidence
from catalog.quality.score import Quality, quality_of
from datasets.moments import VIETNAM_TIME
from datasets.public_releases import PublicRelease, PublicReleases

METHODS = "methods.md"


def evidence_of(releases: PublicReleases, release: PublicRelease) -> Evidence:
    """Return what is known of a release, the newest of its edition; raises what reading its files raises."""
    about = release.description
    return Evidence(
        about=about,
        codelists={each.id: releases.codelist(release, each.id) for each in about.codelists},
        methods=_methods(releases, release),
        appeared=first_appeared(release, releases.releases(release.dataset)),
    )


def first_appeared(release: PublicRelease, known: tuple[PublicRelease, ...]) -> date:
    """Return the day in Viet Nam on which the edition of ``release`` first appeared, withdrawn versions aside."""
    versions = [each for each in known if each.edition == release.edition and each.withdrawal is None]
    moments = (each.manifest.came_out for each in (release, *versions))
    return min(moments).astimezone(VIETNAM_TIME).date()


def lasting_quality(releases: PublicReleases) -> Callable[[PublicRelease], float]:
    """Return what tells the ranking how good a dataset is: the score without what changes from day to day."""
    return lambda release: judged(releases, release, date.min).lasting


def judged(releases: PublicReleases, release: PublicRelease, today: date) -> Quality:
    """Judge a dataset by its newest release; raises what ``evidence_of`` raises."""
    return quality_of(evidence_of(releases, release), today)


def _methods(releases: PublicReleases, release: PublicRelease) -> str:
    if release.manifest.file(METHODS) is None:
        return ""
    with releases.reading(release, METHODS) as text:
        return text.read().decode("utf-8", "replace")
