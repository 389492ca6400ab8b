"""How descriptions for machines are answered: kept, and with a validator."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request
from fastapi.responses import Response

from datasets import __version__
from portal.public.dependencies import Services
from portal.public.routers.pages import page_links
from portal.shared.links import Links
from portal.shared.responses import SHORT, is_known, not_modified, validators, weak_tag


def record_answer(
    request: Request, services: Services, *, media_type: str, make: Callable[[Links], bytes], key: str = ""
) -> Response:
    """Answer with a description that is true until a release comes or goes; ``key`` tells two of one address apart."""
    links = page_links(request, services)
    tag = weak_tag(__version__, services.releases.stamp(), links.base_url, request.url.path, request.url.query, key)
    if is_known(request, tag):
        return not_modified(tag, SHORT)
    body = services.documents.get(tag, lambda: make(links))
    return Response(body, media_type=media_type, headers=validators(tag, SHORT))
