"""A log is whole up to its last line, wherever a run was killed; what is damaged is told, and never taken for more."""

from __future__ import annotations

import errno
from datetime import timedelta
from pathlib import Path

import pytest

from datasets.errors import StoreUnavailable
from publishers.webhooks import delivery_log
from publishers.webhooks.delivery_log import DeliveryLog, log_path, read_log
from publishers.webhooks.standing import Entry
from tests.support.disk_faults import NthCall, refuse, replaced
from tests.support.webhooks import NOON

ENTRIES = (
    Entry(at=NOON, what="begun", events=("a", "b")),
    Entry(at=NOON, what="sending", event="c", about="release x 2025.1"),
    Entry(at=NOON, what="failed", event="c", status=500, fault="answered 500", next=NOON + timedelta(minutes=1)),
    Entry(at=NOON, what="sending", event="c"),
    Entry(at=NOON, what="delivered", event="c", status=204),
    Entry(at=NOON, what="passed", events=("d",)),
)


def write(path: Path, *entries: Entry) -> None:
    with DeliveryLog(path) as log:
        for entry in entries:
            log.add(entry)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = log_path(tmp_path, "portal")
    write(path, *ENTRIES[:3])
    standing, problems = read_log(path)
    assert (standing.settled, standing.failed_before("c"), standing.last_fault) == ({"a", "b"}, 1, "answered 500")
    write(path, *ENTRIES[3:])
    standing, problems = read_log(path)
    assert (standing.settled, standing.failures, standing.delivered) == ({"a", "b", "c", "d"}, {}, 1)
    assert problems == ()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes().splitlines()) == len(ENTRIES)


def test_no_log_is_an_empty_one(tmp_path: Path) -> None:
    standing, problems = read_log(tmp_path / "none.jsonl")
    assert (standing.begun_at, problems) == (None, ())


def test_cut_anywhere_it_holds_what_was_whole_and_takes_more(tmp_path: Path) -> None:
    path = tmp_path / "portal.jsonl"
    write(path, *ENTRIES)
    whole = path.read_bytes()
    ends = [number for number, byte in enumerate(whole, start=1) if byte == ord("\n")]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        before, problems = read_log(path)
        assert problems == ()
        # A line that lacks nothing but its end is whole.
        kept = sum(end <= cut + 1 for end in ends)
        assert (before.begun_at is not None, before.delivered) == (kept >= 1, int(kept >= 5))
        with DeliveryLog(path) as log:
            log.add(Entry(at=NOON, what="delivered", event="e"))
        after, problems = read_log(path)
        assert "e" in after.settled
        assert after.settled - {"e"} == before.settled
        assert problems == ()


def test_zeros_after_a_power_cut_are_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "portal.jsonl"
    write(path, ENTRIES[0])
    path.write_bytes(path.read_bytes() + b"\0" * 100)
    write(path, ENTRIES[4])
    standing, problems = read_log(path)
    assert (standing.settled, problems) == ({"a", "b", "c"}, ())


@pytest.mark.parametrize("line", [b'{"what":"delivered"}', b'{"at":"x","what":"y"}', b"{}", b'{"at":1,"whta":2}'])
def test_a_line_that_was_changed_is_told(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "portal.jsonl"
    write(path, ENTRIES[0])
    path.write_bytes(path.read_bytes() + line + b"\n")
    write(path, ENTRIES[4])
    standing, (problem,) = read_log(path)
    assert problem.place == f"{path} line 2"
    assert "c" in standing.settled


def test_without_its_first_line_a_log_begins_anew_and_sends_no_past(tmp_path: Path) -> None:
    path = tmp_path / "portal.jsonl"
    write(path, *ENTRIES)
    path.write_bytes(path.read_bytes().partition(b"\n")[2])
    assert read_log(path)[0].begun_at is None


def test_a_log_is_a_file_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreUnavailable, match="must be a file"):
        read_log(tmp_path)
    monkeypatch.setattr(delivery_log, "MAX_LOG", 10)
    path = tmp_path / "portal.jsonl"
    write(path, ENTRIES[0])
    with pytest.raises(StoreUnavailable, match="move it away"):
        read_log(path)


@pytest.mark.parametrize("call", [1, 2])
def test_what_a_full_disk_left_of_a_line_does_not_spoil_the_next(tmp_path: Path, call: int) -> None:
    path = tmp_path / "portal.jsonl"
    write(path, ENTRIES[0])
    with DeliveryLog(path) as log:
        with replaced(NthCall(call, refuse(errno.ENOSPC))), pytest.raises(OSError, match="injected"):
            log.add(ENTRIES[1])
        log.add(ENTRIES[4])
    standing, problems = read_log(path)
    assert (standing.settled, problems) == ({"a", "b", "c"}, ())
