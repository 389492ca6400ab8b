"""Runs every benchmark, each in a process of its own, so that one does not warm or fill the memory of the next."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    "benchmarks.bench_tabulate",
    "benchmarks.bench_query",
    "benchmarks.bench_stream",
    "benchmarks.bench_peers",
    "benchmarks.bench_protect",
    "benchmarks.bench_large_audit",
    "benchmarks.bench_large_protect",
    "benchmarks.show_linked",
    "benchmarks.bench_perturbation",
    "benchmarks.bench_microdata",
    "benchmarks.bench_catalog",
    "benchmarks.bench_pages",
)


def main() -> int:
    """Return 0 when every benchmark ran to its end."""
    codes = [subprocess.run([sys.executable, "-m", name], check=False).returncode for name in BENCHMARKS]  # noqa: S603
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
