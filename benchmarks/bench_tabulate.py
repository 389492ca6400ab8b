"""Measures publication jobs against bare DuckDB over the same Parquet file, in one run: CPU, wall time, peak memory."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np

from datasets.definition_files import LoadedDefinition, load_definition
from datasets.file_sql import read_parquet
from datasets.public_releases import PublicReleases
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from publishers.extract.extract import extract
from publishers.job import Job, publish
from publishers.limits import JobLimits, connect
from publishers.synthetic import write_discharges
from publishers.tabulate.plan import plan
from publishers.tabulate.run import run
from publishers.tabulate.tabulation import Tabulation

DEFINITIONS = Path(__file__).parent / "definitions"
EDITION = "2025"
FILE = f"discharges-{EDITION}.parquet"

FINE = {
    "province": "province",
    "chapter": "substr(icd10, 1, 1)",
    "month": "month(discharged_on)",
    "age_group": "least(age // 5, 17)",
    "sex": "sex",
}
"""Half a million cells. Chapters are first letters here: cheaper than finding a chapter by range, as the job does."""
COARSE = {
    "province": "province",
    "insured": "insurance <> 'none'",
    "month": "month(discharged_on)",
    "age_group": "CASE WHEN age < 15 THEN 0 WHEN age < 25 THEN 1 WHEN age < 65 THEN 2 ELSE 3 END",
    "sex": "sex",
}
"""Twenty thousand cells: what a ministry would publish of five dimensions, with hardly a small cell."""


def bare(folder: Path, limits: JobLimits, dimensions: dict[str, str], *, persons: bool = False) -> dict[str, float]:
    """Count all margins with one plain statement, as a person would write it by hand."""
    names = list(dimensions)
    sets = [[name for bit, name in enumerate(names) if number >> bit & 1] for number in range(2 ** len(names))]
    keys = ", ".join(f"{expression} AS {name}" for name, expression in dimensions.items())
    patients = ", count(DISTINCT person_id) AS patients" if persons else ""
    grouped = ", ".join(f"({', '.join(one)})" for one in sets)
    statement = (
        f"SELECT {keys}, count(*) AS stays, sum(cost_vnd) AS cost{patients} "
        f"FROM {read_parquet(folder / FILE)} GROUP BY GROUPING SETS ({grouped})"
    )
    with connect(limits) as connection:
        cells = connection.sql(statement).to_arrow_table()
    return {"cells": cells.num_rows, "stays": int(np.max(cells["stays"].to_numpy()))}


def job(folder: Path, limits: JobLimits, *, persons: bool) -> dict[str, float]:
    """Check every cell of the source and count all margins, as a publication job does."""
    tabulation, seconds = _job(folder, limits, persons=persons)
    table = tabulation.tables[0]
    return {"cells": len(table.cells), "stays": int(table.values["stays"][0]), **seconds}


def release(folder: Path, limits: JobLimits) -> dict[str, float]:
    """Run the whole job: check, count, protect, audit, package, sign, and put the release into a store."""
    store = ReleaseStore(limits.temp / "store")
    keys = limits.temp / "store" / "private" / "signing-key.pem", limits.temp / "store" / "public-key.pem"
    seconds: dict[str, float] = {}
    clock, running = time.process_time(), "start"

    def progress(step: str, _share: float | None) -> None:
        nonlocal clock, running
        seconds[running] = round(seconds.get(running, 0.0) + time.process_time() - clock, 2)
        clock, running = time.process_time(), step.partition(":")[0]

    now = datetime.now(UTC)
    outcome = publish(
        Job(
            load_definition(DEFINITIONS / "released"), EDITION, folder, store.stage("bench"), limits, {}, now, progress
        ),
        store=store,
        signer=Signer.generate(*keys),
        releases=PublicReleases(limits.temp / "store", keys[1], now=lambda: now),
    )
    progress("done", None)
    cells = sum(table.rows for table in outcome.manifest.description.tables)
    return {"cells": cells, **{f"{step}, CPU s": spent for step, spent in seconds.items() if spent >= 0.05}}


def _job(folder: Path, limits: JobLimits, *, persons: bool) -> tuple[Tabulation, dict[str, float]]:
    loaded = _loaded(persons=persons)
    assert loaded.definition.source is not None
    clock = time.process_time()
    found = extract(
        loaded.definition.source, folder=folder, edition=EDITION, work=limits.temp / "work", environ={}, limits=limits
    )
    checked = time.process_time()
    tabulation = run(plan(loaded, EDITION), found.path, limits)
    return tabulation, {
        "extract, CPU s": round(checked - clock, 2),
        "tabulate, CPU s": round(time.process_time() - checked, 2),
    }


def _loaded(*, persons: bool) -> LoadedDefinition:
    loaded = load_definition(DEFINITIONS / "discharges")
    if persons:
        return loaded
    measures = {name: one for name, one in loaded.definition.measures.items() if one.type != "persons"}
    return replace(loaded, definition=loaded.definition.model_copy(update={"person": None, "measures": measures}))


# One process for each measurement, so that memory and caches of one do not count for the next -------------------------

_RUNS: dict[str, Callable[[Path, JobLimits], dict[str, float]]] = {
    "bare count and sum": lambda folder, limits: bare(folder, limits, FINE),
    "job count and sum": lambda folder, limits: job(folder, limits, persons=False),
    "bare, coarser": lambda folder, limits: bare(folder, limits, COARSE),
    "whole job to a release": release,
    "bare with persons": lambda folder, limits: bare(folder, limits, FINE, persons=True),
    "job with persons": lambda folder, limits: job(folder, limits, persons=True),
}
_PERSONS = frozenset({"bare with persons", "job with persons"})
"""Measured on fewer rows: on ten million, bare DuckDB spills for more than five minutes in 4 GiB."""
_PAIRS = (
    ("job count and sum", "bare count and sum"),
    ("whole job to a release", "bare, coarser"),
    ("job with persons", "bare with persons"),
)


def _measure(name: str, folder: Path, limits: JobLimits) -> dict[str, float]:
    wall, clock = time.perf_counter(), time.process_time()
    try:
        found = _RUNS[name](folder, limits)
    except duckdb.OutOfMemoryException:
        found = {"out of memory": 1}
    return {
        "CPU s": round(time.process_time() - clock, 2),
        "wall s": round(time.perf_counter() - wall, 2),
        "peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        **found,
    }


def _in_a_process(name: str, folder: Path, options: argparse.Namespace) -> dict[str, float]:
    limits = ["--memory", str(options.memory), "--threads", str(options.threads)]
    done = subprocess.run(  # noqa: S603 (this file, with our own arguments)
        [sys.executable, "-m", "benchmarks.bench_tabulate", "--only", name, "--folder", str(folder), *limits],
        check=True,
        capture_output=True,
        text=True,
        timeout=900,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--person-rows", type=int, default=1_000_000, help="rows where persons are counted too")
    parser.add_argument("--folder", type=Path, help="where the generated files are, or are kept")
    parser.add_argument("--memory", type=int, default=2048, help="MiB that DuckDB may use")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--skip", action="append", default=[], choices=list(_RUNS))
    parser.add_argument("--only", choices=list(_RUNS))
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure everything and print figures and ratios."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="ytemo-bench-") as scratch:
        folder = options.folder or Path(scratch)
        if options.only:
            limits = JobLimits(options.memory, options.threads, Path(scratch))
            _write(json.dumps(_measure(options.only, folder, limits)))
            return
        folders = {name: folder / ("persons" if name in _PERSONS else "all") for name in _RUNS}
        for place, rows in ((folder / "all", options.rows), (folder / "persons", options.person_rows)):
            if not (place / FILE).exists():
                place.mkdir(parents=True, exist_ok=True)
                write_discharges(place / FILE, rows, edition=EDITION, seed=1)
        _report(folders, options)


def _report(folders: dict[str, Path], options: argparse.Namespace) -> None:
    results = {}
    for name in _RUNS:
        if name not in options.skip:
            results[name] = _in_a_process(name, folders[name], options)
            _write(f"{name:26}" + "  ".join(f"{key} {value:,}" for key, value in results[name].items()))
    for above, below in _PAIRS:
        if above in results and below in results and "out of memory" not in results[below]:
            ratio = results[above]["CPU s"] / results[below]["CPU s"]
            _write(f"{above} / {below}: {ratio:.2f} times the CPU")


if __name__ == "__main__":
    main()
