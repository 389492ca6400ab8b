"""Harvesting one Frictionless data package: its descriptor is read, and nothing that it names is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from catalog.harvest.changed_documents import read_if_changed
from catalog.harvest.description import Description, item_of
from catalog.harvest.documents import json_of
from catalog.harvest.faults import ContentFault
from catalog.harvest.records import Item, Page
from catalog.harvest.start import Start
from datasets.outbound.addresses import joined
from datasets.outbound.faults import RemoteFault
from datasets.outbound.transport import Answer


def read_frictionless(start: Start) -> Iterator[Page]:
    """Yield the one page that a package is."""

    def parse(answer: Answer) -> tuple[tuple[Item, ...], str]:
        found = json_of(answer)
        if not isinstance(found, dict) or not isinstance(found.get("resources"), list):
            raise ContentFault("is no data package: it has no list of resources")
        about = describe(found, answer.address, called=start.source.address)
        return (item_of(about, start.source, start.session.now(), received=answer.content),), ""

    document, items = read_if_changed(start, start.source.address, "application/json", parse)
    yield Page(items=items, listed=document.listed, document=document, is_whole=True)


def describe(package: Mapping[str, Any], address: str, *, called: str = "") -> Description:
    """Return what the descriptor at ``address`` says, in version 1 or 2 of the standard.

    ``called`` is the address that leads there and lasts: what it leads to may bear a signature that is new each day.
    """
    called = called or address
    publisher = _named(package, "publisher") or _named(package, "")
    return Description(
        remote_id=called[:500],
        name=_text(package, "name"),
        titles={"": _text(package, "title") or _text(package, "name")},
        summaries={"": _text(package, "description")},
        keywords=tuple(("", each) for each in _list(package, "keywords") if isinstance(each, str)),
        publisher={"": publisher} if publisher else {},
        licence=_licence(package),
        issued=_text(package, "created"),
        landing_page=_text(package, "homepage") or called,
        identifiers=tuple(filter(None, (_text(package, "id"), called))),
        files=tuple(_files(package, address)),
    )


def _text(holder: Mapping[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _list(holder: Mapping[str, Any], key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []


def _named(package: Mapping[str, Any], role: str) -> str:
    """Return who contributed in a role; in any where it is empty."""
    for each in _list(package, "contributors"):
        if isinstance(each, dict):
            roles = {_text(each, "role"), *(one for one in _list(each, "roles") if isinstance(one, str))}
            if (not role or role in roles) and _text(each, "title"):
                return _text(each, "title")
    return ""


def _licence(package: Mapping[str, Any]) -> str:
    for each in _list(package, "licenses"):
        if isinstance(each, dict) and (_text(each, "name") or _text(each, "path")):
            return _text(each, "name") or _text(each, "path")
    return ""


def _files(package: Mapping[str, Any], address: str) -> Iterator[tuple[str, str, str]]:
    for each in _list(package, "resources"):
        if isinstance(each, dict):
            path = each.get("path")
            paths = path if isinstance(path, list) else [path]
            for one in paths:
                if isinstance(one, str):
                    title = _text(each, "title") or _text(each, "name")
                    yield title, _joined(one, address), _text(each, "format")


def _joined(path: str, address: str) -> str:
    try:
        return joined(path, address)
    except RemoteFault:
        return ""
