"""Every limit that a caller can run into, by dialect, taken from the constant that keeps it: never written twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from portal.connection_limits import HEADER_SECONDS, MAX_CONNECTIONS, MAX_HEADER_BYTES
from portal.public.allowances import BYTES_PER_UNIT, SECONDS_PER_UNIT
from portal.public.limits_kept import KEPT, PAGES, PARTS, SHORTER, SMALLER, WAIT
from portal.public.metering import CallerLimits
from portal.public.search_resources import SearchParameters
from portal.query.model import ALL_ROWS, MOST_ROWS, UNPAGED
from portal.query.run import EngineLimits
from portal.shared.labels import N_

_WAITING = "portal.query.run:_WAITING_PER_THREAD"
_OTHERS = frozenset(
    {
        _WAITING,
        "portal.connection_limits:MAX_CONNECTIONS",
        "portal.connection_limits:MAX_HEADER_BYTES",
        "portal.query.model:MAX_LIMIT_JSON",
        "portal.query.model:MAX_LIMIT_WORKBOOK",
        "portal.query.model:MOST_ROWS",
    }
)
"""Constants that are told by what is worked out of them."""


@dataclass(frozen=True)
class Limit:
    """One limit. ``source`` is the constant that keeps it, ``module:NAME``, where it is one."""

    dialect: str
    """``all`` for every dialect."""
    name: str
    unit: str
    status: int | None
    """How a request beyond it is answered; None where it is answered, with less than was asked for."""
    meaning: str
    remedy: str
    value: float
    source: str = ""


def all_limits(engine: EngineLimits, callers: CallerLimits) -> tuple[Limit, ...]:
    """Return every limit: those of this installation, of every process, and of each dialect."""
    installed = (*_of_callers(callers), *_of_questions(engine))
    return (*installed, *_of_connections(), *_of_formats(), *_of_searches(), *_kept())


def kept_constants() -> frozenset[str]:
    """Return the constants that limits are taken from, as ``module:NAME``."""
    return frozenset(f"{kept.module}:{row[1]}" for kept in KEPT for row in kept.rows) | _OTHERS


def _kept() -> Iterator[Limit]:
    for kept in KEPT:
        for name, constant, unit, status, meaning, remedy in kept.rows:
            source = f"{kept.module}:{constant}"
            yield Limit(kept.dialect, name, unit, status, meaning, remedy, _value(source), source)


def _value(source: str) -> float:
    module, _, name = source.partition(":")
    value: float = getattr(import_module(module), name)
    return value


def _of_callers(callers: CallerLimits) -> Iterator[Limit]:
    """Yield what one caller without a key may use; what is not limited is not listed."""
    if callers.per_minute:
        meaning = N_("Units of work of one caller in a minute; a key has its own")
        yield Limit("all", "units-per-minute", "units", 429, meaning, WAIT, callers.per_minute)
    if callers.at_once:
        meaning = N_("Requests of one caller that are answered at once")
        yield Limit("all", "at-once", "requests", 429, meaning, WAIT, callers.at_once)
    more = N_("Every request costs one unit, which covers as much; a larger one costs more")
    seconds = N_("Processor time that costs one unit of work")
    yield Limit("all", "seconds-per-unit", "seconds", None, seconds, more, SECONDS_PER_UNIT)
    yield Limit("all", "bytes-per-unit", "bytes", None, N_("Bytes that cost one unit of work"), more, BYTES_PER_UNIT)


def _of_questions(engine: EngineLimits) -> Iterator[Limit]:
    seconds = N_("The longest time that one question may take, waiting included")
    yield Limit("all", "question-seconds", "seconds", 503, seconds, SMALLER, engine.seconds)
    memory = N_("Memory that one question may use")
    yield Limit("all", "question-memory", "MiB", 503, memory, SMALLER, engine.memory_mb)
    waiting = int(_value(_WAITING)) * engine.threads
    waits = N_("Questions of all callers that may wait")
    yield Limit("all", "questions-waiting", "questions", 503, waits, WAIT, waiting)
    running = N_("Questions of all callers that are worked on at once; others wait")
    nothing = N_("Nothing: it takes a moment")
    yield Limit("all", "questions-running", "questions", None, running, nothing, engine.threads)


def _of_connections() -> Iterator[Limit]:
    yield Limit("all", "connections", "connections", 503, N_("Connections of all callers"), WAIT, MAX_CONNECTIONS)
    headers = N_("The size of the address and the headers of a request")
    yield Limit("all", "headers", "bytes", 400, headers, SHORTER, MAX_HEADER_BYTES)
    late = N_("How long they may take to arrive; then the connection is closed")
    yield Limit("all", "header-seconds", "seconds", None, late, N_("Send a request at once"), HEADER_SECONDS)


def _of_formats() -> Iterator[Limit]:
    for key, most in MOST_ROWS.items():
        if most != ALL_ROWS:
            remedy = SMALLER if key in UNPAGED else PAGES
            yield Limit("native", f"rows-{key}", "rows", 400, N_("Rows of an answer in this format"), remedy, most)


def _of_searches() -> Iterator[Limit]:
    schema = SearchParameters.model_json_schema()["properties"]
    length = N_("The length of a search")
    yield Limit("native", "search-length", "characters", 422, length, SHORTER, schema["q"]["maxLength"])
    values = N_("Values of one facet of a search")
    yield Limit("native", "search-values", "values", 422, values, PARTS, schema["theme"]["maxItems"])
    yield Limit("native", "search-pages", "pages", 422, N_("Pages of a search"), SHORTER, schema["page"]["maximum"])
