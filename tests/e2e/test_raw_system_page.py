"""The page on raw systems works as it is written: its files, its commands, and what it shows of their output."""

from __future__ import annotations

from pathlib import Path

from tests.support.guides import HOW_TO
from tests.support.shown_commands import printed_and_shown


def test_commands_print_what_is_shown(tmp_path: Path) -> None:
    found = list(printed_and_shown(HOW_TO / "protect-a-raw-system.md", tmp_path))
    assert len(found) == 2
    for printed, shown in found:
        assert printed == shown
