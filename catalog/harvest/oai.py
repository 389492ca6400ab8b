"""Harvesting by OAI-PMH in Dublin Core: what changed since the last run, records that the repository deleted too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from catalog.harvest.description import Description, item_of
from catalog.harvest.documents import xml_of
from catalog.harvest.faults import ContentFault
from catalog.harvest.limits import MAX_PAGES, MAX_RECORDS
from catalog.harvest.records import Item, Page, Told
from catalog.harvest.start import Start
from datasets.outbound.faults import RemoteFault

_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_STALE = "token:"
_PERIOD = re.compile(r"(\d{4}(?:-\d{2}){0,2})/(\d{4}(?:-\d{2}){0,2})", re.ASCII)
_FILE = re.compile(
    r"https?://[^/?#]+/[^?#]*\.(csv|tsv|txt|xlsx?|ods|json|jsonl|geojson|xml|rdf|ttl|parquet|sav|dta|rds|zip|gz|7z|pdf|docx?)",
    re.IGNORECASE,
)
"""The address of a file, told by its end: identifiers and relations are mostly pages."""


class _TokenRefused(RemoteFault):
    """The repository does not know its own resumption token any more."""


def read_oai(start: Start) -> Iterator[Page]:
    """Yield the pages of a run from ``start`` on.

    A run that takes changes alone knows of deletions by what the repository says; where it keeps no deleted records,
    the run lists the identifiers of all records at its end.
    """
    identity = _asked(start, {"verb": "Identify"})
    keeps_deleted = _text(identity, "Identify/deletedRecord") == "persistent"
    first = {"verb": "ListRecords", "metadataPrefix": "oai_dc", **_selection(start, identity)}
    token = start.next.removeprefix(_STALE)
    try:
        yield from _pages(start, first, token, is_whole=not start.since)
    except _TokenRefused:
        # Tokens expire, above all where the run lay still: the list is read once more from its beginning.
        yield from _pages(start, first, "", is_whole=not start.since)
    if start.since and not keeps_deleted:
        yield _listed(start)


def _pages(start: Start, first: dict[str, str], token: str, *, is_whole: bool) -> Iterator[Page]:
    tokens: set[str] = {token}
    records = sum(len(page.items) for page in start.pages)
    for _ in range(MAX_PAGES):
        root = _asked(start, {"verb": "ListRecords", "resumptionToken": token} if token else first)
        items, gone = _records(root, start)
        records += len(items)
        if records > MAX_RECORDS:
            raise RemoteFault(f"has more than {MAX_RECORDS:,} records", "tell those who keep the catalog")
        token = _text(root, "ListRecords/resumptionToken")
        if token and token in tokens:
            told = Told(
                rule="the pages of the list lead in a circle",
                remedy="tell those who keep the catalog; nothing is marked as gone until it can be read to its end",
            )
            yield Page(items=items, gone=gone, problems=(told,), is_broken=True)
            return
        tokens.add(token)
        yield Page(items=items, gone=gone, next=_STALE + token if token else "", is_whole=is_whole and not token)
        if not token:
            return
    raise RemoteFault(f"has more than {MAX_PAGES:,} pages", "tell those who keep the catalog")


def _listed(start: Start) -> Page:
    """Return the identifiers of all records that there are."""
    found: list[str] = []
    query = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", **_set(start)}
    tokens: set[str] = set()
    for _ in range(MAX_PAGES):
        root = _asked(start, query)
        headers = root.findall(f"{_OAI}ListIdentifiers/{_OAI}header")
        found += [_text(each, "identifier") for each in headers if each.get("status") != "deleted"]
        if len(found) > MAX_RECORDS:
            raise RemoteFault(f"lists more than {MAX_RECORDS:,} records", "tell those who keep the catalog")
        token = _text(root, "ListIdentifiers/resumptionToken")
        if not token or token in tokens:
            return Page(listed=tuple(found), is_whole=not token, is_list=not token)
        tokens.add(token)
        query = {"verb": "ListIdentifiers", "resumptionToken": token}
    return Page(listed=tuple(found))


def _selection(start: Start, identity: Element) -> dict[str, str]:
    """Return the set that is wanted, and since when, as exactly as the repository keeps time."""
    chosen = _set(start)
    if start.since:
        is_exact = _text(identity, "Identify/granularity").endswith("Z")
        chosen["from"] = start.overlapping.strftime("%Y-%m-%dT%H:%M:%SZ" if is_exact else "%Y-%m-%d")
    return chosen


def _set(start: Start) -> dict[str, str]:
    return {"set": start.source.set} if start.source.set else {}


def _asked(start: Start, query: dict[str, str]) -> Element:
    address = start.source.address
    address += ("&" if "?" in address else "?") + urlencode(query)
    root = start.session.read(address, xml_of, {"Accept": "text/xml, application/xml"})
    if root.tag != f"{_OAI}OAI-PMH":
        raise ContentFault("is no answer of OAI-PMH", "check that the address is the one of the repository")
    error = root.find(f"{_OAI}error")
    if error is None or error.get("code") == "noRecordsMatch":
        return root
    if error.get("code") == "badResumptionToken":
        raise _TokenRefused("does not know its own resumption token", "run the same command again")
    code = error.get("code", "")
    told = code if code.isalpha() and len(code) < 40 else "an error"
    raise RemoteFault(f"answered {told} to {query['verb']}", "check the address and the set in the list of sources")


def _records(root: Element, start: Start) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    items, gone = [], []
    now = start.session.now()
    for record in root.findall(f"{_OAI}ListRecords/{_OAI}record"):
        header = record.find(f"{_OAI}header")
        identifier = _text(header, "identifier")[:500] if header is not None else ""
        if not identifier:
            continue
        if header is not None and header.get("status") == "deleted":
            # What was never had need not be known to be gone.
            gone += [identifier] if identifier in start.entries else []
            continue
        received = ET.tostring(record)
        items.append(item_of(describe(record, identifier), start.source, now, received=received))
    return tuple(items), tuple(gone)


def describe(record: Element, identifier: str) -> Description:
    """Return what a record in Dublin Core says; of several of a kind the first one counts."""
    told = [each for each in record.iter() if each.tag.startswith(_DC) and (each.text or "").strip()]
    named = [(each.tag.removeprefix(_DC), _language(each), (each.text or "").strip()) for each in told]

    def texts(name: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for tag, language, text in named:
            if tag == name:
                found.setdefault(language, text)
        return found

    def all_of(name: str) -> list[str]:
        return [text for tag, _, text in named if tag == name]

    addresses = [text for text in all_of("identifier") if text.startswith(("http://", "https://"))]
    dates = sorted(all_of("date"))
    start, end = next((found.groups() for found in map(_PERIOD.fullmatch, all_of("coverage")) if found), ("", ""))
    return Description(
        remote_id=identifier,
        titles=texts("title"),
        summaries=texts("description"),
        keywords=tuple((language, text) for tag, language, text in named if tag == "subject"),
        publisher=texts("publisher") or texts("creator"),
        licence=_licence(all_of("rights")),
        modified=dates[-1] if dates else "",
        landing_page=addresses[0] if addresses else "",
        identifiers=(identifier, *all_of("identifier")),
        start=start,
        end=end,
        files=tuple(("", each, "") for each in (*addresses[1:], *all_of("relation")) if _FILE.fullmatch(each)),
        themes=tuple(all_of("subject")),
    )


def _licence(rights: list[str]) -> str:
    return next((each for each in rights if each.startswith("http")), rights[0] if rights else "")


def _language(element: Element) -> str:
    language = element.get(_LANGUAGE, "").lower().partition("-")[0]
    return language if language in ("vi", "en") else ""


def _text(element: Element, path: str) -> str:
    found = element.find("/".join(_OAI + step for step in path.split("/")))
    return (found.text or "").strip() if found is not None else ""
