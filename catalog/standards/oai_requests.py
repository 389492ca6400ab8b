"""Questions of OAI-PMH 2.0: what each verb takes, what is wrong with one, and tokens that go on where a list ended."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from catalog.standards.oai_records import FORMATS, Repository

GRANULARITY = "YYYY-MM-DDThh:mm:ssZ"
_LONGEST = 500
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_LISTING = ({"metadataPrefix"}, {"from", "until", "set"})
_VERBS: Mapping[str, tuple[set[str], set[str]]] = {
    "Identify": (set(), set()),
    "ListMetadataFormats": (set(), {"identifier"}),
    "ListSets": (set(), set()),
    "GetRecord": ({"identifier", "metadataPrefix"}, set()),
    "ListIdentifiers": _LISTING,
    "ListRecords": _LISTING,
}
"""The arguments that each verb needs, and those that it takes besides."""
_LISTS = ("ListSets", "ListIdentifiers", "ListRecords")


class OaiError(Exception):
    """What is wrong with a question, by one of the codes of the protocol."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Listing:
    """A part of a list: what it is of, after which record it goes on, and how many came before."""

    prefix: str
    since: str = ""
    until: str = ""
    within: str = ""
    after: tuple[str, str] = ("", "")
    cursor: int = 0

    def token(self, after: tuple[str, str], cursor: int) -> str:
        """Return what asks for the part that follows; it holds the whole question, so that it never runs out."""
        told = [self.prefix, self.since, self.until, self.within, *after, cursor]
        return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


@dataclass(frozen=True)
class OaiRequest:
    """A question that can be answered."""

    verb: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    listing: Listing | None = None


def read_request(given: Sequence[tuple[str, str]], repository: Repository) -> OaiRequest:
    """Return what is asked; raises OaiError where the protocol does not know it."""
    verbs = [value for name, value in given if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in _VERBS:
        raise OaiError("badVerb", f"Give one verb, one of {', '.join(_VERBS)}")
    verb = verbs[0]
    arguments = _arguments(verb, [(name, value) for name, value in given if name != "verb"])
    if "resumptionToken" in arguments:
        return OaiRequest(verb, arguments, _resumed(arguments["resumptionToken"], verb, repository))
    if verb in ("ListIdentifiers", "ListRecords"):
        return OaiRequest(verb, arguments, _listing(arguments))
    if "metadataPrefix" in arguments:
        _check_prefix(arguments["metadataPrefix"])
    return OaiRequest(verb, arguments)


def _arguments(verb: str, given: Sequence[tuple[str, str]]) -> dict[str, str]:
    needed, others = _VERBS[verb]
    names = [name for name, _ in given]
    exclusive = {"resumptionToken"} if verb in _LISTS else set()
    for name, value in given:
        if name not in needed | others | exclusive:
            known = ", ".join(sorted(needed | others | exclusive)) or "no argument"
            raise OaiError("badArgument", f"{verb} takes {known}; {name[:40]!a} is not known")
        if names.count(name) > 1:
            raise OaiError("badArgument", f"{name} is given twice: give it once")
        if not value or len(value) > _LONGEST:
            raise OaiError("badArgument", f"{name} must have 1 to {_LONGEST} characters")
    if "resumptionToken" in names:
        if len(names) > 1:
            raise OaiError("badArgument", "resumptionToken is given alone: leave the other arguments out")
        return dict(given)
    missing = sorted(needed - set(names))
    if missing:
        raise OaiError("badArgument", f"{verb} needs {' and '.join(missing)}")
    return dict(given)


def _listing(arguments: Mapping[str, str]) -> Listing:
    since, until = arguments.get("from", ""), arguments.get("until", "")
    if since and until and len(since) != len(until):
        raise OaiError("badArgument", "from and until must be of one granularity: both days, or both moments")
    found = Listing(
        prefix=arguments["metadataPrefix"],
        since=_moment("from", since, end="00:00:00"),
        until=_moment("until", until, end="23:59:59"),
        within=arguments.get("set", ""),
    )
    if found.since and found.until and found.since > found.until:
        raise OaiError("badArgument", "from must not be after until")
    _check_prefix(found.prefix)
    return found


def _moment(name: str, text: str, *, end: str) -> str:
    """Return the first or last moment of a day, or the moment itself."""
    if not text:
        return ""
    try:
        if _MOMENT.fullmatch(text):
            datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            return text
        if _DAY.fullmatch(text):
            return f"{date.fromisoformat(text)}T{end}Z"
    except ValueError:  # A day that no calendar has.
        pass
    raise OaiError("badArgument", f"{name} must be a day such as 2026-01-31 or a moment such as 2026-01-31T09:30:00Z")


def _check_prefix(prefix: str) -> None:
    if prefix not in {each.prefix for each in FORMATS}:
        known = ", ".join(each.prefix for each in FORMATS)
        raise OaiError("cannotDisseminateFormat", f"metadataPrefix must be one of {known}")


def _resumed(token: str, verb: str, repository: Repository) -> Listing:
    """Return the part of a list that a token asks for; whatever was not written here is refused."""
    wrong = OaiError("badResumptionToken", "This token is not known: begin the list anew")
    if verb == "ListSets":
        raise wrong
    try:
        told = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
        prefix, since, until, within, stamp, identifier, cursor = told
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise wrong from None
    texts = (prefix, since, until, within, stamp, identifier)
    if not all(isinstance(each, str) and len(each) <= _LONGEST for each in texts) or type(cursor) is not int:
        raise wrong
    if prefix not in {each.prefix for each in FORMATS} or not 0 <= cursor <= len(repository.records):
        raise wrong
    return Listing(prefix, since, until, within, after=(stamp, identifier), cursor=cursor)
