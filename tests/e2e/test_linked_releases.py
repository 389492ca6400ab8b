"""Three tables, two geographies by the real crosswalk and two releases: what an attacker makes of all of them."""

from __future__ import annotations

from benchmarks.show_linked import show


def test_with_the_ledger_nothing_is_recovered_and_without_it_hundreds_of_cells_are() -> None:
    found = show(seed=1, people=6_000)
    joint = found["with the ledger"]
    assert joint.withheld > 1_000
    assert joint.recovered == 0
    for way in ("each table by itself", "each release by itself"):
        print(f"{way}: {found[way].recovered} of {found[way].withheld} withheld cells recovered")  # noqa: T201
        assert found[way].recovered > 200
        assert found[way].small > 100
