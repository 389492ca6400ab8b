"""Has charts drawn in a process of its own, one after another; what takes too long is given up."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock, Timer
from typing import Any, Literal

import portal.shared
from datasets.errors import QueryTimeout
from portal.public.measured_work import spent

SECONDS = 10.0
"""For waiting, and again for being drawn."""
MOST_WAITING = 24
"""More are turned away at once: whoever waits holds a thread that others want for pages."""
_PROGRAM = Path(__file__).with_name("drawing_process.py")
_LETTERS = Path(portal.shared.__file__).parent / "static" / "vendor" / "be-vietnam-pro-drawn"
"""Room is measured in the letters of the pages; without them, in those of this machine."""


class Renderer:
    """The process that draws; begun at the first drawing, and again after it has ended. Safe for many threads."""

    def __init__(self, seconds: float = SECONDS, waiting: int = MOST_WAITING) -> None:
        self._seconds = seconds
        self._places = BoundedSemaphore(waiting + 1)
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def draw(self, kind: Literal["svg", "png"], text: str, **options: Any) -> bytes:
        """Return what is drawn; raise QueryTimeout where too many wait, it takes too long, or the process ends."""
        order = json.dumps({"kind": kind, "text": text, "options": options}).encode() + b"\n"
        with self._turn():
            process = self._running()
            timer = Timer(self._seconds, process.kill)
            timer.start()
            try:
                head, drawn = _answered(process, order)
            except (OSError, ValueError):
                self._end()
                raise QueryTimeout("The drawing took too long and was given up; show fewer cells") from None
            finally:
                timer.cancel()
            if head["last"]:
                self._end()
        spent(head["seconds"])
        if head["failed"]:
            raise RuntimeError(f"The chart renderer failed: {head['failed']}")
        return drawn

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise _crowded()
        try:
            if not self._lock.acquire(timeout=self._seconds):
                raise _crowded()
            try:
                yield
            finally:
                self._lock.release()
        finally:
            self._places.release()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            letters = str(_LETTERS) if _LETTERS.is_dir() else ""
            command = [sys.executable, "-P", str(_PROGRAM), letters]
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with process:  # Closes its pipes and waits for it.
                pass


def _crowded() -> QueryTimeout:
    return QueryTimeout("Too many drawings are waiting; ask again in a moment")


def _answered(process: subprocess.Popen[bytes], order: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the head of the answer and the drawing; raise OSError or ValueError where the process ends before it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(order)
    process.stdin.flush()
    head: dict[str, Any] = json.loads(process.stdout.readline())
    drawn = process.stdout.read(head["size"])
    if len(drawn) < head["size"]:
        raise ValueError("the answer ends early")
    return head, drawn


renderer = Renderer()
"""The one of this process."""
atexit.register(renderer.close)
