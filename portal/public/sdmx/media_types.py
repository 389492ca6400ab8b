"""Which format a caller gets: its Accept header against the media types of SDMX, or the parameters for browsers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from datasets.errors import QueryInvalid
from portal.public.sdmx.refusals import not_acceptable
from portal.public.sdmx.versions import read_versions
from portal.query.model import unknown
from portal.shared.accept import Wish, read_accept

Writing = Literal["json", "xml", "csv"]
Content = Literal["data", "structure"]

_GENERIC: Mapping[str, tuple[Writing, ...]] = {
    "*/*": ("json", "xml", "csv"),
    "application/*": ("json", "xml"),
    "application/json": ("json",),
    "application/xml": ("xml",),
    "text/xml": ("xml",),
    "text/csv": ("csv",),
    "text/*": ("csv",),
}
"""What a caller means who names no type of SDMX: the first of these that is offered."""
_FORMATS: Mapping[str, tuple[Content, Writing]] = {
    "jsondata": ("data", "json"),
    "csvdata": ("data", "csv"),
    "structurespecificdata": ("data", "xml"),
    "jsonstructure": ("structure", "json"),
    "structure": ("structure", "xml"),
}
"""Values of the parameter ``format``, as the standard proposes them for browsers."""
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "labels": ("id", "name", "both"),
    "timeFormat": ("original",),
    "keys": ("none", "obs", "series", "both"),
}
"""Options of SDMX-CSV; a time is never rewritten as a day, for it would look more exact than it is."""


@dataclass(frozen=True)
class MediaType:
    """A format at one version."""

    content: Content
    writing: Writing
    version: str
    options: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    """What it is called in the name of the type, where that is not its content."""

    @property
    def essence(self) -> str:
        return f"application/vnd.sdmx.{self.label or self.content}+{self.writing}"

    @property
    def header(self) -> str:
        """The value of Content-Type."""
        options = "".join(f"; {name}={value}" for name, value in self.options.items())
        charset = "; charset=utf-8" if self.writing == "csv" else ""
        return f"{self.essence}; version={self.version}{options}{charset}"


OFFERED: tuple[MediaType, ...] = (
    MediaType("data", "json", "2.1.0"),
    MediaType("data", "json", "2.0.0"),
    MediaType("data", "xml", "3.0.0"),
    MediaType("data", "csv", "2.1.0"),
    MediaType("data", "csv", "2.0.0"),
    MediaType("structure", "json", "2.1.0"),
    MediaType("structure", "json", "2.0.0"),
    MediaType("structure", "xml", "3.0.0"),
)
"""Everything that is offered; of each content the first one is what a caller gets who does not choose."""


OFFERED_BEFORE: tuple[MediaType, ...] = (
    MediaType("data", "xml", "2.1", label="structurespecificdata"),
    MediaType("structure", "xml", "2.1"),
)
"""What is offered to clients of SDMX 2.1."""


def negotiate(
    accept: str, content: Content, parameters: Mapping[str, str], everything: Sequence[MediaType] = OFFERED
) -> MediaType:
    """Return the format of an answer; what is not offered raises Refusal with status 406."""
    offered = [each for each in everything if each.content == content]
    if "format" in parameters:
        return _by_parameters(parameters, offered, content)
    if not accept.strip():
        return offered[0]
    for wish in sorted(read_accept(accept), key=lambda wish: -wish.weight):
        found = _meant(wish, offered) if wish.weight > 0 else None
        if found is not None:
            return found
    raise not_acceptable(", ".join(each.header for each in offered))


def _meant(wish: Wish, offered: Sequence[MediaType]) -> MediaType | None:
    if wish.media_range in _GENERIC:
        writings = _GENERIC[wish.media_range]
        return next((each for writing in writings for each in offered if each.writing == writing), None)
    same = [each for each in offered if each.essence == wish.media_range]
    version = wish.parameters.get("version", "")
    if version:
        try:
            queries = read_versions(version)
        except QueryInvalid:
            return None
        same = [each for each in same if any(query.holds(each.version) for query in queries)]
    return _with_options(same[0], wish.parameters) if same else None


def _with_options(found: MediaType, options: Mapping[str, str]) -> MediaType | None:
    if found.writing != "csv":
        return found
    given = {name: options[name.lower()] for name in _OPTIONS if name.lower() in options}
    if any(value not in _OPTIONS[name] for name, value in given.items()):
        return None
    return MediaType(found.content, found.writing, found.version, given)


def _by_parameters(parameters: Mapping[str, str], offered: Sequence[MediaType], content: Content) -> MediaType:
    names = [name for name, meant in _FORMATS.items() if meant[0] == content]
    if parameters["format"] not in names:
        raise unknown("format", parameters["format"], names)
    same = [each for each in offered if each.writing == _FORMATS[parameters["format"]][1]]
    version = parameters.get("formatVersion", same[0].version)
    found = next((each for each in same if each.version == version), None)
    if found is None:
        raise not_acceptable(", ".join(each.header for each in same))
    return found
