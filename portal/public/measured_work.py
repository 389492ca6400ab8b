"""What a question costs the processor, told to whoever pays for it: the caller whose request asks it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

Result = TypeVar("Result")
Argument = TypeVar("Argument")
Pay = Callable[[float], None]
"""Takes seconds of processor time, in whichever thread they were spent."""

_payer: ContextVar[Pay | None] = ContextVar("payer", default=None)


class paid_by:  # noqa: N801  read as a sentence: with paid_by(…)
    """Lets ``pay`` be told what is measured while the block runs, and of what was begun there also later."""

    __slots__ = ("_pay", "_token")

    def __init__(self, pay: Pay) -> None:
        self._pay = pay

    def __enter__(self) -> None:
        self._token = _payer.set(self._pay)

    def __exit__(self, *_: object) -> None:
        _payer.reset(self._token)


def measured(work: Callable[[Argument], Result]) -> Callable[[Argument], Result]:
    """Return ``work``, which is done in one thread; its processor time is told, also when it is given up."""
    pay = _payer.get()
    if pay is None:
        return work

    def done(argument: Argument) -> Result:
        begun = time.thread_time()
        try:
            return work(argument)
        finally:
            pay(time.thread_time() - begun)

    return done


def spent(seconds: float) -> None:
    """Tell the payer of seconds that another process spent for this work."""
    pay = _payer.get()
    if pay is not None:
        pay(seconds)
