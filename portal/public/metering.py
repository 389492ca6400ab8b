"""Fair limits for callers of the API, over all its dialects: each request is charged what it costs to answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datasets.errors import KeyUnknown, TooManyCalls, YtemoError
from portal.public.allowances import BYTES_PER_UNIT, DAY, MINUTE, SECONDS_PER_UNIT, Account, Accounts, Allowance, Left
from portal.public.api_keys import MAX_KEYS, KeyRing
from portal.public.callers import caller_of, keys_in
from portal.public.dialects import dialect_of
from portal.public.measured_work import paid_by
from portal.public.turned_away import key_unknown, too_many
from portal.shared.problems import CHALLENGE

MAX_CALLERS = 20_000
"""How many callers without a key are remembered, those seen last."""

_log = logging.getLogger("ytemo.portal")

Tell = Callable[[Request, YtemoError], Response]
"""Makes the answer to a request that is turned away, in the shape of the dialect that it is made in."""


@dataclass(frozen=True)
class CallerLimits:
    """What callers may use; 0 stands for no limit, as for programs of the same process, such as tests."""

    per_minute: int = 0
    """Units of work of a caller without a key."""
    at_once: int = 0
    """Requests of one caller, with or without a key, that are answered at the same time."""
    keys_file: Path | None = None


class Caller(NamedTuple):
    """Who calls: the name of the key, empty for a stranger, and what is left."""

    name: str
    account: Account
    mistaken: bool = False
    """Whether a key was given that is not known."""


class Metering:
    """Knows what each caller has left. Safe for many threads at once."""

    def __init__(self, limits: CallerLimits, clock: Callable[[], float] = time.time) -> None:
        """Raises SettingInvalid where the file of keys cannot be used."""
        self.limits = limits
        self.clock = clock
        self._ring = KeyRing(limits.keys_file)
        self._allowance = Allowance(limits.per_minute, at_once=limits.at_once)
        self._strangers = Accounts(MAX_CALLERS)
        self._holders = Accounts(MAX_KEYS)
        self._lock = Lock()

    async def caller(self, scope: Scope, *, ckan: bool = False) -> Caller:
        """Return who makes a request. Clients of CKAN send keys of other portals along: unknown ones say nothing."""
        given = keys_in(scope["headers"], ckan=ckan)
        now = self.clock()
        if given and self._ring.is_due(now):
            await to_thread.run_sync(self._ring.refresh)
        with self._lock:
            for key in map(self._ring.find, given):
                if key is not None:
                    return Caller(key.name, self._holders.of(key.hash, key.allowance(self.limits.at_once), now))
            address = scope["client"][0] if scope.get("client") else ""
            account = self._strangers.of(caller_of(address), self._allowance, now)
        return Caller("", account, mistaken=bool(given) and not ckan)

    def begin(self, caller: Caller) -> Use:
        """Let a request in; raise TooManyCalls or KeyUnknown where it is turned away."""
        with self._lock:
            wait = caller.account.begin(self.clock())
        if wait is not None:
            raise too_many(wait, caller.account.allowance, has_key=bool(caller.name))
        use = Use(caller.account, self._lock)
        if caller.mistaken:
            use.end()
            raise key_unknown()
        return use

    def left(self, caller: Caller) -> Left:
        """Return what a caller has left."""
        with self._lock:
            return caller.account.left(self.clock())


class Use:
    """One request that was let in for one unit, and is charged for the work that goes beyond it."""

    __slots__ = ("_account", "_covered", "_lock")

    def __init__(self, account: Account, lock: Lock) -> None:
        self._account = account
        self._lock = lock
        self._covered = 1.0

    def pay_seconds(self, seconds: float) -> None:
        """Charge processor time."""
        self._pay(seconds / SECONDS_PER_UNIT)

    def pay_bytes(self, count: int) -> None:
        """Charge bytes that were sent."""
        self._pay(count / BYTES_PER_UNIT)

    def _pay(self, units: float) -> None:
        with self._lock:
            covered = min(units, self._covered)
            self._covered -= covered
            self._account.spend(units - covered)

    def end(self) -> None:
        """The request is answered; what is still being worked on for it may be charged later."""
        with self._lock:
            self._account.end()


class Metered:
    """Turns callers away who have used what they may, and charges all others for what their requests cost."""

    def __init__(self, app: ASGIApp, *, metering: Metering, tell: Tell) -> None:
        self._app = app
        self._metering = metering
        self._tell = tell
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        dialect = dialect_of(scope["path"]) if scope["type"] == "http" and scope["method"] != "OPTIONS" else ""
        if not dialect:
            await self._app(scope, receive, send)
            return
        caller = await self._metering.caller(scope, ckan=dialect == "ckan")
        try:
            use = self._metering.begin(caller)
        except (TooManyCalls, KeyUnknown) as error:
            self._warn_of_proxy(scope)
            await self._refused(Request(scope, receive), caller, error)(scope, receive, send)
            return
        try:
            with paid_by(use.pay_seconds):
                await self._app(scope, receive, self._counting(send, use, caller))
        finally:
            use.end()

    def _warn_of_proxy(self, scope: Scope) -> None:
        """Say once that everyone behind a web server that is not trusted is one caller, as it seems to be."""
        passed_on = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        address = scope["client"][0] if scope.get("client") else ""
        if self._warned or not passed_on or address.encode("latin-1", "replace") in passed_on:
            return
        self._warned = True
        told = "all whose requests %s passes on are one caller, which has used what one may use"
        _log.warning(f"{told}; if it is your web server, name it in YTEMO_TRUSTED_PROXIES", ascii(address[:50]))

    def _refused(self, request: Request, caller: Caller, error: TooManyCalls | KeyUnknown) -> Response:
        response = self._tell(request, error)
        seconds = error.seconds if isinstance(error, TooManyCalls) else None
        if seconds is None:
            response.headers["WWW-Authenticate"] = CHALLENGE
        else:
            response.headers["Retry-After"] = str(seconds)
        for name, value in self._told(caller, seconds):
            response.headers[name.decode()] = value.decode()
        return response

    def _counting(self, send: Send, use: Use, caller: Caller) -> Send:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.body":
                use.pay_bytes(len(message.get("body", b"")))
            elif message["type"] == "http.response.start" and _is_of_the_moment(message):
                message = {**message, "headers": [*message["headers"], *self._told(caller)]}
            await send(message)

        return counted

    def _told(self, caller: Caller, seconds: int | None = None) -> list[tuple[bytes, bytes]]:
        left = self._metering.left(caller)
        if seconds is not None and left.minute == 0:
            # Who has to wait is told the same time by every header.
            left = left._replace(minute_seconds=seconds)
        return rate_headers(caller.account.allowance, left)


def rate_headers(allowance: Allowance, left: Left) -> list[tuple[bytes, bytes]]:
    """Return the headers of draft-ietf-httpapi-ratelimit-headers-10; none where nothing is limited.

    A request takes at least one of the units that they count, and more where it costs more.
    """
    policies, rests = [], []
    if left.minute is not None:
        policies.append(f'"minute";q={allowance.per_minute};w={MINUTE}')
        rests.append(f'"minute";r={left.minute};t={left.minute_seconds}')
    if left.day is not None:
        policies.append(f'"day";q={allowance.per_day};w={DAY}')
        rests.append(f'"day";r={left.day};t={left.day_seconds}')
    if not policies:
        return []
    return [(b"ratelimit-policy", ", ".join(policies).encode()), (b"ratelimit", ", ".join(rests).encode())]


def _is_of_the_moment(message: Message) -> bool:
    """Say whether no cache may keep an answer: what others may get too says nothing of one caller."""
    return any(name.lower() == b"cache-control" and b"no-store" in value for name, value in message["headers"])
