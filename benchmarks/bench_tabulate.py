"""Measures tabulation against bare DuckDB over the same Parquet file, in one run: CPU, wall time and peak memory."""

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
from pathlib import Path

import duckdb
import numpy as np

from anonymization import protect
from anonymization.policies import resolve
from datasets.definition_files import LoadedDefinition, load_definition
from publishers.extract.extract import extract
from publishers.limits import JobLimits, connect
from publishers.public_table import public_tables
from publishers.synthetic import write_discharges
from publishers.tabulate.plan import plan
from publishers.tabulate.run import run, table_set
from publishers.tabulate.tabulation import Tabulation

DEFINITION = Path(__file__).parent / "definitions" / "discharges"
EDITION = "2025"
FILE = f"discharges-{EDITION}.parquet"

_CELLS = """
    SELECT province, substr(icd10, 1, 1) AS chapter, month(discharged_on) AS month,
        least(age // 5, 17) AS age_group, sex, count(*) AS stays, sum(cost_vnd) AS cost{persons}
    FROM read_parquet('{file}')
    GROUP BY GROUPING SETS ({sets})
"""
"""Chapters are first letters here: cheaper than finding a chapter by its range, as the job does."""


def bare(folder: Path, limits: JobLimits, *, persons: bool) -> dict[str, float]:
    """Count all margins with one plain statement, as a person would write it by hand."""
    names = ["province", "chapter", "month", "age_group", "sex"]
    sets = [[name for bit, name in enumerate(names) if number >> bit & 1] for number in range(2 ** len(names))]
    statement = _CELLS.format(
        persons=", count(DISTINCT person_id) AS patients" if persons else "",
        file=folder / FILE,
        sets=", ".join(f"({', '.join(one)})" for one in sets),
    )
    with connect(limits) as connection:
        cells = connection.sql(statement).to_arrow_table()
    return {"cells": cells.num_rows, "stays": int(np.max(cells["stays"].to_numpy()))}


def job(folder: Path, limits: JobLimits, *, persons: bool) -> dict[str, float]:
    """Check every cell of the source and count all margins, as a publication job does."""
    tabulation, seconds = _job(folder, limits, persons=persons)
    table = tabulation.tables[0]
    return {"cells": len(table.cells), "stays": int(table.values["stays"][0]), **seconds}


def whole_job(folder: Path, limits: JobLimits, *, persons: bool) -> dict[str, float]:
    """Also protect the tables and make their public form."""
    tabulation, seconds = _job(folder, limits, persons=persons)
    loaded = _loaded(persons=persons)
    assert loaded.definition.disclosure is not None
    clock = time.process_time()
    protected = protect(table_set(tabulation), resolve(loaded.definition.disclosure))
    seconds["protect, CPU s"] = round(time.process_time() - clock, 2)
    clock = time.process_time()
    tables = public_tables(protected, tabulation, loaded, {})
    seconds["public tables, CPU s"] = round(time.process_time() - clock, 2)
    return {"cells": tables["all-margins"].data.num_rows, **seconds}


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
    loaded = load_definition(DEFINITION)
    if persons:
        return loaded
    measures = {name: one for name, one in loaded.definition.measures.items() if one.type != "persons"}
    return replace(loaded, definition=loaded.definition.model_copy(update={"person": None, "measures": measures}))


# One process for each measurement, so that memory and caches of one do not count for the next -------------------------

_RUNS: dict[str, Callable[[Path, JobLimits], dict[str, float]]] = {
    "bare count and sum": lambda folder, limits: bare(folder, limits, persons=False),
    "job count and sum": lambda folder, limits: job(folder, limits, persons=False),
    "bare with persons": lambda folder, limits: bare(folder, limits, persons=True),
    "job with persons": lambda folder, limits: job(folder, limits, persons=True),
    "protected count and sum": lambda folder, limits: whole_job(folder, limits, persons=False),
}
_PERSONS = frozenset({"bare with persons", "job with persons"})
"""Measured on fewer rows: on ten million, bare DuckDB spills for more than five minutes in 4 GiB."""
_PAIRS = (("job count and sum", "bare count and sum"), ("job with persons", "bare with persons"))


def _measure(name: str, folder: Path, limits: JobLimits) -> dict[str, float]:
    wall = time.perf_counter()
    try:
        found = _RUNS[name](folder, limits)
    except duckdb.OutOfMemoryException:
        found = {"out of memory": 1}
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "CPU s": round(used.ru_utime + used.ru_stime, 2),
        "wall s": round(time.perf_counter() - wall, 2),
        "peak MiB": used.ru_maxrss // 1024,
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
    parser.add_argument("--skip", action="append", default=["protected count and sum"], choices=list(_RUNS))
    parser.add_argument("--with", action="append", default=[], dest="also", choices=list(_RUNS))
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
    skipped = set(options.skip) - set(options.also)
    results = {}
    for name in _RUNS:
        if name not in skipped:
            results[name] = _in_a_process(name, folders[name], options)
            _write(f"{name:26}" + "  ".join(f"{key} {value:,}" for key, value in results[name].items()))
    for above, below in _PAIRS:
        if above in results and below in results and "out of memory" not in results[below]:
            ratio = results[above]["CPU s"] / results[below]["CPU s"]
            _write(f"{above} / {below}: {ratio:.2f} times the CPU")


if __name__ == "__main__":
    main()
