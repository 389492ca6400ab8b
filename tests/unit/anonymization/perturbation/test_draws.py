"""Draws by name: the same cell in every table, none for those who lack the secret, and one for what is one cell."""

from __future__ import annotations

import numpy as np
import pytest

from anonymization.dimension import TOTAL, Dimension
from anonymization.perturbation.draws import CellDraws
from anonymization.table import Measure, Population, TableSet
from datasets.errors import DisclosureRuleInvalid
from tests.unit.anonymization.builders import flat, listed, release, table

SECRET = bytes(range(32))


def names_of(dimensions: tuple[Dimension, ...]) -> dict[str, list[str]]:
    found = {}
    for one in dimensions:
        members = [*one.members, *([] if one.has_total else [TOTAL])]
        found[one.name] = ["" if code == TOTAL else f"{one.name}={code}" for code in members]
    return found


def drawn(tables: TableSet, *, secret: bytes = SECRET, context: str = "visits", **more: tuple[str, ...]) -> list[int]:
    found: list[int] = CellDraws(secret, context, names_of(tables.dimensions), **more).draw(tables).tolist()
    return found


def square() -> TableSet:
    sides = [flat("a", 3), flat("b", 4)]
    return release(sides, [table("t", sides, {"all": np.ones((3, 4))})])


def test_every_cell_has_its_own_and_the_same_again() -> None:
    found = drawn(square())
    assert len(set(found)) == len(found) == 20
    assert drawn(square()) == found
    assert max(found) > 2**62


@pytest.mark.parametrize(
    "other", [{"secret": bytes(32)}, {"context": "stays"}, {"whole": ("time=2026",)}], ids=["secret", "context", "time"]
)
def test_another_secret_dataset_or_time_draws_anew(other: dict[str, object]) -> None:
    assert not set(drawn(square())) & set(drawn(square(), **other))  # type: ignore[arg-type]


def test_a_cell_is_drawn_for_alike_in_any_table_of_any_release() -> None:
    sides = [flat("a", 3), flat("b", 4)]
    by_a, by_b = table("by a", sides[:1], {"all": [4, 4, 4]}), table("by b", sides[1:], {"all": [3, 3, 3, 3]})
    apart = release(sides, [by_a, by_b])
    whole = dict(zip(map(tuple, square().nodes.coordinates.tolist()), drawn(square()), strict=True))
    parts = dict(zip(map(tuple, apart.nodes.coordinates.tolist()), drawn(apart), strict=True))
    assert parts == {place: whole[place] for place in parts}


def test_the_order_of_dimensions_and_members_makes_no_difference() -> None:
    sides = [Dimension("b", (TOTAL, "b2", "b1"), ((-1, 0, 0),)), flat("a", 2)]
    other = release(sides, [table("t", sides, {"all": np.ones((2, 2))})])
    same = [flat("a", 2), flat("b", 2)]
    ours = release(same, [table("t", same, {"all": np.ones((2, 2))})])

    def by_name(tables: TableSet) -> dict[frozenset[str], int]:
        names = [one.members for one in tables.dimensions]
        places = [frozenset(n[at] for n, at in zip(names, place, strict=True)) for place in tables.nodes.coordinates]
        return dict(zip(places, drawn(tables), strict=True))

    assert by_name(other) == by_name(ours)


def test_the_only_part_of_a_whole_draws_with_it() -> None:
    region = Dimension("place", (TOTAL, "R1", "R2", "P1", "P2", "P3"), ((-1, 0, 0, 1, 2, 2),))
    found = dict(zip(region.members, drawn(release([region], [table("t", [region], {"all": [3, 4, 5]})])), strict=True))
    assert found["R1"] == found["P1"]
    assert len(set(found.values())) == 5


def test_coarser_members_beside_change_no_draw() -> None:
    """A quarter that has one month only is called by the month, in whatever release."""
    month = Dimension("month", (TOTAL, "2025-03"), ((-1, 0),))
    both = Dimension("month", (TOTAL, "2025-03", "2025-Q1"), ((-1, 2, 0),))
    alone = drawn(release([month], [table("t", [month], {"all": [4]})]))
    beside = drawn(release([both], [listed("t", {"month": [0, 1, 2]}, {"all": [4, 4, 4]}, {"n_all": [4, 4, 4]})]))
    assert set(beside) == set(alone)
    assert len(set(beside)) == 1


def test_a_part_draws_like_its_whole_even_where_it_is_all_in_one_place() -> None:
    side = flat("a", 3)
    tables = release([side], [table("t", [side], {"all": [5, 5, 5], "died": [0, 0, 3]})], part="died")
    found = drawn(tables)
    assert found[:4] == found[4:]
    assert len(set(found)) == 4


def test_a_part_of_the_people_draws_with_all_of_them() -> None:
    side = flat("a", 3)
    tables = release([side], [table("t", [side], {"all": [5, 5, 5], "died": [1, 2, 3]})], part="died")
    found = drawn(tables)
    assert found[:4] == found[4:]


def test_a_total_that_is_not_published_has_a_name_too() -> None:
    month = Dimension("month", ("m1", "m2"), ((-1, -1),))
    one = listed("t", {"month": [0, 1]}, {"all": [3, 4]}, {"n": [3, 4]})
    two = listed("u", {"a": [0, 1, 2]}, {"all": [7, 3, 4]}, {"n": [7, 3, 4]})
    tables = TableSet((month, flat("a", 2)), (Population("all"),), (Measure("n", "all"),), (one, two))
    assert len(set(drawn(tables))) == 5


def test_names_that_do_not_fit_and_short_secrets_are_refused() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="a has other members than names"):
        CellDraws(SECRET, "visits", {"a": [""], "b": [""]}).draw(square())
    with pytest.raises(DisclosureRuleInvalid, match="16 to 64 bytes"):
        CellDraws(bytes(15), "visits", {})
    assert str(list(SECRET)) not in repr(CellDraws(SECRET, "visits", {}))
    assert "secret" not in repr(CellDraws(SECRET, "visits", {}))
