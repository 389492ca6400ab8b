"""Does several things at the same time, and ends soon when it is told to, whatever these wait for."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

T = TypeVar("T")
AT_ONCE = 16
_GRACE = 1.0
"""Seconds that what is under way has to end when it is stopped."""


def side_by_side(todo: Sequence[T], work: Callable[[T], None], stopping: threading.Event) -> None:
    """Do ``work`` with each of ``todo``, begun in their order; raise the first error of one, when others have ended.

    ``stopping`` is set when the rest is not to be begun any more: by an error, or by whoever stops the program.
    """
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    for each in todo:
        waiting.put(each)
    faults: list[BaseException] = []
    one_after_another = partial(_work_off, waiting, work, stopping, faults)
    # Daemons: when the program is stopped, nothing that does not answer may keep it.
    threads = [threading.Thread(target=one_after_another, daemon=True) for _ in range(min(AT_ONCE, len(todo)))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.1)
    finally:
        _end(threads, stopping)
    if faults:
        raise faults[0]


def _work_off(
    waiting: queue.SimpleQueue[T], work: Callable[[T], None], stopping: threading.Event, faults: list[BaseException]
) -> None:
    """Do what waits until nothing does, or until it is stopped; an error stops the others too."""
    while not stopping.is_set():
        try:
            work(waiting.get_nowait())
        except queue.Empty:
            return
        except BaseException as fault:  # noqa: BLE001  it is raised where the work was begun
            faults.append(fault)
            stopping.set()


def _end(threads: Sequence[threading.Thread], stopping: threading.Event) -> None:
    stopping.set()
    ends = time.monotonic() + _GRACE
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
