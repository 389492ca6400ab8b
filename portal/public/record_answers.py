"""How descriptions for machines are answered: kept, with a validator, and in the format that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from datasets import __version__
from portal.public.dependencies import Services
from portal.public.routers.pages import page_links
from portal.shared.accept import read_accept
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


def preferred(accept: str, offered: Sequence[str]) -> str:
    """Return the media type of ``offered`` that an Accept header wants most, the first of those it wants alike.

    Without a header, or where it takes none of them, it is the first.
    """
    wishes = list(read_accept(accept))

    def weight(media_type: str) -> float:
        ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
        for name in ranges:
            found = [wish.weight for wish in wishes if wish.media_range == name]
            if found:
                return max(found)
        return 0.0

    return max(offered, key=weight)


def see_other(address: str) -> Response:
    """Lead from a thing to its description (httpRange-14); caches keep apart who asked for what."""
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": SHORT, "Vary": "Accept"})
