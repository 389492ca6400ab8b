"""The public application: everything is made here and handed on; nothing is decided here."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles
from starlette_compress import CompressMiddleware, add_compress_type

import datasets
import portal.shared
from catalog.harvest.store import harvest_folder
from catalog.others import Others
from catalog.standards.atom import MEDIA_TYPE as ATOM
from catalog.standards.icalendar import MEDIA_TYPE as ICALENDAR
from catalog.standards.rdf import MEDIA_TYPES
from datasets.public_releases import PublicReleases
from datasets.settings import Settings
from portal.public.api_docs import add_api_docs
from portal.public.dependencies import CallerLeft, Running, Services, nobody_waits
from portal.public.dialect_errors import install_dialects, told
from portal.public.dialects import CKAN_PATHS
from portal.public.few_threads import FewThreads
from portal.public.harvested_resources import example_record
from portal.public.kept_documents import KeptDocuments
from portal.public.limits import all_limits
from portal.public.limits_document import limit_note
from portal.public.live_catalog import LiveCatalog
from portal.public.metering import CallerLimits, Metered, Metering
from portal.public.planned import SHIPPED as SHIPPED_PLANNED
from portal.public.planned import load_planned
from portal.public.pxweb.data_answers import DataAnswers
from portal.public.reuses import Showcase
from portal.public.routers import (
    ckan,
    compare,
    data,
    dataset_docs,
    downloads,
    drawings,
    explore,
    feeds,
    guide,
    index,
    limits,
    mcp,
    metadata,
    oai,
    odata,
    pages,
    pxweb,
    quality,
    schedule,
    sdmx,
    search,
    site,
    standards,
    status,
    subscribe,
    usage,
)
from portal.public.sdmx.media_types import OFFERED, OFFERED_BEFORE
from portal.public.statistics_answers import StatisticsAnswers
from portal.public.store_watch import StoreWatch
from portal.public.subscriptions.door import Door
from portal.public.subscriptions.mail import Post, Subscriptions, post_from
from portal.public.subscriptions.postman import Postman
from portal.public.subscriptions.subject_titles import Offered, title_in_letter
from portal.public.table_answers import TableAnswers
from portal.public.table_reading import TableReading
from portal.public.topics.gathering import Topics
from portal.public.topics.topic import SHIPPED as SHIPPED_TOPICS
from portal.public.topics.topic import load_topics
from portal.public.turns import Turns
from portal.public.usage.counting import CountsUses
from portal.public.usage.counts import UsageCounts
from portal.query.answer_formats import FORMATS
from portal.query.run import Engine, EngineLimits
from portal.query.tables import Tables
from portal.shared.any_tag import AnyTag
from portal.shared.encoded_tags import EncodedTags
from portal.shared.links import API, FILES, ODATA, PXWEB, SDMX, SDMX_BEFORE, STATIC, Links, is_record
from portal.shared.middleware import ForPaths, ProtectiveHeaders, VaryingEncoding, WithoutTrailingSlash
from portal.shared.problems import install
from portal.shared.responses import SHORT

_DESCRIPTION = """\
Aggregate health data of the ministry: what there is, what it says, and the files themselves.
No registration and no key: padlocks and “Authorize” are for those who were given a key, to ask more. Everything is read
only. Answers name the release they come from; `release=` pins it.
Errors are `application/problem+json` (RFC 9457)."""
_STATIC_FILES = Path(portal.shared.__file__).parent / "static"
_ASKED = ("Authorization", "Content-Type", "If-Match", "If-None-Match", "If-Range", "Range", "X-API-Key")
_TOLD_HEADERS = ("Accept-Ranges", "Content-Disposition", "Content-Range", "Deprecation", "ETag", "Link", "Sunset")
_TOLD_LIMITS = ("RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate")
_TOLD_TOTALS = ("Ytemo-Release", "Ytemo-Returned", "Ytemo-Synthetic", "Ytemo-Total", "Ytemo-Truncated")

_COMPRESSED = (
    "application/problem+json",
    *(FORMATS[key].media_type.partition(";")[0] for key in ("csv", "jsonl")),
    *sorted({each.essence for each in (*OFFERED, *OFFERED_BEFORE)}),
    *MEDIA_TYPES.values(),
    ATOM,
    ICALENDAR,
)
"""Texts that the compressing middleware does not know for such."""

_IN_THIS_ORDER = (
    # What is asked most is looked for first.
    data.router,
    index.router,
    # Before the pages, whose addresses end in a name of any kind.
    standards.router,
    feeds.router,
    oai.router,
    metadata.router,
    search.router,
    limits.router,
    quality.router,
    downloads.router,
    status.router,
    # Before the pages too: their addresses have a name of any kind in them.
    compare.router,
    explore.router,
    drawings.router,
    pages.router,
    schedule.router,
    guide.router,
    site.router,
    usage.router,
    subscribe.router,
    dataset_docs.router,
    ckan.router,
    sdmx.router,
    odata.router,
    pxweb.router,
    mcp.router,
)
_ASKED_OF_ODATA = ("OData-MaxVersion", "OData-Version", "Prefer")
_TOLD_BY_ODATA = ("OData-Version", "Preference-Applied", "Ytemo-Status")


@dataclass(frozen=True)
class PortalOptions:
    """What differs between installations, as plain values."""

    data_dir: Path
    public_key: Path
    base_url: str = ""
    trusted_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    limits: EngineLimits = field(default_factory=EngineLimits)
    callers: CallerLimits = field(default_factory=CallerLimits)
    reuses_file: Path | None = None
    topics_file: Path | None = None
    planned_file: Path | None = None
    post: Post | None = None
    """How letters leave; None for no subscriptions by mail."""


def options_from(settings: Settings) -> PortalOptions:
    """Return what the public application takes from the settings."""
    return PortalOptions(
        data_dir=settings.data_dir,
        public_key=settings.public_key,
        base_url=settings.base_url,
        trusted_hosts=tuple(host.strip() for host in settings.trusted_hosts.split(",")),
        limits=EngineLimits(settings.query_threads, settings.query_memory_mb, settings.query_seconds),
        callers=CallerLimits(settings.calls_per_minute, settings.calls_at_once, settings.keys_file),
        reuses_file=settings.reuses_file,
        topics_file=settings.topics_file,
        planned_file=settings.planned_file,
        post=post_from(settings.smtp_url.get_secret_value(), settings.mail_from, settings.base_url),
    )


def create_app(options: PortalOptions, releases: PublicReleases | None = None) -> FastAPI:
    """Wire the public application; ``releases`` replaces the store's own reader, for a clock of one's own."""
    public = releases or PublicReleases(options.data_dir, options.public_key)
    engine = Engine(options.data_dir / "objects", options.limits)
    services = _services(options, public, engine)
    door = mcp.make_door(services, options.trusted_hosts)
    app = FastAPI(
        title="ytemo",
        version=datasets.__version__,
        summary="Open health data",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # The framework would repeat the host that the caller claims: WithoutTrailingSlash names none.
        redirect_slashes=False,
        lifespan=Running(services, engine, door.running).lifespan,
    )
    app.state.services = services
    app.state.mcp = door
    for router in _IN_THIS_ORDER:
        app.include_router(router)
    add_api_docs(app, public, services.links, partial(example_record, services.catalog))
    app.mount(STATIC, StaticFiles(directory=_STATIC_FILES), name="static")
    install(app, pages.html_error)
    app.add_exception_handler(CallerLeft, nobody_waits)
    install_dialects(app)
    _add_middleware(app, options)
    return app


def _services(options: PortalOptions, public: PublicReleases, engine: Engine) -> Services:
    links = Links(options.base_url, by_mail=options.post is not None)
    mail = Subscriptions(options.data_dir, links, options.post)
    topics = Topics(
        load_topics(options.topics_file or SHIPPED_TOPICS), load_planned(options.planned_file or SHIPPED_PLANNED)
    )
    reading = TableReading(public, engine, Tables(options.limits.memory_mb))
    return Services(
        releases=public,
        catalog=LiveCatalog(
            public,
            options.data_dir / "derived" / "catalog",
            others=Others(harvest_folder(options.data_dir), options.base_url),
        ),
        reading=reading,
        tables=TableAnswers(public, reading, links),
        statistics=StatisticsAnswers(public, reading, links),
        links=links,
        store=StoreWatch(public),
        pxweb=DataAnswers(public, reading, links),
        metering=Metering(options.callers),
        limits=tuple(map(limit_note, all_limits(options.limits, options.callers))),
        turns=Turns(),
        documents=KeptDocuments(),
        usage=UsageCounts(options.data_dir / "usage"),
        exploring=FewThreads(),
        drawing=FewThreads(),
        reuses=Showcase(options.reuses_file),
        topics=topics,
        mail=mail,
        postman=Postman(mail, partial(title_in_letter, offered=Offered(public, topics.by_id))),
        door=Door(mail.clock),
        hosts=_names(options),
    )


def _names(options: PortalOptions) -> tuple[str, ...]:
    """Return the names of this portal; who answers to any name is known by its public address alone."""
    named = (host for host in options.trusted_hosts if host != "*")
    return (*named, urlsplit(options.base_url).hostname or "localhost")


def app_from_environment() -> FastAPI:
    """Make the application from ``YTEMO_*`` variables: the factory that a server of one's own calls."""
    return create_app(options_from(Settings.from_env(os.environ)))


def _add_middleware(app: FastAPI, options: PortalOptions) -> None:
    # The last one added is the outermost: a wrong host is turned away before anything else happens, but for the headers
    # that protect readers.
    app.add_middleware(CountsUses, counts=app.state.services.usage)
    app.add_middleware(Metered, metering=app.state.services.metering, tell=told)
    # Addresses of OData services end with a slash, and Excel does not follow a redirection by 308.
    bare = partial(WithoutTrailingSlash, cache=SHORT)
    app.add_middleware(ForPaths, wrap=bare, applies=lambda path: not path.startswith(f"{ODATA}/"))
    cors = partial(
        CORSMiddleware,
        allow_origins=("*",),
        allow_methods=("GET", "HEAD", "POST"),
        allow_headers=(*_ASKED, *_ASKED_OF_ODATA),
        expose_headers=(*_TOLD_HEADERS, *_TOLD_LIMITS, *_TOLD_TOTALS, *_TOLD_BY_ODATA),
    )
    app.add_middleware(ForPaths, wrap=cors, applies=_is_for_programs)
    for media_type in _COMPRESSED:
        add_compress_type(media_type)
    answers = partial(CompressMiddleware, minimum_size=1024)
    # Pages are small, kept by caches and read over telephones: a millisecond more makes them a tenth smaller.
    pages_compressed = partial(CompressMiddleware, minimum_size=512, zstd_level=9, brotli_quality=5, gzip_level=6)
    app.add_middleware(ForPaths, wrap=answers, applies=lambda path: _is_compressed(path) and _is_for_programs(path))
    app.add_middleware(ForPaths, wrap=pages_compressed, applies=lambda path: not _is_for_programs(path))
    app.add_middleware(ForPaths, wrap=EncodedTags, applies=_is_compressed)
    app.add_middleware(AnyTag)
    app.add_middleware(ForPaths, wrap=VaryingEncoding, applies=lambda path: path.startswith(f"{STATIC}/"))
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(options.trusted_hosts))
    app.add_middleware(ProtectiveHeaders)


def _is_for_programs(path: str) -> bool:
    roots = (API, FILES, ODATA, PXWEB, SDMX, SDMX_BEFORE)
    return f"{path}/".startswith((*(f"{root}/" for root in roots), *CKAN_PATHS)) or is_record(path)


def _is_compressed(path: str) -> bool:
    """Files keep their bytes: ranges and hashes speak of them."""
    return not path.startswith(f"{FILES}/")
