"""Cells that are always shown, in random small tables: shown, and everything else as safe as ever, or refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymization import protect
from anonymization.chosen_cells import Chosen
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk
from tests.properties.test_protect import Counts, assert_nothing_derivable, cubes, sums_of, zero_policies
from tests.unit.anonymization.builders import cube

quick = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def choices(draw: st.DrawFn) -> tuple[Counts, Chosen]:
    """A small cube, and some of its cells."""
    inner = draw(cubes())
    members = {
        name: frozenset(draw(st.sets(st.integers(0, size), min_size=1, max_size=2)))
        for name, size in zip("abc", inner.shape, strict=False)
    }
    return inner, Chosen("some", members, frozenset({"all"}))


@quick
@given(choices(), zero_policies, st.sampled_from(["value", "count", "information"]))
def test_chosen_cells_are_shown_and_nothing_can_be_worked_out(
    both: tuple[Counts, Chosen], zeros: str, cost: str
) -> None:
    inner, chosen = both
    rules = DisclosureRules.model_validate(
        {"policy": "test", "method": "suppression", "threshold": 3, "zeros": zeros, "guarantee": "exact", "cost": cost}
    )
    tables = replace(cube(inner), always_shown=(chosen,))
    try:
        protected = protect(tables, rules)
    except DisclosureRisk as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert "- some: " in refusal, "without the choice every table of a cube can be protected"
        assert protect(cube(inner), rules).audit.passed
        return
    withheld = np.zeros(len(tables.nodes), dtype=np.bool_)
    withheld[tables.nodes.of_block[0]] = protected.tables[0].withheld("all")
    assert not (withheld & chosen.nodes(tables)).any()
    assert_nothing_derivable(sums_of(inner.shape), tables, protected, rules)
