"""One attempt to deliver: a signed POST, and what its answer means for what comes next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from datasets.outbound.addresses import Resolve, resolve
from datasets.outbound.faults import RemoteFault
from datasets.outbound.limits import RequestLimits
from datasets.outbound.transport import Answer, Transport
from datasets.outbound.waiting import seconds_asked
from publishers.webhooks.documents import CONTENT_TYPE
from publishers.webhooks.signing import Secrets
from publishers.webhooks.subscribers import Subscriber

LIMITS = RequestLimits(document=64 << 10, idle=10.0, request=15.0)
"""A receiver that takes an event says so within seconds; what else it says is not kept."""
GONE = 410
_DOWN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Result:
    """How an attempt ended."""

    status: int = 0
    fault: str = ""
    remedy: str = ""
    asked: float = 0.0
    """Seconds that the receiver asked to be left alone."""
    is_down: bool = False
    """Whether the receiver as a whole answers nothing now, so that other events need not be tried."""
    needs_somebody: bool = False
    """Whether waiting will not help."""

    @property
    def is_delivered(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        return self.status == GONE


@dataclass
class Post:
    """The way to one subscriber. Not safe to share among threads."""

    subscriber: Subscriber
    secrets: Secrets
    now: Callable[[], datetime]
    resolver: Resolve = resolve
    limits: RequestLimits = LIMITS
    _transport: Transport = field(init=False)

    def __post_init__(self) -> None:
        allowed = self.subscriber.allow_private
        self._transport = Transport(allowed, self.limits, self.resolver, purpose="webhook")

    def __call__(self, webhook_id: str, body: bytes) -> Result:
        """Send ``body``; whatever goes wrong is in the result."""
        timestamp = int(self.now().timestamp())
        headers = {
            "Content-Type": CONTENT_TYPE,
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": self.secrets.signature(webhook_id, timestamp, body),
        }
        try:
            answer = self._transport.post(self.subscriber.url, body, headers)
        except RemoteFault as fault:
            return Result(fault=fault.rule, remedy=fault.remedy, is_down=True, needs_somebody=not fault.is_temporary)
        return self._meaning(answer)

    def close(self) -> None:
        """End the connection."""
        self._transport.close()

    def _meaning(self, answer: Answer) -> Result:
        status = answer.status
        if 200 <= status < 300:
            return Result(status)
        if 300 <= status < 400:
            return Result(status, f"leads elsewhere ({status})", "give the address that it leads to, if it is right")
        asked = seconds_asked(answer.headers.get("retry-after", ""), self.now())
        return Result(status, f"answered {status}", asked=asked, is_down=status in _DOWN)


def address_key(url: str) -> str:
    """Return what tells an address apart from others without telling it: it may hold a secret."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]
