"""How errors are told to clients of PxWeb: as problem documents whose detail says what to do, in the asked language."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from datasets.errors import Problem, YtemoError
from portal.public.pxweb.choices import TooManyCells
from portal.shared.problem_texts import asked_language, detail_of, items_of
from portal.shared.problems import PROBLEM_TYPE, ProblemDocument, ProblemItem, outcome_of
from portal.shared.wording import wording

_STATUSES: dict[type[YtemoError], int] = {TooManyCells: 403}
"""Statuses that PxWeb has and the rest of the portal has not."""


class ProblemRoute(APIRoute):
    """A route whose errors are answered here: its clients show nothing but title and detail."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except YtemoError as error:
                return problem_response(request, error)

        return told


def problem_response(request: Request, error: YtemoError) -> Response:
    """Return the problem document of ``error``."""
    outcome = outcome_of(error)
    status = _STATUSES.get(type(error), outcome.status)
    words = wording(asked_language(request))
    items = items_of(error, words) if outcome.told else ()
    problem = ProblemDocument(
        type=f"urn:ytemo:{error.code}",
        title=words.gettext(error.title),
        status=status,
        detail=_detail(items) or detail_of(error, status, words, told=outcome.told),
        instance=request.url.path[:500],
        errors=tuple(ProblemItem(place=each.place, rule=each.rule, remedy=each.remedy) for each in items),
    )
    headers = {"Cache-Control": "no-store"}
    if outcome.retry_after:
        headers["Retry-After"] = str(outcome.retry_after)
    return Response(problem.model_dump_json(exclude_defaults=True), status, headers, PROBLEM_TYPE)


def _detail(items: tuple[Problem, ...]) -> str:
    return " ".join(f"{str(item).rstrip('.')}." for item in items)
