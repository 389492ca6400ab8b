"""Measures that take the place of others: nothing tells that they count the same people, or a part of them.

Inpatients, then outpatients, then all, each as a measure of its own name: whoever has the three releases subtracts. The
ledger knows measures by their names, so the ones of then have to stay beside what is new.
"""

from __future__ import annotations

from collections.abc import Iterator

from datasets.definition import Definition
from datasets.errors import Problem
from datasets.release import PublicRelease
from publishers.counted_people import CountedPeople
from publishers.tabulate.plan import TabulationPlan

_KINDS = {"count": "people", "persons": "people", "sum": "sums"}
"""Numbers of what can be subtracted from each other."""


def replaced_measures(
    release: PublicRelease, people: CountedPeople | None, definition: Definition, plan: TabulationPlan
) -> Iterator[Problem]:
    """Yield why measures may be others now: some of then are gone, and new ones may count the same people or a part.

    `people` are those that the release counted, as its marks tell. Where a measure that is still there counted just the
    rows of both, it was withheld in the same cells, and its cells are those of both.
    """
    present, then = CountedPeople.of(definition, plan), {one.name: one for one in release.description.measures}
    kept = [name for name, one in definition.measures.items() if name in then and then[name].type == one.type]
    rows = [present.conditions[name] for name in kept if name in present.conditions]
    told = people.conditions if people is not None else {}
    gone = {name: one.type for name, one in then.items() if name not in kept}
    new = {name: one.type for name, one in definition.measures.items() if name not in then}
    for kind in dict.fromkeys(_KINDS.values()):
        was = [name for name, type_ in gone.items() if _KINDS.get(type_) == kind]
        is_ = [name for name, type_ in new.items() if _KINDS.get(type_) == kind]
        others = [told.get(name) not in rows for name in was] + [present.conditions[name] not in rows for name in is_]
        if was and is_ and any(others):
            yield Problem(
                f"{release.dataset} {release.name}, measure {', '.join(was)}",
                f"is gone, and {', '.join(is_)} is new: where they count some of the same people, whoever has both"
                " releases can subtract",
                "keep the measures of then beside the new ones, so that all are protected together, or exchange them"
                " with an edition of other people, such as the next year",
            )
