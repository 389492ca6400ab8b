"""The folder of a protected table: what may be published, and what the office keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from anonymization.audit_system import Verdict
from anonymization.primary.rates import RateReason
from anonymization.primary.sensitivity import Reason
from datasets.cell_status import CellStatus, status_column
from publishers.standalone.argus.writing import write_argus
from publishers.standalone.output import csv_text, number_text
from publishers.standalone.raw_system import PRIMARY, PUBLISHED, SECONDARY, pattern_statuses, write_system
from publishers.standalone.report import report_of
from publishers.standalone.report_page import markdown, page
from publishers.standalone.report_text import told_of_table
from publishers.standalone.table_protection import DECISION, ProtectedTable

SAFE_TABLE, PATTERN = "safe-table.csv", "pattern.csv"


def write_results(folder: Path, done: ProtectedTable, title: dict[str, str] | None = None) -> dict[str, Any]:
    """Write everything about a protected table into `folder`, and return its report."""
    report = {"title": title, **report_of(done)}
    _write(folder / SAFE_TABLE, csv_text(*_safe_table(done)))
    _write(folder / PATTERN, csv_text(*_pattern(done)))
    _write(folder / "report.json", json.dumps(report, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    _write(folder / "report.md", markdown(report, told_of_table))
    _write(folder / "report.html", page(report, told_of_table))
    write_argus(folder / "tau-argus", done)
    write_system(folder / "system", done.system)
    statuses = pattern_statuses(done.system, done.protected.withheld)
    _write(folder / "system" / "pattern.csv", csv_text(("cell", "status"), statuses))
    return report


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _safe_table(done: ProtectedTable) -> tuple[list[str], Iterator[list[str]]]:
    """The public table: it never tells which withheld cells are the small ones."""
    names = [one.name for one in done.table.measures]
    header = [one.name for one in done.table.dimensions]
    for name in [*names, *(name for name, _ in done.demand.rates)]:
        header += [name, status_column(name)]
    return header, (_safe_row(done, cell) for cell in range(len(done.table)))


def _safe_row(done: ProtectedTable, cell: int) -> list[str]:
    row = list(done.table.codes(cell))
    for place, measure in enumerate(done.table.measures):
        if done.protected.withheld[done.block(place)][cell]:
            row += ["", CellStatus.SUPPRESSED]
        else:
            value = float(measure.values[cell])
            row += [number_text(value), CellStatus.OBSERVED if value else CellStatus.ZERO]
    values = {measure.name: measure.values for measure in done.table.measures}
    for (_, rule), codes in zip(done.demand.rates, done.rates, strict=True):
        if codes[cell] == RateReason.SHOWN:
            rate = rule.per * float(values[rule.numerator][cell]) / float(values[rule.denominator][cell])
            row += [f"{rate:.6g}", CellStatus.OBSERVED]
        else:
            undefined = codes[cell] == RateReason.UNDEFINED
            row += ["", CellStatus.NOT_APPLICABLE if undefined else CellStatus.SUPPRESSED]
    return row


def _pattern(done: ProtectedTable) -> tuple[list[str], Iterator[list[str]]]:
    """What the office keeps: which cells are sensitive, and between which bounds readers can put each withheld one."""
    header = [*(one.name for one in done.table.dimensions), "measure", "status", "reason", "verdict", "low", "high"]
    return header, _pattern_rows(done)


def _pattern_rows(done: ProtectedTable) -> Iterator[list[str]]:
    audit, protected = done.audit, done.protected
    for place, measure in enumerate(done.table.measures):
        for cell in range(len(done.table)):
            at = place * len(done.table) + cell
            status = PUBLISHED
            if protected.withheld[at]:
                status = PRIMARY if done.system.sensitive[at] else SECONDARY
            verdict = Verdict(int(audit.verdicts[at])).name.lower() if protected.withheld[at] else ""
            bounds = [bound_text(float(bound[at])) for bound in (audit.low, audit.high)]
            reason = reason_text(int(done.reasons[place][cell])) if status == PRIMARY else ""
            yield [*done.table.codes(cell), measure.name, status, reason, verdict, *bounds]


def reason_text(code: int) -> str:
    """Name the rule that made a cell sensitive, or say that somebody decided so.

    >>> reason_text(1), reason_text(DECISION)
    ('frequency', 'decision')
    """
    return "decision" if code == DECISION else Reason(code).name.lower()


def bound_text(bound: float) -> str:
    """Write one end of a range: empty where it was not looked for, `inf` where there is none.

    >>> bound_text(3.0), bound_text(float("nan")), bound_text(float("inf"))
    ('3', '', 'inf')
    """
    return "" if np.isnan(bound) else number_text(round(bound, 6)) if np.isfinite(bound) else str(bound)
