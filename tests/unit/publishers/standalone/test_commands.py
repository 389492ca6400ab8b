"""The commands protect and audit: what they refuse to begin, and that nothing is left half-written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from publishers.standalone import raw_commands, table_commands
from tests.support.standalone import run


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "the input: is missing"),
        (["TABLE"], "--rules: is missing"),
        (["--rules", "RULES"], "TABLE: is missing"),
        (["--cells", "CELLS"], "--relations: is missing"),
        (["--relations", "RELATIONS"], "--cells: is missing"),
        (["TABLE", "--rules", "RULES", "--cells", "C", "--relations", "R"], "is a table and a raw system at once"),
        (["TABLE", "--rules", "RULES", "--safety-rule", "FREQ(3,10)"], "are for .tab files"),
        (["TABLE", "--rules", "RULES", "--cost", "count"], "--cost: is for a raw system. say cost: below safety in"),
        (
            ["TABLE", "--rules", "RULES", "--cost", "value", "--tolerance", "0"],
            "--cost, --tolerance: are for a raw system. say cost: below safety and tolerance: in the rules",
        ),
        (["--cells", "C", "--relations", "R", "--safety-rule", "FREQ(3,10)"], "--safety-rule: is for a .tab file"),
        (
            ["--cells", "C", "--relations", "R", "--apriori", "A"],
            "--apriori: is for a .tab file. leave it out, or mark",
        ),
    ],
)
def test_what_is_to_be_protected_must_be_clear(tmp_path: Path, given: list[str], told: str) -> None:
    done = run("protect", *given, "--out", tmp_path / "out")
    assert done.exit_code == 12
    assert told in done.stderr


def test_what_exists_is_never_overwritten(raw: list[str], table: list[str | Path], tmp_path: Path) -> None:
    out = tmp_path / "there"
    out.write_text("mine")
    for command in (["protect", *raw], ["protect", *table], ["audit", *raw, "--pattern", out]):
        done = run(*command, "--out", out)
        assert done.exit_code == 11
        assert f"--out {out}: must not exist yet" in done.stderr
    assert out.read_text() == "mine"


def test_an_output_that_cannot_be_written(raw: list[str], table: list[str | Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in (raw, table):
        done = run("protect", *command, "--out", tmp_path / "file" / "inside")
        assert done.exit_code == 11
        assert "cannot be written" in done.stderr


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o755), (0o077, 0o700)])
def test_others_may_read_what_is_written_only_where_the_user_lets_them(
    table: list[str | Path], tmp_path: Path, umask: int, mode: int
) -> None:
    """Unprotected cells are in the folder."""
    before = os.umask(umask)
    try:
        assert run("protect", *table, "--out", tmp_path / "out").exit_code == 0
    finally:
        assert os.umask(before) == umask
    made = [tmp_path / "out", *(tmp_path / "out").rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_dir()} == {mode}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_file()} == {mode & 0o666}


@pytest.mark.parametrize("module", ["raw", "table"])
def test_ctrl_c_leaves_nothing(
    raw: list[str], table: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    def stop(*_arguments: object, **_more: object) -> None:
        raise KeyboardInterrupt

    before = sorted(tmp_path.rglob("*"))
    if module == "raw":
        monkeypatch.setattr(raw_commands, "csv_text", stop)
    else:
        monkeypatch.setattr(table_commands, "write_results", stop)
    done = run("protect", *(raw if module == "raw" else table), "--out", tmp_path / "out")
    assert done.exit_code == 130
    assert sorted(tmp_path.rglob("*")) == before
