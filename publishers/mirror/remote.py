"""Calls to another portal's CKAN API: bounded, tried again where that can help, counted, and with errors told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import ckanapi
import requests
from ckanapi.errors import CKANAPIError, ServerIncompatibleError

from datasets.errors import MirrorFailed, Problem
from datasets.text import legible
from publishers.mirror.client import HIDDEN, LONGEST_MESSAGE, BoundedCkan, is_here

Answer = TypeVar("Answer")

_WAITS: Final = (1.0, 2.0, 4.0, 8.0)
_READ_SECONDS: Final = 120.0
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
_DEEPEST: Final = 8
"""So deep are the errors of CKAN that are told; its own are three deep."""


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
        self._ckan = BoundedCkan(self.address, self.token, self.waiting.read_seconds)

    def close(self) -> None:
        """Give the connection back."""
        self._ckan.close()

    def shown(self, said: str) -> str:
        """Return words that may be the target's as they are printed: without the token, and obeyed by no screen."""
        return legible(said.replace(self.token, HIDDEN))

    def answers(self) -> bool:
        """Say whether somebody is there at all, by one call that nothing depends on."""
        try:
            self._once("status_show", {})
        except (Unknown, MirrorFailed):
            return False
        except Refused:
            return True
        return True

    def read(self, action: str, **asked: Any) -> Any:
        """Ask for something; raises Refused, or MirrorFailed after the last attempt."""
        self.reads += 1
        return self.until_known(lambda: self._once(action, asked))

    def write(self, action: str, what: str, asked: Mapping[str, Any], *, repeatable: bool = True) -> Any:
        """Have something done to ``what``; raises Refused, or MirrorFailed after the last attempt.

        What is not ``repeatable`` is tried once and raises Unknown: whether it was done has to be looked up.
        """
        done = self.shown(f"{action} {what}")
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
        rule = f"did not answer in {len(_WAITS) + 1} attempts; {error.why}"
        problem = Problem(self.address, rule, "Look whether it is up, then run the same command again")
        return MirrorFailed("The target did not answer", problems=[problem])

    def _once(self, action: str, asked: Mapping[str, Any]) -> Any:
        place = self.shown(f"{action} {_named(asked)}".strip())
        try:
            answer = self._ckan.call_action(action, dict(asked))
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
        except (CKANAPIError, ServerIncompatibleError, KeyError, ValueError, RecursionError) as error:
            raise self._told(place, error) from None
        if self._ckan.status != 200:
            # ckanapi takes the word of an answer, whatever its status: nobody knows who gave it.
            raise self._told(place, CKANAPIError())
        return answer

    def _told(self, place: str, error: Exception) -> Unknown | Refused:
        """Turn what ckanapi raised into ours, by the status that came with it."""
        status = self._ckan.status
        if not status:
            return Unknown(f"{place}: no answer ({type(error).__name__})")
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

    def _message(self, error: Exception) -> str:
        said = ""
        if isinstance(error, ckanapi.ValidationError | ckanapi.NotAuthorized):
            said = "; ".join(_sentences(error.args[0])) if error.args else ""
        elif isinstance(error, CKANAPIError) and type(error) is not CKANAPIError:
            said = " ".join(str(error.args[0] if error.args else "").split()) or self._ckan.beginning
        else:
            said = self._ckan.beginning
        return self.shown(said)[:LONGEST_MESSAGE]


def _named(asked: Mapping[str, Any]) -> str:
    return str(asked.get("name") or asked.get("id") or asked.get("resource_id") or "")


def _sentences(told: object, place: str = "", depth: int = _DEEPEST) -> Iterator[str]:
    """Yield what CKAN objects to, with the field that each sentence is about."""
    if isinstance(told, dict | list) and not depth:
        return
    if isinstance(told, dict):
        for key, value in told.items():
            if key != "__type":
                yield from _sentences(value, f"{place}.{key}".strip("."), depth - 1)
    elif isinstance(told, list):
        for each in told:
            yield from _sentences(each, place, depth - 1)
    elif told not in (None, ""):
        yield f"{place}: {told}" if place and place != "message" else str(told)


def is_secure(address: str) -> bool:
    """Say whether a token may be sent to ``address``: by HTTPS, or to this very machine."""
    return urlsplit(address).scheme == "https" or is_here(address)
