"""Settle which version of OData, which form of JSON and which size of page a request wants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from datasets.errors import NotAcceptable, Problem
from datasets.said import said
from portal.query.model import clip
from portal.shared.accept import read_accept

Metadata = Literal["minimal", "full", "none"]

DEFAULT_PAGE = 10_000
MAX_PAGE = 20_000
XML_TYPE = "application/xml"
_VERSION = re.compile(r"([0-9])\.([0-9]{1,2})")
_PAGE = re.compile(r"(?:odata\.)?maxpagesize=([0-9]{1,9})")
_ANY = frozenset({"*/*", "application/*"})
_JSON_NAMES = frozenset({"json", "application/json"})
_XML_NAMES = frozenset({"xml", "application/xml"})


@dataclass(frozen=True)
class Form:
    """How an answer is written."""

    version: str = "4.01"
    metadata: Metadata = "minimal"
    strings: bool = False
    """Whether 64-bit integers are written as strings, for readers whose numbers cannot hold them."""
    page: int = DEFAULT_PAGE
    applied: str = ""
    """The preference that was heeded, in words of the Preference-Applied header."""

    @property
    def media_type(self) -> str:
        parameters = f"application/json;odata.metadata={self.metadata}"
        return f"{parameters};IEEE754Compatible=true" if self.strings else parameters


def read_form(headers: Mapping[str, str], asked_format: str) -> Form:
    """Return how to answer in JSON; a version or a format that there is not raises NotAcceptable."""
    version, (page, applied) = _version(headers), _page(headers.get("prefer", ""))
    parameters = _json_parameters(headers.get("accept", ""), asked_format)
    metadata = parameters.get("odata.metadata", parameters.get("metadata", "minimal"))
    if metadata not in get_args(Metadata):
        raise _no_format(f"odata.metadata={metadata}")
    strings = parameters.get("ieee754compatible", "false") == "true"
    return Form(version, next(each for each in get_args(Metadata) if each == metadata), strings, page, applied)


def wants_xml(headers: Mapping[str, str], asked_format: str) -> bool:
    """Return whether a model is wanted as XML, which every client reads, rather than as JSON, which 4.01 brought.

    Excel accepts XML only last of all, and yet can read no other model: so JSON must be asked for alone.
    """
    _version(headers)
    if asked_format:
        name = _name(asked_format.lower())
        if name in _XML_NAMES:
            return True
        if name in _JSON_NAMES:
            return False
        raise _no_format(asked_format)
    accepted = {wish.media_range for wish in read_accept(headers.get("accept", ""))}
    json_alone = accepted & _JSON_NAMES and not accepted & (_XML_NAMES | _ANY)
    # A client that accepts neither gets what it asked for by asking for a model at all.
    return not json_alone or _version(headers) == "4.0"


def _version(headers: Mapping[str, str]) -> str:
    """Return the newest version that the client reads; one of before 4.0 raises NotAcceptable.

    Excel sends MaxDataServiceVersion: 3.0 beside OData-MaxVersion: 4.0, to servers of any age; it says nothing here.
    """
    asked = headers.get("odata-maxversion", "").strip()
    if not asked:
        return "4.01"
    found = _VERSION.fullmatch(asked)
    if found is None or int(found[1]) < 4:
        rule = said("%(given)s is not a version that is spoken here", given=clip(asked))
        remedy = said("Ask for %(names)s", names="OData-MaxVersion: 4.0")
        raise NotAcceptable(said("OData is spoken from version 4.0 on"), problems=[_problem(rule, remedy)])
    return "4.0" if asked == "4.0" else "4.01"


def _page(preferences: str) -> tuple[int, str]:
    for preference in re.split(r"[,;]", preferences[:1_000]):
        found = _PAGE.fullmatch(preference.strip().lower().replace('"', ""))
        if found is not None and int(found[1]):
            page = min(int(found[1]), MAX_PAGE)
            return page, f"maxpagesize={page}"
    return DEFAULT_PAGE, ""


def _json_parameters(accept: str, asked_format: str) -> dict[str, str]:
    if asked_format:
        if _name(asked_format.lower()) not in _JSON_NAMES:
            raise _no_format(asked_format)
        return _parameters(asked_format)
    if not accept.strip():
        return {}
    wishes = [wish for wish in read_accept(accept) if wish.weight and wish.media_range in _JSON_NAMES | _ANY]
    # odata=minimalmetadata is how version 3 named the forms: a client that knows version 4 names them as well.
    ranked = sorted((wish for wish in wishes if "odata" not in wish.parameters), key=lambda wish: -wish.weight)
    if not ranked:
        raise _no_format(accept)
    return {name: value.lower() for name, value in ranked[0].parameters.items()}


def _name(text: str) -> str:
    return text.partition(";")[0].strip()


def _parameters(text: str) -> dict[str, str]:
    pairs = (each.strip().partition("=") for each in text.lower().split(";")[1:])
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def _no_format(given: str) -> NotAcceptable:
    rule = said("%(given)s is not a format that is written here", given=clip(given))
    remedy = said("Ask for %(names)s", names="application/json;odata.metadata=minimal, full, none")
    return NotAcceptable(said("The answer cannot be written in this format"), problems=[_problem(rule, remedy)])


def _problem(rule: str, remedy: str) -> Problem:
    return Problem("Accept", rule, remedy)
