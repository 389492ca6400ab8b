"""Who may ask for letters: nobody through the page of another site, and no caller all day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock

from datasets.errors import TooManyCalls
from portal.public.allowances import Accounts, Allowance
from portal.public.callers import caller_of
from portal.public.mcp.origins import trusts_origin

MAX_ASKERS = 20_000
"""How many callers are remembered, those seen last."""
_ALLOWANCE = Allowance(per_minute=10, per_day=100)
"""Of one caller, behind whom a whole office may be."""


class Door:
    """Lets callers ask for letters; each process counts by itself."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._accounts = Accounts(MAX_ASKERS)
        self._lock = Lock()

    def let_in(self, client: str) -> None:
        """Count one more letter that a caller asks for; raises TooManyCalls."""
        now = self._clock()
        with self._lock:
            account = self._accounts.of(caller_of(client), _ALLOWANCE, now)
            wait = account.begin(now)
            if wait is None:
                account.end()
                return
        raise TooManyCalls("Letters can be asked for again later", seconds=wait.seconds)


def is_from_elsewhere(headers: Mapping[str, str], hosts: tuple[str, ...]) -> bool:
    """Say whether a form was sent by a page of another site than ``hosts``, which would have visitors ask for it.

    Browsers tell it by one of these headers; whoever sends neither is no browser that others could use.
    """
    site = headers.get("sec-fetch-site", "")
    if site:
        return site not in ("same-origin", "none")
    origin = headers.get("origin", "")
    return bool(origin) and not trusts_origin(origin, hosts)
