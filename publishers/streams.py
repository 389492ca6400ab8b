"""Standard output and standard error that may be closed, full, or unable to write Vietnamese."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import IO, Any

from rich.console import Console


class Unwritten(Exception):
    """The result did not reach standard output."""


class QuietConsole(Console):
    """A console on standard error that nobody may read any more: what is said then is lost, and nothing stops."""

    def on_broken_pipe(self) -> None:
        self.quiet = True

    def print(self, *objects: Any, **options: Any) -> None:
        """Print like a Console, unless standard error takes nothing."""
        with suppress(OSError):
            super().print(*objects, **options)


def write_what_they_can() -> None:
    """Let both streams write an escape for what their encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def takes_unicode() -> bool:
    """Say whether standard output can hold any text as it is."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def write_result(text: str) -> None:
    """Write a line to standard output and be sure that it left; raise Unwritten with the reason otherwise."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError as error:
        _give_up(sys.stdout)
        raise Unwritten(error.strerror or "failed") from None
    except ValueError:
        raise Unwritten("it is closed") from None


def _give_up(stream: IO[str]) -> None:
    """Let the rest of what is buffered go nowhere: Python would try again at its end, and print a traceback."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
