"""The limits of a job: they hold, and no later statement can widen them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from datasets.errors import SettingInvalid
from publishers.limits import JobLimits, connect


def test_the_connection_keeps_to_the_limits(tmp_path: Path) -> None:
    with connect(JobLimits(memory_mb=100, threads=1, temp=tmp_path / "spill")) as connection:
        names = ("memory_limit", "threads", "autoload_known_extensions", "python_enable_replacements")
        values = [connection.execute("SELECT current_setting(?)", [name]).fetchone() for name in names]
        assert values == [("100.0 MiB",), (1,), (False,), (False,)]
        with pytest.raises(duckdb.InvalidInputException, match="locked"):
            connection.execute("SET memory_limit = '4GB'")


@pytest.mark.parametrize(("memory", "threads", "name"), [(1, 1, "memory_mb"), (100, 0, "threads")])
def test_limits_that_nothing_can_run_in_are_refused(tmp_path: Path, memory: int, threads: int, name: str) -> None:
    with pytest.raises(SettingInvalid, match=name):
        JobLimits(memory_mb=memory, threads=threads, temp=tmp_path)
