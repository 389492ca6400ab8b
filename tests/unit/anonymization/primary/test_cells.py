"""Which cells and rests are sensitive, and the least number that each must seem able to be."""

from __future__ import annotations

from anonymization.primary.cells import sensitive_cells
from tests.unit.anonymization.builders import cube
from tests.unit.anonymization.test_few_facilities import asking, facilities


def test_a_number_must_seem_able_to_be_larger_by_one_at_least() -> None:
    tables = facilities(cube([100, 9, 30, 40]), {"all": [6, 1, 3, 3, 3]})
    assert sensitive_cells(tables, asking(range_percent=1e-17)).reach[tables.nodes.of_block[0]][1] == 101
    several = [9, 4, 4, 4]
    left = facilities(cube([50, 60, 70], [49, 30, 25]), {"all": several, "died": several}, {"died": [9, 1, 4, 4]})
    alone = asking().model_copy(update={"threshold": 1})
    assert sensitive_cells(left, alone).reach_of_rests.tolist() == [0, 2, 0, 0]
