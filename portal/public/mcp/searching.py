"""The tool `search`: which datasets there are about something."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.record import CatalogRecord
from catalog.search import SearchRequest
from datasets.errors import DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed
from datasets.public_releases import PublicRelease
from portal.public.mcp.arguments import SearchArguments
from portal.public.mcp.documents import FoundDataset, NamedThing, SearchAnswer
from portal.public.mcp.sources import MADE_UP, Sources, period_of, sourced
from portal.query.schema import REGISTER
from portal.shared.wording import wording

PAGE_SIZE = 10
_MOST_EDITIONS = 20
_MOST_FIELDS = 40
_GONE = (DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed)
"""What a dataset is that was withdrawn or damaged since the index was built: it is left out."""


def search(sources: Sources, asked: SearchArguments) -> SearchAnswer:
    """Return one page of the datasets that fit."""
    facets = {"theme": asked.theme, "kind": asked.kind}
    given: dict[str, str] = {name: value for name, value in facets.items() if value is not None}
    request = SearchRequest(
        text=asked.text,
        filters={name: (value,) for name, value in given.items()},
        page=asked.page,
        page_size=PAGE_SIZE,
        lang=asked.lang,
    )
    results = sources.catalog.current().search(request)
    found = tuple(_found(sources, tuple(hit.record for hit in results.hits)))
    parameters: dict[str, str | int] = {"q": asked.text, **given, "lang": asked.lang, "page": asked.page}
    return SearchAnswer(
        total=results.total - (len(results.hits) - len(found)),
        page=asked.page,
        more=results.total > asked.page * PAGE_SIZE,
        suggestion=results.suggestion,
        notes=(MADE_UP.of(asked.lang),) if any(each.synthetic for each in found) else (),
        datasets=found,
        api=sources.links.absolute(sources.links.api("search", **parameters, page_size=PAGE_SIZE)),
    )


def text_of(answer: SearchAnswer, asked: SearchArguments) -> str:
    """Return the answer in short, for readers of text alone."""
    words = wording(asked.lang)
    head = words.ngettext(
        "%(total)s dataset was found; this is page %(page)s.",
        "%(total)s datasets were found; these are on page %(page)s.",
        answer.total,
    )
    lines = [head % {"total": words.number(answer.total), "page": words.number(answer.page)}, *answer.notes]
    lines += [f"- {each.dataset} {each.release}: {words.of(each.title)}" for each in answer.datasets]
    return "\n".join(lines)


def _found(sources: Sources, records: tuple[CatalogRecord, ...]) -> Iterator[FoundDataset]:
    for record in records:
        try:
            editions = sources.releases.editions(record.id)
            release = sources.releases.latest(record.id)
        except _GONE:
            continue
        yield _dataset(sources, record, release, tuple(each.name for each in editions[:_MOST_EDITIONS]))


def _dataset(
    sources: Sources, record: CatalogRecord, release: PublicRelease, editions: tuple[str, ...]
) -> FoundDataset:
    links = sources.links
    address = links.absolute(links.api(f"datasets/{release.dataset}/releases/{release.name}"))
    return FoundDataset(
        **sourced(release, links, api=address),
        summary=release.description.summary,
        kind=release.description.kind,
        publisher=release.description.publisher.name,
        theme=record.theme_label,
        period=period_of(release),
        editions=editions,
        tables=tables_of(release),
        dimensions=tuple(NamedThing(name=each.name, title=each.title) for each in record.dimensions[:_MOST_FIELDS]),
        measures=tuple(NamedThing(name=each.name, title=each.title) for each in record.measures[:_MOST_FIELDS]),
    )


def tables_of(release: PublicRelease) -> tuple[NamedThing, ...]:
    """Return the tables that can be asked, with their titles; a register's has that of its dataset."""
    about = release.description
    tables = tuple(NamedThing(name=table.id, title=table.title) for table in about.tables)
    return (*tables, NamedThing(name=REGISTER, title=about.title)) if about.register_ is not None else tables
