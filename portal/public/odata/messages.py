"""What comes in and what goes out: OData requests and answers as plain values, apart from any web framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.public.odata.negotiation import Form

TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    path: str
    """Below the root of all services, decoded."""
    parameters: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    root: str
    """The address of the service that lists all others."""


@dataclass(frozen=True)
class Answered:
    """What to send."""

    body: bytes
    media_type: str
    """Empty where nothing is sent: caches would put it in the place of that of the answer that they hold."""
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


def odata_headers(form: Form) -> dict[str, str]:
    """Return the headers that say which OData is spoken, and whether a preference was heeded."""
    applied = {"Preference-Applied": form.applied} if form.applied else {}
    return {"OData-Version": form.version, **applied}


def in_json(body: bytes, form: Form) -> Answered:
    return Answered(body, form.media_type, odata_headers(form))


def in_text(text: str, form: Form) -> Answered:
    return Answered(text.encode(), TEXT_TYPE, odata_headers(form))
