"""Keys are made, told once and listed; the file holds their hashes and is never left half written."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from portal.cli import app
from portal.public.api_keys import hash_of, read_keys


def ytemo(*arguments: str | Path, **environ: str) -> Result:
    return CliRunner().invoke(app, ["keys", *map(str, arguments)], env=environ)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.yaml"


def test_a_key_is_told_once_and_only_its_hash_is_kept(path: Path) -> None:
    told = ytemo("new", "clinic-app", "--per-minute", "600", "--per-day", "9000", YTEMO_KEYS_FILE=str(path))
    assert told.exit_code == 0
    key = told.stdout.strip()
    assert key.startswith("ytemo_")
    (found,) = read_keys(path).values()
    assert (found.name, found.hash, found.per_minute, found.per_day) == ("clinic-app", hash_of(key), 600, 9000)
    assert key not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    listed = ytemo("list", "--file", path)
    assert listed.stdout == "clinic-app: 600 units a minute, 9000 a day\n"


def test_a_second_key_is_added_and_what_was_there_stays(path: Path) -> None:
    path.write_text("# Ours.\n")
    path.chmod(0o600)
    first = json.loads(ytemo("new", "a", "--file", path, "--json").stdout)
    second = json.loads(ytemo("new", "b", "--file", path, "--json").stdout)
    assert path.read_text().startswith("# Ours.\n")
    assert set(read_keys(path)) == {hash_of(first["key"]), hash_of(second["key"])}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(ytemo("list", "--file", path, "--json").stdout)["keys"][1] == {
        "name": "b", "per_minute": 12_000, "per_day": 0,
    }  # fmt: skip
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a", "A", "", "a b", "x" * 61, "a: {}\nb", "-a"])
def test_a_name_that_cannot_be_used_changes_nothing(path: Path, name: str) -> None:
    ytemo("new", "a", "--file", path)
    before = path.read_bytes()
    assert ytemo("new", "--file", path, "--", name).exit_code == 12
    assert path.read_bytes() == before


def test_a_broken_file_is_told_and_kept(path: Path) -> None:
    path.write_text("a: [\n")
    assert ytemo("new", "b", "--file", path).exit_code == 11
    assert ytemo("list", "--file", path).exit_code == 11
    assert path.read_text() == "a: [\n"


def test_without_a_file_there_is_a_remedy(tmp_path: Path) -> None:
    assert ytemo("list").exit_code == 12
    assert ytemo("list", "--file", tmp_path / "none").stdout == "There are no keys.\n"
    assert ytemo("new", "a", "--file", tmp_path / "no" / "such").exit_code == 12
