"""What members are called in the ledger: one name for the same member of any code list, and the sums between lists.

A code list may be copied under another name, or have members added: what stands for the same people keeps its name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import pairwise

from anonymization.ledger import NamedSum
from datasets.codelist import Codelist, Member
from datasets.geography import Crosswalk
from datasets.names import TOTAL
from datasets.periods import TIME_LEVELS, period_of

TEXT_BYTES = 16
"""How much of a text that ends a range is looked at."""


@dataclass(frozen=True, order=True)
class Span:
    """A range, from its first value to where it has ended. Only of numbers can be told what lies between two."""

    first: Decimal
    after: Decimal
    numbers: bool = True

    def holds(self, other: Span) -> bool:
        """Say whether another is inside."""
        return self.numbers == other.numbers and self.first <= other.first and other.after <= self.after

    def is_filled_by(self, parts: Sequence[Span]) -> bool:
        """Say whether ranges in order fill this one, as far as can be told."""
        if not parts or (parts[0].first, parts[-1].after) != (self.first, self.after):
            return False
        steps = [(before.after, then.first) for before, then in pairwise(parts)]
        return all(end == start if self.numbers else end <= start for end, start in steps)


def spans_of(codelist: Codelist) -> dict[str, Span]:
    """Return the range of each member that has one: of numbers where all ends are, else of texts; of periods, the days.

    A number belongs to the range that holds what is left of it at the list's own decimals, as in tabulation: 0 to 4
    ends before 5.
    """
    if codelist.id in TIME_LEVELS:
        periods = {member.code: period_of(member.code) for member in codelist.members}
        days = {code: (own[0].toordinal(), own[1].toordinal() + 1) for code, own in periods.items() if own}
        return {code: Span(Decimal(first), Decimal(after)) for code, (first, after) in days.items()}
    ranged = {one.code: (one.range_from, one.range_to) for one in codelist.members if one.range_from or one.range_to}
    numbers = _numbers({end for own in ranged.values() for end in own if end})
    infinite = Decimal("Infinity")
    if numbers is None:
        texts = {code: (_number(first, 0), _number(last, 255) + 1) for code, (first, last) in ranged.items()}
        return {
            code: Span(first, after if ranged[code][1] else infinite, numbers=False)
            for code, (first, after) in texts.items()
        }
    step = Decimal(1).scaleb(min((_exponent(number) for number in numbers.values()), default=0))
    return {
        code: Span(numbers[first] if first else -infinite, numbers[last] + step if last else infinite)
        for code, (first, last) in ranged.items()
    }


def _numbers(ends: Collection[str]) -> dict[str, Decimal] | None:
    """Return the ends of ranges as numbers; None where one is none."""
    try:
        found = {end: Decimal(end) for end in ends}
    except InvalidOperation:
        return None
    return found if all(number.is_finite() for number in found.values()) else None


def _exponent(number: Decimal) -> int:
    return min(int(number.normalize().as_tuple().exponent), 0)


def _number(text: str, rest: int) -> Decimal:
    """Return a number that is in the order of the texts, which is followed by bytes of the value `rest`."""
    return Decimal(int.from_bytes(text.encode()[:TEXT_BYTES].ljust(TEXT_BYTES, bytes([rest]))))


@dataclass(frozen=True)
class View:
    """A dimension as one release publishes it: its list, the codes of its members, and what the ledger calls them.

    `names` has every member of the list, published or not; `codes` are without the total.
    """

    codelist: Codelist
    codes: tuple[str, ...]
    names: Mapping[str, str]

    @cached_property
    def published(self) -> frozenset[str]:
        """The names of the members that are published."""
        return frozenset(self.names[code] for code in self.codes)

    @cached_property
    def spans(self) -> Mapping[str, Span]:
        """The ranges of the published members that have one."""
        found = spans_of(self.codelist)
        return {code: found[code] for code in self.codes if code in found}


def view_of(codelist: Codelist, codes: tuple[str, ...], seen: Sequence[View]) -> View:
    """Return how a list looks beside those that were `seen`: a member that one of them has is called as it is there.

    Members of the first list are called by their codes, others by their list and code; a name stands for one member of
    a list.
    """
    names: dict[str, str] = {}
    for view in seen:
        if view.codelist.members == codelist.members:
            return View(codelist, codes, {**view.names})
        taken = set(names.values())
        for code, there in same_members(codelist, view.codelist).items():
            if code not in names and view.names[there] not in taken:
                names[code] = view.names[there]
                taken.add(view.names[there])
    known = {name for view in seen for name in view.names.values()}
    for member in codelist.members:
        if member.code not in names:
            name = f"{codelist.id}:{member.code}" if seen else member.code
            while name in known:
                name += "'"
            names[member.code] = name
    return View(codelist, codes, names)


# The same members -----------------------------------------------------------------------------------------------------


def same_members(one: Codelist, other: Codelist) -> dict[str, str]:
    """Return the codes of one list with the codes under which another has the same members.

    The same are members of one code, unless their ranges, or their labels, or what became of them differ; members of
    the same range; and members of the same labels. In one list, and in a copy, a code has one meaning, whatever it is
    called: a list is a copy where most members of the same code are the same. A member that lost or got another, which
    both lists have, is not the same people.
    """
    found = _alike(one, other)
    changed = {code for move in _moves(one, other, found) for code, _ in move.changed}
    return {code: there for code, there in found.items() if code not in changed}


@dataclass(frozen=True)
class Move:
    """A member that two lists have below different members of one level, by its codes in both."""

    code: str
    there: str
    was_below: str
    is_below: str
    changed: tuple[tuple[str, str], ...]
    """The members that would be the same in both lists, but that they lost or got it."""


def moves_between(one: Codelist, other: Codelist) -> list[Move]:
    """Return the members that stand below others in the second list than in the first."""
    return list(_moves(one, other, _alike(one, other)))


def _moves(one: Codelist, other: Codelist, found: Mapping[str, str]) -> Iterator[Move]:
    first = {there: code for code, there in found.items()}
    for code, there in found.items():
        now = {member.level: member.code for member in above(other, there)}
        for was in above(one, code):
            below = now.get(was.level)
            if below is not None and found.get(was.code) != below:
                changed = [(each, found[each]) for each in (was.code, first.get(below, "")) if each in found]
                if changed:
                    yield Move(code, there, was.code, below, tuple(changed))


def above(codelist: Codelist, code: str) -> Iterator[Member]:
    """Yield the members above one, the nearest first; a cycle ends."""
    seen = {code}
    while (above := codelist.by_code.get(codelist.by_code[code].parent)) is not None and above.code not in seen:
        yield above
        code = above.code
        seen.add(code)


def _alike(one: Codelist, other: Codelist) -> dict[str, str]:
    """Return which members of two lists are the same, by what is said of each alone."""
    found: dict[str, str] = {}
    ours, theirs = spans_of(one), spans_of(other)
    may_be = []
    for member in one.members:
        there = other.by_code.get(member.code)
        if there is None:
            continue
        mine, its = ours.get(member.code), theirs.get(member.code)
        if mine is not None and its is not None:
            # Decimals elsewhere in a list move where its ranges end, and not what a member is.
            if mine == its or (_ends(member) == _ends(there) and _is_called_alike(member, there)):
                found[member.code] = there.code
        elif one.id == other.id or _is_called_alike(member, there):
            found[member.code] = there.code
        elif member.successor == there.successor:
            may_be.append(member.code)
    if len(found) > len(may_be):
        found.update(zip(may_be, may_be, strict=True))

    def by_range(ends: Mapping[str, Span]) -> Callable[[Member], Hashable]:
        return lambda member: ends.get(member.code)

    _match(one, other, found, (by_range(ours), by_range(theirs)))
    _match(one, other, found, (lambda member: _labels(member, ours), lambda member: _labels(member, theirs)))
    return found


def _is_called_alike(member: Member, there: Member) -> bool:
    alike = (_folded(member.label.vi) == _folded(there.label.vi), _folded(member.label.en) == _folded(there.label.en))
    return any(alike) and member.successor == there.successor


def _ends(member: Member) -> tuple[str, str]:
    return member.range_from, member.range_to


def _labels(member: Member, ends: Mapping[str, Span]) -> Hashable:
    return _folded(member.label.vi), _folded(member.label.en), member.successor, ends.get(member.code)


def _folded(label: str) -> str:
    return " ".join(label.casefold().split())


def _match(
    one: Codelist,
    other: Codelist,
    found: dict[str, str],
    keys: tuple[Callable[[Member], Hashable], Callable[[Member], Hashable]],
) -> None:
    """Add the members that agree in a key and that nothing was found for yet, those of the same level first."""
    free: dict[Hashable, list[Member]] = {}
    used = set(found.values())
    for member in other.members:
        if member.code not in used and (key := keys[1](member)) is not None:
            free.setdefault(key, []).append(member)
    for member in one.members:
        there = free.get(keys[0](member), []) if member.code not in found else []
        if there:
            chosen = next((each for each in there if each.level == member.level), there[0])
            there.remove(chosen)
            found[member.code] = chosen.code


def split_otherwise(one: View, other: View) -> list[tuple[str, str]]:
    """Return members of two views, by their codes, whose ranges have a part in common that is a member of neither.

    Of 0 to 9 and 10 to 29 then, 0 to 4 and 5 to 29 now, whoever adds up has 5 to 9 as well: it lies between a value
    at which one view begins a range and the next at which the other does, with nothing of both in between.
    """
    spans = [dict(view.spans) for view in (one, other)]
    if len({own.numbers for each in spans for own in each.values()}) > 1:
        return []
    starts = [{span.first for span in own.values()} for own in spans]
    every = sorted(starts[0] | starts[1])
    found = []
    for first, after in pairwise(every):
        for this, that in ((0, 1), (1, 0)):
            if first not in starts[that] and after not in starts[this]:
                wide = [code for code, own in spans[this].items() if own.first == first and after < own.after]
                over = [code for code, own in spans[that].items() if own.first < first < own.after]
                if wide and over:
                    found.append((wide[0], over[0]) if this == 0 else (over[0], wide[0]))
    return found


# Sums -----------------------------------------------------------------------------------------------------------------


def families(codelist: Codelist, codes: Collection[str]) -> Iterator[NamedSum]:
    """Yield each published member with the published members below it; `_T` stands above all that have no parent."""
    below: dict[str, list[str]] = {}
    for code in codes:
        if code != TOTAL:
            member, above = codelist.by_code.get(code), ""
            while member is not None and (above := member.parent) and above not in codes:
                member = codelist.by_code.get(above)
            below.setdefault(above if above in codes else TOTAL, []).append(code)
    for parent, children in below.items():
        yield parent, tuple(children)


def sums_between(one: View, other: View) -> list[NamedSum]:
    """Return which members of one release are made up of members of the other, by hierarchy, successors and ranges."""
    if one.codelist.members == other.codelist.members and one.published == other.published:
        return []
    found: dict[NamedSum, None] = {}
    for view, against in ((one, other), (other, one)):
        for parent, children in (
            *_by_hierarchy(view, against),
            *_by_successors(view, against),
            *_by_ranges(view, against),
        ):
            if children != (parent,):
                found[parent, children] = None
    return list(found)


def _by_hierarchy(view: View, against: View) -> Iterator[NamedSum]:
    """Yield the sums that a list knows of, among the members that either release publishes."""
    if view.codelist.id in TIME_LEVELS:
        return  # it has the periods of its own edition alone: a quarter is not the one month that is there
    code_of = {name: code for code, name in view.names.items()}
    known = [*view.codes, *(code_of[name] for name in map(against.names.__getitem__, against.codes) if name in code_of)]
    for parent, children in families(view.codelist, dict.fromkeys(known)):
        if parent != TOTAL:
            yield view.names[parent], tuple(view.names[child] for child in children)


def _by_successors(old: View, new: View) -> Iterator[NamedSum]:
    """Yield what members of one list became in the other; a list that has one of them still is not the newer one.

    What had ended before is a part too where it is published: a new member of the years before has its people. Where it
    is not, it has nobody, and to take it for a part would be to count on doubts that no reader has.
    """
    if not any(member.successor for member in old.codelist.members):
        return
    still = frozenset(new.names.values())
    for level in old.codelist.levels:
        walk = Crosswalk(old.codelist, level)
        for code in new.codelist.by_code:
            ended = walk.ended_in(code).intersection(old.codes)
            parts = tuple(old.names[part] for part in sorted(walk.parts_of(code) | ended))
            if parts and not still.intersection(parts):
                yield new.names[code], parts


def _by_ranges(view: View, against: View) -> Iterator[NamedSum]:
    """Yield the members whose range those of one level of the other fill."""
    by_level: dict[str, list[tuple[Span, str]]] = {}
    for code, span in against.spans.items():
        by_level.setdefault(against.codelist.by_code[code].level, []).append((span, against.names[code]))
    for code, whole in view.spans.items():
        for own in by_level.values():
            inside = sorted((span, name) for span, name in own if whole.holds(span))
            if whole.is_filled_by([span for span, _ in inside]):
                yield view.names[code], tuple(name for _, name in inside)
