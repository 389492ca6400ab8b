"""The page on tau-ARGUS works as it is written: its files, its commands, and what it shows of their output."""

from __future__ import annotations

from pathlib import Path

from tests.support.shown_commands import printed_and_shown
from tests.unit.publishers.standalone.argus_example import PAGE, RULE


def test_commands_print_what_is_shown(tmp_path: Path) -> None:
    found = list(printed_and_shown(PAGE, tmp_path))
    assert len(found) == 2
    for printed, shown in found:
        first, *rest = shown.splitlines()
        lines = printed.splitlines()
        assert lines[0].startswith(first)
        assert lines[1:] == rest


def test_the_rules_that_are_shown_are_those_of_the_vignette() -> None:
    assert f'--safety-rule "{RULE}"' in PAGE.read_text(encoding="utf-8")
