"""Subscriptions to a store, at a time that a test sets, with letters that go to a mail server of this machine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from portal.letter_rounds import Round, Rounds
from portal.public.subscriptions.letter import Sender
from portal.public.subscriptions.mail import Post, Subscriptions
from portal.public.subscriptions.mail_server import MailServer
from portal.public.subscriptions.postman import Postman
from portal.public.subscriptions.subjects import EVERYTHING, Subject
from portal.public.subscriptions.subscribers import Subscriber
from portal.public.topics.topic import Topic
from portal.shared.links import Links
from tests.support.notified_store import NotifiedStore

SITE = "https://data.example.gov.vn"
SENDER = Sender("news@example.gov.vn", SITE)


@dataclass
class Lettered:
    """The store, its subscriptions and the time."""

    store: NotifiedStore
    port: int
    topics: dict[str, Topic] = field(default_factory=dict)
    subscriptions: Subscriptions = field(init=False)

    def __post_init__(self) -> None:
        post = Post(MailServer("127.0.0.1", self.port, "none"), SENDER)
        self.subscriptions = Subscriptions(self.store.root, Links(SITE, by_mail=True), post, self._seconds)

    def _seconds(self) -> float:
        return self.store.now.timestamp()

    def subscribe(self, address: str = "lan@example.org", about: Subject = EVERYTHING) -> Subscriber:
        """Confirm a subscription now."""
        return self.subscriptions.subscribers.confirm(address, about, "vi", self.subscriptions.clock())

    def rounds(self) -> Rounds:
        """Return a run that begins now."""
        news = replace(self.store.news(), addresses=Links(SITE))
        return Rounds(self.subscriptions, news, self.topics)

    def send(self) -> Round:
        """Send what is due now."""
        return self.rounds().send()

    def postman(self) -> Postman:
        """Return who sends the questions, to be told when."""
        return Postman(self.subscriptions, lambda waiting: str(waiting.about))
