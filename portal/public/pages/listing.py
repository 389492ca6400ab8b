"""The list of datasets: what was searched for, what was found and why, and how to narrow or widen it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field

from catalog.origin import Origin
from catalog.reasons import Reason
from catalog.record import LEVEL_LABELS, CatalogRecord
from catalog.search import Catalog, Hit, SearchRequest, SearchResults, Sort
from datasets.text import Model
from portal.public.pages.harvested import day, shortened
from portal.public.pages.letter import MOST_WANTED
from portal.public.pages.parts import Choice, DatasetCard, Fact
from portal.public.pages.search_examples import search_examples
from portal.public.pages.theme_texts import theme_in
from portal.public.topics.gathering import Gathered, asked_for
from portal.shared import labels
from portal.shared.labels import N_
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

SORTS: dict[Sort, str] = {
    "relevance": N_("Best match"),
    "newest": N_("Newest first"),
    "title": N_("Title, A to Z"),
    "complete": N_("Most complete first"),
}
FACETS = {
    "theme": N_("Theme"),
    "publisher": N_("Publisher"),
    "kind": N_("Kind"),
    "geography": N_("Geography level"),
    "period": N_("Year"),
    "frequency": N_("Frequency"),
    "dimension": N_("Breakdown"),
    "format": N_("Format"),
    "licence": N_("Licence"),
    "status": N_("Status"),
    "source": N_("Other catalog"),
}
PARTS = {
    "title": N_("Title"),
    "keywords": N_("Keywords"),
    "theme": N_("Theme"),
    "summary": N_("Summary"),
    "publisher": N_("Publisher"),
    "source": N_("Other catalog"),
    "dimensions": N_("Breakdown"),
    "measures": N_("Measure"),
    "members": N_("Category"),
    "geography": N_("Area"),
    "frequency": N_("Frequency"),
    "kind": N_("Kind"),
    "years": N_("Year"),
}
MAX_CHOICES = 60
"""How many values of one facet a page shows; the API tells more."""
_OPENED = frozenset({"theme", "publisher", "geography"})

Counts = tuple[tuple[str, int], ...]

UNSAID = frozenset({"title", "id", "formats"})
"""Parts whose words a person sees in the list anyway, or that are names for machines."""


class FacetView(Model):
    """One way to narrow the list."""

    name: str = Field(description="The parameter that it sets.")
    title: str = Field(description="What people call it.")
    choices: tuple[Choice, ...] = Field(description="Its values; following one adds or removes it.")
    opened: bool = Field(description="Whether its values are shown at once.")


class TopicLead(Model):
    """The topic that a search is about."""

    title: str = Field(description="What it is called.")
    url: str = Field(description="Its page.")
    sentence: str = Field(description="What it is about.")


class DatasetsPage(Page):
    """The list of datasets."""

    query: str = Field(description="What was searched for.")
    examples: tuple[str, ...] = Field(description="Words that find something, in quotation marks.")
    topic: TopicLead | None = Field(description="The topic that was searched for, where there is one.")
    total: str = Field(description="How many datasets were found, in words.")
    cards: tuple[DatasetCard, ...] = Field(description="The datasets of this page.")
    facets: tuple[FacetView, ...] = Field(description="How to narrow the list.")
    removable: tuple[Choice, ...] = Field(description="The filters in force; following one removes it.")
    everything: str = Field(description="The address of the list without any filter.")
    theme: Choice | None = Field(description="The theme that was searched for, where nothing was found.")
    ask: str = Field(description="Where data that is not here is asked for, with what was searched for.")
    hidden: tuple[tuple[str, str], ...] = Field(description="What a new search keeps: name and value of parameters.")
    sorts: tuple[Choice, ...] = Field(description="The orders to choose from.")
    suggestion: Choice | None = Field(description="The search as it was understood, where a word had to be mended.")
    degraded: bool = Field(description="Whether the index is being rebuilt and memory answers meanwhile.")
    previous: str = Field(description="The page before; empty on the first.")
    next: str = Field(description="The page after; empty on the last.")
    place: str = Field(description="Which page of how many, in words.")
    last: str = Field(description="The last page, where one after it was asked for; empty otherwise.")


def datasets_page(
    catalog: Catalog, request: SearchRequest, links: Links, words: Wording, *, topics: Sequence[Gathered] = ()
) -> DatasetsPage:
    """Return the page that answers ``request``, led by the one of ``topics`` that it is about."""
    found = catalog.search(request)
    pages = max(1, -(-found.total // request.page_size))

    def page(number: int) -> str:
        return _url(replace(request, page=number), links, words) if 1 <= number <= pages else ""

    return DatasetsPage(
        language=words.language,
        title=_title(request, words),
        description=words.gettext("Search all health datasets by word, theme, publisher, frequency and licence."),
        section="datasets",
        in_vietnamese=_url(request, links, replace(words, language="vi")),
        in_english=_url(request, links, replace(words, language="en")),
        indexed=not (request.text or request.filters or request.page > 1),
        query=request.text,
        examples=search_examples(topics),
        topic=_topic(topics, (request.text, found.suggestion), links, words),
        total=words.ngettext("%(count)s dataset", "%(count)s datasets", found.total)
        % {"count": words.number(found.total)},
        cards=cards(found.hits, links, words),
        facets=_facets(catalog, found, request, links, words),
        removable=_removable(catalog, request, links, words),
        everything=links.datasets(words.language),
        theme=None if found.total else _theme(request.text, links, words),
        ask=links.request(words.language, wanted=request.text[:MOST_WANTED]),
        hidden=_hidden(request),
        sorts=_sorts(request, links, words),
        suggestion=_suggestion(found, request, links, words),
        degraded=catalog.degraded,
        previous=page(request.page - 1),
        next=page(request.page + 1),
        place=words.gettext("Page %(page)s of %(pages)s")
        % {"page": words.number(request.page), "pages": words.number(pages)},
        last=page(pages) if request.page > pages else "",
    )


def cards(hits: Sequence[Hit], links: Links, words: Wording) -> tuple[DatasetCard, ...]:
    """Return hits as they are listed."""
    return tuple(_card(hit, links, words) for hit in hits)


def value_label(catalog: Catalog, facet: str, value: str, words: Wording) -> str:
    """Return what people call a value of a facet."""
    return words.of(labels.facet_value(facet, value, catalog.label(facet, value)))


def _card(hit: Hit, links: Links, words: Wording) -> DatasetCard:
    record = hit.record
    if record.harvested:
        return _card_of_others(hit, record.harvested, links, words)
    facts = [
        Fact(label=words.gettext("Kind"), value=labels.kind(record.kind, words)),
        Fact(
            label=words.gettext("Theme"),
            value=words.of(record.theme_label),
            url=links.theme(record.theme, words.language),
        ),
        Fact(
            label=words.gettext("Publisher"),
            value=words.of(record.publisher_name),
            url=links.publisher(record.publisher_id, words.language),
        ),
    ]
    if record.geography_code in LEVEL_LABELS:
        facts.insert(1, Fact(label=words.gettext("Down to"), value=words.of(LEVEL_LABELS[record.geography_code])))
    if years := _years(record):
        facts.insert(1, Fact(label=words.gettext("Period"), value=years))
    if record.published_at:
        facts.append(
            Fact(label=words.gettext("Published"), value=words.day(record.published_at), moment=record.published_at)
        )
    return DatasetCard(
        title=labels.beside_badge(words.of(record.title)) if record.synthetic else words.of(record.title),
        url=links.dataset(record.id, words.language),
        summary=words.of(record.summary),
        facts=tuple(facts),
        reasons=_reasons(hit.reasons, words),
        synthetic=record.synthetic,
        preview=_preview(record, links, words),
    )


def _years(record: CatalogRecord) -> str:
    """Return the years that a dataset is about, as ``1994–2009``."""
    first, last = (day[:4] for day in (record.coverage_start or "", record.coverage_end or ""))
    return first if first == last or not last else f"{first}–{last}"


def _preview(record: CatalogRecord, links: Links, words: Wording) -> str:
    if record.kind != "statistics":
        return ""
    return links.spark(record.id, f"{record.latest_edition}.{record.latest_version}", words.language)


def _card_of_others(hit: Hit, origin: Origin, links: Links, words: Wording) -> DatasetCard:
    record = hit.record
    facts = [
        Fact(label=words.gettext("Publisher"), value=words.of(record.publisher_name)),
        Fact(label=words.gettext("Theme"), value=words.of(record.theme_label)),
    ]
    if record.published_at:
        facts.append(Fact(label=words.gettext("Changed there"), value=day(record.published_at, words)))
    return DatasetCard(
        title=words.of(record.title),
        url=links.dataset(record.id, words.language),
        summary="" if record.summary == record.title else shortened(words.of(record.summary)),
        facts=tuple(facts),
        reasons=_reasons(hit.reasons, words),
        synthetic=False,
        source=words.of(origin.source_title),
    )


def _reasons(reasons: Sequence[Reason], words: Wording) -> tuple[Fact, ...]:
    """Return where the words were found, each part once."""
    by_part: dict[str, list[str]] = {}
    for reason in reasons:
        by_part.setdefault(reason.part, []).append(reason.text)
    return tuple(
        Fact(label=words.gettext(PARTS[part]), value=", ".join(texts))
        for part, texts in by_part.items()
        if part not in UNSAID
    )


def _facets(
    catalog: Catalog, found: SearchResults, request: SearchRequest, links: Links, words: Wording
) -> tuple[FacetView, ...]:
    views = []
    for name, title in FACETS.items():
        counts = found.facets[name]
        chosen = request.filters.get(name, ())
        choices = tuple(
            Choice(
                label=value_label(catalog, name, value, words),
                url=_url(_toggled(request, name, value), links, words),
                count=words.number(count),
                chosen=value in chosen,
            )
            for value, count in _shown(name, counts, chosen)
        )
        if len(choices) > 1 or chosen:
            opened = name in _OPENED or bool(chosen)
            views.append(FacetView(name=name, title=words.gettext(title), choices=choices, opened=opened))
    return tuple(views)


def _shown(name: str, counts: Counts, chosen: Sequence[str]) -> Counts:
    """Return the values that a page has room for, the chosen ones always; years go from the newest."""
    ordered = tuple(sorted(counts, reverse=True)) if name == "period" else counts
    return tuple(each for at, each in enumerate(ordered) if at < MAX_CHOICES or each[0] in chosen)


def _removable(catalog: Catalog, request: SearchRequest, links: Links, words: Wording) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            label=f"{words.gettext(FACETS[name])}: {value_label(catalog, name, value, words)}",
            url=_url(_toggled(request, name, value), links, words),
            chosen=True,
        )
        for name, values in request.filters.items()
        for value in values
    )


def _toggled(request: SearchRequest, name: str, value: str) -> SearchRequest:
    values = request.filters.get(name, ())
    changed = tuple(each for each in values if each != value) if value in values else (*values, value)
    filters = {**request.filters, name: changed}
    return replace(request, page=1, filters={facet: kept for facet, kept in filters.items() if kept})


def _sorts(request: SearchRequest, links: Links, words: Wording) -> tuple[Choice, ...]:
    offered = SORTS if request.text else {name: title for name, title in SORTS.items() if name != "relevance"}
    return tuple(
        Choice(
            label=words.gettext(title),
            url=_url(replace(request, sort=name, page=1), links, words),
            chosen=name == request.sort,
        )
        for name, title in offered.items()
    )


def _topic(topics: Sequence[Gathered], queries: Sequence[str], links: Links, words: Wording) -> TopicLead | None:
    """Return the topic of the first query that names one: as it was typed, then as it was understood."""
    asked = next((found for query in queries if (found := asked_for(topics, query))), None)
    if asked is None:
        return None
    topic = asked.topic
    return TopicLead(
        title=words.of(topic.title), url=links.topic(topic.id, words.language), sentence=words.of(topic.sentence)
    )


def _theme(query: str, links: Links, words: Wording) -> Choice | None:
    theme = theme_in(query)
    return Choice(label=labels.theme(theme, words), url=links.theme(theme, words.language)) if theme else None


def _suggestion(found: SearchResults, request: SearchRequest, links: Links, words: Wording) -> Choice | None:
    if not found.suggestion:
        return None
    return Choice(label=found.suggestion, url=_url(replace(request, text=found.suggestion, page=1), links, words))


def _hidden(request: SearchRequest) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, values in request.filters.items() for value in values)


def _title(request: SearchRequest, words: Wording) -> str:
    if not request.text:
        return words.gettext("Datasets")
    return words.gettext("Datasets about “%(query)s”") % {"query": request.text}


def _url(request: SearchRequest, links: Links, words: Wording) -> str:
    """Return the address of a search; what is as usual is left out, so that each search has one address."""
    parameters: dict[str, Any] = {"q": request.text} if request.text else {}
    parameters |= request.filters
    if request.sort != usual_sort(request.text):
        parameters["sort"] = request.sort
    if request.page > 1:
        parameters["page"] = request.page
    return links.datasets(words.language, **parameters)


def usual_sort(text: str) -> Sort:
    """Return the order of a list when none is asked for."""
    return "relevance" if text else "newest"


def filters_of(parameters: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the filters among the parameters of an address, each value once."""
    return {name: tuple(dict.fromkeys(parameters[name])) for name in FACETS if parameters.get(name)}
