"""The resources of the search."""

from __future__ import annotations

from pydantic import Field

from catalog.facets import FACETS
from catalog.origin import is_harvested
from catalog.record import CatalogRecord
from catalog.search import MAX_PAGE_SIZE, Catalog, Hit, SearchRequest, Sort
from catalog.shelf import MAX_VALUES
from catalog.suggestions import MAX_SUGGESTIONS, Suggestion, SuggestionKind
from datasets.public_releases import PublicReleases
from datasets.text import Bilingual, Language, Model
from portal.public.resources import Resource
from portal.shared.labels import facet_value
from portal.shared.links import Links

MAX_TYPED = 100
"""Characters that suggestions are sought for; who types more knows what to search for."""


class SearchParameters(Model):
    """What a search may ask. Values of one facet widen, different facets narrow."""

    q: str = Field(default="", max_length=500, description="Words, in Vietnamese (marks may be left out) or English.")
    sort: Sort = Field(default="relevance", description="The order of the hits.")
    lang: Language = Field(default="vi", description="The language of titles and of a suggestion.")
    page: int = Field(default=1, ge=1, le=10_000, description="Which page of the hits; one after the last is empty.")
    page_size: int = Field(default=20, ge=1, le=MAX_PAGE_SIZE, description="How many hits are on a page.")
    theme: list[str] = Field(default=[], max_length=50, description="What it is about, as `facets` writes it.")
    publisher: list[str] = Field(default=[], max_length=50, description="The publisher's id, as `facets` writes it.")
    kind: list[str] = Field(default=[], max_length=50, description="Statistics, a register or a code list.")
    geography: list[str] = Field(default=[], max_length=50, description="The finest level of place.")
    period: list[str] = Field(default=[], max_length=50, description="Years that are covered.")
    frequency: list[str] = Field(default=[], max_length=50, description="How often an edition appears.")
    dimension: list[str] = Field(default=[], max_length=50, description="By what the numbers are broken down.")
    format: list[str] = Field(default=[], max_length=50, description="In which format there are files.")
    licence: list[str] = Field(default=[], max_length=50, description="By SPDX, such as `CC-BY-4.0`.")
    status: list[str] = Field(default=[], max_length=50, description="As first published, revised, made up; harvested.")
    source: list[str] = Field(default=[], max_length=50, description="The other catalog that lists it.")

    def request(self) -> SearchRequest:
        """Return what the catalog is asked."""
        return SearchRequest(
            text=self.q,
            filters={name: tuple(getattr(self, name)) for name in FACETS},
            sort=self.sort,
            page=self.page,
            page_size=self.page_size,
            lang=self.lang,
        )


class SuggestParameters(Model):
    """What may be asked while somebody types."""

    q: str = Field(default="", max_length=MAX_TYPED, description="What was typed so far, with or without marks.")
    lang: Language = Field(default="vi", description="The language that comes first; names in the other come too.")
    limit: int = Field(default=8, ge=1, le=MAX_SUGGESTIONS, description="How many suggestions at most.")


class ReasonNote(Resource):
    """Why a record was found."""

    part: str = Field(description="The part of the record, such as `title` or `members`.")
    text: str = Field(description="The words that were found there, as the record writes them.")


class SearchHit(Resource):
    """One dataset that was found."""

    dataset: str = Field(description="Its identifier; one with a tilde is of a record of another catalog.")
    score: float
    url: str = Field(description="Its description in this API.")
    page: str
    record: CatalogRecord = Field(
        description="What is known of it; `harvested` says where it comes from when it is of another catalog, where its"
        " data is too."
    )
    reasons: tuple[ReasonNote, ...]


class FacetValue(Resource):
    """A value of a facet, and how many hits have it."""

    value: str
    label: Bilingual
    count: int


class SearchDocument(Resource):
    """One page of hits."""

    total: int = Field(description="How many datasets were found.")
    page: int
    page_size: int
    suggestion: str = Field(description="The words as they were understood, where one had to be mended.")
    degraded: bool = Field(description="Whether the answer comes without the index, which is being rebuilt.")
    hits: tuple[SearchHit, ...]
    facets: dict[str, tuple[FacetValue, ...]] = Field(
        description=f"Of each facet the most frequent values, at most {MAX_VALUES}."
    )


class SuggestionNote(Resource):
    """One way to go on with a search."""

    text: str = Field(description="What to search for.")
    kind: SuggestionKind = Field(
        description="What it is the name of: a dataset (`title`), a member of a code list, a keyword, a publisher, a"
        " theme; `term` is another name or an abbreviation for what datasets are about."
    )
    language: Language | None = Field(description="The language of the text; null for other names.")
    dataset: str = Field(
        description="The dataset whose title it is, with a tilde where another catalog lists it; empty for all else."
    )
    page: str = Field(description="The page of that dataset, or of all that is found by the text.")


class SuggestDocument(Resource):
    """How a search that is being typed may go on."""

    q: str
    did_you_mean: str = Field(description="What was typed as it was understood, where nothing goes on as it was typed.")
    suggestions: tuple[SuggestionNote, ...]


def suggest_document(
    catalog: Catalog, releases: PublicReleases, links: Links, asked: SuggestParameters
) -> SuggestDocument:
    """Return how ``asked`` may go on; titles of what is no longer public are left out."""
    found = catalog.suggest(asked.q, asked.lang, asked.limit)
    titled = any(each.dataset for each in found.found)
    public = frozenset(releases.datasets()) if titled else frozenset[str]()
    return SuggestDocument(
        q=asked.q,
        did_you_mean=found.meant,
        suggestions=tuple(
            _suggestion(each, links, asked.lang) for each in found.found if _is_public(each.dataset, public)
        ),
    )


def _is_public(dataset: str, public: frozenset[str]) -> bool:
    return not dataset or is_harvested(dataset) or dataset in public


def _suggestion(found: Suggestion, links: Links, lang: Language) -> SuggestionNote:
    page = links.dataset(found.dataset, lang) if found.dataset else links.datasets(lang, q=found.text)
    return SuggestionNote(
        text=found.text,
        kind=found.kind,
        language=found.language,
        dataset=found.dataset,
        page=links.absolute(page),
    )


def search_document(catalog: Catalog, releases: PublicReleases, links: Links, asked: SearchRequest) -> SearchDocument:
    """Search, and leave out what is no longer public since the index was built."""
    results = catalog.search(asked)
    public = frozenset(releases.datasets())
    hits = [hit for hit in results.hits if hit.record.harvested or hit.record.id in public]
    return SearchDocument(
        total=results.total - (len(results.hits) - len(hits)),
        page=asked.page,
        page_size=asked.page_size,
        suggestion=results.suggestion,
        degraded=catalog.degraded,
        hits=tuple(_hit(hit, links, asked) for hit in hits),
        facets={
            name: tuple(
                FacetValue(value=value, label=facet_value(name, value, catalog.label(name, value)), count=count)
                for value, count in found
            )
            for name, found in results.facets.items()
        },
    )


def _hit(hit: Hit, links: Links, asked: SearchRequest) -> SearchHit:
    return SearchHit(
        dataset=hit.record.id,
        score=hit.score,
        url=links.absolute(links.api(f"{'harvested' if hit.record.harvested else 'datasets'}/{hit.record.id}")),
        page=links.absolute(links.dataset(hit.record.id, asked.lang)),
        record=hit.record,
        reasons=tuple(ReasonNote(part=reason.part, text=reason.text) for reason in hit.reasons),
    )
