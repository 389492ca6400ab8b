"""Where the command `ytemo` starts: ready to be stopped, or to lack memory, before anything large is loaded."""

from __future__ import annotations

import sys

from datasets import stopping

NO_MEMORY = 53
_NO_MEMORY_MESSAGE = (
    "There is not enough memory to start (memory-exhausted). Give the process 2 GB, or raise ulimit -v."
)
_LOADER = ("failed to map segment", "cannot allocate memory", "Cannot allocate memory", "out of memory")
"""What the loader of libraries says when there is no room for one."""


def main() -> None:
    """Run the command line; stopping and a lack of memory end in one line, also while it is still loading."""
    stopping.watch()
    try:
        from portal.cli import main as run  # noqa: PLC0415  loading takes seconds, during which people press Ctrl-C

        run()
    except SystemExit as end:
        # The library of the command line makes 1 of Ctrl-C where no command of ours is running yet.
        sys.exit(stopping.exit_code() or 1 if end.code == 1 else end.code)
    except BaseException as error:
        if stopping.exit_code():
            _end(stopping.MESSAGE, stopping.exit_code())
        if _is_memory(error):
            _end(_NO_MEMORY_MESSAGE, NO_MEMORY)
        raise


def _end(message: str, code: int) -> None:
    sys.stderr.write(message + "\n")
    sys.exit(code)


def _is_memory(error: BaseException) -> bool:
    """Say whether loading failed for want of memory; libraries hide it behind errors of their own."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, MemoryError) or (
            isinstance(at, ImportError | OSError) and any(words in str(at) for words in _LOADER)
        ):
            return True
        at = at.__cause__ or at.__context__
    return False


if __name__ == "__main__":
    main()
