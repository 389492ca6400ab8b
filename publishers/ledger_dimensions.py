"""Which dimensions of earlier releases are which of the present one, by their members, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from anonymization.ledger import NamedSum
from datasets.codelist import Codelist
from datasets.definition import Definition
from datasets.errors import DisclosureRuleInvalid, Problem
from datasets.periods import TIME_LEVELS
from datasets.release import DimensionDescription, PublicRelease
from datasets.text import Bilingual
from publishers.ledger_calendar import Calendar
from publishers.ledger_members import Move, View, above, moves_between, split_otherwise, sums_between, view_of
from publishers.tabulate.plan import TOTAL_LEVEL, TabulationPlan

MOSTLY = 0.5
"""The least part of the members of either that a dimension of another name must share to be the same."""
FEWEST = 2
"""How many members must be the same, or parts and wholes of each other, where both have others: one may be chance."""

_REMEDY = (
    "keep the code list, or one whose members are the same, or parts or wholes of those then, as parents, ranges or"
    " successors tell; other groups can begin with an edition of other people, such as the next year"
)
_TOTALS = (
    "Check that they are not the same people under other codes: a list that keeps codes and ranges, or names parents"
    " and successors, tells"
)

_MOVED = (
    "publish the level of what was moved too, so that its small cells are withheld, or leave it where it was until an"
    " edition of other people, such as the next year"
)
_SPLIT = (
    "keep the ranges of then, or divide them further, so that every range that either release has is one or several of"
    " the present ones; other ranges can begin with an edition of other people, such as the next year"
)
_SHOWN = 3

Had = tuple[Codelist, tuple[str, ...]]
"""A code list, and the codes that a release has of it, without the total."""


@dataclass
class SharedDimension:
    """A dimension of the ledger: what it is called there, and how every release so far published it."""

    name: str
    title: Bilingual
    role: str
    present: bool
    views: list[View] = field(default_factory=list)

    def seen(self, view: View) -> None:
        """Add a view, unless one is there that publishes the same members of the same list."""
        if all((one.codelist.members, one.codes) != (view.codelist.members, view.codes) for one in self.views):
            self.views.append(view)


@dataclass(frozen=True)
class Pairing:
    """A dimension of an earlier release beside one of the ledger, and which members of theirs are linked."""

    own: DimensionDescription
    shared: SharedDimension
    view: View

    @cached_property
    def linked(self) -> frozenset[str]:
        """The names that both have, those that stand in a sum with members of the other, and those that lost a part."""
        others = frozenset().union(*(one.published for one in self.shared.views))
        linked = set(self.view.published & others)
        for view in self.shared.views:
            for move in moves_between(self.view.codelist, view.codelist):
                linked |= {name for pair in move.changed for name in (self.view.names[pair[0]], view.names[pair[1]])}
            for parent, children in sums_between(self.view, view):
                names = {parent, *children}
                if names <= self.view.published | view.published and names & self.view.published and names & others:
                    linked |= names
        return frozenset(linked)

    @property
    def unlinked(self) -> int:
        """How many members of the earlier release are not linked, where the present one has such members too."""
        own, theirs = (len(view.published - self.linked) for view in (self.view, self.shared.views[0]))
        return own if theirs else 0

    @cached_property
    def score(self) -> tuple[bool, bool, bool, bool, bool, bool, float]:
        """How well they fit; what comes first decides."""
        views = (self.view, *self.shared.views)
        part = max(len(view.published & self.linked) / max(len(view.published), 1) for view in views)
        return (
            part >= MOSTLY,
            self.own.name == self.shared.name,
            self.shared.present,
            any(view.codelist.id == self.own.codelist for view in self.shared.views),
            self.own.role == self.shared.role,
            self.own.title == self.shared.title,
            part,
        )

    @property
    def may_be(self) -> bool:
        """Whether they can be the same dimension; one that was published by its total alone has a name at most."""
        if not self.view.codes:
            return self.own.name == self.shared.name
        return bool(self.linked) and (self.score[0] or self.own.name == self.shared.name)


class SharedDimensions:
    """All dimensions of the ledger: the present ones, and those that only earlier releases have."""

    def __init__(self, definition: Definition, plan: TabulationPlan, calendar: Calendar) -> None:
        self._calendar = calendar
        self._all: list[SharedDimension] = []
        self._warned: set[tuple[str, str]] = set()
        self.warnings: list[Problem] = []
        self.exchanged: dict[str, tuple[str, ...]] = {}
        """The new dimensions, each with those of then that it takes the place of, of the release placed last."""
        self.beside: dict[str, tuple[str, ...]] = {}
        """The new dimensions, each with those of then that no table crosses it with although all is there that was."""
        self._crossed = {
            frozenset(name for name, level in zip(table.dimensions, node, strict=True) if level != TOTAL_LEVEL)
            for table in plan.tables
            for node in table.nodes
        }
        for one in plan.dimensions:
            described = definition.dimensions[one.name]
            shared = SharedDimension(one.name, described.title, described.role, present=True)
            shared.seen(self._view(shared, (one.codelist, one.members.codes)))
            self._all.append(shared)

    def place(self, release: PublicRelease, had: Mapping[str, Had]) -> dict[str, tuple[str, View]]:
        """Return what the ledger calls each dimension of a release, by its name then, and how it looks there.

        `had` are the dimensions that its tables have.

        Raises DisclosureRuleInvalid where what was published by a dimension may be what is published now, and nothing
        tells how its members belong together. Where that is less than certain, `warnings` says so.
        """
        own = [one for one in release.description.dimensions if one.name in had]
        found = {one.own.name: one for one in (*self._of_time(own, had), *self._by_members(release, own, had))}
        left = [one for one in self._all if one.present and all(one is not pair.shared for pair in found.values())]
        problems = [problem for pair in found.values() if (problem := self._loose(release, pair))]
        new = [shared for shared in left if shared.role != "time"]
        # Editions that overlap have other times; and without members, all that was published by one is its total.
        there = [one.name for one in own if had[one.name][1] and one.role != "time"]
        called = {name: found[name].shared.name if name in found else "" for name in there}
        places, beside = (self._places(release, called, new, kept=kept) for kept in (False, True))
        self.exchanged = {one.name: tuple(name for name, near in places.items() if one in near) for one in new}
        self.beside = {one.name: tuple(name for name, near in beside.items() if one in near) for one in new}
        for one in own:
            problems += self._replaced(release, one, places.get(one.name, ()), is_gone=one.name not in found)
            if one.name not in found:
                shared = SharedDimension(self._new_name(one.name), one.title, one.role, present=False)
                found[one.name] = Pairing(one, shared, self._view(shared, had[one.name]))
                self._all.append(shared)
        if problems:
            raise DisclosureRuleInvalid("What was published before cannot be compared", problems=problems)
        for pair in found.values():
            pair.shared.seen(pair.view)
        return {name: (pair.shared.name, pair.view) for name, pair in found.items()}

    def sums_with(self, name: str, view: View) -> list[NamedSum]:
        """Return the sums between the members of one view of a dimension and those of every other."""
        views = next(one.views for one in self._all if one.name == name)
        return [sum_ for other in views for sum_ in sums_between(view, other)]

    def present(self, name: str) -> View | None:
        """Return how the present release publishes a dimension; None where it has it no more."""
        return next((one.views[0] for one in self._all if one.name == name and one.present), None)

    def _view(self, shared: SharedDimension, had: Had) -> View:
        codelist, codes = had
        if shared.name == self._calendar.dimension:
            return View(codelist, codes, {code: self._calendar.member(code) for code in codelist.by_code})
        if codelist.id in TIME_LEVELS:
            return View(codelist, codes, {code: code for code in codelist.by_code})
        return view_of(codelist, codes, shared.views)

    def _new_name(self, name: str) -> str:
        while any(one.name == name for one in self._all):
            name += "'"
        return name

    # Which is which ---------------------------------------------------------------------------------------------------

    def _of_time(self, own: Sequence[DimensionDescription], had: Mapping[str, Had]) -> Iterator[Pairing]:
        """Yield the dimensions of time: of the same name, or where there is one alone. Periods are their own names."""
        theirs = [one for one in own if one.role == "time"]
        ours = [one for one in self._all if one.role == "time"]
        for one in theirs:
            alone = len(theirs) == len(ours) == 1
            shared = next((each for each in ours if alone or each.name == one.name), None)
            if shared is not None:
                yield Pairing(one, shared, self._view(shared, had[one.name]))

    def _by_members(
        self, release: PublicRelease, own: Sequence[DimensionDescription], had: Mapping[str, Had]
    ) -> Iterator[Pairing]:
        """Yield the others, those first that fit best; raise where two would fit alike."""
        others = [one for one in self._all if one.role != "time"]
        pairs = [
            Pairing(one, shared, self._view(shared, had[one.name]))
            for one in own
            if one.role != "time"
            for shared in others
        ]
        left = sorted((one for one in pairs if one.may_be), key=lambda one: one.score, reverse=True)
        while left:
            best = left[0]
            rivals = [one for one in left[1:] if one.score == best.score and _meet(one, best)]
            if rivals:
                names = " and ".join(sorted({one.shared.name for one in (best, *rivals)}))
                rule = f"may be {names} now: nothing tells what was published by it from the like"
                remedy = f"keep the name {best.own.name}, or its title, where it is the same"
                place = f"{release.dataset} {release.name}, dimension {best.own.name}"
                raise DisclosureRuleInvalid(
                    "What was published before cannot be compared", problems=[Problem(place, rule, remedy)]
                )
            yield best
            left = [one for one in left if not _meet(one, best)]

    # What is not linked -----------------------------------------------------------------------------------------------

    def _loose(self, release: PublicRelease, pair: Pairing) -> Problem | None:
        """Return why a dimension cannot be compared with the present one; warn where only some members can."""
        if not pair.shared.present or pair.own.role == "time":
            return None
        place = f"{release.dataset} {release.name}, dimension {pair.own.name}"
        if moves := _hidden_moves(pair.view, pair.shared.views[0]):
            return Problem(place, _moved(moves), _MOVED)
        if pair.unlinked and len(pair.linked & pair.view.published) < FEWEST:
            return Problem(
                place, f"has members of which nothing tells how those of {pair.shared.name} are linked", _REMEDY
            )
        if split := split_otherwise(pair.view, pair.shared.views[0]):
            return Problem(place, _split(split), _SPLIT)
        if not pair.unlinked:
            return None
        rule = (
            f"had {pair.unlinked} members that {pair.shared.name} does not have, nor parts or wholes of them: what was"
            " published by them is compared by totals alone"
        )
        self._warn(Problem(place, rule, _TOTALS), pair.own)
        return None

    def _places(
        self, release: PublicRelease, called: Mapping[str, str], new: Sequence[SharedDimension], *, kept: bool
    ) -> dict[str, list[SharedDimension]]:
        """Return, by each dimension then, the new ones that stand where it stood, in a crossing that is no more.

        Or in one that is `kept`: then the job sees how a dimension hangs together with what is new. `called` says what
        each is now, if it is still there.
        """
        largest = [one for one in self._crossed if not any(one < other for other in self._crossed)]
        found: dict[str, list[SharedDimension]] = {}
        for name in called:
            crossings = [{called[own] for own in one if own in called} for one in _crossings(release) if name in one]
            if kept == all(any(one <= now for now in self._crossed) for one in crossings):
                apart = [now for now in largest if called[name] not in now]
                found[name] = [one for one in new if any(one.name in now for now in apart)]
        return found

    def _replaced(
        self, release: PublicRelease, own: DimensionDescription, left: Sequence[SharedDimension], *, is_gone: bool
    ) -> Iterator[Problem]:
        """Yield why a dimension may be another now; warn where that cannot be told."""
        went = "is gone" if is_gone else "is not crossed any more with all that it was"
        place = f"{release.dataset} {release.name}, dimension {own.name}"
        for one in left:
            if own.name == one.name or own.role == one.role != "other":
                rule = f"has nothing in common with {one.name}, which has the same {_common(own, one)}"
                yield Problem(place, rule, _REMEDY)
            elif own.role == one.role:
                rule = f"{went}, and {one.name} is new: what was published by {own.name} is compared by totals alone"
                more = ", and where both show the same people by other codes, withheld cells can be worked out"
                self._warn(Problem(place, rule + more, _TOTALS), own)
            elif "other" in (own.role, one.role):
                rule = f"{went}, and {one.name} is new: nothing tells whether it shows the same people by other codes"
                remedy = (
                    f"keep the tables with {own.name} beside the new ones, so that the job sees how they hang together,"
                    " or exchange them with an edition of other people, such as the next year"
                )
                yield Problem(place, rule, remedy)

    def _warn(self, problem: Problem, own: DimensionDescription) -> None:
        if (own.name, own.codelist) not in self._warned:
            self._warned.add((own.name, own.codelist))
            self.warnings.append(problem)


def _crossings(release: PublicRelease) -> Iterator[frozenset[str]]:
    """Yield the sets of dimensions that a release crosses, the largest of each table among them."""
    for table in release.description.tables:
        yield from [frozenset(table.dimensions)] if table.margins == "all" else map(frozenset, table.margins)


def _hidden_moves(then: View, now: View) -> list[Move]:
    """Return the members that moved from one shown member to another and that neither release shows by themselves.

    What they have is the difference of the shown ones, and no cell of theirs is there to be protected.
    """
    moves = moves_between(then.codelist, now.codelist)
    told_then, told_now = (_told_of(view) if moves else frozenset() for view in (then, now))
    return [
        one
        for one in moves
        if one.code not in told_then and one.there not in told_now
        if any(code in then.codes and there in now.codes for code, there in one.changed)
    ]


def _told_of(view: View) -> frozenset[str]:
    """Return the codes that a view publishes, and those above them."""
    return frozenset({*view.codes, *(one.code for code in view.codes for one in above(view.codelist, code))})


def _moved(moves: Sequence[Move]) -> str:
    shown = ", ".join(f"{one.code} below {one.was_below} (now below {one.is_below})" for one in moves[:_SHOWN])
    more = f" and {len(moves) - _SHOWN} more" if len(moves) > _SHOWN else ""
    return f"had {shown}{more}: whoever has both releases can subtract, and finds small cells of what was moved"


def _split(split: Sequence[tuple[str, str]]) -> str:
    shown = ", ".join(f"{then} and {now}" for then, now in split[:_SHOWN])
    more = f" and {len(split) - _SHOWN} more" if len(split) > _SHOWN else ""
    return f"divides the same ranges in other ways (then and now: {shown}{more}): whoever has both can subtract"


def _meet(one: Pairing, other: Pairing) -> bool:
    return one.own is other.own or one.shared is other.shared


def _common(own: DimensionDescription, shared: SharedDimension) -> str:
    return "name" if own.name == shared.name else f"role {shared.role}"
