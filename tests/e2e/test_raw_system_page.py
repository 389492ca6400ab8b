"""The page on raw systems works as it is written: its files, its commands, and what it shows of their output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "protect-a-raw-system.md"
BLOCKS = re.findall(r"^```(bash|text)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_commands_print_what_is_shown(tmp_path: Path) -> None:
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    printed, shown = "", 0
    for language, text in BLOCKS:
        if language == "bash":
            command = ["bash", "-euc", text]
            done = subprocess.run(command, cwd=tmp_path, env=environ, check=True, capture_output=True, text=True)
            printed = done.stdout
        else:
            shown += 1
            assert printed == text
    assert shown == 2
