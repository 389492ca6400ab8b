"""The history of a dataset for programs: what each release changed, what was withdrawn, and which names will go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from pydantic import Field, ValidationError

from datasets.changes import CHANGELOG, Changes
from datasets.errors import FileNotFound, ReleaseWithdrawn, VerificationFailed
from datasets.notices import RenamedField, RetiringPart
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.text import Bilingual
from portal.public.notice_headers import Notice, announced_at
from portal.public.resources import ReleaseLinks, Resource, WithdrawalNote, release_summary
from portal.shared.links import Links

_ON_A_PAGE = 12


class NoticeNote(Resource):
    """A name that will not be answered for ever, as the newest release announces it."""

    name: str = Field(description="A field, `tables.` and a table, one of its fields, or `codelists.` and a list.")
    renamed_to: str | None = Field(default=None, description="What it is called now; null where it goes altogether.")
    announced: datetime = Field(description="When readers were first told.")
    until: date = Field(description="The last day, in Viet Nam, on which it is answered or sure to be there.")
    over: bool = Field(description="Whether this day has passed.")
    reason: Bilingual | None = Field(default=None, description="Of what goes: why, and what to use instead.")


class ReleaseChanges(Resource):
    """What one release changed."""

    release: str = Field(description="Edition and version.", examples=["2024.1"])
    edition: str
    version: int
    published_at: datetime
    available_from: datetime
    summary: Bilingual = Field(description="What changed since the release before, in a sentence.")
    withdrawn: WithdrawalNote | None = Field(default=None, description="Nothing else is told of what was withdrawn.")
    comparison: Changes | None = Field(
        default=None,
        description="The comparison with the release before, as `changelog.json` of the package has it; null where the"
        " release was withdrawn, or where its file is damaged.",
    )
    renamed: tuple[RenamedField, ...] = Field(default=(), description="Older names that this release announces.")
    retiring: tuple[RetiringPart, ...] = Field(default=(), description="What this release announces to go.")
    links: ReleaseLinks | None = Field(default=None, description="Absent when it was withdrawn.")


class HistoryDocument(Resource):
    """All public releases of a dataset, newest first, each with what it changed."""

    dataset: str
    total: int
    returned: int
    truncated: bool
    next: str | None = Field(description="The address of the next page.")
    notices: tuple[NoticeNote, ...] = Field(
        description="Names of the newest release that will not be answered for ever."
    )
    releases: tuple[ReleaseChanges, ...]

    @property
    def lacks_comparisons(self) -> bool:
        """Whether the file of a release that was not withdrawn is damaged or missing."""
        return any(one.comparison is None and one.withdrawn is None for one in self.releases)


def notice_notes(release: PublicRelease, releases: PublicReleases) -> tuple[NoticeNote, ...]:
    """Return the notices of a release, those that are over first."""
    notices: tuple[Notice, ...] = (*release.description.renamed, *release.description.retiring)
    notes = (_note(notice, release, releases) for notice in notices)
    return tuple(sorted(notes, key=lambda note: (note.until, note.name)))


def _note(notice: Notice, release: PublicRelease, releases: PublicReleases) -> NoticeNote:
    announced, over = announced_at(notice, release, releases), notice.until < releases.today()
    if isinstance(notice, RenamedField):
        return NoticeNote(name=notice.old, renamed_to=notice.new, announced=announced, until=notice.until, over=over)
    return NoticeNote(name=notice.place, announced=announced, until=notice.until, over=over, reason=notice.reason)


def history_document(
    dataset: str, releases: PublicReleases, links: Links, *, limit: int, after: str
) -> HistoryDocument:
    """Tell of the releases behind ``after``; raises what ``PublicReleases.releases`` raises."""
    found = releases.releases(dataset)
    names = [release.name for release in found]
    left = found[names.index(after) + 1 :] if after in names else found if not after else ()
    page = left[:limit]
    truncated = len(left) > limit
    path = f"datasets/{dataset}/changes"
    newest = next((release for release in found if release.withdrawal is None), None)
    return HistoryDocument(
        dataset=dataset,
        total=len(found),
        returned=len(page),
        truncated=truncated,
        next=links.absolute(links.api(path, limit=limit, after=page[-1].name)) if truncated else None,
        notices=notice_notes(newest, releases) if newest else (),
        releases=tuple(_changes(release, releases, links) for release in page),
    )


def _changes(release: PublicRelease, releases: PublicReleases, links: Links) -> ReleaseChanges:
    summary = release_summary(release, links)
    told = {
        name: getattr(summary, name) for name in ("release", "edition", "version", "published_at", "available_from")
    }
    if release.withdrawal is not None:
        return ReleaseChanges(**told, summary=summary.changes, withdrawn=summary.withdrawn)
    return ReleaseChanges(
        **told,
        summary=summary.changes,
        comparison=comparison_of(release, releases),
        renamed=release.description.renamed,
        retiring=release.description.retiring,
        links=summary.links,
    )


def comparison_of(release: PublicRelease, releases: PublicReleases) -> Changes | None:
    """Return what a release says of its changes; None where it is withdrawn, or its file is damaged or missing."""
    try:
        with releases.reading(release, CHANGELOG) as file:
            return Changes.model_validate_json(file.read())
    except (FileNotFound, ReleaseWithdrawn, VerificationFailed, ValidationError):
        return None


def comparisons_of(found: Sequence[PublicRelease], releases: PublicReleases) -> dict[str, Changes]:
    """Return what the newest of ``found`` changed, by their names: as many as somebody reads on one page."""
    standing = [release for release in found if release.withdrawal is None]
    told = {release.name: comparison_of(release, releases) for release in standing[:_ON_A_PAGE]}
    return {name: changes for name, changes in told.items() if changes is not None}


def in_force_today(found: Iterable[PublicRelease], today: date) -> tuple[str, ...]:
    """Return what changes in the history of a dataset from one day to the next: which notices are over."""
    renamed = [one.until for release in found for one in release.description.renamed]
    retiring = [one.until for release in found for one in release.description.retiring]
    return tuple(str(until < today) for until in (*renamed, *retiring))
