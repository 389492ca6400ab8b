"""The process that draws: one order a line on its input, an answer to each on its output, until the input ends.

It is run by its path and knows nothing of the portal. A drawing keeps the interpreter to itself, for seconds where
there is much to draw; in a process of its own that is nobody else's time.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

import vl_convert

MOST_MEBIBYTES = 768
"""With more memory than this a process ends after its answer; the next drawing begins another."""


def main(letters: str) -> None:
    """Answer orders until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever began it ends it.
    if letters:
        vl_convert.register_font_directory(letters)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What a library prints is no answer.
    for line in sys.stdin.buffer:
        if answer(json.loads(line), answers):
            break


def answer(order: dict[str, Any], answers: BinaryIO) -> bool:
    """Answer one order; return whether it is the last one."""
    failed, drawn, begun = "", b"", time.process_time()
    try:
        drawn = draw(**order)
    except Exception as error:  # noqa: BLE001  told to the process that ordered it
        failed = f"{type(error).__name__}: {error}"
    last = most_memory() > MOST_MEBIBYTES << 10
    head = {"size": len(drawn), "failed": failed, "last": last, "seconds": time.process_time() - begun}
    answers.write(json.dumps(head).encode() + b"\n" + drawn)
    answers.flush()
    return last


def most_memory() -> int:
    """Return the most memory that this process has used, in KiB.

    Linux tells by getrusage also what the process that began this one used, so a large portal would begin another
    process for each drawing; the status of a process is its own.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def draw(*, kind: str, text: str, options: dict[str, Any]) -> bytes:
    """Return the SVG of a description in Vega-Lite, or the PNG of an SVG."""
    if kind == "svg":
        # It may fetch nothing: whatever a description names lies in it.
        drawn: str = vl_convert.vegalite_to_svg(text, allowed_base_urls=[], **options)
        return drawn.encode()
    picture: bytes = vl_convert.svg_to_png(text, **options)
    return picture


if __name__ == "__main__":
    main(sys.argv[1])
