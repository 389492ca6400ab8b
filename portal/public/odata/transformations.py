"""Read ``$apply``: filters first, then groups or figures, as far as a table can answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from datasets.errors import QueryInvalid
from datasets.said import said
from portal.public.odata.expressions import Expression, Reader
from portal.query.model import MAX_TERMS, clip, invalid

PLACE = "$apply"
METHODS = ("sum", "min", "max", "average", "countdistinct")
COUNT = "$count"
_ALIAS = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


@dataclass(frozen=True)
class Figure:
    """One figure: of which property, by which method (empty: as it is published), and under which name."""

    property: str
    method: str
    alias: str


@dataclass(frozen=True)
class Transformations:
    """What ``$apply`` asks for."""

    filters: tuple[Expression, ...] = ()
    """What holds for the rows before they are grouped."""
    by: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    grouped: bool = False
    """Whether anything is grouped or worked out at all."""


def read_apply(text: str) -> Transformations:
    """Read the transformations; one that is unknown, or at a place where it has no meaning, raises QueryInvalid."""
    reader = Reader(text, PLACE)
    found = _step(reader, Transformations())
    steps = 1
    while reader.takes("/"):
        steps += 1
        if steps > MAX_TERMS:
            raise reader.wrong()
        found = _step(reader, found)
    reader.expect_end()
    return found


def _step(reader: Reader, before: Transformations) -> Transformations:
    name = reader.expect_name()
    if name == "identity":
        return before
    read = _STEPS.get(name)
    if read is None:
        rule = said("%(name)s is not understood", name=clip(name))
        raise invalid(PLACE, rule, said("There are: %(names)s", names=", ".join((*_STEPS, "identity"))))
    if before.grouped:
        rule = said("goes on after groups or figures")
        raise invalid(PLACE, rule, said("Write $filter, $orderby and $top beside $apply: they are about its result"))
    reader.expect("(")
    found = read(reader, before)
    reader.expect(")")
    return found


def _filter(reader: Reader, before: Transformations) -> Transformations:
    return Transformations((*before.filters, reader.expression()))


def _groupby(reader: Reader, before: Transformations) -> Transformations:
    reader.expect("(")
    by = [reader.expect_name()]
    while reader.takes(","):
        by.append(reader.expect_name())
    reader.expect(")")
    figures: tuple[Figure, ...] = ()
    if reader.takes(","):
        if reader.expect_name() != "aggregate":
            raise invalid(PLACE, said("groups can only be followed by aggregate"), said("Put filter before groupby"))
        reader.expect("(")
        figures = _figures(reader)
        reader.expect(")")
    return Transformations(before.filters, tuple(dict.fromkeys(by)), figures, grouped=True)


def _aggregate(reader: Reader, before: Transformations) -> Transformations:
    return Transformations(before.filters, (), _figures(reader), grouped=True)


def _figures(reader: Reader) -> tuple[Figure, ...]:
    figures = [_figure(reader)]
    while reader.takes(","):
        figures.append(_figure(reader))
    aliases = [figure.alias for figure in figures]
    twice = next((alias for alias in aliases if aliases.count(alias) > 1), "")
    if twice:
        raise invalid(PLACE, said("%(name)s is given twice", name=clip(twice)), said("Give each figure its own name"))
    return tuple(figures)


def _figure(reader: Reader) -> Figure:
    name = reader.expect_name()
    method = _method(reader, name)
    if reader.takes_word("as"):
        alias = reader.expect_name()
        if not _ALIAS.fullmatch(alias):
            raise invalid(PLACE, said("%(name)s cannot be a name", name=clip(alias)), said("Write letters and digits"))
        return Figure(name, method, alias)
    if method:
        rule = said("a figure has no name")
        raise invalid(PLACE, rule, said("Write %(example)s", example=f"{name} with {method} as name"))
    if name == COUNT:
        raise invalid(PLACE, said("a figure has no name"), said("Write %(example)s", example="$count as name"))
    return Figure(name, method, name)


def _method(reader: Reader, name: str) -> str:
    if not reader.takes_word("with"):
        return ""
    method = reader.expect_name()
    if method not in METHODS or name == COUNT:
        rule = said("%(name)s is not understood", name=clip(method))
        raise invalid(PLACE, rule, said("There are: %(names)s", names=", ".join((*METHODS, COUNT))))
    return method


_STEPS: Mapping[str, Callable[[Reader, Transformations], Transformations]] = {
    "filter": _filter,
    "groupby": _groupby,
    "aggregate": _aggregate,
}


def no_meaning(rule: str, remedy: str) -> QueryInvalid:
    """Make the error for figures that a table has no right answer to."""
    return invalid(PLACE, rule, remedy)
