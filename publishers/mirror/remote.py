"""Calls to another portal's CKAN API: bounded, tried again where that can help, counted, and with errors told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import ckanapi
import requests
from ckanapi.errors import CKANAPIError

from datasets.errors import MirrorFailed, Problem
from datasets.text import legible

Answer = TypeVar("Answer")

_WAITS: Final = (1.0, 2.0, 4.0, 8.0)
_LONGEST_WAIT: Final = 60.0
_CONNECT_SECONDS, _READ_SECONDS = 10.0, 120.0
_LONGEST_ANSWER: Final = 64 << 20
_LONGEST_MESSAGE: Final = 600
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})


class Unknown(Exception):
    """Nobody knows whether the call was carried out: no answer, a broken one, or a fault of the server."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.wait = wait
        """How many seconds the server asks to be left alone."""


class Refused(Exception):
    """The target answered that it does not do this; ``missing`` where there is no such object."""

    def __init__(self, problem: Problem, *, missing: bool = False, invalid: bool = False) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.missing = missing
        self.invalid = invalid


@dataclass(frozen=True)
class Waiting:
    """How long is waited between attempts, and how; tests do not wait."""

    sleep: Callable[[float], None] = time.sleep
    read_seconds: float = _READ_SECONDS


@dataclass
class Remote:
    """One CKAN. A rehearsal reads as usual and writes nothing: it only notes what it would write."""

    address: str
    token: str = field(repr=False)
    rehearsal: bool = False
    waiting: Waiting = field(default_factory=Waiting)
    reads: int = 0
    written: list[str] = field(default_factory=list)
    """Each write that was carried out, or would be: the action and its object."""

    def __post_init__(self) -> None:
        self._session = requests.Session()
        # Without an authentication of its own, requests would put one from ~/.netrc in the place of the token.
        self._session.auth = _as_it_is
        self._ckan = _BoundedCkan(self.address, self.token, self._session, self.waiting.read_seconds)

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()

    def read(self, action: str, **asked: Any) -> Any:
        """Ask for something; raises Refused, or MirrorFailed after the last attempt."""
        self.reads += 1
        return self.until_known(lambda: self._once(action, asked))

    def write(self, action: str, what: str, asked: Mapping[str, Any], *, repeatable: bool = True) -> Any:
        """Have something done to ``what``; raises Refused, or MirrorFailed after the last attempt.

        What is not ``repeatable`` is tried once and raises Unknown: whether it was done has to be looked up.
        """
        done = f"{action} {what}"
        if self.rehearsal:
            self.written.append(done)
            return None
        answer = self.until_known(lambda: self._once(action, asked)) if repeatable else self._once(action, asked)
        self.written.append(done)
        return answer

    def until_known(self, attempt: Callable[[], Answer]) -> Answer:
        """Run ``attempt`` again, after longer and longer waits, as long as its outcome is unknown."""
        for wait in _WAITS:
            try:
                return attempt()
            except Unknown as error:
                self.waiting.sleep(max(wait, error.wait))
        try:
            return attempt()
        except Unknown as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: Unknown) -> MirrorFailed:
        problem = Problem(self.address, error.why, "Look whether it is up, then run the same command again")
        return MirrorFailed(f"The target did not answer in {len(_WAITS) + 1} attempts", problems=[problem])

    def _once(self, action: str, asked: Mapping[str, Any]) -> Any:
        place = f"{action} {_named(asked)}".strip()
        try:
            return self._ckan.call_action(action, dict(asked))
        except requests.exceptions.SSLError as error:
            rule = f"its certificate is not accepted ({type(error).__name__})"
            problem = Problem(self.address, rule, "Correct the address, or the certificates that this machine trusts")
            raise MirrorFailed("The target cannot be trusted", problems=[problem]) from None
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            raise MirrorFailed(
                "The target has no such address", problems=[Problem(self.address, "is no address")]
            ) from None
        except requests.RequestException as error:
            raise Unknown(f"{place}: no answer ({type(error).__name__})") from None
        except (CKANAPIError, KeyError) as error:
            raise self._told(place, error) from None

    def _told(self, place: str, error: CKANAPIError | KeyError) -> Unknown | Refused:
        """Turn what ckanapi raised into ours, by the status that came with it."""
        status = self._ckan.status
        if status in _AGAIN:
            return Unknown(f"{place}: the target has a fault (HTTP {status})", self._ckan.wait)
        if status == 200:
            return Unknown(f"{place}: the answer is cut short, or not CKAN's")
        said = self._message(error)
        if isinstance(error, ckanapi.NotFound):
            return Refused(Problem(place, f"CKAN says: {said or 'Not found'}"), missing=True)
        if isinstance(error, ckanapi.NotAuthorized) or status in {401, 403}:
            remedy = "Give a token of a user who may edit this organisation's datasets (an editor of it)"
            return Refused(Problem(place, f"CKAN says: {said}", remedy))
        if isinstance(error, ckanapi.ValidationError):
            remedy = "Change what CKAN objects to, at the target or in the definition, and run the command again"
            return Refused(Problem(place, f"CKAN says: {said}", remedy), invalid=True)
        if 300 <= status < 400:
            return Refused(Problem(place, f"leads elsewhere (HTTP {status})", "Give the address that it leads to"))
        remedy = "Look whether the address is that of a CKAN whose API takes this"
        return Refused(Problem(place, f"HTTP {status}: {said or 'no message'}", remedy))

    def _message(self, error: CKANAPIError | KeyError) -> str:
        if isinstance(error, ckanapi.ValidationError | ckanapi.NotAuthorized):
            said = "; ".join(_sentences(error.args[0])) if error.args else ""
        else:
            said = " ".join(str(error.args[0] if error.args else "").split()) if type(error) is not CKANAPIError else ""
            said = said or self._ckan.beginning
        # What is printed must neither hold the token nor be obeyed by a screen.
        return legible(said.replace(self.token, "[token]"))[:_LONGEST_MESSAGE]


class _BoundedCkan(ckanapi.RemoteCKAN):  # type: ignore[misc]
    """The client of CKAN, which remembers the status of its last answer and reads no endless one."""

    def __init__(self, address: str, token: str, session: requests.Session, seconds: float) -> None:
        super().__init__(address, apikey=token, user_agent="ytemo-mirror", session=session)
        self._seconds = seconds
        self.status = 0
        self.wait = 0.0
        self.beginning = ""

    def _request_fn(self, url: str, data: bytes, headers: dict[str, str], *_: Any) -> tuple[int, str]:
        self.status, self.wait, self.beginning = 0, 0.0, ""
        limits = (min(_CONNECT_SECONDS, self._seconds), self._seconds)
        with self.session.post(
            url, data=data, headers=headers, allow_redirects=False, stream=True, timeout=limits
        ) as answer:
            self.status = answer.status_code
            self.wait = _seconds(answer.headers.get("Retry-After", ""))
            text = _read(answer, time.monotonic() + self._seconds)
        if self.status != 200:
            self.beginning = " ".join(text[:_LONGEST_MESSAGE].strip('"').split())
        return self.status, text


def _read(answer: requests.Response, deadline: float) -> str:
    body = bytearray()
    for piece in answer.iter_content(1 << 16):
        body += piece
        if len(body) > _LONGEST_ANSWER:
            raise requests.exceptions.ContentDecodingError("the answer is too long")
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("the answer takes too long")
    return body.decode("utf-8", "replace")


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), _LONGEST_WAIT) if retry_after.isascii() and retry_after.isdigit() else 0.0


def _named(asked: Mapping[str, Any]) -> str:
    return str(asked.get("name") or asked.get("id") or asked.get("resource_id") or "")


def _sentences(told: object, place: str = "") -> Iterator[str]:
    """Yield what CKAN objects to, with the field that each sentence is about."""
    if isinstance(told, dict):
        for key, value in told.items():
            if key != "__type":
                yield from _sentences(value, f"{place}.{key}".strip("."))
    elif isinstance(told, list):
        for each in told:
            yield from _sentences(each, place)
    elif told not in (None, ""):
        yield f"{place}: {told}" if place and place != "message" else str(told)


def is_secure(address: str) -> bool:
    """Say whether a token may be sent to ``address``: by HTTPS, or to this very machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1", "::1"}
