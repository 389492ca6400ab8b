"""A-priori files of tau-ARGUS (.hst): what somebody decided about single cells before any rule."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anonymization.relations import Flags
from anonymization.system import Reals
from datasets.errors import Problem, SourceInvalid
from publishers.standalone.text_tables import MOST_TOLD, read_text

_ARGUMENTS = {"U": 0, "S": 0, "P": 0, "M": 0, "ML": 0, "C": 1, "W": 1, "PL": 2}
"""How many numbers follow each command: unsafe, safe, protected, secondary, cost and protection levels."""


@dataclass(frozen=True)
class Apriori:
    """Decisions about cells; arrays are (cells,), with NaN where a file says nothing of a cost or level."""

    unsafe: Flags
    safe: Flags
    protect: Flags
    forced: Flags
    cost: Reals
    lower: Reals
    upper: Reals


def read_apriori(path: Path, resolver: tuple[tuple[dict[str, int], ...], tuple[int, ...]], *, work: Path) -> Apriori:
    """Read an .hst file: the codes of a cell, a command, and its numbers.

    `resolver` gives the index of every code in each dimension, and the shape of the table. Raises `SourceInvalid` for a
    cell that is not there, an unknown command and numbers that do not fit, all with their rows.
    """
    codes, shape = resolver
    size = int(np.prod(shape))
    flags = {name: np.zeros(size, np.bool_) for name in ("U", "S", "P", "M")}
    numbers = {name: np.full(size, np.nan) for name in ("cost", "lower", "upper")}
    problems: list[Problem] = []
    for row, fields in _lines(read_text(path, work=work), len(codes)):
        place = f"{path.name} row {row}"
        command = fields[len(codes)].upper() if len(fields) > len(codes) else ""
        values = _numbers(fields[len(codes) + 1 :], _ARGUMENTS.get(command, -1))
        places = [index.get(code) for index, code in zip(codes, fields, strict=False)]
        if command not in _ARGUMENTS:
            problems.append(Problem(place, "has a command that is unknown here", f"use {', '.join(_ARGUMENTS)}"))
        elif any(at is None for at in places):
            problems.append(Problem(place, "names a cell that the table does not have", "correct its codes"))
        elif values is None:
            rule = f"{command} takes {_ARGUMENTS[command]} numbers of 0 or more"
            problems.append(Problem(place, rule, "correct the row"))
        else:
            cell = int(np.ravel_multi_index([at for at in places if at is not None], shape))
            _note(flags, numbers, command, values, cell)
    both = np.flatnonzero((flags["U"] & flags["S"]) | (flags["S"] & flags["M"]) | (flags["P"] & flags["M"]))
    if len(both):
        rule = f"decides {len(both)} cells in two ways"
        problems.append(Problem(path.name, rule, "a cell is safe or unsafe, shown or withheld"))
    if problems:
        raise SourceInvalid("The a-priori file cannot be used", problems=problems[:MOST_TOLD])
    return Apriori(flags["U"], flags["S"], flags["P"], flags["M"], numbers["cost"], numbers["lower"], numbers["upper"])


def _note(flags: dict[str, Flags], numbers: dict[str, Reals], command: str, values: list[float], cell: int) -> None:
    if command in ("C", "W"):
        numbers["cost"][cell] = values[0]
    elif command == "PL":
        numbers["lower"][cell], numbers["upper"][cell] = values
    else:
        flags["M" if command == "ML" else command][cell] = True


def _lines(text: str, dimensions: int) -> list[tuple[int, list[str]]]:
    lines = [(row, line) for row, line in enumerate(text.splitlines(), 1) if line.strip()]
    first = lines[0][1] if lines else ""
    separator = next((sign for sign in (";", ",", "\t") if first.count(sign) >= dimensions), " ")
    parsed = []
    for row, line in lines:
        fields = next(csv.reader(io.StringIO(line), delimiter=separator, skipinitialspace=True))
        parsed.append((row, [field.strip() for field in fields]))
    return parsed


def _numbers(fields: list[str], wanted: int) -> list[float] | None:
    try:
        numbers = [float(field.replace(",", ".")) for field in fields if field]
    except ValueError:
        return None
    sound = len(numbers) == wanted and all(np.isfinite(one) and one >= 0 for one in numbers)
    return numbers if sound else None
