"""Groups records by the values that they share, without sorting them where that can be avoided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anonymization.microdata.numbering import fits, number_rows, numbered
from anonymization.microdata.records import Column, Records
from anonymization.relations import Ints
from datasets.errors import DisclosureRuleInvalid, Problem


@dataclass(frozen=True)
class Classes:
    """Records that agree on all quasi-identifiers, as an attacker who knows just these sees them.

    `of_record` is int64 (records,): the class of each record, from 0 in the order of the values; `sizes` is int64
    (classes,): how many records a class has.
    """

    of_record: Ints
    sizes: Ints

    def __len__(self) -> int:
        return len(self.sizes)


@dataclass(frozen=True)
class Spread:
    """How a sensitive column is spread over classes: one entry for each value that occurs in a class.

    `classes`, `values` and `counts` are int64 (entries,), in the order of class and then value; `width` is the number
    of different values in all records; a withheld value is one of them.
    """

    classes: Ints
    values: Ints
    counts: Ints
    width: int


def group(records: Records, quasi_identifiers: Sequence[str]) -> Classes:
    """Return the classes of records that agree on these columns; a withheld value agrees with withheld ones only.

    The order of records does not change the numbers of the classes. Raises `DisclosureRuleInvalid` for no columns, and
    for unknown or repeated ones.

    >>> from anonymization.microdata.records import encode
    >>> group(encode({"sex": np.array(["f", "m", "f"])}), ["sex"]).sizes
    array([2, 1])
    """
    if not quasi_identifiers or len(set(quasi_identifiers)) < len(quasi_identifiers):
        problem = Problem("quasi-identifiers", "must name at least one column, and each once")
        raise DisclosureRuleInvalid("Records cannot be grouped.", problems=[problem])
    return group_codes([present(records.column(name)) for name in quasi_identifiers])


def group_codes(columns: Sequence[Ints]) -> Classes:
    """Return the classes of rows that agree in all these columns of codes from 0, int64 (rows,) each."""
    of_record = number_rows(columns, len(columns[0]))
    return Classes(of_record, np.bincount(of_record))


def spread(classes: Classes, sensitive: Column) -> Spread:
    """Return how often each value of the sensitive column occurs in each class."""
    values = numbered(present(sensitive))
    width = int(values.max()) + 1
    key = classes.of_record * width + values
    if fits(len(classes) * width, len(key)):
        tally = np.bincount(key)
        found = np.flatnonzero(tally)
        return Spread(found // width, found % width, tally[found], width)
    found, counts = np.unique(key, return_counts=True)
    return Spread(found // width, found % width, counts, width)


def present(column: Column) -> Ints:
    """Return the codes from 0, where 0 is withheld."""
    return column.codes + 1
