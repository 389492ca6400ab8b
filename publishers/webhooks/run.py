"""One run: every subscriber is sent what is due, several at a time, so that a slow one holds up nobody else."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from datasets import disk
from datasets.errors import JobRunning, Problem, StoreUnavailable, UsageInvalid, VerificationFailed
from datasets.outbound.addresses import Resolve, resolve
from datasets.outbound.limits import RequestLimits
from publishers.webhooks import deliveries
from publishers.webhooks.attempts import LIMITS, Post, Result, address_key
from publishers.webhooks.delivery_log import DeliveryLog, log_path, read_log, unusable
from publishers.webhooks.documents import ping
from publishers.webhooks.events import is_asked_for, webhook_id
from publishers.webhooks.news import News
from publishers.webhooks.report import Report, report_of
from publishers.webhooks.side_by_side import side_by_side
from publishers.webhooks.signing import read_secrets
from publishers.webhooks.standing import Entry, Standing
from publishers.webhooks.subscribers import Subscriber


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Conditions:
    """What a run depends on beside its list; tests give their own."""

    environ: Mapping[str, str]
    secrets_folder: Path
    """From where the files of secrets are named: the folder of the list."""
    now: Callable[[], datetime] = _utc_now
    resolver: Resolve = resolve
    limits: RequestLimits = LIMITS
    progress: Callable[[str], None] = field(default=lambda _: None)


def notify(
    subscribers: Sequence[Subscriber],
    folder: Path,
    news: News,
    conditions: Conditions,
    *,
    since: datetime | None = None,
) -> list[Report]:
    """Send every subscriber what is due; ``since`` sends again what happened since then, and to new ones too.

    The logs are kept in ``folder``. Raises JobRunning where another run is under way, and OSError where the disk takes
    no more; what was delivered until then is known to the next run.
    """
    with _locked(folder):
        run = _Run(folder, news, conditions, since)
        run.all([each for each in subscribers if each.active])
        return [run.reports.get(each.id) or _looked_at(each, folder, news) for each in subscribers]


def look(subscribers: Sequence[Subscriber], folder: Path, news: News) -> list[Report]:
    """Return how it stands with every subscriber, and send nothing."""
    return [_looked_at(each, folder, news) for each in subscribers]


def try_out(subscriber: Subscriber, folder: Path, news: News, conditions: Conditions) -> Result:
    """Send a ping; where it is taken, a subscriber that had been switched off by 410 is on again."""
    with _locked(folder), DeliveryLog(log_path(folder, subscriber.id)) as log:
        name = f"ping-{secrets.token_hex(8)}"
        with closing(_post(subscriber, conditions)) as post:
            result = post(webhook_id(subscriber, name), ping(name, subscriber.id, conditions.now(), news.addresses))
        key = address_key(subscriber.url)
        log.add(Entry(at=conditions.now(), what="ping", status=result.status, fault=result.fault, address=key))
    return result


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        disk.make_folders(folder, mode=0o700)
        lock = disk.try_lock(folder / "run.lock")
    except OSError as error:
        if error.errno in disk.FULL_DISK:
            raise
        raise unusable(folder, error) from None
    if lock is None:
        problem = Problem(str(folder), "is in use by another run of ytemo notify", "wait until that ends")
        raise JobRunning("Webhooks are being sent by another process", problems=[problem])
    try:
        yield
    finally:
        disk.close(lock)


def _looked_at(subscriber: Subscriber, folder: Path, news: News) -> Report:
    standing, problems = read_log(log_path(folder, subscriber.id))
    return report_of(subscriber, standing, news.events, deliveries.Told(problems=list(problems)))


def _post(subscriber: Subscriber, conditions: Conditions) -> Post:
    keys = read_secrets(subscriber, conditions.secrets_folder, conditions.environ)
    return Post(subscriber, keys, conditions.now, conditions.resolver, conditions.limits)


@dataclass
class _Run:
    folder: Path
    news: News
    conditions: Conditions
    since: datetime | None
    reports: dict[str, Report] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)

    def all(self, subscribers: Sequence[Subscriber]) -> None:
        """Serve all; raises the first fault that is not a receiver's, such as that of a full disk."""
        assert self.news.events is not None  # worked out before there are threads
        side_by_side(sorted(subscribers, key=self._is_failing), self._keep_report, self.stopping)

    def _is_failing(self, subscriber: Subscriber) -> bool:
        """Say who goes last, because it may have to be waited for."""
        try:
            return bool(read_log(log_path(self.folder, subscriber.id))[0].failures)
        except StoreUnavailable:
            return True

    def _keep_report(self, subscriber: Subscriber) -> None:
        self.conditions.progress(f"notify {subscriber.id}")
        told = deliveries.Told()
        try:
            report = self._serve(subscriber, told)
        except (UsageInvalid, StoreUnavailable, VerificationFailed) as error:
            told.problems += error.problems
            report = report_of(subscriber, Standing(), (), told)
        self.reports[subscriber.id] = report

    def _serve(self, subscriber: Subscriber, told: deliveries.Told) -> Report:
        post = _post(subscriber, self.conditions)
        with closing(post), DeliveryLog(log_path(self.folder, subscriber.id)) as log:
            told.problems += log.problems
            past = self._prepare(log, subscriber)
            deliveries.deliver(log, self.news.events, self._round(subscriber, post), told)
            return report_of(subscriber, log.standing, self.news.events, told, past=past)

    def _round(self, subscriber: Subscriber, post: Post) -> deliveries.Round:
        return deliveries.Round(subscriber, self.news.body, post, self.conditions.now, self.stopping)

    def _prepare(self, log: DeliveryLog, subscriber: Subscriber) -> int | None:
        """Write down what is the past, what was not asked for, and what is to be sent again.

        Return how many events are the past of one that begins.
        """
        now, events, past = self.conditions.now(), self.news.events, None
        if log.standing.begun_at is None:
            self._check_past(subscriber)
            past = deliveries.begin(log, events, now, since=self.since)
        elif self.since is not None:
            asked_for = [event for event in events if is_asked_for(event, subscriber)]
            deliveries.send_again(log, asked_for, now, self.since)
        deliveries.pass_over(log, events, subscriber, now)
        return past

    def _check_past(self, subscriber: Subscriber) -> None:
        """Raise VerificationFailed where it is not known what has happened so far: it would all be news later."""
        if self.news.problems:
            raise _unknown_past(
                subscriber, "while releases of the store cannot be read", "run ytemo verify and mend the store"
            )
        if self.news.releases.is_clock_behind():
            raise _unknown_past(
                subscriber, "while a release was signed at a moment still to come", "correct the clock of this machine"
            )


def _unknown_past(subscriber: Subscriber, rule: str, remedy: str) -> VerificationFailed:
    problem = Problem(subscriber.id, f"cannot begin {rule}: what is its past is not known", remedy)
    return VerificationFailed("What is out is not known", problems=[problem])
