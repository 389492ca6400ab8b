"""The guarantee `interval` of published tables, against an attacker who bounds every small cell by programs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from anonymization import protect
from anonymization.primary.frequency import sensitive
from anonymization.secondary.ranges import Ranges
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules, ZeroPolicy
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.builders import cube

Counts = npt.NDArray[np.int64]

counts = st.sampled_from([0, 0, 1, 1, 2, 3, 6, 9, 30])
shapes = st.sampled_from([(3,), (2, 3), (3, 3), (2, 2, 2)])
zero_policies: st.SearchStrategy[ZeroPolicy] = st.sampled_from(["publish", "protect"])


@st.composite
def cubes(draw: st.DrawFn) -> Counts:
    """The inside of a small cube of up to three dimensions."""
    shape = draw(shapes)
    size = int(np.prod(shape))
    return np.array(draw(st.lists(counts, min_size=size, max_size=size)), dtype=np.int64).reshape(shape)


def interval(zeros: ZeroPolicy = "publish") -> DisclosureRules:
    """Suppression below five, with ranges."""
    return DisclosureRules(policy="test", method="suppression", threshold=5, zeros=zeros, guarantee="interval")


def bounded(tables: TableSet, rules: DisclosureRules, withheld: npt.NDArray[np.bool_]) -> list[int]:
    """Return the small withheld nodes that are seen to be below the threshold."""
    matrix = tables.relations.matrix.toarray().astype(float)
    known = ~withheld
    rest = -matrix[:, known] @ tables.contributors[known]
    hidden = np.flatnonzero(withheld)
    least = 1.0 if rules.zeros == "publish" else 0.0
    found = []
    for at, node in enumerate(hidden):
        if sensitive(tables.contributors[[node]], rules)[0]:
            aim = np.zeros(len(hidden))
            aim[at] = -1.0
            answer = linprog(aim, A_eq=matrix[:, hidden], b_eq=rest, bounds=[(least, None)] * len(hidden))
            if answer.fun is not None and -answer.fun < rules.threshold - 1e-6:
                found.append(int(node))
    return found


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(cubes(), zero_policies)
def test_no_small_cell_is_seen_to_be_small(inner: Counts, zeros: ZeroPolicy) -> None:
    tables, rules = cube(inner), interval(zeros)
    try:
        protected = protect(tables, rules)
    except DisclosureRisk:
        return
    withheld = np.zeros(len(tables.nodes), dtype=np.bool_)
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        withheld[nodes] = protected.table(table.name).withheld(population)
    assert bounded(tables, rules, withheld) == []


TIGHT = np.array([[1, 3, 40], [4, 2, 35], [50, 60, 70]])
"""The two by two small cells hide each other exactly, but add up to four and six: none of them can be five."""


def test_exact_protection_leaves_small_cells_that_are_seen_to_be_small() -> None:
    tables = cube(TIGHT)
    exact = interval().model_copy(update={"guarantee": "exact"})
    by_exact = protect(tables, exact).summary[0].withheld
    assert by_exact < protect(tables, interval()).summary[0].withheld


def test_the_audit_refuses_ranges_that_were_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(
        self: Ranges, withheld: npt.NDArray[np.bool_], candidates: npt.NDArray[np.bool_]
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        return withheld, np.zeros_like(withheld)

    monkeypatch.setattr(Ranges, "widen", nothing)
    with pytest.raises(DisclosureRisk, match="can be told to be small"):
        protect(cube(TIGHT), interval())


def test_a_table_of_small_cells_alone_cannot_have_ranges_when_its_total_is_known_to_be_small() -> None:
    protected = protect(cube(np.array([1, 2])), interval())
    assert protected.summary[0].withheld == 3
