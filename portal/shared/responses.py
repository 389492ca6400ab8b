"""What responses have in common: validators, caching, and the answer 304 before any data is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from itertools import islice

from fastapi import Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

IMMUTABLE = "public, max-age=31536000, immutable"
"""For what a pinned release says: it never changes."""
SHORT = "public, max-age=60, stale-while-revalidate=300"
"""For what changes when a release comes out or is withdrawn."""
MOMENT = "no-cache"


def weak_tag(*parts: str) -> str:
    """Return a validator of an answer that is made of ``parts``; weak, because it may be compressed on its way."""
    return f"W/{strong_tag(*parts)}"


def strong_tag(*parts: str) -> str:
    """Return a validator of an answer whose bytes follow from ``parts``; compression makes another of it."""
    # With their lengths, so that no part, which a stranger may have written, can be taken for two.
    told = "\n".join(f"{len(part)}:{part}" for part in parts)
    digest = blake2b(told.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    return f'"{digest}"'


def is_known(request: Request, tag: str) -> bool:
    """Return whether the caller already has what ``tag`` stands for."""
    return is_among(request.headers.get("if-none-match", ""), tag)


def matches(request: Request, tag: str) -> bool:
    """Return whether ``tag``, a strong one, is what the caller insists on with If-Match, if anything."""
    wanted = request.headers.get("if-match")
    return wanted is None or wanted.strip() == "*" or tag in {each.strip() for each in wanted.split(",")}


def is_among(known: str, tag: str) -> bool:
    """Return whether ``known``, the value of If-None-Match, holds ``tag``; compared weakly, as RFC 9110 wants.

    A star, which is no tag, says nothing here: portal.shared.any_tag answers it, once there is an answer.
    """
    return tag.removeprefix("W/") in {each.strip().removeprefix("W/") for each in known.split(",")}


def not_modified(tag: str, cache: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status_code=304, headers={**(headers or {}), "ETag": tag, "Cache-Control": cache})


def validators(tag: str, cache: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": cache}


def see_other(address: str) -> Response:
    """Lead from a thing to its description (httpRange-14); caches keep apart who asked for what."""
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": SHORT, "Vary": "Accept"})


def streamed(
    request: Request, parts: Iterator[bytes], *, media_type: str, headers: Mapping[str, str]
) -> StreamingResponse:
    """Return an answer that is sent while it is written; where only its headers are asked for, no more is begun."""
    # With the first part compression tells of itself as it would; the others are never read from the table.
    wanted = islice(parts, 1) if request.method == "HEAD" else parts
    return StreamingResponse(wanted, media_type=media_type, headers=headers)
