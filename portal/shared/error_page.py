"""The page that people see when something cannot be shown: what happened, in plain words, and where to go on."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from datasets.text import Model
from portal.shared.labels import N_
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

_TEXTS = {
    404: (
        N_("Page not found"),
        N_("There is nothing at this address. It may have been typed wrongly, or the page has never existed."),
    ),
    405: (N_("This cannot be done here"), N_("This address can only be read.")),
    410: (
        N_("This release was withdrawn"),
        N_("It was published and later withdrawn. Its files are no longer given out."),
    ),
    429: (N_("Too many requests"), N_("Please wait a little, then try again.")),
    503: (N_("The portal is busy or being repaired"), N_("Please try again in a few minutes. No data is lost.")),
}
_TEXTS_OF_TYPES = {
    "urn:ytemo:verification-failed": (
        N_("This data is damaged and is not shown"),
        N_(
            "A file is not as it was published. Nothing of it is shown until it is restored, so that nobody reads a"
            " wrong number. Other datasets are not affected. Please try again later."
        ),
    ),
}
"""Kinds of problems of which more can be said than of their status."""
_WRONG_REQUEST = (
    N_("This address cannot be understood"),
    N_("A part of the address has a value that it cannot have. Start from the list of datasets instead."),
)
_OUR_FAULT = (
    N_("Something went wrong on our side"),
    N_("The page could not be made. It is not your fault; please try again later."),
)


class ErrorDetail(Model):
    """One part of the address that cannot be understood."""

    place: str = Field(description="What it sets, as pages call it.")
    rule: str = Field(description="What is wrong with it.")
    remedy: str = Field(description="What would be right; may be empty.")


class Meant(Model):
    """What was probably looked for."""

    title: str = Field(description="What it is called.")
    url: str = Field(description="Its page.")


class ErrorPage(Page):
    """An error."""

    status: int = Field(description="The HTTP status.")
    text: str = Field(description="What happened and what to do.")
    details: tuple[ErrorDetail, ...] = Field(description="The parts of the address that cannot be understood.")
    meant: Meant | None = Field(default=None, description="What was probably looked for.")


def general_text(status: int, kind: str, words: Wording) -> str:
    """Return what an HTTP status, or the type of a problem, means and what to do about it."""
    return words.gettext(_texts(status, kind)[1])


def _texts(status: int, kind: str) -> tuple[str, str]:
    usual = _TEXTS.get(status, _WRONG_REQUEST if status < 500 else _OUR_FAULT)
    return _TEXTS_OF_TYPES.get(kind, usual)


def error_page(
    status: int, links: Links, words: Wording, *, kind: str = "", details: Sequence[ErrorDetail] = ()
) -> ErrorPage:
    """Return the page for an HTTP status and the type of a problem; of a cause on our side it says nothing.

    ``details`` say what is wrong with the address, in the language of ``words``.
    """
    title, text = _texts(status, kind)
    return ErrorPage(
        language=words.language,
        title=words.gettext(title),
        description=words.gettext(text),
        section="",
        in_vietnamese=links.home("vi"),
        in_english=links.home("en"),
        indexed=False,
        status=status,
        text=words.gettext(text),
        details=tuple(details),
    )
