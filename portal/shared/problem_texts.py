"""What a problem document says, in the language that was asked for: its title, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request
from starlette.exceptions import HTTPException

from datasets.errors import Problem, YtemoError
from datasets.hints import hint
from datasets.said import Said, said, translated
from datasets.text import LANGUAGES, Language
from portal.shared.error_page import general_text
from portal.shared.labels import N_
from portal.shared.links import Links
from portal.shared.wording import Wording

INVALID = N_("The request is not valid")
UNEXPECTED = N_("Something went wrong")
_TITLES: Mapping[int, str] = {
    404: N_("Not Found"),
    405: N_("Method Not Allowed"),
    412: N_("Precondition failed"),
    416: N_("Range not satisfiable"),
}
"""Titles of the framework's errors; a problem's type is made of them, so they may not depend on Python's version."""
_DETAILS: Mapping[int, str] = {
    412: N_("The file is not the one that If-Match names."),
    416: N_("No part that Range asks for begins within the file."),
}
_ADDRESSES = (
    Links().api_index(),
    Links().api("datasets"),
    Links().api("search"),
    Links().api("limits"),
    Links().api_docs(),
)


def asked_language(request: Request) -> Language:
    """Return the language that the parameter ``lang`` asks for; English where it asks for none that there is."""
    given = request.query_params.get("lang", "")
    return next((language for language in LANGUAGES if language == given), "en")


def title_of(error: HTTPException) -> str:
    """Return the English title of an error of the framework."""
    return _TITLES.get(error.status_code) or HTTPStatus(error.status_code).phrase


def detail_of(error: YtemoError, status: int, words: Wording, *, told: bool) -> str:
    """Return what is wrong; of a cause on our side, or one without wording in that language, what its status means."""
    if told and (words.language == "en" or isinstance(error.message, Said)):
        return translated(error.message, words.gettext)
    return general_text(status, f"urn:ytemo:{error.code}", words)


def framework_detail(status: int, words: Wording) -> str:
    return words.gettext(_DETAILS[status]) if status in _DETAILS else general_text(status, "", words)


def items_of(error: YtemoError, words: Wording) -> tuple[Problem, ...]:
    """Return each thing that is wrong, in the language of ``words``."""

    def say(text: str) -> str:
        return translated(text, words.gettext)

    return tuple(Problem(say(item.place), say(item.rule), say(item.remedy)) for item in error.problems)


def unknown_address(path: str, words: Wording) -> tuple[Problem, ...]:
    """Return what to do about an address of the API that leads nowhere."""
    if not path.startswith("/api/"):
        return ()
    shown = "".join(each if each.isprintable() else "?" for each in path[:80])
    rule = translated(said("is not known"), words.gettext)
    return (Problem(shown, rule, translated(hint(path, _ADDRESSES), words.gettext)),)
