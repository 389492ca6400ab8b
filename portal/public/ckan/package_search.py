"""Search the packages as CKAN does: words through the catalog, filters and facets over what packages say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.facets import OURS
from catalog.search import MAX_PAGE_SIZE, Catalog, SearchRequest
from portal.public.ckan.directory import Directory
from portal.public.ckan.documents import FIELDS, MOMENTS, document
from portal.public.ckan.failures import ActionFailed, bad_search, invalid_field, unreadable_search
from portal.public.ckan.parameters import Parameters, decoded, flag, integer, names_of, text
from portal.public.ckan.solr_query import Document, Test, read_test

DEFAULT_SORT = "score desc, metadata_modified desc"
MAX_ROWS = 1_000
MAX_WORDS = 500
"""How long the words of a search may be, in characters."""
_PARAMETERS = frozenset({
    "q", "fq", "fq_list", "rows", "start", "sort", "facet", "facet.field", "facet.limit", "facet.mincount", "fl",
    "include_drafts", "include_private", "include_deleted", "use_default_schema", "extras", "qf", "wt", "mm", "tie",
    "defType", "df", "bf", "boost", "q.op",
})  # fmt: skip
_SORTED = {"name": "name", "title": "title", "title_string": "title", "id": "id"}
_MOMENTS = {name: name for name in MOMENTS}
_SYNTAX = re.compile(r'[:"()\[\]{}]|(?:^|\s)[-+!]\w|\b(?:AND|OR|NOT)\b|&&|\|\|')


@dataclass(frozen=True)
class Found:
    """A package that was found, and how well it fits."""

    package: Mapping[str, Any]
    document: Document
    score: float


def package_search(directory: Directory, catalog: Callable[[], Catalog], given: Parameters, now: datetime) -> Any:
    """Return the answer to ``package_search``; what cannot be searched raises ActionFailed."""
    _check_names(given)
    rows, start = _number(given, "rows", 10), _number(given, "start", 0)
    fields = _facet_fields(given)
    sort = text(given, "sort", DEFAULT_SORT) or DEFAULT_SORT
    keys = _sort_keys(sort)
    tests = [read_test(each, fields=FIELDS, now=now) for each in _filters(given) if each.strip()]
    asked = text(given, "q").strip()
    found = [each for each in _asked(directory, catalog, asked, now) if all(test(each.document) for test in tests)]
    for key, descending in reversed(keys):
        found.sort(key=key, reverse=descending)
    counted = {name: _counts(name, found, given) for name in fields}
    page = found[start : start + min(rows, MAX_ROWS)]
    return {
        "count": len(found),
        "sort": sort,
        "results": [_shown(each.package, given) for each in page],
        "facets": {name: dict(counts) for name, counts in counted.items()},
        "search_facets": {name: _facet(name, counts, found) for name, counts in counted.items()},
    }


# What is asked --------------------------------------------------------------------------------------------------------


def _check_names(given: Parameters) -> None:
    unknown = sorted(name for name in given if name not in _PARAMETERS and not name.startswith("ext_"))
    if unknown:
        raise bad_search(f"Invalid search parameters: {[name[:60] for name in unknown[:10]]}")
    for name in ("q", "fq"):
        if "{!" in str(given.get(name, "")):
            raise unreadable_search(f"Local parameters are not supported in param '{name}'.")


def _number(given: Parameters, name: str, default: int) -> int:
    try:
        value = integer(given, name, default)
    except ActionFailed:
        raise invalid_field(**{name: ["Invalid integer", "Please enter an integer value"]}) from None
    assert value is not None
    if value < 0:
        raise invalid_field(**{name: ["Must be a natural number"]})
    return value


def _filters(given: Parameters) -> list[str]:
    more = given.get("fq_list") or []
    filters = [given.get("fq") or "", *(more if isinstance(more, list) else [more])]
    filters = [each for part in filters for each in (part if isinstance(part, list) else [part])]
    if len(filters) > 50 or not all(isinstance(each, str) for each in filters):
        raise invalid_field(fq_list=["Must be at most 50 texts"])
    return filters


def _asked(directory: Directory, catalog: Callable[[], Catalog], asked: str, now: datetime) -> Iterator[Found]:
    documents = directory.documents
    if asked in {"", "*:*", "*"}:
        scores: Mapping[str, float] = dict.fromkeys(documents, 1.0)
    elif _SYNTAX.search(asked) and (test := _readable(asked, now)):
        scores = {name: 1.0 for name, each in documents.items() if test(each)}
    else:
        scores = dict(_ranked(catalog(), asked[:MAX_WORDS]))
    for name, found in directory.packages.items():
        if name in scores:
            yield Found(found, documents[name], scores[name])


def _readable(asked: str, now: datetime) -> Test | None:
    """Return the test that words with signs mean; None where the signs mean nothing, as in what people write."""
    try:
        return read_test(asked, fields=FIELDS, now=now)
    except ActionFailed:
        return None


def _ranked(catalog: Catalog, words: str) -> Iterator[tuple[str, float]]:
    seen, page = 0, 1
    while True:
        results = catalog.search(SearchRequest(text=words, filters=OURS, page=page, page_size=MAX_PAGE_SIZE))
        yield from ((hit.record.id, hit.score) for hit in results.hits)
        seen, page = seen + len(results.hits), page + 1
        if not results.hits or seen >= results.total:
            return


def _sort_keys(sort: str) -> list[tuple[Callable[[Found], Any], bool]]:
    keys: list[tuple[Callable[[Found], Any], bool]] = []
    for term in sort.split(","):
        name, _, direction = term.strip().partition(" ")
        if direction.strip().lower() not in {"asc", "desc"} or len(keys) > 5:
            raise bad_search('Invalid "sort" parameter')
        keys.append((_sort_key(name), direction.strip().lower() == "desc"))
    return keys


def _sort_key(name: str) -> Callable[[Found], Any]:
    if name in {"score", "rank"}:
        return lambda found: found.score
    if name not in _SORTED | _MOMENTS:
        raise bad_search(f"Can't determine a Sort Order (asc or desc) for field {name[:60]!r}")
    return lambda found: str(found.package[(_SORTED | _MOMENTS)[name]]).lower()


# Answers --------------------------------------------------------------------------------------------------------------


def _shown(found: Mapping[str, Any], given: Parameters) -> Mapping[str, Any]:
    wanted = names_of(given, "fl")
    if not wanted or "*" in wanted:
        return found
    known = document(found)
    return {name: found.get(name, list(known.get(name, ()))) for name in wanted if name in found or name in known}


# Facets ---------------------------------------------------------------------------------------------------------------


def _facet_fields(given: Parameters) -> tuple[str, ...]:
    if not flag(given, "facet", default=True):
        return ()
    fields = names_of({"facet.field": decoded(given.get("facet.field"), starts="[")}, "facet.field")
    unknown = next((name for name in fields if name not in FIELDS and not name.startswith("extras_")), None)
    if unknown is not None or len(fields) > 50:
        raise unreadable_search(f"undefined field {str(unknown)[:60]}. Known are: {', '.join(sorted(FIELDS))}")
    return fields


def _counts(name: str, found: Sequence[Found], given: Parameters) -> list[tuple[str, int]]:
    most = integer(given, "facet.limit", 50)
    least = _number(given, "facet.mincount", 1)
    assert most is not None
    counts = Counter(value for each in found for value in each.document.get(name, ()))
    listed = sorted((each for each in counts.items() if each[1] >= least), key=lambda each: (-each[1], each[0]))
    return listed if most < 0 else listed[:most]


def _facet(name: str, counts: Iterable[tuple[str, int]], found: Sequence[Found]) -> dict[str, Any]:
    titles = _titles(name, found)
    items = [{"name": value, "display_name": titles.get(value, value), "count": count} for value, count in counts]
    return {"title": name, "items": items}


def _titles(name: str, found: Sequence[Found]) -> Mapping[str, str]:
    packages = [each.package for each in found]
    if name == "organization":
        return {each["organization"]["name"]: each["organization"]["title"] for each in packages}
    if name == "groups":
        return {group["name"]: group["title"] for each in packages for group in each["groups"]}
    if name in {"license_id", "license"}:
        return {each["license_id"]: each["license_title"] for each in packages}
    return {}
