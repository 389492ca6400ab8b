"""The client of CKAN: each call has an end, its answer a length, and nothing that it is told leads elsewhere."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import ckanapi
import requests

Result = TypeVar("Result")

HIDDEN: Final = "[token]"
"""What stands in the place of a token that the target gave back."""
LONGEST_MESSAGE: Final = 600
_LONGEST_WAIT: Final = 60.0
_CONNECT_SECONDS: Final = 10.0
_LONGEST_ANSWER: Final = 64 << 20
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class BoundedCkan(ckanapi.RemoteCKAN):  # type: ignore[misc]
    """The client of CKAN, which remembers the status of its last answer and reads no endless one."""

    def __init__(self, address: str, token: str, seconds: float) -> None:
        super().__init__(address, apikey=token, user_agent="ytemo-mirror", session=_session_to(address))
        self._seconds = seconds
        self.status = 0
        self.wait = 0.0
        self.beginning = ""

    def _request_fn(self, url: str, data: bytes, headers: dict[str, str], *_: Any) -> tuple[int, str]:
        self.status, self.wait, self.beginning = 0, 0.0, ""
        self.status, self.wait, text = _within(self._seconds, lambda: self._asked(url, data, headers))
        if self.status != 200:
            # Hidden before it is cut: of a token at the cut, a part would be left.
            beginning = text.replace(self.apikey, HIDDEN)[:LONGEST_MESSAGE]
            self.beginning = " ".join(beginning.strip('"').split())
        return self.status, text

    def _asked(self, url: str, data: bytes, headers: dict[str, str]) -> tuple[int, float, str]:
        ends = time.monotonic() + self._seconds
        limits = (min(_CONNECT_SECONDS, self._seconds), self._seconds)
        with self.session.post(
            url, data=data, headers=headers, allow_redirects=False, stream=True, timeout=limits
        ) as answer:
            return answer.status_code, _seconds(answer.headers.get("Retry-After", "")), _read(answer, ends)


class _Straight(requests.Session):
    """A session that looks at no redirect: requests reads all of it, and its address, even where it must not follow."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002  named as requests names it
        return None


def is_here(address: str) -> bool:
    """Say whether an address is on this very machine."""
    return urlsplit(address).hostname in _HERE


def _session_to(address: str) -> requests.Session:
    session = _Straight()
    # Without an authentication of its own, requests would put one from ~/.netrc in the place of the token.
    session.auth = _as_it_is
    # What needs no encryption because it stays on this machine must not go to the proxy of the environment.
    session.trust_env = urlsplit(address).scheme == "https" or not is_here(address)
    return session


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _within(seconds: float, work: Callable[[], Result]) -> Result:
    """Return what ``work`` returns; raises ReadTimeout when its time is over, however steadily something arrives.

    A thread, because the time of a socket begins anew with each byte; what it still waits for ends with the program.
    """
    ended: queue.SimpleQueue[tuple[Result | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            ended.put((work(), None))
        except BaseException as error:  # noqa: BLE001  it is raised below
            ended.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = ended.get(timeout=seconds)
    except queue.Empty:
        raise requests.exceptions.ReadTimeout("the answer takes too long") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]


def _read(answer: requests.Response, ends: float) -> str:
    body = bytearray()
    for piece in answer.iter_content(1 << 16):
        body += piece
        if len(body) > _LONGEST_ANSWER:
            raise requests.exceptions.ContentDecodingError("the answer is too long")
        if time.monotonic() > ends:
            raise requests.exceptions.ReadTimeout("the answer takes too long")
    return body.decode("utf-8", "replace")


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), _LONGEST_WAIT) if retry_after.isascii() and retry_after.isdigit() else 0.0
