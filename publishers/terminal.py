"""What the command line says: progress while it works, one result, and errors with their exit code but no data."""

from __future__ import annotations

import errno
import json
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from datasets import errors, stopping
from datasets.commits import Commits
from datasets.disk import FULL_DISK
from datasets.errors import Problem, YtemoError
from datasets.text import legible, unfit
from publishers.streams import QuietConsole, Unwritten, takes_unicode, write_result, write_what_they_can

EXIT_CODES: Mapping[type[YtemoError], int] = {
    errors.DefinitionInvalid: 10,
    errors.DisclosureRuleInvalid: 10,
    errors.SettingInvalid: 11,
    errors.UsageInvalid: 12,
    errors.SourceUnreadable: 20,
    errors.SourceInvalid: 21,
    errors.PersonalDataFound: 22,
    errors.DisclosureRisk: 30,
    errors.ReleaseRejected: 31,
    errors.ReleaseExists: 40,
    errors.JobRunning: 40,
    errors.DatasetNotFound: 41,
    errors.ReleaseNotFound: 41,
    errors.ReleaseWithdrawn: 41,
    errors.FileNotFound: 41,
    errors.StoreUnavailable: 50,
    errors.SigningKeyUnavailable: 51,
    errors.VerificationFailed: 60,
    errors.AddressUnavailable: 52,
    errors.MemoryExhausted: 53,
    errors.MirrorFailed: 54,
    errors.DeliveryFailed: 55,
    errors.CatalogUnavailable: 61,
    errors.QueryInvalid: 62,
    errors.NotAcceptable: 62,
    errors.QueryTimeout: 62,
    # No command meets these two: only the portal has callers.
    errors.TooManyCalls: 62,
    errors.KeyUnknown: 62,
}
"""The one table from an error to the exit code of the command line."""

UNEXPECTED = 70
UNWRITTEN = 74
HUNG_UP = 129
STOPPED = 130
TERMINATED = 143

OTHER_CODES: Mapping[int, str] = {
    0: "Done, and the result was written.",
    2: "The command was called wrongly.",
    UNEXPECTED: "A fault in ytemo.",
    UNWRITTEN: "Done, but the result could not be written to standard output; standard error says what was published.",
    HUNG_UP: "Stopped because its terminal was closed, in the same way as by Ctrl-C.",
    STOPPED: "Stopped by Ctrl-C. The last line says what was published, if anything was.",
    TERMINATED: "Stopped by SIGTERM, as by a service manager, in the same way.",
}
"""The exit codes that stand for no error of ours."""


def exit_code(error: type[YtemoError]) -> int:
    """Return the exit code of an error class."""
    return EXIT_CODES[error]


class Terminal:
    """Where one command writes: results to standard output, everything else to standard error."""

    def __init__(self, *, json_output: bool) -> None:
        self.commits = Commits()
        """What the command has put into a store so far."""
        self._json = json_output
        self._console = QuietConsole(stderr=True, highlight=False, emoji=False, markup=False)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=json_output or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None)

    def progress(self, step: str, done: float | None = None) -> None:
        """Show which step runs, and which share of it (0 to 1) is done."""
        self._bar.start()
        self._bar.update(self._task, description=step, total=None if done is None else 1.0, completed=done or 0.0)

    def done(self) -> None:
        """Take the progress bar away."""
        self._bar.stop()

    def note(self, text: str) -> None:
        """Say something that is not the result."""
        if not self._json:
            self._console.print(legible(text), soft_wrap=True)

    def warn(self, warnings: Iterable[Problem]) -> None:
        """Say what somebody should look at although it stops nothing; in JSON the result holds it."""
        for warning in warnings:
            self.note(f"Warning: {warning}")

    def result(self, value: Mapping[str, Any], text: str) -> None:
        """Print the result: ``value`` as one JSON object, or ``text`` for people; Unwritten where nobody takes it."""
        self.done()
        write_result(_as_json(value) if self._json else legible(text))

    def error(self, error: YtemoError) -> None:
        """Print an error with all its problems, and what was published all the same."""
        self.done()
        problems = [asdict(problem) for problem in error.problems]
        value = {"code": error.code, "title": error.title, "message": error.message, "problems": problems}
        if self._json and self._write_error(value):
            return
        self._console.print(Text.assemble((error.title, "bold red"), f" ({error.code})"), soft_wrap=True)
        self._console.print(legible(str(error)), soft_wrap=True)
        if self.commits.done():
            self._console.print(self.standing(), soft_wrap=True)

    def stopped(self, why: str) -> None:
        """Print why the command ended before or behind its result, and what is in the store."""
        self.done()
        self._console.print(f"{why} {self.standing()}", soft_wrap=True)

    def standing(self) -> str:
        """Say what this command has published, as the disk knows it."""
        done = self.commits.done()
        if not done:
            return "Nothing new was published; run the same command again."
        return f"This command has {' and '.join(done)}; the same command again adds nothing to it."

    def _write_error(self, value: Mapping[str, Any]) -> bool:
        done = self.commits.done()
        try:
            write_result(_as_json({"error": {**value, **({"done": done} if done else {})}}))
        except Unwritten:
            return False
        return True

    def fault(self, error: BaseException) -> None:
        """Print where an unexpected error happened, but not what it said: that could hold a value from the source."""
        self.done()
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        # Where it has published nothing, the same command would only meet the fault again.
        kept = "Nothing new was published, and nothing is lost; the same command would end in the same way."
        kept = self.standing() if self.commits.done() else kept
        what = f" ({type(error).__name__}). {kept} Please report these lines, which hold no data:"
        self._console.print(Text.assemble(("A fault in ytemo", "bold red"), what), soft_wrap=True)
        self._console.print("\n".join(places), soft_wrap=True)
        if self._json:
            self._write_error({"code": "fault", "title": "A fault in ytemo", "places": places})


def _as_json(value: Mapping[str, Any]) -> str:
    # An escape that JSON does not know would spoil it, so a stream that cannot hold everything gets JSON's own, and so
    # does a text that screens would obey.
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if takes_unicode() and unfit(text) is None else json.dumps(value, default=str)


def _full_disk(error: OSError) -> errors.StoreUnavailable:
    """Say what the step did not: a full disk can meet any of them, and it is no fault of ytemo's."""
    problem = Problem(
        str(error.filename or "the disk"), error.strerror or "is full", "Make room, then run the same command again"
    )
    return errors.StoreUnavailable("The disk takes no more", problems=[problem])


def _no_memory() -> errors.MemoryExhausted:
    remedy = "Give the process more (ulimit -v, the limits of its container), or lower YTEMO_JOB_MEMORY_MB and _THREADS"
    problem = Problem("this process", "got no more memory from the system", remedy)
    return errors.MemoryExhausted("A step needs more memory", problems=[problem])


def _is_memory(error: BaseException) -> bool:
    """Libraries say it in many ways, and what they say is not passed on: it may quote data."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    words = ("can't start new thread", "bad_alloc", "bad allocation")
    named = isinstance(error, RuntimeError) and any(each in str(error) for each in words)
    return named or isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException"


@contextmanager
def reporting(*, json_output: bool) -> Iterator[Terminal]:
    """Give a command its terminal, and turn what goes wrong into a message and an exit code."""
    write_what_they_can()
    terminal = Terminal(json_output=json_output)
    try:
        yield terminal
    except (typer.Exit, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  its message may hold data; the panics of libraries are no Exception
        raise typer.Exit(_report(terminal, error)) from None
    finally:
        terminal.done()


def _report(terminal: Terminal, error: BaseException) -> int:
    """Say what went wrong and return the exit code of it."""
    # First, because libraries make errors of their own of a signal that came while they worked.
    if isinstance(error, KeyboardInterrupt) or stopping.exit_code():
        terminal.stopped("Stopped.")
        return stopping.exit_code() or STOPPED
    if isinstance(error, Unwritten):
        terminal.stopped(f"The result could not be written to standard output: {error}.")
        return UNWRITTEN
    if isinstance(error, OSError) and error.errno in FULL_DISK:
        error = _full_disk(error)
    elif _is_memory(error):
        error = _no_memory()
    if isinstance(error, YtemoError):
        terminal.error(error)
        return exit_code(type(error))
    terminal.fault(error)
    return UNEXPECTED
