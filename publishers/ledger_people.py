"""Which releases of a store count as published of the same people, and in which order readers had them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from datasets.errors import Problem, VerificationFailed
from datasets.periods import period_of
from datasets.release import PublicRelease
from datasets.verified_reads import VerifiedReads
from publishers.tabulate.plan import TabulationPlan

Period = tuple[date, date]


def all_releases(reads: VerifiedReads, dataset: str) -> Iterator[PublicRelease]:
    """Yield every release of a dataset, withdrawn ones too; raise VerificationFailed where one is missing."""
    versions: dict[str, list[int]] = {}
    for file in reads.release_files(dataset):
        if not file.withdrawn:
            versions.setdefault(file.edition, []).append(file.version)
            yield reads.release(dataset, file.edition, file.version)
    for edition, own in versions.items():
        if sorted(own) != list(range(1, len(own) + 1)):
            remedy = "Restore the missing release from a backup or a mirror"
            problem = Problem(f"{dataset} {edition}", "must have its versions 1, 2, 3 … without a gap", remedy)
            raise VerificationFailed("A release that was published before is missing", problems=[problem])


def of_the_same_people(releases: Sequence[PublicRelease], plan: TabulationPlan) -> list[PublicRelease]:
    """Return the releases that may be of people whom the present one counts, and those that hang together with them.

    A quarter that is out is the sum of its months: whoever has all of these but one has that one too. So the months
    before count as well when the next is published, although no day of them is in it.
    """
    found = [one for one in releases if is_of_the_same_people(one, plan)]
    around = {period for one in found if not _spends_for_ever(one) and (period := period_of_release(one))}
    dated = [(one, period) for one in releases if _counts(one) and (period := period_of_release(one))]
    linked = linked_by_time((period for _, period in dated), around)
    chosen = {one.edition for one in found} | {one.edition for one, period in dated if period in linked}
    return [one for one in releases if _counts(one) and one.edition in chosen]


def linked_by_time(periods: Iterable[Period], around: Iterable[Period]) -> frozenset[Period]:
    """Return the periods that overlap one of `around`, or one that does, and so on.

    Whatever follows from editions by adding and subtracting follows from such a cluster by itself: between two clusters
    there is no day that both have, and so nothing to subtract.

    >>> january, march, april, quarter = (period_of(f"2026-{one}") for one in ("01", "03", "04", "Q1"))
    >>> sorted(linked_by_time([january, march, april, quarter], [march])) == [january, quarter, march]
    True
    """
    around = frozenset(around)
    found: set[Period] = set()
    cluster: set[Period] = set()
    end = date.min
    for one in sorted({*periods, *around}):
        if one[0] > end:
            found |= cluster if cluster & around else set()
            cluster = set()
        cluster.add(one)
        end = max(end, one[1])
    return frozenset(found | (cluster if cluster & around else set()))


def is_of_the_same_people(release: PublicRelease, plan: TabulationPlan) -> bool:
    """Say whether an earlier release may be of people that the present one counts.

    An edition whose period is not known may be of any: it meets every edition of its dataset.
    """
    if not _counts(release):
        return False
    if release.edition == plan.edition or _spends_for_ever(release):
        return True
    theirs, ours = period_of_release(release), present_period(plan)
    return theirs is None or ours is None or (theirs[0] <= ours[1] and ours[0] <= theirs[1])


def _counts(release: PublicRelease) -> bool:
    return release.description.kind == "statistics"


def _spends_for_ever(release: PublicRelease) -> bool:
    """Whether its privacy was promised to people over all periods, who are then the same in every edition."""
    made = release.description.disclosure.rules.perturbation if release.description.disclosure else None
    return made is not None and made.budget is not None and made.budget.unit == "person"


def present_period(plan: TabulationPlan) -> Period | None:
    """Return the first and last day of the present edition; None where they are not known."""
    return _believed(plan.edition, plan.period)


def period_of_release(release: PublicRelease) -> Period | None:
    """Return the first and last day of a release's edition, by its name or its coverage; None where neither tells."""
    told = release.description
    start, end = told.period_start, told.period_end
    if start and end:
        return date.fromisoformat(start), date.fromisoformat(end)
    first, last = period_of(told.coverage.start), period_of(told.coverage.end)
    return _believed(release.edition, (first[0], last[1]) if first and last else None)


def days_of(period: Period | None) -> tuple[int, int] | None:
    """Return the day on which a period begins and the day after it ends, by number.

    >>> days_of((date(2026, 1, 1), date(2026, 12, 31)))
    (739617, 739982)
    """
    return None if period is None else (period[0].toordinal(), period[1].toordinal() + 1)


def _believed(edition: str, period: Period | None) -> Period | None:
    """Return a period unless the name of its edition has a year outside: a coverage of years ago is soon forgotten."""
    years = [int(year) for year in re.findall("(?<![0-9])[0-9]{4}(?![0-9])", edition)]
    inside = period is not None and all(period[0].year <= year <= period[1].year for year in years)
    return period if inside else None


def in_order(releases: Sequence[PublicRelease]) -> list[PublicRelease]:
    """Return releases in the order in which readers had them: by their place in the chain, for clocks may go back.

    Releases of before there was a chain come first, by the clock.
    """

    def place(one: PublicRelease) -> tuple[int, object, str, int]:
        chain = one.manifest.chain
        return (chain.number if chain else 0, one.manifest.published_at, one.edition, one.version)

    return sorted(releases, key=place)


def of_unknown_periods(releases: Sequence[PublicRelease], plan: TabulationPlan) -> Iterator[Problem]:
    """Yield a warning where another edition is reckoned with only because a period is not known."""
    others = [one for one in releases if one.edition != plan.edition]
    unknown = list(dict.fromkeys(one.edition for one in others if period_of_release(one) is None))
    rule = (
        "is of no period that is known, so that it is taken to be of the same people and the same time: of other"
        " people, more is withheld than need be; of a part of that time, or of a longer one, not all is seen"
    )
    remedy = "Name editions by their period, such as 2026-Q1, or give coverage a start and an end"
    if others and present_period(plan) is None:
        yield Problem(f"{plan.dataset} {plan.edition}", rule, remedy)
    elif unknown:
        yield Problem(f"{plan.dataset} {', '.join(unknown)}", rule, remedy)


def of_another_period(releases: Sequence[PublicRelease], plan: TabulationPlan) -> Iterator[Problem]:
    """Yield why versions of one edition are of other days than the present one.

    They would pass for its numbers before late reports came, while whoever has both subtracts the days in between.
    """
    present = present_period(plan)
    for one in releases:
        period = period_of_release(one) if one.edition == plan.edition else None
        if period is not None and present is not None and period != present:
            yield Problem(
                f"{one.dataset} {one.name}",
                f"is of {period[0]} to {period[1]}, and this version of the same edition of {present[0]} to"
                f" {present[1]}: nothing would tell what is in between from late reports",
                "publish other days as an edition of another name, or give the coverage of then",
            )
