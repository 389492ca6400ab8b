"""What the command ``ytemo quality`` tells staff: every dataset, the worst first, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.quality.advice import advice_of
from catalog.quality.reading import judged
from catalog.quality.score import Quality
from datasets.errors import DatasetNotFound, Problem, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed
from datasets.public_releases import PublicReleases


@dataclass(frozen=True)
class Judged:
    """A dataset, by its newest release."""

    dataset: str
    release: str
    quality: Quality


@dataclass(frozen=True)
class Told:
    """All datasets that could be judged, the worst first, and what kept others out."""

    datasets: tuple[Judged, ...]
    problems: tuple[Problem, ...]


def judge_all(releases: PublicReleases, names: Sequence[str]) -> Told:
    """Judge the datasets called ``names`` as of today; one that is damaged is named, and one that is gone left."""
    found: list[Judged] = []
    problems: list[Problem] = []
    for name in names:
        try:
            newest = releases.latest(name)
            found.append(Judged(name, newest.name, judged(releases, newest, releases.today())))
        except VerificationFailed as error:
            problems.extend(error.problems or (Problem(name, "must be as it was signed", "run ytemo verify"),))
        except (DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn):
            if len(names) == 1:
                raise
    return Told(tuple(sorted(found, key=lambda each: each.quality.score)), tuple(problems))


def lines(told: Told) -> Iterator[str]:
    """Yield what people read."""
    for each in told.datasets:
        asked, missing = each.quality.asked, each.quality.missing
        level = each.quality.level.replace("_", " ")
        counted = f"{len(asked) - len(missing)} of {len(asked)} criteria met"
        yield f"{each.dataset} {each.release}: {level}, {each.quality.score:.2f} ({counted})"
        for advice in advice_of(each.quality):
            yield f"  {advice}"


def as_json(told: Told, today: date) -> dict[str, Any]:
    """Return what programs read."""
    return {
        "judged_on": today.isoformat(),
        "datasets": [_as_json(each) for each in told.datasets],
        "problems": [str(each) for each in told.problems],
    }


def _as_json(each: Judged) -> dict[str, Any]:
    return {
        "dataset": each.dataset,
        "release": each.release,
        "score": each.quality.score,
        "level": each.quality.level,
        "criteria": [
            {
                "key": one.criterion.key,
                "weight": one.criterion.weight,
                "state": one.finding.state,
                "reason": one.finding.reason,
                "remedy": one.finding.remedy,
                "places": list(one.finding.places),
            }
            for one in each.quality.judgements
        ],
    }
