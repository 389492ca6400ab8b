"""Sends the questions whether an address is meant while the portal answers: at once, or as soon as it is possible."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from datasets.errors import YtemoError
from portal.public.subscriptions.mail import Post, Subscriptions
from portal.public.subscriptions.mail_server import LetterUncertain, MailServerUnusable, Session
from portal.public.subscriptions.outbox import Waiting

EVERY = 15.0
"""Seconds between two looks for letters that another process of the portal has taken, or that wait."""
_GRACE = 2.0

Named = Callable[[Waiting], str | None]
"""Returns the subject of a letter in words; None where it is public no longer."""

_log = logging.getLogger("ytemo.portal")


class Postman:
    """Sends what waits. Several processes may each have one: a letter is taken by one of them."""

    def __init__(self, subscriptions: Subscriptions, named: Named) -> None:
        self._subscriptions = subscriptions
        self._named = named
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="postman", daemon=True)
        self._told = ""

    def start(self) -> None:
        """Begin, where letters can be sent at all."""
        if self._subscriptions.post is not None:
            self._thread.start()

    def wake(self) -> None:
        """Look for letters now."""
        self._wake.set()

    def stop(self) -> None:
        """End; a letter that is on its way has a moment to arrive."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_GRACE)

    def deliver(self) -> None:
        """Send everything that is due; raises MailServerUnusable, or StoreUnavailable."""
        post, outbox = self._subscriptions.post, self._subscriptions.outbox
        if post is None or not outbox.is_due():
            return
        # Connected first: while the server is away, no letter loses its turn.
        with post.server.session(post.sender.host) as session:
            while not self._stopping.is_set() and (letter := outbox.take()):
                if self._send(letter, post, session):
                    outbox.done(letter)

    def _send(self, waiting: Waiting, post: Post, session: Session) -> bool:
        """Send a letter; say whether it needs nothing more."""
        about = self._named(waiting)
        if about is None:
            return True
        letter = self._subscriptions.question(waiting, about)
        content = letter.content(post.sender, self._subscriptions.now())
        try:
            said = session.send(post.sender.address, waiting.address, content)
        except LetterUncertain:
            self._subscriptions.outbox.may_have_arrived(waiting)
            raise
        if said == "refused":
            _log.warning("The mail server does not want a letter that asks for confirmation; it is dropped")
        return said != "later"

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self.deliver()
            except MailServerUnusable as error:
                self._tell(f"The mail server {error.why}; letters wait")
            except YtemoError as error:
                self._tell(f"{error.code}: {error}")
            except Exception as error:  # noqa: BLE001  whatever it is, the letters after it must not stay behind
                self._tell(f"A letter could not be made ({type(error).__name__})")
            else:
                self._tell("")
            self._wake.wait(EVERY)

    def _tell(self, fault: str) -> None:
        """Tell a fault once, and that it has passed; nothing of it holds an address."""
        if fault != self._told:
            _log.warning("%s", fault or "Letters are sent again")
        self._told = fault
