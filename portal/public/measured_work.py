"""What a question costs the processor, told to whoever pays for it: the caller whose request asks it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Result = TypeVar("Result")
Argument = TypeVar("Argument")
Pay = Callable[[float], None]
"""Takes seconds of processor time, in whichever thread they were spent."""

_payer: ContextVar[Pay | None] = ContextVar("payer", default=None)


@contextmanager
def paid_by(pay: Pay) -> Iterator[None]:
    """Let ``pay`` be told what is measured while the block runs, and of what was begun there also later."""
    token = _payer.set(pay)
    try:
        yield
    finally:
        _payer.reset(token)


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
