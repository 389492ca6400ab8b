"""What one publication job may use of the machine, and the DuckDB connection that keeps to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from datasets.errors import MemoryExhausted, Problem, SettingInvalid

LEAST_ADDRESSES = 2 << 30
"""Bytes of addresses that a small job uses: below, libraries end the process in the middle of their work."""


@dataclass(frozen=True)
class JobLimits:
    """Memory in MiB, threads, and the folder where work that does not fit into memory is spilled."""

    memory_mb: int
    threads: int
    temp: Path

    def __post_init__(self) -> None:
        for name, given, least in (("memory_mb", self.memory_mb, 64), ("threads", self.threads, 1)):
            if given < least:
                raise SettingInvalid(
                    "A limit of the job is too small", problems=[Problem(name, f"must be at least {least}", "raise it")]
                )


def check_addresses(allowed: int) -> None:
    """Raise MemoryExhausted where the system gives this process fewer bytes of addresses than any job needs.

    ``allowed`` is the limit RLIMIT_AS (``ulimit -v``), negative where there is none.
    """
    if 0 <= allowed < LEAST_ADDRESSES:
        rule = f"is {allowed >> 20} MiB, less than the {LEAST_ADDRESSES >> 20} MiB that a job needs"
        problem = Problem(
            "ulimit -v", rule, f"Run ulimit -v unlimited, or ulimit -v {LEAST_ADDRESSES >> 10}, before it"
        )
        raise MemoryExhausted("There is not enough memory for a job", problems=[problem])


def connect(limits: JobLimits, *, trust_statistics: bool = True) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB that keeps to ``limits``, loads no extension and sees no Python variable.

    The configuration is locked, so that no later statement can widen it. Without ``trust_statistics`` DuckDB plans
    nothing from the statistics of Parquet files, which leave NaN out: with them 2.0.0 answers isnan() wrongly.
    """
    limits.temp.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{limits.memory_mb}MiB",
            "threads": str(limits.threads),
            "temp_directory": str(limits.temp),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
        },
    )
    connection.execute("SET enable_progress_bar = false")
    if not trust_statistics:
        connection.execute("SET disabled_optimizers = 'statistics_propagation'")
    connection.execute("SET lock_configuration = true")
    return connection
