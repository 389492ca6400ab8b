"""Files of releases: immutable under the release's own address, with ranges and strong validators."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from datasets.errors import FileNotFound
from datasets.public_releases import PublicFile, PublicRelease
from portal.public.dependencies import GetServices
from portal.shared.problems import ProblemDocument
from portal.shared.responses import IMMUTABLE, SHORT, is_known, not_modified

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"application/octet-stream": {}}},
    206: {"description": "The part that `Range` names."},
    304: {"description": "What you have is still true."},
    307: {"description": "The same file under the address of its release."},
    404: {"model": ProblemDocument, "description": "There is no such file."},
    410: {"model": ProblemDocument, "description": "The release was withdrawn."},
    416: {"description": "The file is shorter than that."},
}
router = APIRouter(prefix="/files", tags=["Downloads"], responses=_RESPONSES, default_response_class=FileResponse)


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
    return _send(request, found, services.releases.package_zip(found))


@router.get("/{dataset}/{release}/{path:path}", summary="Download one file of a release")
@router.head("/{dataset}/{release}/{path:path}", include_in_schema=False)
def file(request: Request, services: GetServices, dataset: str, release: str, path: str) -> Response:
    found = services.releases.find(dataset, release)
    if release == found.name:
        return _send(request, found, services.releases.file(found, path))
    if found.manifest.file(path) is None:
        raise FileNotFound(f"The release {found.name} has no such file")
    return _to_release(services.links.file(dataset, found.name, path))


def _send(request: Request, release: PublicRelease, file: PublicFile) -> Response:
    headers = {
        "ETag": f'"{file.sha256}"',
        "Cache-Control": IMMUTABLE,
        "Last-Modified": format_datetime(release.manifest.available_from, usegmt=True),
        "Content-Length": str(file.bytes),
    }
    if is_known(request, headers["ETag"]):
        return not_modified(headers["ETag"], IMMUTABLE)
    return FileResponse(file.path, media_type=file.media_type, filename=file.name, headers=headers)


def _to_release(address: str) -> Response:
    return RedirectResponse(address, status_code=307, headers={"Cache-Control": SHORT})
