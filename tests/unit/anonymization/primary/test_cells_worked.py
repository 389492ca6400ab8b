"""Cells and rests of few facilities at the boundaries: somebody or nobody, and how much more must seem possible."""

from __future__ import annotations

from typing import Any

import pytest

from anonymization.primary.cells import sensitive_cells
from anonymization.table import TableSet
from datasets.cell_rules import Facilities
from datasets.disclosure import DisclosureRules
from tests.unit.anonymization.builders import rules
from tests.unit.anonymization.linked_tables import by_sex, tables


def deaths(everybody: list[int], died: list[int], **changes: Any) -> TableSet:
    """A total, women and men, of whom some have died; those left of the women come from one facility."""
    given: dict[str, Any] = {
        "contributors": {"all": everybody, "died": died},
        "values": {},
        "units": {"all": [3, 2, 2], "died": [2, 2, 2]},
        "units_outside": {"died": [3, 1, 2]},
        "wholly": {},
        "usual": {},
    }
    return tables((by_sex(**(given | changes)),))


def two_facilities(threshold: int = 1) -> DisclosureRules:
    return rules(threshold).model_copy(update={"units": Facilities(column="hospital", fewest=2)})


@pytest.mark.parametrize(
    ("died", "outside", "expected"),
    [
        ([8, 2, 6], {}, [False, True, False]),  # two women are left
        ([9, 3, 6], {}, [False, True, False]),  # one
        ([10, 4, 6], {}, [False, False, False]),  # nobody
        ([10, 4, 6], {"died": [0, 1, 0]}, [False, True, False]),  # one who has died as well
        ([9, 3, 6], {"died": [0, 0, 0]}, [False, True, False]),  # one by the difference, whatever else is told
    ],
)
def test_somebody_of_few_facilities_is_a_secret(died: list[int], outside: dict[str, Any], expected: list[bool]) -> None:
    found = sensitive_cells(deaths([10, 4, 6], died, outside=outside), two_facilities())
    assert found.rests.tolist() == expected
    assert not found.cells.any()


def test_a_number_of_few_facilities_must_seem_able_to_be_a_tenth_more() -> None:
    given = deaths([30_000, 20_000, 10_000], [15_001, 9_999, 5_002], units={"all": [3, 1, 2], "died": [2, 1, 2]})
    found = sensitive_cells(given, two_facilities())
    assert found.cells.tolist() == [False, True, False, False, True, False]
    assert found.reach.tolist() == [0, 22_000, 0, 0, 10_999, 0]  # rounded up
    assert found.reach_of_rests.tolist() == [0, 11_002, 0]
    # One more at least, and the threshold where that is larger.
    small = deaths([13, 7, 6], [7, 2, 5], units={"all": [3, 1, 2], "died": [2, 1, 2]})
    assert sensitive_cells(small, two_facilities(5)).reach.tolist() == [0, 8, 0, 0, 5, 0]
