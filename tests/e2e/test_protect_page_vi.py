"""The Vietnamese page on protecting a table works as it is written, and explains messages that there are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "bao-ve-mot-bang.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_commands_print_what_is_shown(tmp_path: Path) -> None:
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    blocks = re.findall(r"^```bash\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    (shown,) = re.findall(r"^```text\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    command = ["bash", "-euc", "".join(blocks)]
    done = subprocess.run(command, cwd=tmp_path, env=environ, check=True, capture_output=True, text=True)
    assert done.stdout == shown


def test_the_messages_that_are_explained_are_those_of_the_code() -> None:
    """A message that is worded anew has to be looked up here too."""
    folders = ("publishers", "anonymization", "datasets")
    code = "\n".join(path.read_text(encoding="utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py"))
    code = re.sub(r'"\s*\n\s*f?"', "", code)
    quoted = [
        part for row in re.findall(r"^\| (\*.*?) \|", TEXT, re.MULTILINE) for part in re.findall(r"\*(.*?)\*", row)
    ]
    assert len(quoted) > 12
    for message in quoted:
        for piece in (one.strip(" ,") for one in message.split("…")):
            assert not piece or piece in code, piece


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)", TEXT):
        assert (PAGE.parent / link).is_file(), link
