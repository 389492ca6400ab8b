"""What `ytemo harvest` does: one source after the other, a line for each, and what is wrong by record."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection
from pathlib import Path

from rich.console import Console

from catalog.harvest.run import Conditions, Report, harvest
from catalog.harvest.sources import Source, load_sources
from catalog.harvest.store import harvest_folder, remember_sources
from datasets import disk
from datasets.errors import JobRunning, Problem, UsageInvalid
from datasets.text import legible

__all__ = ["Conditions", "harvest_all", "harvest_folder", "in_words"]

FAILED = 20
"""The exit code where a source could not be harvested: that of a source that cannot be read."""


def harvest_all(
    sources_file: Path,
    folder: Path,
    conditions: Conditions,
    *,
    only: Collection[str] = (),
    as_json: bool = False,
) -> int:
    """Harvest the sources of a list, or some of them, and print what came of it; return the exit code.

    A source that fails does not keep the others from being harvested.
    """
    errors = Console(stderr=True, emoji=False, markup=False, highlight=False)
    reports: list[Report] = []
    failures: list[Problem] = []
    sources = load_sources(sources_file)
    chosen = _chosen(sources, only)
    remember_sources(folder, sources)
    for source in chosen:
        try:
            report = harvest(source, folder / source.id, conditions)
        except JobRunning as running:
            failures += running.problems
            errors.print(legible(str(running)), soft_wrap=True)
            continue
        except OSError as error:
            if error.errno in disk.FULL_DISK:
                raise
            failures.append(_unusable(source, error, folder / source.id))
            errors.print(f"{source.id}: {_in_one_line(failures[-1])}", soft_wrap=True)
            continue
        reports.append(report)
        failures += [report.failure] if report.failure else []
        if not as_json:
            sys.stdout.write(in_words(report) + "\n")
        for problem in (report.failure, *report.problems):
            if problem is not None:
                errors.print(f"  {_in_one_line(problem)}", soft_wrap=True)
        if report.more_problems:
            errors.print(f"  and {report.more_problems} more of {source.id}")
    if as_json:
        sys.stdout.write(json.dumps({"sources": [each.as_json() for each in reports]}, ensure_ascii=False) + "\n")
    return FAILED if failures else 0


def in_words(report: Report) -> str:
    """Return a report in one line."""
    counts, traffic = report.counts, report.traffic
    how = "everything was asked" if report.everything else "what changed was asked"
    resumed = f", going on after {report.resumed} pages of a run that was stopped" if report.resumed else ""
    if not report.is_done:
        return f"{report.source}: failed ({how}{resumed}); {counts.present} records are kept as they were."
    told = f"{counts.new} new, {counts.changed} changed, {counts.gone} gone, {counts.refused} not taken"
    returned = f", {counts.returned} back" if counts.returned else ""
    cost = f"{traffic.requests} requests, {traffic.received} bytes"
    return f"{report.source}: {counts.present} records: {told}{returned} ({how}{resumed}; {cost})."


def _in_one_line(problem: Problem) -> str:
    """Return a problem in one line, whatever breaks the name of a record holds: no line is written by a remote."""
    return " ".join(legible(str(problem)).split())


def _unusable(source: Source, error: OSError, folder: Path) -> Problem:
    rule = f"cannot be used: {error.strerror or 'refused'}"
    remedy = f"move it away: {source.id} is then harvested anew; or correct its rights"
    return Problem(str(error.filename or folder), rule, remedy)


def _chosen(sources: Collection[Source], only: Collection[str]) -> list[Source]:
    known = [source.id for source in sources]
    unknown = [name for name in only if name not in known]
    if unknown:
        problems = [
            Problem(f"--only {each}", "is no source of the list", f"it has: {', '.join(known)}") for each in unknown
        ]
        raise UsageInvalid("There is no such source", problems=problems)
    return [source for source in sources if not only or source.id in only]
