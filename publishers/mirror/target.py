"""Where a mirror writes to, with which token, and that it is the only one there: checked before anything is sent."""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from datasets import disk
from datasets.errors import JobRunning, Problem, UsageInvalid
from publishers.mirror.remote import is_secure

VARIABLE = "CKAN_API_TOKEN"
_LONGEST = 8_192
_TOKEN = re.compile(r"[\x21-\x7e]{8,}")
_NOT_OURS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,34}|")


def checked_address(given: str, *, plain_http: bool) -> str:
    """Return the address of a CKAN without its last slash; raise UsageInvalid where no token should be sent there."""
    problem = _wrong_address(given)
    if problem is None and not plain_http and not is_secure(given):
        rule = "would have the token sent where others can read it"
        problem = Problem("URL", rule, "Give an https address, or --plain-http in a network that you trust")
    if problem:
        raise UsageInvalid("The target cannot be used", problems=[problem])
    return given.rstrip("/")


def _wrong_address(given: str) -> Problem | None:
    rule = "must be the address of a CKAN, such as https://data.example.org"
    try:
        parts = urlsplit(given)
        named = parts.hostname and parts.port != 0
    except ValueError:
        return Problem("URL", rule)
    if parts.scheme not in {"http", "https"} or not named or parts.query or parts.fragment:
        return Problem("URL", rule)
    if parts.username is not None:
        return Problem("URL", "must hold no password", f"Give the token in {VARIABLE} or --token-file")
    return None


def checked_prefix(given: str, option: str = "--prefix") -> str:
    """Return what names at the target begin with; raise UsageInvalid where CKAN would not take it."""
    if not _PREFIX.fullmatch(given):
        rule = "must be at most 35 small letters, digits, hyphens and underscores"
        raise UsageInvalid("A name cannot be used", problems=[Problem(option, rule)])
    return given


def read_token(file: Path | None, environ: Mapping[str, str]) -> str:
    """Return the token from ``file`` or the environment; raise UsageInvalid, which never quotes it."""
    place, text = (f"--token-file {file}", _read(file)) if file is not None else (VARIABLE, environ.get(VARIABLE, ""))
    token = text.strip()
    if _TOKEN.fullmatch(token) and len(token) <= _LONGEST:
        return token
    rule = "must hold the API token of a user of the target, in one line" if token else "holds no token"
    remedy = f"Make one on your user page there, and put it into {VARIABLE} or a file that --token-file names"
    raise UsageInvalid("The target asks who writes", problems=[Problem(place, rule, remedy)])


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_LONGEST + 2).decode("ascii", "replace")
    except OSError as error:
        problem = Problem(f"--token-file {file}", f"cannot be read: {error.strerror or 'refused'}", "Correct the path")
        raise UsageInvalid("The target asks who writes", problems=[problem]) from None


@contextmanager
def alone_at(address: str, data_dir: Path) -> Iterator[None]:
    """Keep a second mirror of this store away from the same target: they would throw away each other's rows.

    Raises JobRunning. An account that may only read the store is not kept away: it has nowhere to say that it is there.
    """
    folder = data_dir / "mirrors"
    lock: int | None = None
    try:
        disk.make_folders(folder)
        lock = disk.try_lock(folder / f"{hashlib.sha256(address.encode()).hexdigest()[:16]}.lock")
    except OSError as error:
        if error.errno not in _NOT_OURS:
            raise
    else:
        if lock is None:
            problem = Problem(address, "is being mirrored to by another process", "wait until that ends")
            raise JobRunning("Another mirror to the same target is under way", problems=[problem])
    try:
        yield
    finally:
        if lock is not None:
            disk.close(lock)
