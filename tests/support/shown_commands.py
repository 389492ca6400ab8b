"""What the commands of a page print, beside what the page shows of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


def printed_and_shown(page: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Run the blocks of bash of ``page`` in ``folder``; yield what was printed last with each text that is shown."""
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    printed = ""
    blocks = re.findall(r"^```(bash|text)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    for language, text in blocks:
        if language == "bash":
            command = ["bash", "-euc", text]
            done = subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True, text=True)
            printed = done.stdout
        else:
            yield printed, text
