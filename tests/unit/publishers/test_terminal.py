"""What the command line prints is what it was given: no markup, no emoji, and a full disk is no fault of its own."""

from __future__ import annotations

import errno
import io
import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from datasets.errors import Problem, SourceUnreadable
from portal.cli import app
from publishers.terminal import EXIT_CODES, OTHER_CODES, Terminal, reporting

TEXT = "a :x: [red]b[/red] [/] :warning: [link=x]c[/link] \\[bold] ä"


def test_markup_and_emoji_in_data_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(json_output=False)
    terminal.note(TEXT)
    terminal.result({}, TEXT)
    terminal.error(SourceUnreadable(TEXT, problems=[Problem(TEXT, TEXT, TEXT)]))
    printed = capsys.readouterr()
    assert printed.out == TEXT + "\n"
    assert printed.err.splitlines() == [
        TEXT,
        "The source cannot be read (source-unreadable)",
        TEXT,
        f"  - {TEXT}: {TEXT}. {TEXT}",
    ]


def test_the_bar_shows_a_step_as_it_is() -> None:
    terminal = Terminal(json_output=False)
    terminal.progress(TEXT)
    terminal.done()
    screen = Console(file=io.StringIO(), width=400, emoji=False, markup=False)
    screen.print(terminal._bar.make_tasks_table(terminal._bar.tasks))
    assert isinstance(screen.file, io.StringIO)
    assert TEXT in screen.file.getvalue()


@pytest.mark.parametrize("command", [["definitions", "check"], ["publish", "--edition", "2026"], ["verify"]])
def test_a_path_is_named_as_it_is_written(command: list[str]) -> None:
    path = "/nowhere/[red]:x:[/red]"
    printed = CliRunner().invoke(app, [*command, path])
    assert printed.exit_code not in (0, 70)
    assert path in printed.stderr


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS], ids=errno.errorcode.get)
def test_a_full_disk_has_the_exit_code_of_the_store(code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as stopped, reporting(json_output=True):
        raise OSError(code, "No room", "/data/x")
    assert stopped.value.exit_code == 50
    (problem,) = json.loads(capsys.readouterr().out)["error"]["problems"]
    assert (problem["place"], problem["rule"]) == ("/data/x", "No room")
    assert problem["remedy"].startswith("Make room")


def test_another_refusal_of_the_system_is_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as stopped, reporting(json_output=False):
        raise OSError(errno.EBADF, "secret", "secret")
    assert stopped.value.exit_code == 70
    printed = capsys.readouterr().err
    assert "A fault in ytemo (OSError)" in printed
    assert "secret" not in printed.replace('"secret"', "")


def test_a_fault_is_to_be_reported_and_not_to_be_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), reporting(json_output=False):
        raise ValueError
    printed = capsys.readouterr().err
    assert "Nothing new was published, and nothing is lost; the same command would end in the same way." in printed
    assert "Please report these lines, which hold no data:" in printed
    assert "run the same command again" not in printed


def test_what_was_published_before_a_fault_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(json_output=False)
    (tmp_path / "envelope").touch()
    terminal.commits.begin("published a 2026.1", tmp_path / "envelope", tmp_path / "envelope")
    terminal.fault(ValueError())
    printed = capsys.readouterr().err
    assert "This command has published a 2026.1; the same command again adds nothing to it." in printed
    assert "Nothing" not in printed


def test_no_error_shares_the_exit_code_of_a_fault() -> None:
    assert not {1, *OTHER_CODES} & set(EXIT_CODES.values())


class Panic(BaseException):
    """What the libraries that are written in Rust raise: no Exception."""


def test_a_panic_of_a_library_is_a_fault_that_does_not_show_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    said = "cell 079123456789"
    with pytest.raises(typer.Exit) as stopped, reporting(json_output=False):
        raise Panic(said)
    assert stopped.value.exit_code == 70
    assert said not in capsys.readouterr().err.replace(f'"{said}"', "")
