"""The query: what someone asks of one table of one release, as frozen values that every dialect translates to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from datasets.errors import Problem, QueryInvalid
from datasets.hints import hint
from datasets.said import joined, said
from datasets.text import Language

DEFAULT_LIMIT = 1_000
MAX_LIMIT_JSON = 100_000
MAX_LIMIT_CSV = 1_000_000
MAX_TERMS = 1_000
"""How many values one query may name, over all its filters, groups, orders and selections together."""
PARAMETERS = ("select", "group", "order", "limit", "after", "lang", "release", "format", "download")
"""The parameters of a question that are no fields."""
MAX_VALUE_LENGTH = 500
"""How long one value may be, in characters."""


@dataclass(frozen=True)
class Filter:
    """One condition: ``province__in=01,79`` is field ``province``, operator ``in``, values ``("01", "79")``."""

    field: str
    operator: str
    values: tuple[str, ...]

    @property
    def place(self) -> str:
        """The parameter as the person who asks wrote it."""
        return self.field if self.operator == "eq" else f"{self.field}__{self.operator}"


@dataclass(frozen=True)
class Order:
    """One field to sort by. Dimensions sort as their code list does; an empty value comes last either way."""

    field: str
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """A question about one table of a release; ``portal.query.plan`` checks it against what the release describes."""

    table: str
    select: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    group: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int = DEFAULT_LIMIT
    after: str = ""
    language: Language | None = None
    """Adds a column with labels in this language beside every coded column."""

    @property
    def terms(self) -> int:
        """How many names and values the query holds."""
        values = sum(len(condition.values) for condition in self.filters)
        return values + len(self.filters) + len(self.select) + len(self.group) + len(self.order)


def invalid(place: str, rule: str, remedy: str = "") -> QueryInvalid:
    """Make the error for one thing that is wrong with a query; ``place`` is a parameter."""
    return QueryInvalid(joined(place, rule, between=": "), problems=[Problem(place, rule, remedy)])


def unknown(place: str, name: str, allowed: Iterable[str], *, near: str = "") -> QueryInvalid:
    """Make the error for a name that is none of ``allowed``: what was probably meant first, then the list."""
    return invalid(place, said("%(name)s is not known", name=clip(name)), hint(name, allowed, near=near))


def too_large() -> QueryInvalid:
    """Make the error for a sum beyond what an integer holds."""
    return invalid("query", said("adds up to a number that is too large"), said("Ask for fewer cells"))


def clip(text: str) -> str:
    """Return a stranger's text fit for a message: printable, quoted, at most 60 characters."""
    printable = "".join(character if character.isprintable() else "?" for character in text[:61])
    return f"'{printable[:60]}…'" if len(printable) > 60 else f"'{printable}'"
