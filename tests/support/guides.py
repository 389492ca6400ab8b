"""The pages of docs/how-to as tests read them: their blocks of code by language, and the commands to copy."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
DEMO = "http://127.0.0.1:8000"
"""The address that every guide asks, where `make demo` serves."""


@dataclass(frozen=True)
class Guide:
    """One page."""

    name: str

    @cached_property
    def text(self) -> str:
        return (HOW_TO / self.name).read_text(encoding="utf-8")

    def blocks(self, language: str, address: str = DEMO) -> list[str]:
        """Return the blocks of a language, as they ask the portal at ``address``."""
        found = re.findall(rf"^```{re.escape(language)}\n(.*?)^```$", self.text, re.DOTALL | re.MULTILINE)
        return [block.replace(DEMO, address) for block in found]

    @property
    def block_count(self) -> int:
        """How many blocks the page has, in whatever language."""
        return len(re.findall(r"^```\S", self.text, re.MULTILINE))

    @cached_property
    def asked(self) -> list[str]:
        """The paths that the page's commands ask, from the root of the portal."""
        return [_path(line) for line in re.findall(r"^\$ (curl .+)$", self.text, re.MULTILINE)]


def _path(command: str) -> str:
    words = shlex.split(command)
    address = next(word for word in words if word.startswith(f"{DEMO}/"))
    given = [each.partition("=") for word, each in pairwise(words) if word == "--data-urlencode"]
    assert set(words) <= {"curl", "-sS", "-G", "--data-urlencode", address, *("".join(each) for each in given)}
    query = urlencode([(name, value) for name, _, value in given])
    return address.removeprefix(DEMO) + (f"?{query}" if query else "")
