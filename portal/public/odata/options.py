"""Read the options of an OData request: each once, by its name with or without the dollar sign, within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datasets.hints import hint
from datasets.said import said
from datasets.text import LANGUAGES
from portal.public.odata.expressions import Expression, Path, Reader, read_expression
from portal.public.odata.tokens import MAX_LENGTH
from portal.query.model import MAX_OFFSET, clip, invalid, unknown

NAMES = ("$filter", "$select", "$orderby", "$top", "$skip", "$count", "$apply", "$format", "$skiptoken")
"""The options that are understood, and ``lang``, which says in which language problems are told."""
_REFUSED = frozenset({"$expand", "$levels", "$search", "$compute", "$index"})
_LANGUAGE = "lang"


@dataclass(frozen=True)
class Options:
    """What a request asks for, as it is written; what an option means is left to those who know the entities."""

    filter: Expression | None = None
    select: tuple[str, ...] = ()
    orderby: tuple[tuple[str, bool], ...] = ()
    """The properties to sort by, and whether the largest comes first."""
    top: int | None = None
    skip: int = 0
    count: bool = False
    apply: str = ""
    format: str = ""
    skiptoken: str = ""
    given: tuple[tuple[str, str], ...] = ()
    """Every option as it came, with the dollar sign."""


def read_options(parameters: Sequence[tuple[str, str]], *, allowed: Sequence[str] = NAMES) -> Options:
    """Read the query of a URL; an option that is unknown, repeated, empty or too long raises QueryInvalid."""
    given = _once(parameters, allowed)
    text = given.get
    return Options(
        filter=read_expression(text("$filter", ""), place="$filter") if "$filter" in given else None,
        select=_names(given.get("$select")),
        orderby=_orders(given.get("$orderby")),
        top=_whole("$top", given["$top"]) if "$top" in given else None,
        skip=_whole("$skip", text("$skip", "0")),
        count=_flag(text("$count", "false")),
        apply=text("$apply", ""),
        format=text("$format", ""),
        skiptoken=text("$skiptoken", ""),
        given=tuple(given.items()),
    )


def _once(parameters: Sequence[tuple[str, str]], allowed: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for written, value in parameters:
        name = _name(written, allowed)
        if name in given:
            raise invalid(name, said("is given twice"), said("Give %(name)s once", name=name))
        if not value.strip():
            raise invalid(name, said("has no value"), said("Give it one, or leave it out"))
        if len(value) > MAX_LENGTH:
            raise invalid(name, said("is too long"), said("Write at most %(count)s characters", count=MAX_LENGTH))
        given[name] = value.strip()
    language = given.pop(_LANGUAGE, LANGUAGES[0])
    if language not in LANGUAGES:
        raise unknown(_LANGUAGE, language, LANGUAGES)
    return given


def _name(written: str, allowed: Sequence[str]) -> str:
    """Return the name of an option: OData 4.01 lets it be written without the dollar sign, and in large letters."""
    name = written[:40].lower()
    if name == _LANGUAGE:
        return name
    full = name if name.startswith("$") else f"${name}"
    if full in allowed:
        return full
    place = written if written.isprintable() and 0 < len(written) <= 40 else "query"
    if full in _REFUSED:
        raise invalid(full, said("is not understood"), _refused(full))
    if full in NAMES:
        raise invalid(full, said("has no meaning here"), hint(full, allowed))
    raise invalid(place, said("is not known"), hint(full, (*allowed, _LANGUAGE)))


def _refused(name: str) -> str:
    if name == "$search":
        return said("Write $filter=contains(property,'text')")
    if name == "$compute":
        return said("Nothing is worked out but what $apply adds up")
    if name == "$index":
        return said("Rows are passed over by $skip")
    return said("There is nothing to expand: labels are properties of their own")


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15) or (name == "$skip" and int(text) > MAX_OFFSET):
        rule = said("must be a whole number from 0 on, not %(given)s", given=clip(text))
        raise invalid(name, rule, said("Follow the next link for more rows, or download the whole table"))
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise invalid("$count", said("must be true or false, not %(given)s", given=clip(text)))
    return text.lower() == "true"


def _names(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    reader = Reader(text, "$select")
    names = [_selected(reader)]
    while reader.takes(","):
        names.append(_selected(reader))
    reader.expect_end()
    return () if "*" in names else tuple(dict.fromkeys(names))


def _selected(reader: Reader) -> str:
    return "*" if reader.takes("*") else reader.expect_name()


def _orders(text: str | None) -> tuple[tuple[str, bool], ...]:
    if text is None:
        return ()
    reader = Reader(text, "$orderby")
    orders = [_order(reader)]
    while reader.takes(","):
        orders.append(_order(reader))
    reader.expect_end()
    return tuple(orders)


def _order(reader: Reader) -> tuple[str, bool]:
    found = reader.expression()
    if not isinstance(found, Path):
        rule = said("sorts by something that is no property")
        raise invalid("$orderby", rule, said("Name properties, each with desc behind it for the largest first"))
    return found.name, reader.takes_word("asc", "desc") == "desc"
