"""How resources of the API are answered: as JSON, with a validator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from portal.shared.problems import ProblemDocument
from portal.shared.responses import is_known, not_modified, validators

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": ProblemDocument, "description": "There is no such parameter; the problem names the nearest."},
    404: {"model": ProblemDocument, "description": "There is no such thing."},
    410: {"model": ProblemDocument, "description": "It was withdrawn."},
}


def resource_answer(request: Request, tag: str, cache: str, make: Callable[[], BaseModel]) -> Response:
    """Answer with what ``make`` returns; who has what ``tag`` stands for is told so, and nothing is made."""
    if is_known(request, tag):
        return not_modified(tag, cache)
    # It is made of checked parts, so it is written at once and not checked again.
    content = make().model_dump_json(by_alias=True)
    return Response(content, media_type="application/json", headers=validators(tag, cache))
