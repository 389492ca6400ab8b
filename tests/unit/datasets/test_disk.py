"""The calls that change the disk do exactly one thing, and say so when they cannot."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from datasets import disk


def test_a_new_file_has_its_mode_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        disk.write_new(tmp_path / "file", b"content", mode=0o444)
    finally:
        os.umask(before)

    assert (tmp_path / "file").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o444


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    disk.write_new(tmp_path / "file", b"first", mode=0o600)
    disk.write_new(tmp_path / "other", b"second", mode=0o600)
    with pytest.raises(FileExistsError):
        disk.write_new(tmp_path / "file", b"second", mode=0o600)
    with pytest.raises(FileExistsError):
        disk.link(tmp_path / "other", tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == b"first"


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        disk.write_new(tmp_path / "link", b"x", mode=0o600)

    assert not (tmp_path / "elsewhere").exists()


def test_a_short_write_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, bytes(data[:3])))
    disk.write_new(tmp_path / "file", b"0123456789", mode=0o600)

    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_a_file_that_could_not_be_written_whole_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk, "sync", full)
    with pytest.raises(OSError, match="No space"):
        disk.write_new(tmp_path / "file", b"x", mode=0o600)

    assert not (tmp_path / "file").exists()


def test_a_folder_may_be_there_already_but_a_file_may_not(tmp_path: Path) -> None:
    disk.make_folder(tmp_path / "folder", 0o755)
    disk.make_folder(tmp_path / "folder", 0o755)
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        disk.make_folder(tmp_path / "file", 0o755)


def test_only_the_last_of_several_folders_has_the_mode(tmp_path: Path) -> None:
    disk.make_folders(tmp_path / "a" / "b", mode=0o700)

    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) & 0o500 == 0o500


def test_removing_what_is_gone_does_nothing(tmp_path: Path) -> None:
    disk.unlink(tmp_path / "none")
    disk.remove_tree(tmp_path / "none")

    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_locks_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*args: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with pytest.raises(OSError, match="No locks"):
        disk.try_lock(tmp_path / "lock")


@pytest.mark.parametrize("umask", [0o077, 0o000, 0o027])
def test_a_new_folder_has_its_mode_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        disk.make_folders(tmp_path / "a" / "b" / "public")
        disk.make_folders(tmp_path / "a" / "private", mode=0o700)
    finally:
        os.umask(before)

    found = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in tmp_path.rglob("*")}
    assert found == {"a": "0o755", "b": "0o755", "public": "0o755", "private": "0o700"}


def test_a_folder_that_is_there_keeps_its_mode_and_its_group(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept").chmod(0o2750)
    disk.make_folder(tmp_path / "kept", 0o755)
    disk.make_folder(tmp_path / "kept" / "below", 0o755)

    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "kept", tmp_path / "kept" / "below")] == [
        0o2750,
        0o2755,
    ]


def test_a_file_is_added_to_behind_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for before, is_whole in ((b"", True), (b"a\n", True), (b"a", False)):
        path.write_bytes(before)
        descriptor, found = disk.open_at_end(path)
        disk.write(descriptor, b"b")
        disk.close(descriptor)
        assert (found, path.read_bytes()) == (is_whole, before + b"b")
    with pytest.raises(FileNotFoundError):
        disk.open_at_end(tmp_path / "none")
