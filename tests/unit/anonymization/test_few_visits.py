"""Where readers can tell that there were few visits, they can tell that there were few people."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from anonymization import protect
from anonymization.audit import audit
from anonymization.dimension import TOTAL, Dimension
from anonymization.published import as_earlier, publish, with_contributors
from anonymization.relations import Flags
from anonymization.secondary import withhold as withholds
from anonymization.secondary.knowledge import Knowledge, what_is_known
from anonymization.table import Measure, Population, TableSet
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.builders import listed, rules

INTERVAL = rules().model_copy(update={"guarantee": "interval"})
DISTRICTS = Dimension("area", (TOTAL, "a", "b", "c", "d", "e"), ((-1, 0, 0, 0, 0, 0),))
PROVINCES = Dimension("area", (TOTAL, "north", "south"), ((-1, 0, 0),))
PEOPLE, VISITS = [1, 3, 20, 9, 30], [1, 3, 31, 10, 40]
"""Of the districts a to e: the first three are the north, the others the south."""


def of_areas(dimension: Dimension, people: Sequence[int], visits: Sequence[int], *, additive: bool = True) -> TableSet:
    """Visits of people, who are not published themselves."""
    at = {"area": range(len(people) + 1)}
    table = listed("cases", at, {"all": [sum(people), *people]}, {"visits": [sum(visits), *visits]})
    return TableSet((dimension,), (Population("all"),), (Measure("visits", "all", additive=additive),), (table,))


def districts_after_provinces() -> TableSet:
    """Provinces were published, then districts; a and b are small, and d hides them most cheaply."""
    provinces = of_areas(PROVINCES, [24, 39], [35, 50])
    nothing = np.zeros(len(provinces.nodes), dtype=np.bool_)
    first = as_earlier(publish(provinces, nothing, INTERVAL), "2025.1")
    sums = (("north", ("a", "b", "c")), ("south", ("d", "e")))
    areas = replace(first.dimensions[0], sums=(*first.dimensions[0].sums, *sums))
    return replace(of_areas(DISTRICTS, PEOPLE, VISITS), earlier=(replace(first, dimensions=(areas,)),))


def withheld(tables: TableSet) -> set[str]:
    return {
        DISTRICTS.members[at]
        for at in np.flatnonzero(protect(tables, INTERVAL).table("cases").withheld("all")).tolist()
    }


def of_contributors(tables: TableSet, known: Sequence[Knowledge]) -> list[Knowledge]:
    return [one for one in known if one.counting]


def test_small_cells_keep_their_range_where_only_visits_were_told_before() -> None:
    """Of a and b together there were four visits, if c is shown: nobody would need their people to tell."""
    assert withheld(replace(districts_after_provinces(), earlier=())) == {"a", "b", "d"}
    assert withheld(districts_after_provinces()) >= {"a", "b", "c"}


def test_the_audit_refuses_what_asks_contributors_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withholds, "_asked_for_ranges", of_contributors)
    with pytest.raises(DisclosureRisk, match="told to be small"):
        protect(districts_after_provinces(), INTERVAL)
    monkeypatch.setattr(importlib.import_module("anonymization.audit"), "at_least_as_many", lambda published: ())
    assert "c" not in withheld(districts_after_provinces())


def test_a_measure_that_can_be_less_than_the_contributors_tells_nothing_of_them() -> None:
    """Bed days of people, some of whom went home on the same day."""
    tables = districts_after_provinces()
    few = of_areas(DISTRICTS, PEOPLE, [1, 3, 31, 10, 29])
    assert [one.bounding for one in what_is_known(tables, INTERVAL) if not one.counting] == [True]
    assert [one.bounding for one in what_is_known(few, INTERVAL) if not one.counting] == [False]
    assert with_contributors(publish(few, few.contributors < 5, INTERVAL), few).as_many == frozenset()


def test_persons_in_several_cells_do_not_hide_how_few_the_visits_are() -> None:
    """The persons of a total are fewer than those of its cells, so that they bound nothing; visits add up."""
    table = listed("cases", {"area": range(6)}, {"all": [40, *PEOPLE]}, {"visits": [sum(VISITS), *VISITS]})
    tables = TableSet((DISTRICTS,), (Population("all"),), (Measure("visits", "all"),), (table,))
    small: Flags = np.isin(np.arange(6), [1, 2])
    report = audit(with_contributors(publish(tables, small, INTERVAL), tables))
    assert [(one.cells, one.narrow) for one in report.recovered] == [(2, True)]
    assert withheld(tables) == {"a", "b", "d"}
