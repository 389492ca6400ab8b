"""What headers say of names that will not be answered for ever: Deprecation (RFC 9745) and Sunset (RFC 8594)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import format_datetime

from datasets.notices import RenamedField, RetiringPart, end_of
from datasets.public_releases import PublicRelease, PublicReleases
from portal.query.plan import Plan
from portal.shared.links import Links

Notice = RenamedField | RetiringPart


@dataclass(frozen=True)
class Ending:
    """Something that an answer rests on and that will go: since when readers know, and when it is over."""

    announced: datetime
    until: date


def notices_of(release: PublicRelease, plan: Plan, *, doubled: bool) -> tuple[Notice, ...]:
    """Return what the release announces of the names in an answer, and of the fields that it rests on."""
    described = release.description
    if not described.renamed and not described.retiring:
        return ()
    shown = {*plan.called, *_also(plan)} if doubled else set(plan.called)
    touched = plan.touched
    return (
        *(one for one in described.renamed if (one.new, one.old) in shown),
        *(one for one in described.retiring if any(one.is_of(plan.table, name) for name in ("", *touched))),
    )


def _also(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the older names under which fields of the answer stand there too."""
    shown = {column.name for column in plan.columns}
    yield from (each for each in plan.also if each[0] in shown)


def retiring_headers(release: PublicRelease, table: str, releases: PublicReleases, links: Links) -> dict[str, str]:
    """Return the headers of dialects whose clients learn the columns of a table first: about all of it that goes."""
    described = release.description
    fields = {name for each in described.tables if each.id == table for name in (*each.dimensions, *each.measures)}
    fields |= {field.name for field in described.register_.fields} if described.register_ is not None else set()
    parts = [one for one in described.retiring if any(one.is_of(table, name) for name in ("", *fields))]
    return notice_headers(parts, release, releases, links)


def notice_headers(
    notices: Iterable[Notice], release: PublicRelease, releases: PublicReleases, links: Links
) -> dict[str, str]:
    """Return the headers about ``notices``: the first of their beginnings and ends, and the page that tells of them."""
    endings = [Ending(announced_at(notice, release, releases), notice.until) for notice in notices]
    if not endings:
        return {}
    announced = min(ending.announced for ending in endings)
    over = end_of(min(ending.until for ending in endings))
    page = links.absolute(links.dataset(release.dataset, "en")) + "#notices"
    relations = ", ".join(f'<{page}>; rel="{relation}"; type="text/html"' for relation in ("deprecation", "sunset"))
    return {
        "Deprecation": f"@{int(announced.timestamp())}",
        "Sunset": format_datetime(over, usegmt=True),
        "Link": relations,
    }


def announced_at(notice: Notice, release: PublicRelease, releases: PublicReleases) -> datetime:
    """Return when readers could first see that a release announces this; a later last day is the same notice."""
    said = [each for each in releases.releases(release.dataset) if any(_says(notice, each))]
    return min((each.manifest.available_from for each in said), default=release.manifest.available_from)


def _says(notice: Notice, release: PublicRelease) -> Iterator[bool]:
    described = release.description
    if isinstance(notice, RenamedField):
        yield from ((one.old, one.new) == (notice.old, notice.new) for one in described.renamed)
    else:
        yield from (one.place == notice.place for one in described.retiring)
