"""Counts are added up over threads, processes and restarts; a spoilt database loses no request and stops nothing."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from portal.public.usage.counts import UsageCounts, Used

LATE = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
"""Already December in Viet Nam."""


def counts(folder: Path) -> UsageCounts:
    return UsageCounts(folder, lambda: LATE)


def test_a_month_is_one_of_viet_nam(tmp_path: Path) -> None:
    counted = counts(tmp_path)
    counted.count("dengue-cases", "page")
    assert counted.used() == (Used("2026-12", "dengue-cases", "page", 1),)


def test_counts_outlive_their_process(tmp_path: Path) -> None:
    first = counts(tmp_path)
    first.count("a", "page")
    first.keep()
    first.count("a", "page")
    first.keep()
    second = counts(tmp_path)
    second.count("a", "query")
    assert second.used() == (Used("2026-12", "a", "page", 2), Used("2026-12", "a", "query", 1))


def test_nothing_is_lost_between_threads(tmp_path: Path) -> None:
    counted = counts(tmp_path)

    def work(_: int) -> None:
        for _ in range(50):
            counted.count("a", "download-csv")
        counted.keep()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(16)))
    assert [each.times for each in counted.used()] == [800]


def test_nothing_is_lost_between_processes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from portal.public.usage.counts import UsageCounts\n"
        "counted = UsageCounts(Path(sys.argv[1]))\n"
        "for _ in range(30):\n    counted.count('a', 'page'); counted.keep()\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(3)]
    assert [each.wait(60) for each in running] == [0, 0, 0]
    assert sum(each.times for each in UsageCounts(tmp_path).used()) == 90


def test_a_spoilt_database_stops_nothing_and_what_is_new_is_kept(tmp_path: Path) -> None:
    (tmp_path / "usage.sqlite3").write_bytes(b"no database" * 1000)
    counted = counts(tmp_path)
    counted.count("a", "page")
    counted.keep()
    assert counted.used() == (Used("2026-12", "a", "page", 1),)
    (tmp_path / "usage.sqlite3").unlink()
    counted.keep()
    assert counts(tmp_path).used() == (Used("2026-12", "a", "page", 1),)


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "usage").write_text("a file")
    counted = counts(tmp_path / "usage")
    counted.count("a", "page")
    counted.keep()
    assert [each.times for each in counted.used()] == [1]
