"""A table file whose counts are changed instead of withheld: read, changed, attacked, and written into a folder."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from anonymization.dimension import TOTAL
from anonymization.perturbation.cell_key import record_keys
from anonymization.perturbation.draws import CellDraws
from anonymization.perturbation.release import (
    ControlledMultiples,
    DrawnRounding,
    KeyNoise,
    Method,
    NearestRounding,
    PerturbedTables,
    SmallRounding,
    perturb_tables,
)
from anonymization.perturbation.report import describe_perturbed
from anonymization.relations import Ints
from anonymization.table import Measure, Population, Table, TableSet
from datasets.bounded_files import read_regular
from datasets.cell_status import CellStatus, status_column
from datasets.errors import Problem, UsageInvalid
from datasets.perturbation_choice import (
    CellKey,
    ControlledRounding,
    ConventionalRounding,
    PerturbationChoice,
    RandomRounding,
    SmallCountRounding,
)
from datasets.text import Language
from publishers.noise_tables import noise_of
from publishers.perturbed import Secret, rules_of
from publishers.standalone.output import csv_text, number_text, write_folder
from publishers.standalone.records import spread_records
from publishers.standalone.report_page import Block, markdown, page
from publishers.standalone.results import SAFE_TABLE
from publishers.standalone.rules_file import TableRules
from publishers.standalone.table_file import members_in, read_table_input
from publishers.standalone.table_input import TableInput, add_margins, shape_of
from publishers.standalone.text_tables import TextTable, read_table

NAME = "table"
MOST_SECRET = 4_096
_REMEDY = "head -c 32 /dev/urandom > secret.key"


def change_file(
    path: Path, rules: TableRules, choice: PerturbationChoice, places: tuple[Path, Path], *, work: Path
) -> tuple[dict[str, Any], str]:
    """Change the counts of a table, write its folder, and return what to tell of it.

    ``places`` are the folder of the rules, in which the files lie that they name, and the folder that is written.
    Raises what reading a table raises, `UsageInvalid` for a secret that cannot be used, and what `perturb_tables` does.
    """
    folder, out = places
    table = read_table_input(path, rules, folder=folder, work=work)
    secret = Secret(_secret(rules, folder), lasting=rules.secret is not None)
    tables = table_set_of(table)
    method = _method(choice, tables, secret, (folder, lambda: _cell_keys(path, rules, choice, table, secret, work)))
    done = perturb_tables(tables, rules_of(choice, folder, secret), method)
    report = _report(done, rules)
    write_folder(out, lambda into: _write(into, table, rules, done, report))
    value: dict[str, Any] = {
        "method": choice.method,
        "cells": len(table) * len(table.measures),
        "secret": rules.secret is not None,
        # The report goes to readers, who need not know what is true of the counts that were changed.
        "notes": [{"vi": one.vi, "en": one.en} for one in table.undeclared],
    }
    text = (
        f"All {value['cells']:,} cells may be published, with their counts changed ({choice.method})."
        f" The safe table is {out / SAFE_TABLE}; {out / 'report.html'} says what is promised, and may go with it."
        + "".join(f"\nNote: {one.en}" for one in table.undeclared)
    )
    return {"out": str(out), **value}, text


def _secret(rules: TableRules, folder: Path) -> bytes:
    """Return 32 bytes that depend on the whole file; of rules without one, nothing that is drawn depends on it."""
    if rules.secret is None:
        return secrets.token_bytes(32)
    place = f"secret: {rules.secret}"
    try:
        content = read_regular(folder / rules.secret, MOST_SECRET)
    except OSError as error:
        problem = Problem(place, f"cannot be read: {error.strerror}", _REMEDY)
        raise UsageInvalid("There is no secret", problems=[problem]) from None
    except ValueError:
        problem = Problem(place, "is no name of a file", _REMEDY)
        raise UsageInvalid("There is no secret", problems=[problem]) from None
    if content is None:
        # Each run would read another secret, or wait for one for ever.
        problem = Problem(place, "is a folder, a pipe or a device, not a file", _REMEDY)
        raise UsageInvalid("The secret cannot be used", problems=[problem])
    if not 16 <= len(content) <= MOST_SECRET:
        problem = Problem(place, f"must have 16 to {MOST_SECRET} bytes", _REMEDY)
        raise UsageInvalid("The secret cannot be used", problems=[problem])
    return hashlib.sha256(content).digest()


def table_set_of(table: TableInput) -> TableSet:
    """Return a table as one system; each measure counts other people."""
    names = tuple(one.name for one in table.dimensions)
    places = {name: table.coordinates[:, axis].astype(np.int32) for axis, name in enumerate(names)}
    counts = {one.name: np.rint(one.values).astype(np.int64) for one in table.measures}
    return TableSet(
        table.dimensions,
        tuple(Population(name) for name in counts),
        tuple(Measure(name, name) for name in counts),
        (Table(NAME, names, places, counts, counts),),
    )


def _method(choice: PerturbationChoice, tables: TableSet, secret: Secret, more: tuple[Path, Any]) -> Method:
    folder, keys = more
    if isinstance(choice, RandomRounding):
        members = {
            one.name: ["" if code == TOTAL else f"{one.name}={code}" for code in one.members]
            for one in tables.dimensions
        }
        return DrawnRounding(choice.base, CellDraws(secret.key, NAME, members).draw(tables))
    if isinstance(choice, ConventionalRounding):
        return NearestRounding(choice.base)
    if isinstance(choice, CellKey):
        own = keys()
        return KeyNoise(noise_of(choice, folder), {one.name: {NAME: own[one.name]} for one in tables.measures})
    if isinstance(choice, ControlledRounding):
        return ControlledMultiples(choice.base)
    assert isinstance(choice, SmallCountRounding), "rules of a table cannot ask for differential privacy"
    return SmallRounding(choice.base)


# Cell keys ------------------------------------------------------------------------------------------------------------


def _cell_keys(  # noqa: PLR0913, PLR0917 - what is read, by which rules, and with which secret
    path: Path, rules: TableRules, choice: PerturbationChoice, table: TableInput, secret: Secret, work: Path
) -> dict[str, Ints]:
    """Return the key of each cell, int64 (cells,), for each measure."""
    assert isinstance(choice, CellKey)
    column = choice.record_key
    assert column is not None, "rules without record_key are refused"
    rows = read_table(path, work=work, needed=(column,))
    codes = [members_in(rows, rules, dimension) for dimension in table.dimensions]
    keys = _ready(rows, choice) if choice.ready_keys else _hashed(rows, choice, secret)
    if rules.records is None:
        at = np.ravel_multi_index(tuple(codes), shape_of(table.dimensions)).astype(np.int64)
        own = _with_margins(table, at, keys % choice.keys, choice.keys)
        return {one.name: own for one in table.measures}
    row, cell = spread_records(table.dimensions, codes)
    found = {}
    for name, rule in rules.measures.items():
        counted = np.ones(len(rows), np.bool_) if rule.column is None else rows.counts(rule.column) > 0
        kept = counted[row]
        total = np.bincount(cell[kept], weights=keys[row[kept]], minlength=len(table))
        found[name] = total.astype(np.int64) % choice.keys
    return found


def _ready(rows: TextTable, choice: CellKey) -> Ints:
    assert choice.record_key is not None
    keys = rows.counts(choice.record_key)
    rows.refuse(
        np.flatnonzero(keys >= choice.keys),
        choice.record_key,
        f"is no key below {choice.keys}",
        "correct it, or write keys:",
    )
    return keys


def _hashed(rows: TextTable, choice: CellKey, secret: Secret) -> Ints:
    """Make a key for each record; two records with one number would share theirs."""
    assert choice.record_key is not None
    texts = rows.texts(choice.record_key).to_pylist()
    _, first = np.unique(np.array(texts, dtype=object).astype(str), return_index=True)
    again = np.setdiff1d(np.arange(len(texts)), first)
    rows.refuse(again, choice.record_key, "is the number of an earlier record", "name a column with a number for each")
    return record_keys(texts, secret.key, modulus=choice.keys)


def _with_margins(table: TableInput, at: Ints, keys: Ints, modulus: int) -> Ints:
    """Spread the keys of the rows over their cells, and add those of margins up that the table does not have."""
    spread = np.zeros(len(table))
    spread[at] = keys
    given = np.zeros(len(table), np.bool_)
    given[at] = True
    # What could be worked out of the counts can be worked out of the keys: they come from the same rows.
    add_margins(table.dimensions, given | _empty(table), [spread])
    return spread.astype(np.int64) % modulus


def _empty(table: TableInput) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Cells in which nothing is counted have the key 0."""
    return np.asarray(np.all([one.values == 0 for one in table.measures], axis=0))


# What is written ------------------------------------------------------------------------------------------------------


def _report(done: PerturbedTables, rules: TableRules) -> dict[str, Any]:
    title = None if rules.title is None else rules.title.model_dump()
    return {"title": title, **asdict(describe_perturbed(done))}


def _write(folder: Path, table: TableInput, rules: TableRules, done: PerturbedTables, report: dict[str, Any]) -> None:
    text = json.dumps(report, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / SAFE_TABLE).write_bytes(csv_text(*_safe_table(table, rules, done)).encode())
    (folder / "report.json").write_bytes(text.encode())
    (folder / "report.md").write_bytes(markdown(report, _told).encode())
    (folder / "report.html").write_bytes(page(report, _told).encode())


def _safe_table(table: TableInput, rules: TableRules, done: PerturbedTables) -> tuple[list[str], Iterator[list[str]]]:
    header = [one.name for one in table.dimensions]
    for name in [*(one.name for one in table.measures), *rules.rates]:
        header += [name, status_column(name)]
    values = done.table(NAME).values
    return header, (_safe_row(table, rules, values, cell) for cell in range(len(table)))


def _safe_row(table: TableInput, rules: TableRules, values: Any, cell: int) -> list[str]:
    row = list(table.codes(cell))
    for one in table.measures:
        row += [number_text(float(values[one.name][cell])), CellStatus.PERTURBED]
    for rate in rules.rates.values():
        above, below = int(values[rate.numerator][cell]), int(values[rate.denominator][cell])
        row += [f"{rate.per * above / below:.6g}", CellStatus.PERTURBED] if below else ["", CellStatus.NOT_APPLICABLE]
    return row


def _told(report: dict[str, Any], language: Language) -> Iterator[Block]:
    """Give the report in one language, block by block."""
    words = _WORDS[language]
    yield Block("title", (report["title"] or {}).get(language) or words["title"])
    yield Block("text", words["public"])
    yield Block("heading", words["done"])
    for text in report["text"]:
        yield Block("text", text[language])
    yield Block("heading", words["promise"])
    yield Block("text", report["promised"][language])
    yield Block("text", report["not_promised"][language])
    yield Block("heading", words["policy"])
    yield Block("text", f"{report['policy']}: {report['policy_text'][language]}")
    yield Block("text", report["reason"][language])


_WORDS: dict[Language, dict[str, str]] = {
    "vi": {
        "title": "Báo cáo về bảng có số đếm đã thay đổi",
        "public": "Báo cáo này có thể công bố cùng với tệp safe-table.csv, trong đó ký hiệu [a] là trạng thái "
        "perturbed. Tệp bí mật thì không bao giờ.",
        "done": "Đã làm gì",
        "promise": "Cam kết",
        "policy": "Quy tắc xuất phát",
    },
    "en": {
        "title": "Report of a table with changed counts",
        "public": "This report may be published together with safe-table.csv, in which the mark [a] is the status "
        "perturbed. The file of the secret never may.",
        "done": "What was done",
        "promise": "What is promised",
        "policy": "The policy that this starts from",
    },
}
