"""The page of docs/reference about limits: how callers are counted, and every limit there is."""

from __future__ import annotations

from collections.abc import Iterator

from datasets.settings import Settings
from portal.public.allowances import BYTES_PER_UNIT, SECONDS_PER_UNIT
from portal.public.app import options_from
from portal.public.limits import Limit, all_limits

_DIALECTS = {
    "all": "In every dialect",
    "native": "`/api/v1`",
    "ckan": "CKAN: `/api/3`, `/api/action`, `/datastore`",
    "pxweb": "PxWeb: `/api/pxweb/v2`",
    "sdmx": "SDMX-REST: `/sdmx`",
    "odata": "OData: `/odata/v4`",
    "mcp": "MCP: `/mcp`",
    "downloads": "Downloads: `/files`",
}


def limits_text() -> str:
    """Return the page without its title; figures are the defaults of the settings."""
    options = options_from(Settings())
    limits = all_limits(options.limits, options.callers)
    tables = "\n".join(line for dialect in _DIALECTS for line in _table(dialect, limits))
    return f"{_about(Settings())}\n## Every limit\n\n{_BEFORE_TABLES}\n{tables}"


def _about(settings: Settings) -> str:
    return f"""\
`GET /api/v1/limits` tells all of this of the portal that you ask, and what you have left now. Asking costs nothing.

```console
$ curl -sS 'http://127.0.0.1:8000/api/v1/limits'
```

## What one caller may use

Anyone may ask, without registration, up to **{settings.calls_per_minute:,} units of work in a minute**. Units come back
evenly, {settings.calls_per_minute // 60} a second; after a minute of rest all of them are there at once.

* **Every request costs one unit**, and no more as long as it takes at most {SECONDS_PER_UNIT * 1000:.0f} ms of
  processor time and {BYTES_PER_UNIT // 10**6} MB of answer (before compression), as nearly all do. Beyond that, each
  further {SECONDS_PER_UNIT * 1000:.0f} ms and each further megabyte cost one unit more. What a request costs is known
  when it is answered: nobody is cut off in the middle, but what was used beyond the allowance has to come back first.
* At most {settings.calls_at_once} requests of one caller are answered **at once**.
* **Pages and downloads (`/files/`) count for nothing**, nor do `/api/v1/limits`, `/api/v1/docs` and
  `/api/v1/openapi.json`.
* A caller is an IPv4 address, an IPv6 network of 64 bits, or an API key.

Whoever uses more is answered with **429** in the shape of the dialect (a problem document, CKAN's envelope, an error of
OData, SDMX or JSON-RPC), and these headers:

* `Retry-After`: the seconds to wait. They are enough for one request.
* `RateLimit-Policy: "minute";q={settings.calls_per_minute};w=60` and `RateLimit: "minute";r=0;t=12`: what may be used,
  what is left, and in how many seconds it changes, as
  [draft-ietf-httpapi-ratelimit-headers-10](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/)
  has them. Answers that caches may keep do not have them: what a cache hands to others would tell them of you.

What helps: wait and ask less often; ask for many cells in one question instead of one by one; send `If-None-Match`;
pin the release (`release=2025.1`), as a cache may then keep the answer for ever. Who needs whole tables downloads the
Parquet files. Who needs more all day asks the publisher of the portal for a key.

**503** with `Retry-After` is something else: the portal itself has too much to do, or something of it is being
repaired.

## Keys

A request brings its key in one header, never in the address:

```
X-API-Key: ytemo_…
Authorization: Bearer ytemo_…
```

Clients of CKAN send it as they send CKAN's tokens (`Authorization: ytemo_…`, `X-CKAN-API-Key`). A key has its own
allowance in a minute, wherever it is used from, and may have one in a day, which begins at midnight in Viet Nam. It
opens nothing that is not open to all: answers are the same for everyone, and caches may keep them for everyone. A key
that is not known is answered with **401**; only CKAN's dialect takes it for no key, as CKAN does.

Each process of the portal counts by itself, in memory: several processes allow as many times as much, and one that is
started anew begins anew.
"""


_BEFORE_TABLES = (
    "As they are where no setting says otherwise. *Answer* is the status of a request beyond the limit; where there is"
    " none, it is answered with less than was asked for. Tools of MCP tell their errors with 200."
)


def _table(dialect: str, limits: tuple[Limit, ...]) -> Iterator[str]:
    yield from ("", f"### {_DIALECTS[dialect]}", "", "| name | limit | answer | what | what to do |")
    yield "| --- | --- | --- | --- | --- |"
    for limit in limits:
        if limit.dialect == dialect:
            value = f"{limit.value:,g}" if limit.value < 10**6 else f"{int(limit.value):,}"
            row = (f"`{limit.name}`", f"{value} {limit.unit}", str(limit.status or ""), limit.meaning, limit.remedy)
            yield f"| {' | '.join(row)} |"
