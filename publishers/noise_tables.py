"""The noise of cell keys as a definition asks for it: made for a variance, or read from a file beside it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np

from anonymization.perturbation.noise_table import MOST_NOISE, ONS_LAST, NoiseTable, entropy_noise, ons_noise
from anonymization.relations import Ints
from datasets.bounded_files import read_bounded_text
from datasets.errors import DefinitionInvalid, DisclosureRuleInvalid, Problem
from datasets.perturbation_choice import CellKey

COLUMNS = ("pcv", "ckey", "pvalue")
MAX_BYTES = 64 << 20
"""A noise table of 4,096 keys has three million rows."""
MOST_KEYS = 2**20
LIMITS = ((0, ONS_LAST), (0, MOST_KEYS - 1), (-MOST_NOISE, MOST_NOISE))
"""The least and the most of each column."""
_WHOLE = re.compile("-?[0-9]{1,18}")
_MESSAGE = "The noise table cannot be used"


def noise_of(choice: CellKey, folder: Path) -> NoiseTable:
    """Return the noise of a choice; files are in ``folder``, that of the definition.

    Raises DefinitionInvalid where the file cannot be read, DisclosureRuleInvalid where it is no noise table of as many
    keys as the choice has, or where there is no noise of the variance.
    """
    if choice.noise_table is None:
        assert choice.variance is not None
        assert choice.largest is not None
        return entropy_noise(choice.variance, choice.largest, modulus=choice.keys)
    text = read_bounded_text(folder / choice.noise_table, within=folder, most=MAX_BYTES, message=_MESSAGE)
    counts, keys, noise = _numbers(text, choice.noise_table).T
    modulus = int(keys.max()) + 1
    if modulus != choice.keys:
        rule = f"has {modulus} cell keys, and there are {choice.keys} record keys"
        problem = Problem("disclosure.keys", rule, f"write keys: {modulus}, or use another noise table")
        raise DisclosureRuleInvalid(_MESSAGE, problems=[problem])
    try:
        return ons_noise(counts, keys, noise)
    except DisclosureRuleInvalid as error:
        problems = [Problem(choice.noise_table, one.rule, one.remedy) for one in error.problems]
        raise DisclosureRuleInvalid(_MESSAGE, problems=problems) from None


def _numbers(text: str, name: str) -> Ints:
    """Return pcv, ckey and pvalue of each row, int64 (rows, 3), none of them beyond what a noise table may hold."""
    # Whatever ends a line, as in files of old spreadsheets; else an end would stand inside a field.
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
    try:
        header = next(reader, [])
        if problem := _flaw_of_header(header):
            raise _invalid(f"{name} line 1", *problem)
        at = [header.index(column) for column in COLUMNS]
        rows = [_row(row, at, f"{name} line {reader.line_num}") for row in reader if row]
    except csv.Error:
        rule = "is no line of a table: a quotation mark is not closed, or the line is very long"
        raise _invalid(f"{name} line {reader.line_num}", rule, "correct the line") from None
    if not rows:
        raise _invalid(name, "has no rows", "use another noise table")
    return np.array(rows, dtype=np.int64)


def _flaw_of_header(header: list[str]) -> tuple[str, str] | None:
    if missing := [column for column in COLUMNS if column not in header]:
        return f"has no column {', '.join(missing)}", "name them pcv, ckey and pvalue"
    if twice := [column for column in COLUMNS if header.count(column) > 1]:
        return f"has the column {', '.join(twice)} twice", "keep one"
    return None


def _row(row: list[str], at: list[int], place: str) -> list[int]:
    texts = [row[column].strip() for column in at if column < len(row)]
    if len(texts) < len(at) or not all(_WHOLE.fullmatch(text) for text in texts):
        raise _invalid(place, "must have three whole numbers", "correct the line")
    numbers = [int(text) for text in texts]
    for column, number, (least, most) in zip(COLUMNS, numbers, LIMITS, strict=True):
        if not least <= number <= most:
            raise _invalid(place, f"has a {column} that is not from {least:,} to {most:,}", "correct the line")
    return numbers


def _invalid(place: str, rule: str, remedy: str) -> DefinitionInvalid:
    return DefinitionInvalid(_MESSAGE, problems=[Problem(place, rule, remedy)])
