"""What protection cost the tables of an edition, in sentences for the staff who publish it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from anonymization.utility import MemberCost, TableCost
from datasets.names import TOTAL

_REASONS: Mapping[str, str] = {
    "few_people": "too few people",
    "few_facilities": "too few facilities",
    "few_contributors": "sums of which few have nearly all",
    "by_choice": "chosen by the definition",
    "withheld_before": "withheld by an earlier release",
    "to_protect_others": "so that the others cannot be worked out",
}
_NAMED = 3
"""So many members that lose most are named."""


def in_words(costs: Iterable[TableCost]) -> Iterator[str]:
    """Yield a sentence or two for each table of a release that withholds cells, and for each group of measures.

    They tell how many cells are small, so they are for the office: nothing of them is in a package.
    """
    for one in costs:
        of_what = f"Table {one.table} ({', '.join(one.measures)})"
        if not one.withheld:
            yield f"{of_what}: none of {one.cells:,} cells had to be withheld."
            continue
        reasons = ", ".join(f"{count:,} {_REASONS[name]}" for name, count in one.reasons.items() if count)
        totals = f", {one.totals_withheld:,} of {one.totals:,} totals among them" if one.totals else ""
        yield (
            f"{of_what}: {one.withheld:,} of {one.cells:,} cells"
            f" ({_percent(one.withheld, one.cells)}) are withheld{totals}; {one.people_withheld_percent} % of those who"
            f" are counted stand in withheld cells. Why: {reasons}.{_most(one)}"
        )


def as_values(costs: Iterable[TableCost]) -> list[dict[str, Any]]:
    """Return the same, and every member, as what JSON can hold."""
    return [asdict(one) for one in costs]


def _percent(part: int, whole: int) -> str:
    """Write a share in whole percent; what is not nothing is not written as nothing.

    >>> _percent(1, 1000), _percent(23, 100)
    ('under 1 %', '23 %')
    """
    share = round(100 * part / whole)
    return f"{share} %" if share else "under 1 %"


def _most(cost: TableCost) -> str:
    """Name the members that lose most of their cells, compared with all; a total is no member."""
    members = [one for one in cost.members if one.withheld and one.member != TOTAL and _above(one, cost)]
    members.sort(key=lambda one: (-one.withheld / one.cells, one.dimension, one.member))
    if not members:
        return ""
    named = [f"{one.dimension} {one.member} ({one.withheld:,} of {one.cells:,})" for one in members[:_NAMED]]
    return f" Most is lost of {', '.join(named)}."


def _above(member: MemberCost, cost: TableCost) -> bool:
    """Whether a member loses more than half again as much of its cells as the table does."""
    return member.withheld / member.cells > 1.5 * cost.withheld / cost.cells
