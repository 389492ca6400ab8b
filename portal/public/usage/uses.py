"""What counts as a use of a dataset: which requests, by whom, and which do not count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

Use = Literal[
    "page",
    "explorer",
    "download-csv",
    "download-excel",
    "download-parquet",
    "download-package",
    "download-other",
    "query",
]
USES: tuple[Use, ...] = get_args(Use)
Kind = Literal["page", "explorer", "download", "query"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Uses without the format of what is downloaded."""
_FORMATS: Mapping[str, Use] = {
    "csv": "download-csv",
    "xlsx": "download-excel",
    "parquet": "download-parquet",
    "zip": "download-package",
}

_DATASET = r"(?P<dataset>[a-z0-9][a-z0-9-]{0,99})"
_RELEASE = r"(?:/releases/[^/]+)?"
_PATHS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(rf"(?:/en)?/datasets/{_DATASET}{_RELEASE}"), "page"),
    (re.compile(rf"(?:/en)?/datasets/{_DATASET}{_RELEASE}/explore"), "explorer"),
    (re.compile(rf"(?:/en)?/embed/{_DATASET}{_RELEASE}"), "explorer"),
    (re.compile(rf"/files/{_DATASET}/.+"), "download"),
    (re.compile(rf"/api/v1/datasets/{_DATASET}/tables/[^/]+/(?:data|rows|statistics)"), "query"),
    (re.compile(rf"/odata/v4/{_DATASET}/.+"), "query"),
)
_ROBOTS = re.compile(
    r"bot\b|bot[/;)]|crawl|spider|slurp|archiv|preview|monitor|uptime|scan|fetcher|headless|lighthouse|validator"
    r"|facebookexternalhit|embedly|mediapartners|feedfetcher|http-client\b",
    re.IGNORECASE,
)
"""By which names programs that read the web for themselves make themselves known."""
_PROGRAMS = re.compile(r"python|curl|wget|libcurl|okhttp|java/|go-http|ruby|perl|php|node|axios|aiohttp", re.IGNORECASE)
"""Programs that ask the API and take files for people; of pages they count as robots."""


def use_of(path: str, headers: Mapping[str, str]) -> tuple[str, Use] | None:
    """Return the dataset and how it is used by a request that was answered; None where it does not count.

    ``headers`` are by their names in small letters. What says that it is a robot, what is fetched before anybody asked
    for it, and the later parts of a file do not count. Nothing of who asked is looked at beside that.
    """
    for pattern, kind in _PATHS:
        if found := pattern.fullmatch(path):
            return None if _is_left_out(kind, headers) else (found["dataset"], _use(kind, path))
    return None


def _use(kind: Kind, path: str) -> Use:
    return kind if kind != "download" else _FORMATS.get(path.rpartition(".")[2].lower(), "download-other")


def _is_left_out(kind: Kind, headers: Mapping[str, str]) -> bool:
    agent = headers.get("user-agent", "")
    if not agent or _ROBOTS.search(agent):
        return True
    if kind in {"page", "explorer"} and _PROGRAMS.search(agent):
        return True
    if "prefetch" in headers.get("sec-purpose", "") or headers.get("purpose") == "prefetch":
        return True
    wanted = headers.get("range", "")
    return kind == "download" and bool(wanted) and not wanted.replace(" ", "").startswith("bytes=0-")
