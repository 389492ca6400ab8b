"""Tabulated contributions to every cell equal those added up record by record, whatever the records are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.publishers.tabulate.discharges import measure, record, tabulate
from tests.unit.publishers.tabulate.test_contributions import DIED, check, rule

RECORDS = st.lists(
    st.builds(
        record,
        place=st.sampled_from(["P1", "P2", "P3", "X"]),
        sex=st.sampled_from(["female", "male"]),
        outcome=st.sampled_from(["alive", "died"]),
        facility=st.sampled_from(["a", "b", "c", "d", None]),
        days=st.integers(-50, 1_000),
        cost=st.none() | st.decimals(-1000, 1_000_000, places=3).map(float),
    ),
    min_size=1,
    max_size=40,
)


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(RECORDS)
def test_contributions_are_those_of_each_cell_by_itself(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]]
) -> None:
    measures = {
        "days": measure("sum", column="days"),
        "days_of_the_dead": measure("sum", column="days", where=DIED),
        "cost": measure("sum", column="cost"),
    }
    found = tabulate(tmp_path_factory.mktemp("tabulate"), records, measures=measures, person=None, disclosure=rule())
    counted = found.table("cube")
    check(counted.amounts["days"], found, records, "days", lambda _: True)
    check(counted.amounts["cost"], found, records, "cost", lambda _: True)
    check(counted.amounts["days_of_the_dead"], found, records, "days", lambda one: one["outcome"] == "died")
    left = counted.amounts_outside["days_of_the_dead"]
    check(left, found, records, "days", lambda one: one["outcome"] != "died")
