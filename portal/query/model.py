"""The query: what someone asks of one table of one release, as frozen values that every dialect translates to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from datasets.errors import Problem, QueryInvalid
from datasets.hints import hint
from datasets.said import joined, said
from datasets.text import Language

DEFAULT_LIMIT = 1_000
MAX_LIMIT_JSON = 100_000
MAX_LIMIT_WORKBOOK = 100_000
ALL_ROWS = 999_999_999
"""The limit that ``limit=all`` means, for formats that are written while they are read."""
FormatKey = Literal["json", "csv", "jsonl", "xlsx", "parquet", "arrow", "json-stat"]
MOST_ROWS: dict[FormatKey, int] = {
    "json": MAX_LIMIT_JSON,
    "csv": ALL_ROWS,
    "jsonl": ALL_ROWS,
    "xlsx": MAX_LIMIT_WORKBOOK,
    "parquet": ALL_ROWS,
    "arrow": ALL_ROWS,
    "json-stat": MAX_LIMIT_JSON,
}
"""How many rows one answer has at most, by its format."""
UNPAGED: frozenset[FormatKey] = frozenset({"json-stat"})
"""Formats that hold a whole answer or none: a page of it would look like all there is."""
MAX_TERMS = 1_000
"""How many values one query may name, over all its filters, groups, orders and selections together."""
MAX_DEPTH = 20
"""How deep conditions may be nested."""
MAX_OFFSET = 10_000_000
PARAMETERS = (
    "select",
    "where",
    "group",
    "aggregate",
    "order",
    "limit",
    "offset",
    "after",
    "lang",
    "release",
    "as_of",
    "geography",
    "names",
    "format",
    "header",
    "bom",
    "download",
)
"""The parameters of a question that are no fields."""
MAX_VALUE_LENGTH = 500
"""How long one value may be, in characters."""


Geography = Literal["2025", "legacy"]
"""The list whose codes a question names provinces by: the 34 since 1 July 2025, or the 63 before."""
GEOGRAPHIES: tuple[Geography, ...] = get_args(Geography)

AggregateFunction = Literal["count", "count_distinct", "sum", "min", "max", "avg"]
AGGREGATES: tuple[AggregateFunction, ...] = get_args(AggregateFunction)


@dataclass(frozen=True)
class Filter:
    """One condition: ``province__in=01,79`` is field ``province``, operator ``in``, values ``("01", "79")``."""

    field: str
    operator: str
    values: tuple[str, ...]
    named: bool = True
    """Whether it is the question that names the field, and not a dialect that looks into every column."""

    @property
    def place(self) -> str:
        """The parameter as the person who asks wrote it."""
        return self.field if self.operator == "eq" else f"{self.field}__{self.operator}"


@dataclass(frozen=True)
class AllOf:
    """Holds for a row for which every part holds."""

    parts: tuple[Term, ...]


@dataclass(frozen=True)
class AnyOf:
    """Holds for a row for which one part holds."""

    parts: tuple[Term, ...]


@dataclass(frozen=True)
class Not:
    """Holds where its part is false; a value that is withheld or missing is neither, as in SQL."""

    part: Term


Term = Filter | AllOf | AnyOf | Not
"""A condition on the rows of an answer, as deep as ``MAX_DEPTH``."""


@dataclass(frozen=True)
class Aggregate:
    """A figure of each group of a register's rows; ``field`` is empty where rows are counted."""

    function: AggregateFunction
    field: str = ""

    @property
    def name(self) -> str:
        """The column of the answer."""
        return f"{self.field}_{self.function}" if self.field else self.function


@dataclass(frozen=True)
class Order:
    """One field to sort by. Dimensions sort as their code list does; an empty value comes last either way."""

    field: str
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """A question about one table of a release.

    ``portal.query.planning`` checks it against what the release describes.
    """

    table: str
    select: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    """Conditions that all hold. On a dimension of a cube they choose its members."""
    group: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int = DEFAULT_LIMIT
    after: str = ""
    language: Language | None = None
    """Adds a column with labels in this language beside every coded column."""
    where: Term | None = None
    """A further condition on each row of the answer, with any nesting; it chooses no members of what is not shown."""
    aggregates: tuple[Aggregate, ...] = ()
    """What to work out for each group of a register."""
    offset: int = 0
    """How many rows to pass over; ``after`` finds the next page without counting up to it."""
    columns: tuple[str, ...] = ()
    """The columns of a listing one by one, for clients that name each; empty for all."""
    distinct: bool = False
    """Whether rows that say the same are given once."""
    geography: Geography | None = None
    """The list of provinces that codes are of, where it is not the release's own."""
    names: tuple[str, ...] | None = None
    """The older names under which fields that the question does not name stand in the answer too; None for all."""

    @property
    def terms(self) -> int:
        """How many names and values the query holds."""
        conditions = (*self.filters, *(leaves(self.where) if self.where else ()))
        values = sum(len(condition.values) for condition in conditions)
        named = (self.select, self.group, self.aggregates, self.order)
        return values + len(conditions) + sum(map(len, named))


def leaves(term: Term) -> Iterator[Filter]:
    """Yield every filter of a condition, from left to right."""
    if isinstance(term, Filter):
        yield term
    elif isinstance(term, Not):
        yield from leaves(term.part)
    else:
        for part in term.parts:
            yield from leaves(part)


def invalid(place: str, rule: str, remedy: str = "") -> QueryInvalid:
    """Make the error for one thing that is wrong with a query; ``place`` is a parameter."""
    return QueryInvalid(joined(place, rule, between=": "), problems=[Problem(place, rule, remedy)])


def unknown(place: str, name: str, allowed: Iterable[str], *, near: str = "", told: Iterable[str] = ()) -> QueryInvalid:
    """Make the error for a name that is none of ``allowed``: what was probably meant first, then the list."""
    return invalid(place, said("%(name)s is not known", name=clip(name)), hint(name, allowed, near=near, told=told))


def too_large() -> QueryInvalid:
    """Make the error for a sum beyond what an integer holds."""
    return invalid("query", said("adds up to a number that is too large"), said("Ask for fewer cells"))


def clip(text: str) -> str:
    """Return a stranger's text fit for a message: printable, quoted, at most 60 characters."""
    printable = "".join(character if character.isprintable() else "?" for character in text[:61])
    return f"'{printable[:60]}…'" if len(printable) > 60 else f"'{printable}'"


def shown_name(name: str) -> str:
    """Return a stranger's name of a parameter as far as it can be shown."""
    return name if name.isprintable() and 0 < len(name) <= 130 else clip(name)
