"""What a row of an answer must satisfy: conditions on its columns, joined by "all of" and "one of", checked and typed.

Negations are carried down to the single conditions, where they have one meaning: a comparison with a value that is
withheld or missing holds neither way, as in SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from portal.query.model import AllOf, Filter, Not, Term
from portal.query.operators import Operator

Value = str | int | float | bool | date


@dataclass(frozen=True)
class Condition:
    """A comparison of a calculated column with values of the column's own type."""

    column: str
    operator: Operator
    values: tuple[Value, ...]
    status_of: str = ""
    """The measure whose status the column holds; empty for any other column."""
    negated: bool = False


@dataclass(frozen=True)
class Among:
    """A dimension's code is one of these members."""

    column: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Every:
    """All of its parts hold; without parts it always does."""

    parts: tuple[RowTest, ...]


@dataclass(frozen=True)
class Some:
    """One of its parts holds; without parts it never does."""

    parts: tuple[RowTest, ...]


RowTest = Condition | Among | Every | Some


def plan_test(term: Term, check: Callable[[Filter, bool], RowTest], *, negated: bool = False) -> RowTest:
    """Return the test that ``term`` means; ``check`` makes that of one filter, or of its opposite."""
    if isinstance(term, Filter):
        return check(term, negated)
    if isinstance(term, Not):
        return plan_test(term.part, check, negated=not negated)
    parts = tuple(plan_test(part, check, negated=negated) for part in term.parts)
    # Not all of them is one of their opposites, and the other way round.
    return Every(parts) if isinstance(term, AllOf) is not negated else Some(parts)


def single_conditions(test: RowTest) -> Iterator[Condition | Among]:
    """Yield every single condition of a test."""
    if isinstance(test, Condition | Among):
        yield test
    else:
        for part in test.parts:
            yield from single_conditions(part)


def spelled(test: RowTest) -> tuple[object, ...]:
    """Return a test as plain values, the same in every process."""
    if isinstance(test, Condition):
        return test.column, test.operator.key, test.values, test.negated
    if isinstance(test, Among):
        return test.column, test.members
    return type(test).__name__, *map(spelled, test.parts)
