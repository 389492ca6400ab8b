"""Stopping on request: Ctrl-C, SIGTERM and a closed terminal end a command in order, each with its own exit code."""

from __future__ import annotations

import signal
from types import FrameType

MESSAGE = "Stopped before the end. Run the same command again: nothing that was begun is in the way."

_received: list[int] = []


class Stopped(KeyboardInterrupt):
    """Somebody told this process to stop; everybody who is ready for Ctrl-C is ready for it."""


def watch() -> None:
    """From now on these signals raise ``Stopped``, so that whatever is open is closed and staging is emptied.

    A second signal of a kind ends the process at once: what a library computes may not be interrupted. A command that
    was started so that it outlives its terminal (nohup) goes on doing so.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _stop)


def exit_code() -> int:
    """Return 128 and the number of the signal that was received, as shells do; 0 where none was."""
    return 128 + _received[0] if _received else 0


def _stop(number: int, _frame: FrameType | None) -> None:
    _received.append(number)
    signal.signal(number, signal.SIG_DFL)
    raise Stopped
