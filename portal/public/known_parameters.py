"""Routes with a fixed set of parameters: one that they do not have, one given twice and one left empty are refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

from fastapi import Request
from fastapi.params import Query
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from datasets.errors import QueryInvalid
from datasets.hints import listed
from datasets.said import said
from datasets.text import LANGUAGES
from portal.query.model import invalid, shown_name, unknown
from portal.shared.links import Links

_LANGUAGE: Mapping[str, Any] = {
    "name": "lang",
    "in": "query",
    "required": False,
    "description": "The language of what is said when something is wrong: English unless `vi`.",
    "schema": {"type": "string", "enum": list(LANGUAGES)},
}


class FixedParameters(APIRoute):
    """A route that reads the parameters its handler declares with ``Annotated[…, Query(…)]``, and ``lang``.

    A misspelt parameter that was passed over would answer another question than the one that was asked.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.known = dict(_declared(endpoint))
        if "lang" not in self.known:
            extra = options.get("openapi_extra") or {}
            parameters = [*extra.get("parameters", ()), _LANGUAGE]
            options["openapi_extra"] = {**extra, "parameters": parameters}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            check_parameters(request.query_params.multi_items(), self.known)
            return await handle(request)

        return checked


def check_parameters(given: Sequence[tuple[str, str]], known: Mapping[str, object]) -> None:
    """Raise QueryInvalid for the first parameter that is none of ``known``, is given twice or has no value.

    ``known`` tells what each is where it is left out: one that is then an empty text may be given empty, and one that
    is a list may be given several times.
    """
    names = tuple(dict.fromkeys((*known, "lang")))
    seen: set[str] = set()
    for name, value in given:
        place = shown_name(name)
        if name not in names:
            raise _search_elsewhere(names) if name == "q" else unknown(place, name, names)
        default = known.get(name)
        if name in seen and not isinstance(default, list):
            raise invalid(place, said("is given twice"), said("Give %(name)s once", name=place))
        if not value.strip() and default != "":
            raise invalid(place, said("has no value"), said("Give it one, or leave it out"))
        if name == "lang" and name not in known and value not in LANGUAGES:
            raise unknown("lang", value, LANGUAGES)
        seen.add(name)


def _search_elsewhere(names: Sequence[str]) -> QueryInvalid:
    """Make the error for words to search by where nothing is searched."""
    search = f"{Links().api('search')}?q=…"
    remedy = said("To search, ask %(address)s. Known here: %(names)s", address=search, names=listed(names))
    return invalid("q", said("%(name)s is not known", name="'q'"), remedy)


def _declared(endpoint: Callable[..., Any]) -> Iterator[tuple[str, object]]:
    """Yield the parameters that a handler declares, and what each is where it is left out."""
    for name, parameter in inspect.signature(endpoint, eval_str=True).parameters.items():
        kind, *notes = get_args(parameter.annotation) if get_origin(parameter.annotation) is Annotated else [None]
        if not any(isinstance(note, Query) for note in notes):
            continue
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from ((each, field.default) for each, field in kind.model_fields.items())
        else:
            yield name, parameter.default
