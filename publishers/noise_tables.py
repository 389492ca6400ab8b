"""The noise of cell keys as a definition asks for it: made for a variance, or read from a file beside it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from anonymization.perturbation.noise_table import MOST_NOISE, ONS_LAST, NoiseTable, entropy_noise, ons_noise
from anonymization.policies import resolve
from anonymization.relations import Ints
from datasets.bounded_files import read_bounded_text
from datasets.errors import DefinitionInvalid, DisclosureRuleInvalid, Problem
from datasets.perturbation_choice import CellKey

COLUMNS = ("pcv", "ckey", "pvalue")
MAX_BYTES = 64 << 20
"""A noise table of 4,096 keys has three million rows."""
MOST_KEYS = 2**20
LONGEST = 1_000
"""The most characters of a field, many more than any number has."""
LIMITS = ((0, ONS_LAST), (0, MOST_KEYS - 1), (-MOST_NOISE, MOST_NOISE))
"""The least and the most of each column."""
MOST_KEPT, MUCH_KEPT = 0.75, 0.5
"""With which share of the cell keys a count below the threshold may stay as it is: refused, and warned of, beyond."""
_WHOLE = re.compile("-?[0-9]{1,99}")
_MESSAGE = "The noise table cannot be used"


def noise_of(choice: CellKey, folder: Path) -> NoiseTable:
    """Return the noise of a choice; files are in ``folder``, that of the definition.

    Raises DefinitionInvalid where the file cannot be read, DisclosureRuleInvalid where it is no noise table of as many
    keys as the choice has, where there is no noise of the variance, or where it leaves a small count nearly always as
    it is.
    """
    if choice.noise_table is not None:
        found, key = _read(choice, choice.noise_table, folder), "noise_table"
    else:
        assert choice.variance is not None
        assert choice.largest is not None
        with _placed("disclosure.variance"):
            found, key = entropy_noise(choice.variance, choice.largest, modulus=choice.keys), "variance"
    if weak := _weakness(found, choice, MOST_KEPT):
        raise DisclosureRuleInvalid("The noise protects nobody", problems=[Problem(f"disclosure.{key}", *weak)])
    return found


def noise_warning(choice: CellKey, noise: NoiseTable) -> Problem | None:
    """Return what staff should know of noise that leaves a small count more often as it is than not."""
    weak = _weakness(noise, choice, MUCH_KEPT)
    return Problem("disclosure, noise", *weak) if weak else None


def _weakness(noise: NoiseTable, choice: CellKey, most: float) -> tuple[str, str] | None:
    """Return which small count stays as it is with more than this share of the cell keys, and the remedy."""
    small = np.arange(1, resolve(choice).threshold)
    shares = noise.kept()[noise.rows(small)]
    if not len(small) or shares.max() <= most:
        return None
    count = int(small[shares.argmax()])
    kept = round(float(shares.max()) * noise.modulus)
    rule = f"leaves a count of {count} as it is with {kept} of {noise.modulus} cell keys: whoever takes it for true is"
    return f"{rule} right as often", "use more noise, such as variance: 2 and largest: 5, or another noise table"


def _read(choice: CellKey, name: str, folder: Path) -> NoiseTable:
    text = read_bounded_text(folder / name, within=folder, most=MAX_BYTES, message=_MESSAGE)
    counts, keys, noise = _numbers(text, name).T
    modulus = int(keys.max()) + 1
    if modulus != choice.keys:
        rule = f"has {modulus} cell keys, and there are {choice.keys} record keys"
        problem = Problem("disclosure.keys", rule, f"write keys: {modulus}, or use another noise table")
        raise DisclosureRuleInvalid(_MESSAGE, problems=[problem])
    with _placed(name):
        return ons_noise(counts, keys, noise)


@contextmanager
def _placed(place: str) -> Iterator[None]:
    """Say where the noise comes from, which the calculation does not know."""
    try:
        yield
    except DisclosureRuleInvalid as error:
        problems = [Problem(place, one.rule, one.remedy) for one in error.problems]
        raise DisclosureRuleInvalid("The noise cannot be used", problems=problems) from None


def _short(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Yield rows of fields that numbers may have: the limit of `csv` itself is one for all libraries of a process."""
    for row in rows:
        if any(len(field) > LONGEST for field in row):
            raise csv.Error
        yield row


def _numbers(text: str, name: str) -> Ints:
    """Return pcv, ckey and pvalue of each row, int64 (rows, 3), none of them beyond what a noise table may hold."""
    # Whatever ends a line, as in files of old spreadsheets; else an end would stand inside a field.
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
    try:
        header = next(reader, [])
        if problem := _flaw_of_header(header):
            raise _invalid(f"{name} line 1", *problem)
        at = [header.index(column) for column in COLUMNS]
        rows = [_row(row, at, f"{name} line {reader.line_num}") for row in _short(reader) if row]
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
