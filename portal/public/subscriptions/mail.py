"""Subscriptions by mail as the portal and its commands use them: who subscribes, and what letters lead to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from datasets.errors import Problem, SettingInvalid
from datasets.text import LANGUAGES, Language, unfit
from portal.public.subscriptions.database import Database, subscriptions_folder
from portal.public.subscriptions.letter import Letter, Sender
from portal.public.subscriptions.letter_texts import CONFIRM_HOURS, Envelope, question
from portal.public.subscriptions.mail_addresses import mail_address
from portal.public.subscriptions.mail_server import MailServer, mail_server
from portal.public.subscriptions.outbox import Outbox, Waiting
from portal.public.subscriptions.subjects import Subject, subject
from portal.public.subscriptions.subscribers import Subscriber, Subscribers
from portal.shared.links import Links
from portal.shared.wording import wording

_STRANGER = "~"
"""Begins the keys of those who have not subscribed; those of subscribers are never so."""
_REFUSE_SECONDS = 30 * 24 * 3_600


@dataclass(frozen=True)
class Post:
    """How letters leave: the server, and in whose name."""

    server: MailServer
    sender: Sender


@dataclass(frozen=True)
class Asked:
    """What somebody confirms by a link."""

    address: str = field(repr=False)
    about: Subject
    language: Language


@dataclass(frozen=True)
class Subscriptions:
    """The subscriptions of one store."""

    data_dir: Path
    links: Links
    post: Post | None = None
    """None where no mail server is set: then nobody can subscribe, and who has subscribed can still stop it."""
    clock: Callable[[], float] = time.time

    @cached_property
    def database(self) -> Database:
        return Database(subscriptions_folder(self.data_dir))

    @cached_property
    def subscribers(self) -> Subscribers:
        return Subscribers(self.database)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.database, self.clock)

    def now(self) -> datetime:
        """Return the time, for letters."""
        return datetime.fromtimestamp(self.clock(), UTC)

    # Asking and confirming --------------------------------------------------------------------------------------------

    def question(self, waiting: Waiting, about: str) -> Letter:
        """Return the letter that asks whether an address is meant; ``about`` is its subject in words."""
        language = waiting.language
        given = (waiting.address, str(waiting.about), language)
        seal, now = self.database.seal, self.clock()
        sealed = seal.close("confirm", given, now + CONFIRM_HOURS * 3_600)
        never = seal.close("refuse", given, now + _REFUSE_SECONDS)
        confirm = self.links.absolute(self.links.confirm(language, sealed))
        stop = self.links.absolute(self.links.unsubscribe(language, _STRANGER + never))
        return question(Envelope(waiting.address, waiting.id, stop), about, confirm, wording(language))

    def asked(self, sealed: str) -> Asked | None:
        """Return what a link confirms; None where it was not made here, or can be used no longer."""
        return _asked(self.database.seal.open("confirm", sealed, self.clock())) if self.database.is_begun else None

    def confirm(self, asked: Asked) -> Subscriber:
        """Keep the address, from now on."""
        return self.subscribers.confirm(asked.address, asked.about, asked.language, self.clock())

    # Stopping ---------------------------------------------------------------------------------------------------------

    def stopped_by(self, key: str) -> Subscriber | Asked | None:
        """Return what the link at the end of a letter stops: letters to a subscriber, or questions to an address."""
        if not self.database.is_begun:
            return None
        if key.startswith(_STRANGER):
            return _asked(self.database.seal.open("refuse", key[1:], self.clock()))
        return self.subscribers.by_key(key)

    def stop(self, whom: Subscriber | Asked, about: Subject | None = None) -> None:
        """Delete an address, or what it wants to hear of ``about``; a stranger is not asked again."""
        if isinstance(whom, Subscriber):
            self.subscribers.stop(whom, about)
        else:
            self.outbox.refuse(whom.address)


def _asked(words: tuple[str, ...] | None) -> Asked | None:
    if words is None:
        return None
    address, written, chosen = words
    about = subject(written)
    return next((Asked(address, about, each) for each in LANGUAGES if each == chosen and about), None)


def post_from(smtp_url: str, mail_from: str, base_url: str) -> Post | None:
    """Return how letters leave; None where no mail server is set. Raises SettingInvalid, quoting nothing."""
    if not smtp_url:
        return None
    server, sender = mail_server(smtp_url), mail_address(mail_from)
    problems = []
    if sender is None:
        rule = "must be set with YTEMO_SMTP_URL, to an address alone"
        problems.append(Problem("YTEMO_MAIL_FROM", rule, "write one such as opendata@example.gov.vn"))
    if not _is_site(base_url):
        rule = "must be set with YTEMO_SMTP_URL, to a whole address in ASCII: letters lead back to this portal"
        problems.append(Problem("YTEMO_BASE_URL", rule, "write one such as https://data.example.gov.vn"))
    if sender is None or problems:
        raise SettingInvalid("Letters cannot be sent", problems=problems)
    return Post(server, Sender(sender, base_url))


def _is_site(base_url: str) -> bool:
    """Say whether the head of a letter can hold addresses that begin so."""
    try:
        parts = urlsplit(base_url)
    except ValueError:
        return False
    is_plain = base_url.isascii() and not unfit(base_url) and not any(each in " <>" for each in base_url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain
