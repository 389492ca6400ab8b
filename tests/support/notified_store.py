"""A small release store that changes while a test goes on, and runs that tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from datasets.outbound.limits import RequestLimits
from datasets.public_releases import PublicReleases
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from portal.shared.links import Links
from publishers.webhooks.delivery_log import log_folder
from publishers.webhooks.news import News
from publishers.webhooks.report import Report
from publishers.webhooks.run import Conditions, notify
from publishers.webhooks.subscribers import Subscriber
from tests.support.tiny_releases import REASON, add_tiny, new_keys, tiny_package
from tests.support.webhooks import NOON, SECRET

QUICK = RequestLimits(document=1_000, idle=0.3, request=0.6)


@dataclass
class NotifiedStore:
    """The store, and what time it is."""

    root: Path
    now: datetime = NOON
    signer: Signer = field(init=False)
    _packages: int = 0

    def __post_init__(self) -> None:
        self.signer = new_keys(self.root)

    def publish(self, dataset: str = "sexes", edition: str = "2025", *, embargo: float = 0.0) -> None:
        """Publish the next version of an edition; ``embargo`` in hours from now."""
        self._packages += 1
        folder = self.root.parent / f"package-{self._packages}"
        package = tiny_package(folder, dataset=dataset, edition=edition, content=str(self._packages))
        appears = self.now + timedelta(hours=embargo) if embargo else None
        add_tiny(ReleaseStore(self.root), package, self.signer, now=self.now, available_from=appears)
        self.now += timedelta(minutes=1)

    def withdraw(self, dataset: str = "sexes", edition: str = "2025", version: int = 1) -> None:
        """Withdraw a release."""
        store = ReleaseStore(self.root)
        store.withdraw(dataset, edition, version, reason=REASON, signer=self.signer, now=self.now)
        self.now += timedelta(minutes=1)

    @property
    def folder(self) -> Path:
        return log_folder(self.root)

    def news(self) -> News:
        """Return what there is to tell now."""
        releases = PublicReleases(self.root, self.root / "public-key.pem", lambda: self.now)
        return News(releases, Links("https://data.example.org"))

    def conditions(self, **given: Any) -> Conditions:
        """Return the conditions of a run at this time."""
        usual = Conditions({"HOOK": SECRET}, self.root, now=lambda: self.now, limits=QUICK)
        return replace(usual, **given)

    def notify(self, *subscribers: Subscriber, since: datetime | None = None, **given: Any) -> list[Report]:
        """Send what is due."""
        return notify(subscribers, self.folder, self.news(), self.conditions(**given), since=since)


def problems_of(reports: Sequence[Report]) -> list[str]:
    """Return what somebody has to look at."""
    return [str(problem) for report in reports for problem in report.problems]
