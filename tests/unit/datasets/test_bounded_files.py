"""Files of a bounded size are read whole, and what is no file, or endless, makes nobody wait."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from datasets.bounded_files import read_regular, read_stored
from datasets.errors import VerificationFailed


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (2 << 20) + 3])
def test_a_file_is_read_whole_and_one_byte_more_than_allowed_tells_that_it_is_too_large(
    size: int, tmp_path: Path
) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    path = tmp_path / "file"
    path.write_bytes(content[:size])
    assert read_regular(path, size) == read_stored(path, size) == content[:size]
    assert read_regular(path, 3 << 20) == content[:size]
    if size:
        assert read_regular(path, size - 1) == content[:size]
        with pytest.raises(VerificationFailed) as caught:
            read_stored(path, size - 1)
        assert caught.value.problems[0].rule == f"must have at most {size - 1} bytes"
        assert len(read_regular(path, 0) or b"") == 1


def test_a_high_limit_takes_no_memory_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    tracemalloc.start()
    try:
        assert read_regular(path, 1 << 30) == b"x"
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_is_told_and_not_waited_for(kind: str, tmp_path: Path) -> None:
    path = tmp_path / kind
    {"pipe": os.mkfifo, "device": lambda at: at.symlink_to("/dev/zero"), "folder": os.mkdir}[kind](path)
    assert read_regular(path, 10) is None
    with pytest.raises(VerificationFailed, match="The release store is damaged") as caught:
        read_stored(path, 10)
    (problem,) = caught.value.problems
    assert (problem.place, problem.rule) == (str(path), "must be a file, not a folder, a pipe or a device")
    assert problem.remedy == "Restore the file from a backup or a mirror"
