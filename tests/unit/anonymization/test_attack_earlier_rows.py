"""The equations that an earlier release adds, one by one: none is missing, and none says what is said already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from anonymization.attack import equations_of
from anonymization.ledger import EarlierRelease
from anonymization.published import as_earlier, with_contributors
from anonymization.table import TableSet
from tests.unit.anonymization.builders import flat, release, table
from tests.unit.anonymization.test_audit_earlier import SQUARE, shown

A, B = flat("a", 2), flat("b", 2)
BOTH = release([A, B], [table("cases", [A, B], {"all": [[3, 20], [30, 12]]})])
ROWS_AND_COLUMNS = [23.0, 32.0, 33.0, 42.0]
"""What the two columns, 33 and 32, and the two rows, 23 and 42, of the four withheld cells add up to."""


def constants(tables: TableSet, hidden: Sequence[Sequence[int]], *, told: bool) -> list[float]:
    published = shown(tables, hidden)
    (equations,) = equations_of(with_contributors(published, tables) if told else published)
    assert all(len(row) == 2 for row in equations.rows)
    return sorted(equations.constants)


def first() -> EarlierRelease:
    return as_earlier(shown(BOTH, SQUARE), "2024.1")


@pytest.mark.parametrize("told", [True, False])
def test_every_sum_of_cells_that_are_not_published_any_more_is_written_down(told: bool) -> None:
    """Only one dimension is left: of the rows of then, no cell is there any more."""
    now = release([A, B], [table("by_b", [B], {"all": [33, 32]})])
    assert constants(now, [], told=told) == []
    assert constants(replace(now, earlier=(first(),)), [], told=told) == ROWS_AND_COLUMNS


@pytest.mark.parametrize("told", [True, False])
def test_a_sum_that_the_present_release_has_as_well_is_not_written_down_again(told: bool) -> None:
    assert constants(BOTH, SQUARE, told=told) == ROWS_AND_COLUMNS
    assert constants(replace(BOTH, earlier=(first(),)), SQUARE, told=told) == ROWS_AND_COLUMNS


def test_a_sum_of_which_a_shown_cell_has_changed_is_one_of_then() -> None:
    """The first row was 23 and is 24 now, as one more has come: both are written down, and readers see which fits."""
    now = release([A, B], [table("cases", [A, B], {"all": [[3, 21], [30, 12]]})])
    told = constants(replace(now, earlier=(first(),)), SQUARE, told=False)
    assert {24.0, 33.0, 42.0} <= set(told)
    assert 23.0 in told
