"""Answers of OAI-PMH 2.0: the six verbs, in parts of a bounded size, errors as the protocol has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from catalog.standards.dcat_catalog import TITLE
from catalog.standards.oai_records import FORMATS, Record, Repository
from catalog.standards.oai_requests import GRANULARITY, Listing, OaiError, OaiRequest, read_request
from catalog.standards.rdf import plain

PAGE_SIZE = 100
"""Records in one part of a list."""
_NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
_SCHEMA = f"{_NAMESPACE} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def answer(
    given: Sequence[tuple[str, str]], repository: Repository, now: datetime, *, page_size: int = PAGE_SIZE
) -> bytes:
    """Return the answer to a question, given as its arguments in their order."""
    root = ET.Element("OAI-PMH", {"xmlns": _NAMESPACE, f"{{{_XSI}}}schemaLocation": _SCHEMA})
    _add(root, "responseDate", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    base = repository.addresses.absolute(repository.addresses.harvest())
    try:
        asked = read_request(given, repository)
        body = _body(asked, repository, page_size)
    except OaiError as error:
        named = {} if error.code in ("badVerb", "badArgument") else {name: plain(value) for name, value in given}
        _add(root, "request", base, **named)
        _add(root, "error", error.message, code=error.code)
    else:
        _add(root, "request", base, verb=asked.verb, **{name: plain(value) for name, value in asked.arguments.items()})
        root.append(body)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _body(asked: OaiRequest, repository: Repository, page_size: int) -> ET.Element:
    root = ET.Element(asked.verb)
    if asked.verb == "Identify":
        _identify(root, repository)
    elif asked.verb == "ListSets":
        for spec, name in sorted(repository.sets.items()):
            entry = _add(root, "set")
            _add(entry, "setSpec", spec)
            _add(entry, "setName", name)
    elif asked.verb == "ListMetadataFormats":
        if "identifier" in asked.arguments:
            _record(asked.arguments["identifier"], repository)
        for each in FORMATS:
            entry = _add(root, "metadataFormat")
            _add(entry, "metadataPrefix", each.prefix)
            _add(entry, "schema", each.schema)
            _add(entry, "metadataNamespace", each.namespace)
    elif asked.listing is not None:
        _list(root, asked.listing, repository, page_size)
    else:
        found = _record(asked.arguments["identifier"], repository)
        _whole(root, found, asked.arguments["metadataPrefix"], repository)
    return root


def _identify(root: ET.Element, repository: Repository) -> None:
    records = repository.records
    contacts = dict.fromkeys(record.release.description.contact.email for record in records)
    _add(root, "repositoryName", f"{TITLE.vi} / {TITLE.en}")
    _add(root, "baseURL", repository.addresses.absolute(repository.addresses.harvest()))
    _add(root, "protocolVersion", "2.0")
    for email in list(contacts)[:5] or [f"postmaster@{repository.host}"]:
        _add(root, "adminEmail", email)
    _add(root, "earliestDatestamp", records[0].datestamp if records else "2026-01-01T00:00:00Z")
    _add(root, "deletedRecord", "persistent")
    _add(root, "granularity", GRANULARITY)


def _record(identifier: str, repository: Repository) -> Record:
    found = repository.by_identifier.get(identifier)
    if found is None:
        raise OaiError("idDoesNotExist", f"Identifiers are those that ListIdentifiers tells, oai:{repository.host}:…")
    return found


def _list(root: ET.Element, listing: Listing, repository: Repository, page_size: int) -> None:
    chosen = [record for record in repository.records if _is_chosen(record, listing)]
    left = [record for record in chosen if record.order > listing.after]
    if not left:
        raise OaiError("noRecordsMatch", "Nothing changed in this time and set")
    for record in left[:page_size]:
        if root.tag == "ListRecords":
            _whole(root, record, listing.prefix, repository)
        else:
            _header(root, record)
    if listing.cursor or len(left) > page_size:
        more = len(left) > page_size
        token = listing.token(left[page_size - 1].order, listing.cursor + page_size) if more else ""
        _add(root, "resumptionToken", token, completeListSize=str(len(chosen)), cursor=str(listing.cursor))


def _is_chosen(record: Record, listing: Listing) -> bool:
    if listing.within and not any(f"{each}:".startswith(f"{listing.within}:") for each in record.sets):
        return False
    return (not listing.since or record.datestamp >= listing.since) and (
        not listing.until or record.datestamp <= listing.until
    )


def _whole(root: ET.Element, record: Record, prefix: str, repository: Repository) -> None:
    entry = _add(root, "record")
    _header(entry, record)
    if not record.deleted:
        _add(entry, "metadata").append(repository.metadata(record, prefix))


def _header(root: ET.Element, record: Record) -> None:
    header = _add(root, "header", **({"status": "deleted"} if record.deleted else {}))
    _add(header, "identifier", record.identifier)
    _add(header, "datestamp", record.datestamp)
    for each in record.sets:
        _add(header, "setSpec", each)


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    if text:
        element.text = plain(text)
    return element
