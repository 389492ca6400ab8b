"""Measures that take the place of others: nothing tells that they count the same people, or a part of them.

Inpatients, then outpatients, then all, each as a measure of its own name: whoever has the three releases subtracts. The
ledger knows measures by their names, so the ones of then have to stay beside what is new. So have dimensions: a measure
of inpatients has the numbers that one of their members had, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from datasets.definition import Definition
from datasets.errors import Problem
from datasets.release import PublicRelease
from publishers.counted_people import COLUMN_ALONE, Condition, CountedPeople
from publishers.ledger_members import View
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.quantities import count_of_mean

_KINDS = {"count": "people", "persons": "people", "sum": "sums"}
_OF_OTHERS = ("rate", "population")
"""Measures that count no rows themselves: those of a rate are of its numerator, a population is no secret."""
"""Numbers of what can be subtracted from each other."""


def what_took_its_place(
    release: PublicRelease,
    people: CountedPeople | None,
    planned: tuple[Definition, TabulationPlan],
    looks: tuple[Mapping[str, tuple[View | None, View | None]], Mapping[str, str]],
) -> Iterator[Problem]:
    """Yield why measures, members or columns may stand for others then: `looks` are the views, and what is called how.

    `people` are those that the release counted, as its marks tell; None where these are missing.
    """
    views, called = looks
    definition, present = planned[0], CountedPeople.of(*planned)
    yield from replaced_measures(release, people, definition, present)
    yield from measures_for_members(release, people, (definition, present), views)
    if people is not None:
        yield from of_one_column(release, people, present, views, called)


def replaced_measures(
    release: PublicRelease, people: CountedPeople | None, definition: Definition, present: CountedPeople
) -> Iterator[Problem]:
    """Yield why measures may be others now: some of then are gone, and new ones may count the same people or a part.

    `people` are those that the release counted, as its marks tell, and `present` those that are counted now. Where a
    measure that is still there counted just the rows of both, it was withheld in the same cells, and its cells are
    those of both.
    """
    then = {one.name: one for one in release.description.measures}
    kept = [name for name, one in definition.measures.items() if name in then and then[name].type == one.type]
    rows = [present.conditions[name] for name in kept if name in present.conditions]
    told = people.conditions if people is not None else {}
    gone = {name: one.type for name, one in then.items() if name not in kept}
    # A measure of another type is another one, whatever it is called.
    new = {name: one.type for name, one in definition.measures.items() if name not in kept}
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


def measures_for_members(
    release: PublicRelease,
    people: CountedPeople | None,
    planned: tuple[Definition, CountedPeople],
    views: Mapping[str, tuple[View | None, View | None]],
) -> Iterator[Problem]:
    """Yield why a measure of some rows may be members of a dimension of then, or one of then those of a present one.

    `views` has how each dimension looked, and how it looks; None where one of the releases does not have it. Where both
    the dimension and the measure stay, the records tell whether they are the same people: such tables are refused as
    they are counted.
    """
    definition, present = planned
    then = {one.name: one for one in release.description.measures}
    kept = {name for name, one in definition.measures.items() if name in then and then[name].type == one.type}
    told, tells = people.conditions if people is not None else {}, present.conditions
    was = {name: _rows(told, name, one.type) for name, one in then.items() if one.type not in _OF_OTHERS}
    is_ = {
        name: _rows(tells, name, one.type) for name, one in definition.measures.items() if one.type not in _OF_OTHERS
    }
    both = [is_[name] for name in kept & is_.keys()]
    gone = [name for name, rows in was.items() if name not in kept and rows not in both]
    new = [name for name, rows in is_.items() if name not in kept and rows not in both]
    less = [name for name, (old, own) in views.items() if old is not None and _has_more(old, own)]
    more = [name for name, (old, own) in views.items() if own is not None and _has_more(own, old)]
    if less and new:
        yield _for_members(
            release, f"dimension {', '.join(less)}", f"does not have all members any more, and {', '.join(new)} is new"
        )
    if gone and more:
        yield _for_members(release, f"measure {', '.join(gone)}", f"is gone, and {', '.join(more)} has new members")


def of_one_column(
    release: PublicRelease,
    people: CountedPeople,
    present: CountedPeople,
    views: Mapping[str, tuple[View | None, View | None]],
    called: Mapping[str, str],
) -> Iterator[Problem]:
    """Yield where a column was a dimension, and is another one now or is added up, or the other way round.

    Other groups of the same diagnoses are other unions of the same people; which, nothing says. `called` has what each
    dimension of the release is called now.
    """
    then = {called[name]: one.column for name, one in people.texts.items() if name in called and one.column}
    now = {name: one.column for name, one in present.texts.items()}
    less = {name: column for name, column in then.items() if name in views and _has_lost(views[name])}
    more = {name: column for name, column in now.items() if name in views and _has_lost(views[name][::-1])}
    others = {name: column for name, column in more.items() if views[name][0] is None}
    added = {name: column for name, column in present.columns.items() if name not in people.columns}
    gone = {name: column for name, column in people.columns.items() if name not in present.columns}
    for were, are in ((less, others | added), (gone, more)):
        for was, column in were.items():
            for is_ in (name for name, own in are.items() if own == column and name != was):
                yield Problem(
                    f"{release.dataset} {release.name}, {was}",
                    f"told of the column {column}, and {is_} tells of it otherwise: nothing says how their numbers hang"
                    " together, and whoever has both releases can subtract",
                    f"keep {was}, or give its list what is new as levels, parents or ranges; other groups can begin"
                    " with an edition of other people, such as the next year",
                )


def _has_lost(views: Sequence[View | None]) -> bool:
    old, own = views
    return old is not None and _has_more(old, own)


def _rows(conditions: Mapping[str, Condition], measure: str, type_: str) -> Condition | None:
    """Return which rows a measure counts, whether or not they have a value; None where nothing tells."""
    found = conditions.get(count_of_mean(measure) if type_ == "mean" else measure)
    return None if found is None else {name: values for name, values in found.items() if values not in COLUMN_ALONE}


def _has_more(one: View, other: View | None) -> bool:
    return bool(one.published - (other.published if other is not None else frozenset()))


def _for_members(release: PublicRelease, what: str, rule: str) -> Problem:
    return Problem(
        f"{release.dataset} {release.name}, {what}",
        f"{rule}: where the rows of the measure are those of members, whoever has both releases can subtract",
        "keep the dimension with its members, and the measure, beside what is new, so that the records tell how they"
        " hang together, or exchange them with an edition of other people, such as the next year",
    )
