"""What a run has had so far, on disk page by page: a run that was killed goes on behind the last whole page."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from catalog.harvest.limits import MAX_KEPT
from catalog.harvest.records import Page
from datasets import disk
from datasets.bounded_files import read_regular
from datasets.text import Model

_OLDEST = timedelta(hours=24)
"""A run that lies still for longer is begun again: the list that it was reading has moved on."""


_MOST_PLAN = 4_096


class _Plan(Model):
    plan: str
    begun: str


class Journal:
    """The pages of one run, in a folder of their own."""

    def __init__(self, folder: Path, plan: object, now: datetime) -> None:
        self._folder = folder
        self._plan = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
        self.pages: list[Page] = []
        """What was had before this run was killed, and what it had since."""
        self.size = 0
        """Bytes of what this process added."""
        if self._is_going_on(now):
            self._read()
        else:
            self._begin(now)

    def add(self, page: Page) -> None:
        """Keep a page; when this returns it is on the disk."""
        path = self._folder / f"page-{len(self.pages) + 1:06d}.json"
        draft = path.with_suffix(".new")
        content = _sealed(page.model_dump_json())
        self.size += len(content)
        disk.unlink(draft)
        disk.write_new(draft, content, mode=0o644)
        disk.replace(draft, path)
        disk.sync_folder(self._folder)
        self.pages.append(page)

    def end(self) -> None:
        """Forget the run: its result is kept elsewhere, or it is not to go on."""
        # The plan goes first: what is left without it is no run.
        disk.unlink(self._folder / "plan.json")
        disk.remove_tree(self._folder)

    def _is_going_on(self, now: datetime) -> bool:
        try:
            known = _Plan.model_validate_json(read_regular(self._folder / "plan.json", _MOST_PLAN) or b"")
            age = now - datetime.fromisoformat(known.begun)
        except (OSError, ValueError, ValidationError, TypeError):
            return False
        return known.plan == self._plan and timedelta(0) <= age < _OLDEST

    def _begin(self, now: datetime) -> None:
        self.end()
        disk.make_folders(self._folder)
        plan = _Plan(plan=self._plan, begun=now.isoformat())
        disk.write_new(self._folder / "plan.json", plan.model_dump_json().encode(), mode=0o644)
        disk.sync_folder(self._folder)

    def _read(self) -> None:
        while True:
            path = self._folder / f"page-{len(self.pages) + 1:06d}.json"
            try:
                self.pages.append(Page.model_validate_json(_unsealed(read_regular(path, MAX_KEPT) or b"")))
            except (OSError, ValueError, ValidationError):
                return


def _sealed(text: str) -> bytes:
    content = text.encode()
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def _unsealed(sealed: bytes) -> bytes:
    seal, _, content = sealed.partition(b"\n")
    if hashlib.sha256(content).hexdigest().encode() != seal:
        raise ValueError("must be as it was written")
    return content
