"""The keys of callers who may use more than strangers: a file of their hashes, read again when it changes."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from datasets.bounded_files import read_bounded_text
from datasets.errors import DefinitionInvalid, Problem, SettingInvalid
from datasets.text import Model, Whole
from datasets.yaml_text import Node, locate, parse_yaml, plain
from portal.public.allowances import Allowance

MAX_KEYS = 1_000
MAX_KEY_LENGTH = 200
MAX_UNITS = 10**12

_PREFIX = "ytemo_"
"""By which programs that look for secrets in code find a key that was put there."""
_MAX_BYTES = 256 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_MESSAGE = "The file of API keys cannot be used"
_NAME_RULE = "must be a name of at most 60 small letters, digits and hyphens"
_log = logging.getLogger("ytemo.portal")


class KeyEntry(Model):
    """One key of the file: its hash and what its holder may use."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the key, in hexadecimal digits.")]
    per_minute: Annotated[Whole, Field(ge=1, le=MAX_UNITS, description="Units of work in a minute.")]
    per_day: Annotated[Whole, Field(ge=0, le=MAX_UNITS, description="Units of work in a day; 0 for no limit.")] = 0


@dataclass(frozen=True)
class Key:
    """A key that is known."""

    name: str
    hash: str
    per_minute: int
    per_day: int

    def allowance(self, at_once: int) -> Allowance:
        return Allowance(self.per_minute, self.per_day, at_once)


def new_key() -> str:
    """Make a key that nobody can guess, so that its plain hash tells nothing of it."""
    return f"{_PREFIX}{secrets.token_urlsafe(32)}"


def hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def entry_text(name: str, entry: KeyEntry) -> str:
    """Return the lines of the file for one key."""
    return f"{name}:\n  sha256: {entry.sha256}\n  per_minute: {entry.per_minute}\n  per_day: {entry.per_day}\n"


def read_keys(path: Path) -> Mapping[str, Key]:
    """Return the keys of a file by their hash; raise SettingInvalid, which tells file, line and remedy."""
    return parse_keys(read_key_text(path), str(path))


def read_key_text(path: Path) -> str:
    """Return the text of a file of keys; raises SettingInvalid."""
    try:
        return read_bounded_text(path, within=path.parent, most=_MAX_BYTES, message=_MESSAGE)
    except DefinitionInvalid as error:
        raise SettingInvalid(_MESSAGE, problems=error.problems) from None


def parse_keys(text: str, place: str) -> Mapping[str, Key]:
    """Do as ``read_keys`` with the text of a file; one that holds nothing but comments has no keys."""
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return {}
    try:
        tree = parse_yaml(text, place)
    except DefinitionInvalid as error:
        raise SettingInvalid(_MESSAGE, problems=error.problems) from None
    if len(tree.entries) > MAX_KEYS:
        raise _unusable(place, f"has more than {MAX_KEYS} keys", "take out those that are not used")
    keys: dict[str, Key] = {}
    for name, (line, node) in tree.entries.items():
        where = f"{place} line {line}"
        if not _NAME.fullmatch(name):
            raise _unusable(where, _NAME_RULE, "choose another name")
        entry = _entry(node, place, name)
        if entry.sha256 in keys:
            raise _unusable(where, f"has the key of {keys[entry.sha256].name}", "give each caller a key of its own")
        keys[entry.sha256] = Key(name, entry.sha256, entry.per_minute, entry.per_day)
    return keys


def _entry(node: Node, place: str, name: str) -> KeyEntry:
    try:
        return KeyEntry.model_validate(plain(node))
    except ValidationError as error:
        first = error.errors()[0]
        line, key = locate(node, first["loc"])
        known = f"an entry has the keys {', '.join(KeyEntry.model_fields)}"
        raise _unusable(f"{place} line {line}, {name} {key}".rstrip(), str(first["msg"]), known) from None


def _unusable(place: str, rule: str, remedy: str) -> SettingInvalid:
    return SettingInvalid(_MESSAGE, problems=[Problem(place, rule, remedy)])


class KeyRing:
    """The keys of a file. Asked whether the file may have changed at most once a second."""

    def __init__(self, path: Path | None) -> None:
        """Read ``path``, None for no keys at all; raises SettingInvalid where it cannot be used."""
        self._path = path
        self._looked = -1.0
        self._mark: tuple[int, ...] | None = _mark(path)
        self._keys: Mapping[str, Key] = {} if path is None else read_keys(path)

    def find(self, key: str) -> Key | None:
        """Return what is known of a key that a request brings."""
        return self._keys.get(hash_of(key)) if len(key) <= MAX_KEY_LENGTH else None

    def is_due(self, now: float) -> bool:
        """Say whether the file should be looked at; who is told so has to do it."""
        if self._path is None or abs(now - self._looked) < 1:
            return False
        self._looked = now
        return True

    def refresh(self) -> None:
        """Read the file if it changed; one that is gone or broken is told in the log, and its last keys go on."""
        mark = _mark(self._path)
        if self._path is None or mark == self._mark:
            return
        self._mark = mark
        try:
            self._keys = read_keys(self._path)
        except SettingInvalid as error:
            _log.error("%s; the keys read before are used: %s", error.code, error)


def _mark(path: Path | None) -> tuple[int, ...] | None:
    """Return what changes with the content of a file; None where there is none."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size, found.st_ino)
