"""The noise of cell keys as a definition asks for it: made for a variance, or read from a file beside it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from anonymization.perturbation.noise_table import NoiseTable, entropy_noise, ons_noise
from datasets.bounded_files import read_bounded_text
from datasets.errors import DefinitionInvalid, DisclosureRuleInvalid, Problem
from datasets.perturbation_choice import CellKey

COLUMNS = ("pcv", "ckey", "pvalue")
MAX_BYTES = 64 << 20
"""A noise table of 4,096 keys has three million rows."""
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
    rows = _numbers(text, choice.noise_table)
    table = ons_noise(*(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)))
    if table.modulus != choice.keys:
        rule = f"has {table.modulus} cell keys, and there are {choice.keys} record keys"
        problem = Problem("disclosure.keys", rule, f"write keys: {table.modulus}, or use another noise table")
        raise DisclosureRuleInvalid(_MESSAGE, problems=[problem])
    return table


def _numbers(text: str, name: str) -> list[list[int]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        problem = Problem(f"{name} line 1", f"has no column {', '.join(missing)}", "name them pcv, ckey and pvalue")
        raise DefinitionInvalid(_MESSAGE, problems=[problem])
    rows = []
    for row in reader:
        try:
            rows.append([int(row[column]) for column in COLUMNS])
        except (TypeError, ValueError):
            problem = Problem(f"{name} line {reader.line_num}", "must have three whole numbers", "correct the line")
            raise DefinitionInvalid(_MESSAGE, problems=[problem]) from None
    if not rows:
        raise DefinitionInvalid(_MESSAGE, problems=[Problem(name, "has no rows", "use another noise table")])
    return rows
