"""What others made with the data: a list that the operator keeps (YAML), read again when it changes."""

from __future__ import annotations

import logging
import re
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints, field_validator

from datasets.errors import DefinitionInvalid, SettingInvalid
from datasets.named_lists import read_list
from datasets.names import Identifier
from datasets.text import Bilingual, Model, is_blank
from datasets.web_address import web_address

MAX_REUSES = 500
_log = logging.getLogger("ytemo.portal")


def _written_day(given: object) -> object:
    # A number of seconds would otherwise be read as the day on which they end.
    if isinstance(given, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", given):
        raise ValueError("must be a day such as 2026-03-31")
    return given


class Reuse(Model):
    """One thing that somebody made."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)] = Field(
        description="Its name in the address of the page, such as dengue-map: small letters, digits and hyphens."
    )
    title: Bilingual = Field(description="What it is called, in both languages.")
    summary: Bilingual | None = Field(default=None, description="What it shows, in a sentence.")
    url: str = Field(max_length=1_000, description="Where it is.")
    author: str = Field(min_length=1, max_length=200, description="Who made it.")
    day: Annotated[date, BeforeValidator(_written_day)] = Field(description="When it came out, such as 2026-03-31.")
    datasets: tuple[Identifier, ...] = Field(
        min_length=1, max_length=50, description="The datasets that it uses; those that are not public are not shown."
    )

    @field_validator("author")
    @classmethod
    def _is_shown(cls, given: str) -> str:
        if is_blank(given):
            raise ValueError("must not be empty")
        return given.strip()

    @field_validator("url")
    @classmethod
    def _is_address(cls, given: str) -> str:
        if not web_address(given):
            raise ValueError("must be an address of the web, such as https://example.org/map")
        return given


class ReuseList(Model):
    """The file."""

    reuses: tuple[Reuse, ...] = Field(max_length=MAX_REUSES, description="What others made.")


def load_reuses(path: Path) -> tuple[Reuse, ...]:
    """Read the list, the newest first; raises SettingInvalid with each problem: file, line, key, rule and remedy."""
    try:
        found = read_list(path, ReuseList, "reuses").reuses
    except DefinitionInvalid as error:
        raise SettingInvalid("The list of reuses cannot be used", problems=error.problems) from None
    return tuple(sorted(found, key=lambda each: each.day, reverse=True))


class Showcase:
    """The list as the portal keeps it."""

    def __init__(self, path: Path | None) -> None:
        """Read ``path``, None for no list at all; raises SettingInvalid where it cannot be used."""
        self._path = path
        self._mark = _mark(path)
        self._reuses = load_reuses(path) if path is not None else ()

    def current(self) -> tuple[Reuse, ...]:
        """Return what the file says now; one that is gone or broken is told in the log, and what it said goes on."""
        mark = _mark(self._path)
        if self._path is not None and mark != self._mark:
            self._mark = mark
            try:
                self._reuses = load_reuses(self._path)
            except SettingInvalid as error:
                _log.error("%s; the reuses read before are shown: %s", error.code, error)
        return self._reuses


def _mark(path: Path | None) -> tuple[int, ...] | None:
    """Return what changes with the content of a file; None where there is none."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size, found.st_ino)
