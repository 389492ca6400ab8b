"""Files of releases: immutable under the release's own address, with ranges and strong validators."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any, BinaryIO

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from datasets.package_files import CSVW, CSVW_TYPE
from datasets.public_releases import PublicFile, PublicRelease
from portal.public.dependencies import GetServices
from portal.shared.byte_ranges import FileParts, asked_spans
from portal.shared.links import Links
from portal.shared.problems import ProblemDocument
from portal.shared.responses import IMMUTABLE, SHORT, is_known, matches, not_modified, validators

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file. The header `Link` of a CSV file leads to its description (CSVW).",
        "content": {"*/*": {}},
    },
    206: {"description": "The part that `Range` names."},
    304: {"description": "What you have is still true."},
    307: {"description": "The same file under the address of its release."},
    404: {"model": ProblemDocument, "description": "There is no such file."},
    410: {"model": ProblemDocument, "description": "The release was withdrawn."},
    412: {"model": ProblemDocument, "description": "It is not the file that `If-Match` names."},
    416: {"model": ProblemDocument, "description": "No part begins within the file; `Content-Range` has its length."},
    503: {"model": ProblemDocument, "description": "The file is damaged, and not given out."},
}
router = APIRouter(prefix="/files", tags=["Downloads"], responses=_RESPONSES, default_response_class=Response)


@router.get("/public-key.pem", summary="Download the public key that releases are signed with")
@router.head("/public-key.pem", include_in_schema=False)
def public_key(services: GetServices) -> Response:
    headers = {"Cache-Control": SHORT, "Content-Disposition": 'attachment; filename="public-key.pem"'}
    return Response(services.releases.public_key.pem, media_type="application/x-pem-file", headers=headers)


@router.get("/{dataset}/{release}.zip", summary="Download a whole release")
@router.head("/{dataset}/{release}.zip", include_in_schema=False)
def package(request: Request, services: GetServices, dataset: str, release: str) -> Response:
    found = services.releases.find(dataset, release)
    if release != found.name:
        return _to_release(services.links.package(dataset, found.name))
    return _send(request, found, *services.releases.open_package(found), described={})


@router.get("/{dataset}/{release}/{path:path}", summary="Download one file of a release")
@router.head("/{dataset}/{release}/{path:path}", include_in_schema=False)
def file(request: Request, services: GetServices, dataset: str, release: str, path: str) -> Response:
    found = services.releases.find(dataset, release)
    if release == found.name:
        opened = services.releases.open(found, path)
        return _send(request, found, *opened, described=_described(services.links, found, path))
    services.releases.check_path(found, path)
    return _to_release(services.links.file(dataset, found.name, path))


def _described(links: Links, release: PublicRelease, path: str) -> dict[str, str]:
    """Return the header by which readers of CSV on the Web find what describes a CSV file, where the release has it."""
    if not path.endswith(".csv") or release.manifest.file(CSVW) is None:
        return {}
    address = links.file(release.dataset, release.name, CSVW)
    return {"Link": f'<{address}>; rel="describedby"; type="{CSVW_TYPE}"'}


def _send(
    request: Request, release: PublicRelease, file: PublicFile, opened: BinaryIO, *, described: Mapping[str, str]
) -> Response:
    try:
        return _response(request, release, file, opened, described=described)
    except BaseException:
        opened.close()
        raise


def _response(
    request: Request, release: PublicRelease, file: PublicFile, opened: BinaryIO, *, described: Mapping[str, str]
) -> Response:
    """Answer what the caller has already, all of ``file``, or the parts that it wants: in this order (RFC 9110)."""
    tag = f'"{file.sha256}"'
    modified = format_datetime(release.manifest.available_from, usegmt=True)
    if not matches(request, tag):
        raise HTTPException(412)
    if is_known(request, tag):
        opened.close()
        return not_modified(tag, IMMUTABLE)
    headers = {
        **validators(tag, IMMUTABLE),
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Content-Type": _content_type(file.media_type),
        "Last-Modified": modified,
        **described,
    }
    if request.method == "HEAD":
        opened.close()
        return Response(headers={**headers, "Content-Length": str(file.bytes), "Accept-Ranges": "bytes"})
    return FileParts(opened, file.bytes, asked_spans(request, file.bytes, tag=tag, modified=modified), headers)


def _content_type(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _to_release(address: str) -> Response:
    return RedirectResponse(address, status_code=307, headers={"Cache-Control": SHORT})
