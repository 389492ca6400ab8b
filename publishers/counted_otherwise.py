"""Whether an earlier release counted the people that the present one counts, and refuses what cannot be compared.

Readers subtract whatever they have. Numbers of other rows under the same name, or of texts of the source that are
counted under another member now, would pass for numbers of the same people that have changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from anonymization.ledger import NamedSum
from datasets.definition import Definition
from datasets.errors import DisclosureRuleInvalid, Problem
from datasets.release import PublicRelease
from publishers.counted_people import Condition, CountedPeople, Recoded, in_words, members_of
from publishers.ledger_members import View, families, sums_between
from publishers.tabulate.plan import TOTAL_LEVEL, TabulationPlan

_SHOWN = 3
_NEXT = "with an edition of other people, such as the next year"


@dataclass(frozen=True)
class CountedThen:
    """Whom an earlier release counted, as its marks tell, beside the present definition; None where they do not."""

    release: PublicRelease
    people: CountedPeople | None
    definition: Definition
    plan: TabulationPlan

    @cached_property
    def _now(self) -> CountedPeople:
        return CountedPeople.of(self.definition, self.plan)

    def members(
        self, quantities: Iterable[str], *, dimensions: Collection[str], taken: Collection[str]
    ) -> dict[str, tuple[str, ...]]:
        """Return the present members that a table with some quantities was of, by dimensions that it does not have.

        `dimensions` are those of the table and `taken` all of its release, as they are called now. Raises
        DisclosureRuleInvalid where it counted other rows, and none of the present tables tells these apart in the cells
        that it had: what is left of them would not be guarded.
        """
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        problems = []
        for name in quantities:
            then = self.people.conditions.get(name) if self.people else None
            if then is None:
                continue
            now = self._now.conditions[name]
            own = members_of(then, now, self.plan)
            alike = own is not None and own in (*found.values(), own)[:1]
            if own is None or not alike or own.keys() & set(taken) or not self._crossed(name, {*dimensions, *own}, own):
                problems.append(self._other_rows(name, then, now))
            else:
                found[name] = own
        if problems:
            raise DisclosureRuleInvalid("What was published before counted other people", problems=problems)
        return next(iter(found.values()), {})

    def _crossed(self, quantity: str, dimensions: Collection[str], own: Collection[str]) -> bool:
        """Say whether a present table crosses what there still is of some dimensions, where others come to them."""
        needed = {one.name for one in self.plan.dimensions} & {*dimensions}
        return not own or any(
            needed <= {name for name, level in zip(table.dimensions, node, strict=True) if level != TOTAL_LEVEL}
            for table in self.plan.tables
            if quantity in table.quantities
            for node in table.nodes
        )

    def _other_rows(self, quantity: str, then: Condition, now: Condition) -> Problem:
        differing = " and ".join(sorted(name for name in {*then, *now} if then.get(name) != now.get(name)))
        return Problem(
            f"{self.release.dataset} {self.release.name}, measure {self.plan.quantity(quantity).measure}",
            f"counted {in_words(then)}, and now it counts {in_words(now)}: whoever has both can subtract",
            f"count the same rows as then, and others {_NEXT}; or publish all rows with {differing} as a dimension"
            " beside the others, so that all parts are protected together",
        )

    def warnings(self) -> Iterator[Problem]:
        """Yield a warning where the source was asked for by another query: it may have counted other rows."""
        if self.people is not None and self.people.query != self._now.query:
            yield Problem(
                f"{self.release.dataset} {self.release.name}",
                "was read with another query of the source: if that counted other rows, whoever has both releases can"
                " subtract, and find withheld cells",
                f"check that both queries give the rows of the same people; ask for others {_NEXT}",
            )

    def check_texts(self, placed: Mapping[str, tuple[str, View, View | None]]) -> None:
        """Raise DisclosureRuleInvalid where a text of the source is counted under another member than then.

        `placed` has, by the name that a dimension had then, what it is called now, how it looked and how it looks. A
        text of which nothing was known then is new, as is one that is not known any more.
        """
        problems = []
        for name, (called, then, now) in placed.items():
            moved = list(self._moved(name, called, then, now)) if now is not None else []
            if moved:
                more = f" and {len(moved) - _SHOWN} more" if len(moved) > _SHOWN else ""
                told = ", ".join(
                    f"{text or 'missing values'} as {was} (now as {is_})" for text, was, is_ in moved[:_SHOWN]
                )
                problems.append(
                    Problem(
                        f"{self.release.dataset} {self.release.name}, dimension {name}",
                        f"counted {told}{more}: whoever has both releases can subtract, and find withheld cells",
                        f"keep map and unknown as they were then, and correct them {_NEXT}",
                    )
                )
        if problems:
            raise DisclosureRuleInvalid("What was published before counted other people", problems=problems)

    def _moved(self, name: str, called: str, then: View, now: View) -> Iterator[tuple[str, str, str]]:
        """Yield the texts that the definitions name and that are counted under members that nothing links."""
        texts = self.people.texts.get(name) if self.people else None
        if texts is None or self.plan.dimension(called).is_time:
            return
        named = dict.fromkeys((*texts.codes, *self._now.texts[called].codes))
        levels = self.release.description.dimension(name).levels
        before, after = Recoded.then(texts, then.codelist, levels), Recoded(self.plan.dimension(called))
        sums = list(_sums(then, now))
        for text in named:
            was, is_ = before.code(text), after.code(text)
            if was is not None and is_ is not None and not _is_part(then.names[was], now.names[is_], sums):
                yield text, was, is_


def _sums(then: View, now: View) -> Iterator[NamedSum]:
    yield from sums_between(then, now)
    for view in (then, now):
        for parent, children in families(view.codelist, view.codes):
            if parent in view.names:
                yield view.names[parent], tuple(view.names[child] for child in children)


def _is_part(one: str, other: str, sums: Collection[NamedSum]) -> bool:
    """Say whether two members are the same, or one is a part of the other."""

    def with_wholes(name: str) -> set[str]:
        found = {name}
        while more := {parent for parent, children in sums if found & {*children}} - found:
            found |= more
        return found

    return other in with_wholes(one) or one in with_wholes(other)
