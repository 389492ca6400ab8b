"""Queries for structural metadata: which artefacts are meant, and what is to be returned with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from datasets.hints import hint
from datasets.said import joined, said
from portal.public.sdmx import naming
from portal.public.sdmx.artefacts import Artefact, Scheme, Stub
from portal.public.sdmx.naming import ArtefactType
from portal.public.sdmx.refusals import not_found
from portal.public.sdmx.registry import Entry, Registry, of_release
from portal.public.sdmx.versions import VersionQuery, chosen_versions, read_versions
from portal.query.model import MAX_TERMS, clip, invalid, unknown

Detail = Literal[
    "full", "allstubs", "referencestubs", "allcompletestubs", "referencecompletestubs", "referencepartial", "raw"
]
TYPES: tuple[ArtefactType, ...] = get_args(ArtefactType)
_ELSEWHERE = frozenset(
    {
        "metadatastructure",
        "categoryscheme",
        "hierarchy",
        "hierarchyassociation",
        "valuelist",
        "dataproviderscheme",
        "metadataproviderscheme",
        "dataconsumerscheme",
        "organisationunitscheme",
        "metadataflow",
        "reportingtaxonomy",
        "provisionagreement",
        "metadataprovisionagreement",
        "structuremap",
        "representationmap",
        "conceptschememap",
        "categoryschememap",
        "organisationschememap",
        "reportingtaxonomymap",
        "process",
        "categorisation",
        "metadataconstraint",
        "transformationscheme",
        "rulesetscheme",
        "userdefinedoperatorscheme",
        "customtypescheme",
        "namepersonalisationscheme",
        "vtlmappingscheme",
    }
)
"""Types that the standard has and that nothing here is of."""
_DIRECTIONS = ("none", "parents", "parentsandsiblings", "ancestors", "children", "descendants", "all")
PARAMETERS = ("detail", "references", "asOf", "format", "formatVersion", "lang")
MAX_NAMES = 100
MAX_REFERRING = 500
"""From how many artefacts what belongs to them is looked for in one query."""


@dataclass(frozen=True)
class StructureQuery:
    """One query; empty agencies, ids or items mean all."""

    types: tuple[ArtefactType, ...]
    agencies: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    versions: tuple[VersionQuery, ...] = ()
    items: tuple[str, ...] = ()
    detail: Detail = "full"
    references: tuple[str, ...] = ("none",)


def read_structure_query(parts: Sequence[str], parameters: Mapping[str, str]) -> StructureQuery:
    """Read the path behind ``structure/`` and the parameters; what is none raises QueryInvalid or Refusal."""
    given = [*parts, *[""] * (5 - len(parts))]
    types = _types(given[0] or "*")
    detail = parameters.get("detail", "full")
    if detail not in get_args(Detail):
        raise unknown("detail", detail, get_args(Detail))
    items = _names(given[4], "item")
    if items and types[0] not in {"codelist", "conceptscheme", "agencyscheme"}:
        raise invalid("item", said("is for schemes of items alone"), said("Leave it out"))
    return StructureQuery(
        types=types,
        agencies=_names(given[1], "agency"),
        ids=_names(given[2], "id"),
        versions=read_versions(given[3] or "~"),
        items=items,
        detail=detail,  # type: ignore[arg-type]
        references=_references(parameters.get("references", "none")),
    )


def find_artefacts(query: StructureQuery, registry: Registry) -> tuple[Artefact, ...]:
    """Return the artefacts that a query means, and then those that it wants with them; none raises Refusal."""
    matched = _matching(query, registry)
    if not matched:
        raise not_found(_nothing(query, registry))
    names = {entry.name for entry in matched}
    related = [entry for entry in _related(query, matched, registry) if entry.name not in names]
    asked = [_detailed(_items(registry, entry, query.items), query.detail, referenced=False) for entry in matched]
    others = [_detailed(registry.make(entry), query.detail, referenced=True) for entry in related]
    return (*asked, *others)


def _items(registry: Registry, entry: Entry, wanted: tuple[str, ...]) -> Artefact:
    artefact = registry.make(entry)
    if not wanted or not isinstance(artefact, Scheme):
        return artefact
    items = tuple(item for item in artefact.items if item.id in wanted)
    if not items:
        rule = said("%(name)s has no item %(given)s", name=entry.name.id, given=clip(wanted[0]))
        raise not_found(joined(rule, hint(wanted[0], [item.id for item in artefact.items]), between=". "))
    return replace(artefact, items=items, partial=True)


def _detailed(artefact: Artefact, detail: Detail, *, referenced: bool) -> Artefact:
    if detail in {"full", "raw", "referencepartial"} or (detail.startswith("reference") and not referenced):
        return artefact
    if detail.endswith("completestubs"):
        return Stub(artefact.name, artefact.title, artefact.description, artefact.annotations)
    return Stub(artefact.name, artefact.title)


def _types(text: str) -> tuple[ArtefactType, ...]:
    if text in {"*", "all"}:
        return TYPES
    for known in TYPES:
        if text == known:
            return (known,)
    if text in _ELSEWHERE:
        raise not_found(said("There is nothing of the type %(name)s here", name=text))
    raise unknown("type", text, (*TYPES, "*"))


def _names(text: str, place: str) -> tuple[str, ...]:
    if text in {"", "*", "all"}:
        return ()
    names = tuple(text.split(","))
    if len(names) > MAX_NAMES:
        raise invalid(place, said("names more than %(count)s values", count=MAX_NAMES))
    return names


def _references(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if len(names) > MAX_NAMES:
        raise invalid("references", said("names more than %(count)s values", count=MAX_NAMES))
    for name in names:
        if name not in _DIRECTIONS and name not in TYPES and name not in _ELSEWHERE:
            raise unknown("references", name, (*_DIRECTIONS, *TYPES))
    return names


def _matching(query: StructureQuery, registry: Registry) -> list[Entry]:
    datasets = [naming.dataset_of(identifier) for identifier in query.ids] if query.ids else None
    return _chosen(
        (
            entry
            for entry in registry.entries(query.types, datasets)
            if (not query.agencies or entry.name.agency in query.agencies)
            and (not query.ids or entry.name.id in query.ids)
        ),
        query.versions,
    )


def _chosen(entries: Iterable[Entry], versions: Sequence[VersionQuery]) -> list[Entry]:
    grouped: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        grouped.setdefault((entry.name.type, entry.name.agency, entry.name.id), []).append(entry)
    chosen: list[Entry] = []
    for group in grouped.values():
        if group[0].kind == "agencies":
            chosen += group
            continue
        wanted = set(chosen_versions(versions, [entry.name.version for entry in group]))
        chosen += [entry for entry in group if entry.name.version in wanted]
    return chosen


def _nothing(query: StructureQuery, registry: Registry) -> str:
    kinds = ", ".join(query.types)
    rule = said("There is no artefact of this name: %(types)s", types=kinds)
    known = [entry.name for entry in registry.entries(query.types)][:MAX_TERMS]
    if query.agencies and not any(name.agency in query.agencies for name in known):
        near = hint(query.agencies[0], dict.fromkeys(name.agency for name in known))
    elif query.ids:
        near = hint(query.ids[0], dict.fromkeys(name.id for name in known))
    else:
        near = ""
    return joined(rule, near, between=". ")


# What is related to what ----------------------------------------------------------------------------------------------


def _related(query: StructureQuery, matched: Sequence[Entry], registry: Registry) -> Iterator[Entry]:
    if query.references != ("none",) and len(matched) > MAX_REFERRING:
        rule = said("are looked for from at most %(count)s artefacts", count=MAX_REFERRING)
        raise invalid("references", rule, said("Name an artefact, or leave references out"))
    seen: dict[object, Entry] = {}
    for direction in query.references:
        for entry in matched:
            for found in _walk(direction, entry, registry):
                seen.setdefault(found.name, found)
    yield from seen.values()


def _walk(direction: str, entry: Entry, registry: Registry) -> Iterator[Entry]:
    if direction in {"children", "descendants"}:
        yield from _children(entry, registry, deep=direction == "descendants")
    elif direction in {"parents", "ancestors"}:
        yield from _parents(entry, registry, deep=direction == "ancestors")
    elif direction == "parentsandsiblings":
        yield from _with_siblings(entry, registry)
    elif direction == "all":
        yield from _with_siblings(entry, registry)
        yield from _children(entry, registry, deep=True)
    elif direction != "none":
        around = (*_children(entry, registry, deep=True), *_parents(entry, registry, deep=True))
        yield from (found for found in around if found.name.type == direction)


def _with_siblings(entry: Entry, registry: Registry) -> Iterator[Entry]:
    for parent in _parents(entry, registry, deep=False):
        yield parent
        yield from _children(parent, registry, deep=False)


def _of_same_release(entry: Entry) -> list[Entry]:
    return [] if entry.release is None else list(of_release(entry.release))


def _children(entry: Entry, registry: Registry, *, deep: bool) -> Iterator[Entry]:
    """Yield what an artefact refers to."""
    if entry.kind in {"agencies", "indicators", "frequencies", "statuses", "members", "concepts"}:
        return
    everything = _of_same_release(entry)
    if entry.kind == "structure":
        used = _used_lists(entry, registry)
        yield from (each for each in everything if each.name.id in used or each.kind == "concepts")
        return
    below = {"flow": "structure", "held": "flow"}[entry.kind]
    for each in everything:
        if each.kind == below and each.subject == entry.subject:
            yield each
            if deep:
                yield from _children(each, registry, deep=True)


def _used_lists(entry: Entry, registry: Registry) -> frozenset[str]:
    assert entry.release is not None
    flow = registry.flow(entry.release, entry.subject)
    lists = [*(each.codelist for each in flow.dimensions), *(each.codelist for each in flow.attributes)]
    return frozenset(each.id for each in lists if each is not None)


def _parents(entry: Entry, registry: Registry, *, deep: bool) -> Iterator[Entry]:
    """Yield what refers to an artefact; whatever names an agency would be everything, and is left out."""
    for each in _of_same_release(entry):
        if _refers(each, entry, registry):
            yield each
            if deep:
                yield from _parents(each, registry, deep=True)


def _refers(each: Entry, entry: Entry, registry: Registry) -> bool:
    if each.kind == "structure":
        return entry.kind == "concepts" or entry.name.id in _used_lists(each, registry)
    above = {"structure": "flow", "flow": "held"}
    return above.get(entry.kind) == each.kind and each.subject == entry.subject
