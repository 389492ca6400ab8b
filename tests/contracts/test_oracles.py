"""The environment of the oracles is built once, whoever asks, and holds what its lock says."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import oracles


def test_the_versions_are_those_of_the_lock() -> None:
    pinned = dict(re.findall(r"^([a-z-]+)==([\d.]+)", oracles.LOCK.read_text(), re.MULTILINE))
    names = ["anjana", "cell-key-perturbation", "csvw", "pandas", "pycanon", "roc-validator", "rocrate"]
    assert oracles.oracle("versions.py", names) == {name: pinned[name] for name in names}


def test_the_lock_names_no_index_and_hashes_everything() -> None:
    text = oracles.LOCK.read_text()
    assert "://" not in text
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z])", text))


def test_two_that_build_at_once_get_one_whole_environment(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("# nothing\n")
    with ThreadPoolExecutor(2) as both:
        places = list(both.map(lambda _: oracles.build_environment(tmp_path / "envs", lock), range(2)))
    assert places[0] == places[1]
    assert (places[0] / ".ready").exists()


def test_a_build_that_was_cut_off_is_begun_anew_and_a_finished_one_is_kept(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("# nothing\n")
    place = oracles.build_environment(tmp_path / "envs", lock)
    (place / "kept").touch()
    assert oracles.build_environment(tmp_path / "envs", lock) == place
    assert (place / "kept").exists()
    (place / ".ready").unlink()
    oracles.build_environment(tmp_path / "envs", lock)
    assert not (place / "kept").exists()
    lock.write_text("# another lock\n")
    assert oracles.build_environment(tmp_path / "envs", lock) != place


def test_a_lock_that_cannot_be_installed_says_so(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("pip==0.0.0.dev999\n")
    with pytest.raises(RuntimeError, match="could not be built"):
        oracles.build_environment(tmp_path / "envs", lock)
    assert not list((tmp_path / "envs").glob("*/.ready"))


def test_a_script_that_fails_or_is_missing_says_so() -> None:
    with pytest.raises(RuntimeError, match=r"versions\.py ended with 1"):
        oracles.oracle("versions.py", ["no-such-package-anywhere"])
    with pytest.raises(FileNotFoundError, match=r"nothing\.py"):
        oracles.oracle("nothing.py", None)
