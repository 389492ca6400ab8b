"""What is typed behind a command: wrong texts are refused with what to write instead, and never end in a fault."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from datasets.errors import SettingInvalid, UsageInvalid
from datasets.release_store import ReleaseStore
from datasets.settings import Settings
from portal.cli import app
from publishers.arguments import edition_and_version, embargo_of, reason_of
from tests.support.tiny_releases import NOW, add_tiny, new_keys, tiny_package


@pytest.mark.parametrize(
    "release", ["2026.²", f"2026.{'9' * 5_000}", "2026.0", "2026.-1", "2026.١", "2026", ".1", "", "."]
)
def test_what_is_no_release_is_refused(release: str) -> None:
    with pytest.raises(SettingInvalid, match=r"such as 2026-03\.1"):
        edition_and_version(release)


def test_a_release_is_an_edition_and_a_version() -> None:
    assert edition_and_version("2026-03.12") == ("2026-03", 12)


@pytest.mark.parametrize(
    ("reason", "rule"),
    [
        (os.fsdecode(b"a\xff"), "U.DCFF"),
        ("a\x1b[31m", "U.001B"),
        ("\u202eabc", "U.202E"),
        ("\u00a0\u200b", "must both be given"),
        ("x" * 200_000, "has 200,000 characters"),
    ],
)
def test_a_reason_can_be_shown_to_everybody(reason: str, rule: str) -> None:
    for vi, en in ((reason, "a"), ("a", reason)):
        with pytest.raises(SettingInvalid, match=rule) as caught:
            reason_of(vi, en)
        assert all(problem.remedy for problem in caught.value.problems)


def test_a_reason_may_have_lines_and_is_put_into_one_form() -> None:
    assert reason_of("Sô\u0301 sai\nhai lần", "Wrong").vi == "Số sai\nhai lần"


@pytest.mark.parametrize("dataset", ["../../etc", "no-such-dataset", "a\x1bb", "x" * 300])
def test_withdrawing_what_is_not_there_says_what_to_write(tmp_path: Path, dataset: str) -> None:
    add_tiny(ReleaseStore(tmp_path), tiny_package(tmp_path / "package"), new_keys(tmp_path))
    arguments = ["withdraw", dataset, "2025.1", "--reason-vi", "a", "--reason-en", "a", "--data-dir", str(tmp_path)]
    ended = CliRunner().invoke(app, arguments)
    assert ended.exit_code == 41, ended.output
    assert "Known here" in ended.stderr or "as the portal lists them" in ended.stderr or "sexes" in ended.stderr
    assert "\x1b" not in ended.stderr


@pytest.mark.parametrize("name", ["file", os.fsdecode(b"a\xff")])
@pytest.mark.parametrize("command", [["publish", "dengue-cases", "--edition", "1994-2009"], ["serve"]])
def test_a_place_where_no_store_can_be_is_named(tmp_path: Path, command: list[str], name: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    ended = CliRunner().invoke(app, [*command, "--data-dir", str(tmp_path / name)])
    assert ended.exit_code == 11, ended.output
    assert "--data-dir or YTEMO_DATA_DIR" in ended.output
    assert (tmp_path / "file").read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize("moment", ["0001-01-01", "2026-03-01T09:30", "2026-03-01T16:30+07:00"])
def test_an_embargo_that_is_over_is_refused(moment: str) -> None:
    with pytest.raises(UsageInvalid, match="leave --embargo out to publish at once"):
        embargo_of(moment, NOW)


def test_an_embargo_is_in_utc_unless_it_says_otherwise() -> None:
    assert (
        embargo_of("2026-03-01T09:31", NOW) == embargo_of("2026-03-01T16:31+07:00", NOW) == NOW + timedelta(minutes=1)
    )
    assert embargo_of(None, NOW) is None


def test_a_memory_without_end_is_refused() -> None:
    with pytest.raises(SettingInvalid, match="YTEMO_JOB_MEMORY_MB"):
        Settings.from_env({"YTEMO_JOB_MEMORY_MB": "9" * 30})
