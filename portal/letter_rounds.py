"""Letters to subscribers about what happened to releases: worked out at each run, one letter to each, once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from datasets import disk
from datasets.errors import JobRunning, Problem, YtemoError
from portal.public.subscriptions import letter_texts
from portal.public.subscriptions.letter_texts import Envelope, news_letter
from portal.public.subscriptions.mail import Post, Subscriptions
from portal.public.subscriptions.mail_server import MailServerUnusable, Said, Session
from portal.public.subscriptions.subscribers import Subscriber
from portal.public.topics.topic import Topic
from portal.shared.wording import wording
from publishers.webhooks.events import Event
from publishers.webhooks.news import News

REST = 3_600.0
"""Seconds between two letters to one subscriber: what comes meanwhile is told in one."""
DAY = 24 * 3_600.0
MOST_REFUSALS = 3
"""On so many days a mail server says that there is no such mailbox until the address is deleted."""
LETTERS_TO_A_CONNECTION = 50
_MARGIN = 3_600.0
"""By so much what happened before somebody subscribed is told too: a release may be on its way meanwhile."""
_DELAYS = (900.0, 3_600.0, 4 * 3_600.0, DAY)
"""Seconds until the next try after each failure in turn, then always the last."""


@dataclass
class Round:
    """What came of one run. Nothing of it tells an address."""

    subscribers: int = 0
    sent: int = 0
    failed: int = 0
    refused: int = 0
    deleted: int = 0
    waiting: int = 0
    """Subscribers to whom there is something to tell, later."""
    problems: list[Problem] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the numbers, and what somebody has to look at."""
        return {**vars(self), "problems": [vars(each) for each in self.problems]}

    def in_words(self) -> str:
        """Return the same in one line."""
        told = f"{self.sent} letters sent to {self.subscribers} subscribers by mail, {self.waiting} wait"
        if self.failed:
            told += f"; {self.failed} could not be sent and are tried again"
        if self.refused:
            told += f"; {self.refused} mailboxes are not there ({self.deleted} addresses deleted)"
        return f"{told}."


@dataclass(frozen=True)
class _Due:
    """A letter that is to be sent."""

    subscriber: Subscriber
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Rounds:
    """Runs over the subscriptions of one store."""

    subscriptions: Subscriptions
    news: News
    topics: Mapping[str, Topic] = field(default_factory=dict)
    progress: Callable[[str, float], None] = lambda _step, _done: None

    def send(self) -> Round:
        """Send every subscriber what is due; raises JobRunning where another run does so.

        What ends a run at any moment leaves at most one letter that is sent again by a later one, and none that is
        lost: a letter is noted before it is sent and once it was taken.
        """
        told, post = Round(), self.subscriptions.post
        if post is None or not self.subscriptions.database.is_begun:
            return told
        with self._alone():
            todo = self._look(told)
            try:
                self._send_all(todo, post, told)
            except MailServerUnusable as error:
                rule = f"{error.why}; {told.waiting} letters wait"
                told.problems.append(Problem("the mail server", rule, "see YTEMO_SMTP_URL; the next run goes on"))
        return told

    def look(self) -> Round:
        """Return how it stands, and send nothing."""
        told = Round()
        if self.subscriptions.database.is_begun:
            known = self.subscriptions.subscribers.numbers()
            everybody = self.subscriptions.subscribers.all()
            newest = max(known.values(), default=0)
            # What was not seen by a run will have the next numbers.
            numbers = {each.id: known.get(each.id, newest + 1) for each in self.news.events}
            told.subscribers = len(everybody)
            told.waiting = sum(bool(self._events(each, numbers)) for each in everybody)
        return told

    @contextmanager
    def _alone(self) -> Iterator[None]:
        folder = self.subscriptions.database.folder
        lock = disk.try_lock(folder / "letters.lock")
        if lock is None:
            problem = Problem(str(folder), "is in use by another run of ytemo notify", "wait until that ends")
            raise JobRunning("Letters are being sent by another process", problems=[problem])
        try:
            yield
        finally:
            disk.close(lock)

    # What is due ------------------------------------------------------------------------------------------------------

    def _look(self, told: Round) -> list[_Due]:
        """Return the letters that are due now; note for everybody else that there is nothing to tell."""
        subscribers = self.subscriptions.subscribers
        everybody = subscribers.all()
        told.subscribers = len(everybody)
        told.problems += self._see(everybody)
        numbers, now = subscribers.numbers(), self.subscriptions.clock()
        due, nothing = list[_Due](), list[Subscriber]()
        newest = max(numbers.values(), default=0)
        for each in everybody:
            events = self._events(each, numbers)
            if not events:
                nothing += [each] if each.told < newest else []
            elif each.next_at <= now or each.next_at > now + DAY:
                due.append(_Due(each, events))
            told.waiting += bool(events)
        subscribers.pass_over(nothing, newest)
        return due

    def _see(self, everybody: Sequence[Subscriber]) -> list[Problem]:
        """Number what is new and can be told; what is damaged is told once it is whole again, and named until then."""
        known = self.subscriptions.subscribers.numbers()
        oldest = min((since for each in everybody for since in each.subjects.values()), default=float("inf"))
        seen, problems = list[str](), list[Problem]()
        for event in self.news.events:
            if event.id in known:
                continue
            try:
                # The past is told to nobody: reading all of it would take long.
                if event.time.timestamp() >= oldest - _MARGIN:
                    self.news.body(event)
            except YtemoError as error:
                problems += error.problems or [Problem(event.name, error.message, "run ytemo verify")]
                continue
            seen.append(event.id)
        self.subscriptions.subscribers.see(seen)
        return problems

    def _events(self, subscriber: Subscriber, numbers: dict[str, int]) -> tuple[Event, ...]:
        """Return what happened to what somebody subscribed to, since then, and was not told yet."""
        if subscriber.told >= max(numbers.values(), default=0):
            return ()

        def is_wanted(event: Event) -> bool:
            moment = event.time.timestamp()
            return numbers.get(event.id, 0) > subscriber.told and any(
                about.takes_in(event.release, self.topics) and moment >= since - _MARGIN
                for about, since in subscriber.subjects.items()
            )

        return tuple(filter(is_wanted, self.news.events))

    # Sending ----------------------------------------------------------------------------------------------------------

    def _send_all(self, todo: Sequence[_Due], post: Post, told: Round) -> None:
        refused = list[Subscriber]()
        newest = max(self.subscriptions.subscribers.numbers().values(), default=0)
        try:
            for start in range(0, len(todo), LETTERS_TO_A_CONNECTION):
                with post.server.session(post.sender.host) as session:
                    for number, due in enumerate(todo[start : start + LETTERS_TO_A_CONNECTION], start + 1):
                        self.progress(f"letter {number} of {len(todo)}", number / len(todo))
                        said = self._send(due, newest, post, session)
                        refused += [due.subscriber] if said == "no-mailbox" else []
                        _count(said, told)
        finally:
            self._refuse(refused, told)

    def _send(self, due: _Due, newest: int, post: Post, session: Session) -> Said | None:
        """Send one letter; None where the subscriber has left meanwhile."""
        subscriptions, whom = self.subscriptions, due.subscriber
        now = subscriptions.clock()
        retry_at = now + _DELAYS[min(whom.tries, len(_DELAYS) - 1)]
        # Where the disk takes no note of it nothing is sent, or it would be sent again at each run.
        if not subscriptions.subscribers.begin(whom, retry_at):
            return None
        said = session.send(post.sender.address, whom.address, self._content(due, newest, post))
        if said == "taken":
            subscriptions.subscribers.sent(whom, newest, now + REST)
        return said

    def _content(self, due: _Due, newest: int, post: Post) -> bytes:
        subscriptions, whom = self.subscriptions, due.subscriber
        links, words = subscriptions.links, wording(whom.language)
        stop = links.absolute(links.unsubscribe(whom.language, whom.key))
        # The same at each attempt, and it does not tell the key.
        name = hashlib.sha256(f"{whom.key} {newest}".encode()).hexdigest()[:32]
        news = [letter_texts.News(each.kind, each.release) for each in due.events]
        return news_letter(Envelope(whom.address, name, stop), news, links, words).content(
            post.sender, subscriptions.now()
        )

    def _refuse(self, refused: Sequence[Subscriber], told: Round) -> None:
        """Count who is not there. Where nobody is, the mail server is at fault, and nobody loses a subscription."""
        if not refused:
            return
        if not told.sent and len(refused) > 1:
            rule = f"took none of {len(refused)} letters: it says that no mailbox is there"
            told.problems.append(Problem("the mail server", rule, "see whether it may pass on letters to others"))
            return
        retry_at = self.subscriptions.clock() + DAY
        told.deleted = self.subscriptions.subscribers.refuse(refused, MOST_REFUSALS, retry_at)
        told.waiting -= told.deleted


def _count(said: Said | None, told: Round) -> None:
    told.waiting -= said in ("taken", None)
    told.sent += said == "taken"
    told.refused += said == "no-mailbox"
    told.failed += said in ("later", "refused")
