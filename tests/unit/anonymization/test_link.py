"""Sums across dimensions: provinces in one table and their regions in another, from two columns of the source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from anonymization import protect
from anonymization.audit import audit
from anonymization.link import Link
from anonymization.published import publish
from anonymization.table import Measure, Population, TableSet
from datasets.errors import DisclosureRuleInvalid
from tests.unit.anonymization.builders import flat, listed, rules, table

PROVINCE, REGION, SEX = flat("province", 4), flat("region", 2), flat("sex", 2)
NORTH = Link(("province", (1, 2)), ("region", (1,)))
SOUTH = Link(("province", (3, 4)), ("region", (2,)))


def release(by_province: Sequence[Sequence[int]], *, links: tuple[Link, ...] = (NORTH, SOUTH)) -> TableSet:
    """Provinces by sex, and regions by sex, of the same people: provinces 1 and 2 are region 1."""
    provinces = np.array(by_province)
    regions = np.array([provinces[:2].sum(axis=0), provinces[2:].sum(axis=0)])
    return TableSet(
        (PROVINCE, REGION, SEX),
        (Population("all"),),
        (Measure("n_all", "all"),),
        (table("provinces", (PROVINCE, SEX), {"all": provinces}), table("regions", (REGION, SEX), {"all": regions})),
        links,
    )


def test_a_link_is_a_sum_at_every_place_of_the_other_dimensions() -> None:
    relations = release([[9, 9], [9, 8], [7, 9], [9, 6]]).relations
    across = relations.matrix[np.flatnonzero(relations.origin >= 3)].toarray()
    assert relations.origin[relations.origin >= 3].tolist() == [3, 3, 3, 4, 4, 4]
    assert sorted(across.sum(axis=1).tolist()) == [1] * 6
    assert not (relations.matrix @ release([[9, 9], [9, 8], [7, 9], [9, 6]]).contributors).any()


COUNTS = [[2, 20], [70, 80], [10, 15], [50, 60]]
"""One small cell in the north, and the cheapest company for it in the south."""


def test_a_withheld_province_needs_company_in_its_own_region_or_a_withheld_region() -> None:
    blind = protect(release(COUNTS, links=()), rules())
    assert not blind.table("regions").withheld("all").any()
    assert blind.table("provinces").withheld("all").reshape(5, 3)[3].any()
    protected = protect(release(COUNTS), rules())
    inside = protected.table("provinces").withheld("all").reshape(5, 3)[2]
    assert inside.any() or protected.table("regions").withheld("all").any()


def test_the_audit_subtracts_across_dimensions() -> None:
    blind = protect(release(COUNTS, links=()), rules())
    hidden = np.zeros(len(release(COUNTS).nodes), dtype=np.bool_)
    tables = release(COUNTS)
    for (one, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        hidden[nodes] |= blind.table(one.name).withheld(population)
    report = audit(publish(tables, hidden, rules()))
    assert [one.table for one in report.recovered] == ["provinces"]
    assert audit(publish(tables, np.ones_like(hidden), rules())).passed


def test_where_both_dimensions_are_crossed_their_empty_cells_say_the_same() -> None:
    both = np.zeros((4, 2, 2), dtype=np.int64)
    both[[0, 1, 2, 3], [0, 0, 1, 1]] = [[9, 9], [9, 8], [7, 9], [9, 6]]
    crossed = TableSet(
        (PROVINCE, REGION, SEX),
        (Population("all"),),
        (Measure("n_all", "all"),),
        (table("all", (PROVINCE, REGION, SEX), {"all": both}),),
        (NORTH, SOUTH),
    )
    assert (crossed.relations.origin < 3).all()


def test_groups_of_persons_on_both_sides_bound_each_other() -> None:
    """Two provinces and two districts hold the same people, some of them in two provinces and in one district."""
    link = Link(("province", (1, 2)), ("region", (1, 2)))
    provinces, regions = [12, 8, 7, 0, 0], [12, 9, 3]
    tables = TableSet(
        (PROVINCE, REGION),
        (Population("all"),),
        (Measure("n", "all", additive=False),),
        (
            listed("provinces", {"province": range(5)}, {"all": provinces}, {"n": provinces}),
            listed("regions", {"region": range(3)}, {"all": regions}, {"n": regions}),
        ),
        (link,),
    )
    protected = protect(tables, rules())
    assert protected.audit.passed
    assert link.name not in protected.published.measures[0].exact
    assert protected.table("regions").withheld("all")[2]


@pytest.mark.parametrize(
    "link",
    [
        Link(("province", (1,)), ("province", (2,))),
        Link(("province", (9,)), ("region", (1,))),
        Link(("province", ()), ("region", (1,))),
        Link(("nowhere", (1,)), ("region", (1,))),
    ],
)
def test_a_link_of_anything_else_is_refused(link: Link) -> None:
    with pytest.raises(DisclosureRuleInvalid, match="two different dimensions"):
        release([[9, 9], [9, 8], [7, 9], [9, 6]], links=(link,))
