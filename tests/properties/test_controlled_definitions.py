"""Controlled rounding of a real definition: multiples next to the counts, which add up in all tables and levels."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import DisclosureRisk
from publishers.perturbed import Secret, change_counts, check_perturbable, finished_rules
from tests.unit.publishers.tabulate.discharges import loaded, measure, record, table, tabulate

SECRET = Secret(bytes(32), lasting=True)
TABLES = {
    "cube": table("place", "sex"),
    "months": table("month", "sex"),
    "regions": table("place", margins=[[]]),
}
records = st.lists(
    st.builds(
        record,
        person=st.sampled_from("abcde"),
        place=st.sampled_from(["P1", "P2", "P3", "C1", "X"]),
        sex=st.sampled_from(["male", "female", None]),
        day=st.dates(date(2024, 1, 1), date(2024, 3, 31)),
    ),
    min_size=1,
    max_size=90,
)


def no_keys(_: object) -> Any:
    raise AssertionError("only cell keys ask for them")


@settings(max_examples=40, deadline=None)
@given(records=records, base=st.sampled_from([5, 7, 10]))
def test_every_table_adds_up_in_multiples_next_to_the_counts(records: list[dict[str, object]], base: int) -> None:
    disclosure = {
        "policy": "vn_proposed",
        "method": "controlled_rounding",
        "base": str(base),
        "reason": {"vi": "một phép thử", "en": "a test"},
    }
    changes: dict[str, Any] = {
        "disclosure": disclosure,
        "measures": {"stays": measure("count")},
        "tables": TABLES,
    }
    definition = loaded(**changes)
    check_perturbable(definition)
    with tempfile.TemporaryDirectory() as folder:
        tabulation = tabulate(Path(folder), records, **changes)
    try:
        found = change_counts(tabulation, definition, finished_rules(definition, SECRET), SECRET, keys=no_keys)
    except DisclosureRisk:
        return  # one value is left for a small count: nothing is published
    totals = set()
    for one in tabulation.tables:
        true, shown = one.values["stays"], found.table(one.id).values["stays"]
        assert (shown % base == 0).all()
        assert (np.abs(shown - true) < base).all()
        assert (shown[true % base == 0] == true[true % base == 0]).all()
        totals.add(int(shown[0]))
        names = list(one.cells.positions)
        codes = [("_T", *tabulation.plan.dimension(name).members.codes) for name in names]
        at = {
            tuple(own[place] for own, place in zip(codes, places, strict=True)): int(value)
            for places, value in zip(zip(*one.cells.positions.values(), strict=True), shown, strict=True)
        }
        for axis, name in enumerate(names):
            members = tabulation.plan.dimension(name).members
            for place, value in at.items():
                number = -1 if place[axis] == "_T" else members.codes.index(place[axis])
                parts = [code for code, parent in zip(members.codes, members.parents, strict=True) if parent == number]
                below = [at.get((*place[:axis], code, *place[axis + 1 :])) for code in parts]
                if below and None not in below:
                    assert value == sum(one for one in below if one is not None)
    assert len(totals) == 1
