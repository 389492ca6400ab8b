"""What is asked of a table, of which release, and how the answer is to be handed out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from datasets.errors import QueryInvalid
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.said import said
from portal.query.answer_formats import AnswerFormat, accepted_format, named_format
from portal.query.model import invalid, unknown
from portal.query.parameters import read_moment
from portal.query.written import HEADERS, Header

Kind = Literal["data", "rows", "statistics"]
_SHORT_QUESTION = 500
"""Characters of all its parameters together."""


@dataclass(frozen=True)
class TableQuestion:
    """A request for ``data`` or ``rows`` of one table, as it came."""

    dataset: str
    table: str
    kind: Kind
    parameters: tuple[tuple[str, str], ...]
    known: str = ""
    """The If-None-Match header."""
    accept: str = ""
    """The Accept header, for where no parameter names a format."""

    @property
    def is_short(self) -> bool:
        """Whether reading it takes next to nothing: a long condition may take milliseconds."""
        return sum(len(name) + len(value) for name, value in self.parameters) <= _SHORT_QUESTION

    def parameter(self, name: str, default: str) -> str:
        return next((value for given, value in self.parameters if given == name), default)

    def pins(self, release: PublicRelease) -> bool:
        """Say whether it is about this very release, so that its answer is the same for ever."""
        return self.parameter("release", "latest") == release.name or bool(self.parameter("as_of", ""))


def release_of(releases: PublicReleases, question: TableQuestion) -> PublicRelease:
    """Return the release that a question is about; raises what finding one raises, or QueryInvalid."""
    moment = question.parameter("as_of", "")
    if not moment:
        name = question.parameter("release", "latest")
        if not name.strip():
            raise invalid("release", said("has no value"), said("Give it one, or leave it out"))
        return releases.find(question.dataset, name)
    if question.parameter("release", ""):
        rule = said("cannot be given together with release")
        raise invalid("as_of", rule, said("A release that is named needs no date"))
    return releases.as_of(question.dataset, read_moment(moment))


@dataclass(frozen=True)
class Style:
    """How an answer is handed out."""

    format: AnswerFormat
    header: Header
    bom: bool
    saved: bool
    """Whether a browser saves it."""


def style_of(question: TableQuestion) -> Style:
    """Return how an answer is to be handed out; raises QueryInvalid for what cannot be."""
    named = question.parameter("format", "")
    answer_format = named_format(named) if named else accepted_format(question.accept)
    header = question.parameter("header", "names")
    found = next((known for known in HEADERS if header == known), None)
    if found is None:
        raise unknown("header", header, HEADERS)
    bom, saved = _flag(question, "bom", default=False), _flag(question, "download", default=answer_format.saved)
    if bom and answer_format.key != "csv":
        raise _not_of("bom", ("csv",))
    if found != "names" and answer_format.key not in {"csv", "xlsx"}:
        raise _not_of("header", ("csv", "xlsx"))
    return Style(answer_format, found, bom, saved)


def _not_of(name: str, formats: tuple[str, ...]) -> QueryInvalid:
    """Make the error for a parameter that says nothing in the format that is asked for."""
    names = ", ".join(formats)
    return invalid(
        name,
        said("is for %(names)s alone", names=names),
        said("Leave it out, or write format=%(format)s", format=formats[0]),
    )


def _flag(question: TableQuestion, name: str, *, default: bool) -> bool:
    given = question.parameter(name, str(default).lower())
    if given not in {"true", "false"}:
        raise unknown(name, given, ("true", "false"))
    return given == "true"
