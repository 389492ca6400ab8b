"""Harvesting CKAN through ckanapi: pages of packages, those alone that changed, and the list of names for deletions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ckanapi import RemoteCKAN
from ckanapi.errors import CKANAPIError, ServerIncompatibleError

from catalog.harvest.description import Description, item_of
from catalog.harvest.documents import parsed_json, text_of
from catalog.harvest.faults import ContentFault
from catalog.harvest.limits import MAX_PAGES, MAX_PARTS, MAX_RECORDS
from catalog.harvest.plain_text import readable
from catalog.harvest.records import Item, Page, Told
from catalog.harvest.start import Start
from datasets.outbound.faults import RemoteFault

ROWS = 100
"""Packages of one page; CKAN gives up to 1,000, in answers of many megabytes."""
MOST_MISSED = 2_000
"""Packages that are asked for one by one because the pages did not hold them."""
_LANGUAGES = ("vi", "en")
_ENDING = "ending"
"""Where a run goes on when it has had all pages."""
_LICENCE_KEYS = ("license_id", "license_url", "license_title")
_IDENTIFIER_KEYS = ("identifier", "uri", "doi", "guid")


@dataclass(frozen=True)
class _Reply:
    """An answer as ckanapi reads one."""

    status_code: int
    text: str


class _Requests:
    """Stands in the place of the library that ckanapi sends requests with: no other way leads to the network."""

    def __init__(self, start: Start) -> None:
        self._start = start

    def get(self, url: str, *, params: Mapping[str, Any] | None = None, **_: Any) -> _Reply:
        query = "?" + urlencode({name: _written(value) for name, value in params.items()}) if params else ""
        answer = self._start.session.get(url + query, {"Accept": "application/json"})
        text = text_of(answer)
        if answer.status >= 400 and not text.lstrip().startswith("{"):
            remedy = "check that the address is the one of a CKAN portal, and that it is public"
            raise RemoteFault(f"answered {answer.status}", remedy)
        found = parsed_json(text)
        if not isinstance(found, dict):
            raise ContentFault(f"answered {answer.status} and no object of CKAN")
        return _Reply(answer.status, text)

    def close(self) -> None:
        """Leave the connection to the run."""


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def read_ckan(start: Start) -> Iterator[Page]:
    """Yield the pages of a run from ``start`` on: the packages, then what is needed to know which are gone."""
    reader = _Reader(start)
    yield from reader.packages()
    yield reader.ending()


class _Reader:
    def __init__(self, start: Start) -> None:
        self._start = start
        self._names = dict(start.names())
        self._ckan = RemoteCKAN(start.source.address, get_only=True, session=_Requests(start))
        self._lost = 0
        self._count = 0

    def packages(self) -> Iterator[Page]:
        """Yield the packages page by page; the run ends where a page is empty."""
        offset = int(self._start.next) if self._start.next.isdigit() else 0
        if self._start.next == _ENDING:
            return
        for _ in range(MAX_PAGES):
            items, problems, rows = self._page(offset, ROWS)
            if not rows:
                return
            self._names.update({item.remote_id: item.name for item in items})
            # A portal may give fewer at a time than it is asked for; then its own count tells where the end is.
            offset += rows
            is_last = rows < ROWS and offset >= self._count
            yield Page(items=items, problems=tuple(problems), next=_ENDING if is_last else str(offset))
            if is_last:
                return
            if offset > MAX_RECORDS:
                raise RemoteFault(f"has more than {MAX_RECORDS:,} records", "tell those who keep the catalog")
        raise RemoteFault(f"has more than {MAX_PAGES:,} pages", "tell those who keep the catalog")

    def ending(self) -> Page:
        """Return which packages there are; asked in full only where their number is not the one that is known.

        All that is new or changed is known by now, so as many packages as are known can only be the same ones.
        """
        count = self._search(0, 0).get("count")
        if count == len(self._names) and not self._lost:
            return Page(listed=tuple(self._names), is_whole=True, is_list=True)
        names = self._call("package_list", {})
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            raise ContentFault("answered a list of names that is none")
        names = list(map(readable, names))
        missed = sorted(set(names) - set(self._names) - set(self._names.values()))
        items, problems = self._missed(missed)
        # What is there and could not be had is known from earlier runs, by its name.
        known = [(each.remote_id, each.name) for each in self._start.entries.values()]
        by_name = {key: remote_id for remote_id, name in (*known, *self._names.items()) for key in (remote_id, name)}
        listed = tuple(by_name[name] for name in names if name in by_name)
        is_whole = len(missed) <= MOST_MISSED
        return Page(items=items, problems=tuple(problems), listed=listed, is_whole=is_whole, is_list=is_whole)

    def _missed(self, names: list[str]) -> tuple[tuple[Item, ...], list[Told]]:
        """Ask for packages that the pages did not hold: the list moves while it is read, and an index lags behind."""
        items, problems = [], []
        for name in names[:MOST_MISSED]:
            try:
                items.append(self._item(self._call("package_show", {"id": name})))
            except RemoteFault as fault:
                remedy = "it is asked again by the next run"
                problems.append(Told(rule=f"package {name[:100]}: {fault.rule}", remedy=remedy))
        return tuple(items), problems

    def _page(self, offset: int, rows: int) -> tuple[tuple[Item, ...], list[Told], int]:
        """Return a page; where it cannot be had as a whole, what can be had of it in smaller parts."""
        try:
            found = self._search(offset, rows).get("results")
        except RemoteFault as fault:
            if not self._is_alive():
                raise
            return self._parts(offset, rows, fault)
        if not isinstance(found, list):
            raise ContentFault("answered a page without results")
        return tuple(self._item(each) for each in found), [], len(found)

    def _parts(self, offset: int, rows: int, fault: RemoteFault) -> tuple[tuple[Item, ...], list[Told], int]:
        if rows == 1:
            self._lost += 1
            if self._lost > MAX_PARTS:
                raise fault
            told = Told(
                rule=f"the package at place {offset + 1} of the list cannot be had: it {fault.rule}",
                remedy="tell those who keep the catalog; what was had of it before is kept",
                is_refusal=True,
            )
            return (), [told], 1
        items, problems, total = list[Item](), list[Told](), 0
        for part in range(offset, offset + rows, rows // 10):
            more, wrong, size = self._page(part, rows // 10)
            items, problems, total = [*items, *more], [*problems, *wrong], total + size
            if size < rows // 10:
                break
        return tuple(items), problems, total

    def _is_alive(self) -> bool:
        """Say whether the remote answers at all: a page may be broken for one record, and others can be had."""
        try:
            return isinstance(self._search(0, 0).get("count"), int)
        except RemoteFault:
            return False

    def _search(self, offset: int, rows: int) -> dict[str, Any]:
        query: dict[str, Any] = {"q": "*:*", "rows": rows, "start": offset, "sort": "id asc"}
        if self._start.since and rows:
            query["fq"] = f"metadata_modified:[{self._start.overlapping:%Y-%m-%dT%H:%M:%SZ} TO *]"
        found = self._call("package_search", query)
        if not isinstance(found, dict):
            raise ContentFault("answered a search without results")
        if rows:  # Asked for none, it counts all packages, not those that changed.
            count = found.get("count")
            self._count = count if isinstance(count, int) else 0
        return found

    def _call(self, action: str, query: dict[str, Any]) -> Any:
        return self._start.session.attempt(lambda: self._once(action, query))

    def _once(self, action: str, query: dict[str, Any]) -> Any:
        try:
            return self._ckan.call_action(action, query)
        except (CKANAPIError, ServerIncompatibleError) as error:
            rule = f"answered {action} with an error of CKAN ({type(error).__name__})"
            raise RemoteFault(
                rule, "check that the address is the one of a CKAN portal, and that it is public"
            ) from None
        except (KeyError, TypeError):
            raise ContentFault(f"answered {action} without a result") from None

    def _item(self, package: Any) -> Item:
        return item_of(describe(package, self._start.source.address), self._start.source, self._start.session.now())


def describe(package: Any, address: str) -> Description:
    """Return what a package of CKAN says, whatever of it is missing or of another kind than it should be."""
    package = package if isinstance(package, dict) else {}
    name = _text(package, "name")
    remote_id = _text(package, "id") or name
    extras = _extras(package)
    page = f"{address.rstrip('/')}/dataset/{name or remote_id}" if remote_id else ""
    return Description(
        remote_id=remote_id[:500],
        name=name,
        titles=_texts(package, "title") or {"": name},
        summaries=_texts(package, "notes"),
        keywords=tuple(_tags(package)),
        publisher=_publisher(package, extras),
        licence=next((_text(package, key) for key in _LICENCE_KEYS if _text(package, key)), ""),
        frequency=extras.get("frequency", "") or _text(package, "frequency"),
        issued=extras.get("issued", "") or _utc(_text(package, "metadata_created")),
        modified=_utc(_text(package, "metadata_modified")),
        start=extras.get("temporal_start", ""),
        end=extras.get("temporal_end", ""),
        landing_page=page,
        identifiers=tuple(filter(None, (*(extras.get(key, "") for key in _IDENTIFIER_KEYS), _origin(package, extras)))),
        files=tuple(_resources(package)),
        themes=tuple(_text(each, "title") or _text(each, "name") for each in _mappings(package, "groups")),
    )


def _text(holder: Mapping[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _texts(holder: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return a text, and its translations where the portal keeps them as ckanext-fluent does."""
    given = holder.get(f"{key}_translated")
    translated: dict[str, Any] = given if isinstance(given, dict) else {}
    texts = {"": _text(holder, key), **{language: _text(translated, language) for language in _LANGUAGES}}
    return {language: text for language, text in texts.items() if text}


def _mappings(holder: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = holder.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _extras(package: Mapping[str, Any]) -> dict[str, str]:
    return {_text(each, "key"): _text(each, "value") for each in _mappings(package, "extras")}


def _publisher(package: Mapping[str, Any], extras: Mapping[str, str]) -> dict[str, str]:
    organisation = package.get("organization")
    named: dict[str, Any] = organisation if isinstance(organisation, dict) else {}
    if extras.get("publisher_name"):
        return {"": extras["publisher_name"]}
    name = _text(named, "title") or _text(named, "name") or _text(package, "author")
    return {**_texts(named, "title"), "": name} if name else {}


def _origin(package: Mapping[str, Any], extras: Mapping[str, str]) -> str:
    """Return the page of the dataset that a package was mirrored from by a portal like ours, which says whose it is.

    Elsewhere ``url`` may be any page, such as one that many datasets have been taken from.
    """
    is_ours = any(key.endswith("envelope_sha256") for key in extras)
    return _text(package, "url") if is_ours else ""


def _tags(package: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for tag in _mappings(package, "tags"):
        yield "", _text(tag, "display_name") or _text(tag, "name")


def _resources(package: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for each in _mappings(package, "resources"):
        yield _text(each, "name"), _text(each, "url"), _text(each, "format") or _text(each, "mimetype")


def _utc(given: str) -> str:
    """Return a moment of CKAN, which is in UTC and does not say so, as one that does."""
    return given + "+00:00" if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", given, re.ASCII) else given
