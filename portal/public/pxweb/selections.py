"""Read what a client of PxWeb selects, from the parameters of an address or from a JSON body; nothing is resolved."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import orjson

from datasets.said import said
from portal.query.model import MAX_VALUE_LENGTH, clip, invalid, unknown

Output = Literal["aggregated", "single"]
OUTPUTS: tuple[Output, ...] = ("aggregated", "single")
MAX_BODY = 2**20
"""How many bytes a selection may have."""
MAX_VALUES = 50_000
"""How many values one selection may name."""

_KEYED = re.compile(r"(valuecodes|codelist|outputvalues)\[([^\[\]]{1,130})\]", re.IGNORECASE)
KEYED = ("valuecodes", "codelist", "outputValues")
"""What is said of single variables, which are named in brackets behind it."""
PLACED = ("stub", "heading")
_ITEM_KEYS = ("variableCode", "valueCodes", "codelist", "outputValues")
_BODY_KEYS = ("selection", "placement")


@dataclass(frozen=True)
class VariableSelection:
    """What is selected of one variable; without ``values`` it is left out, at its published total."""

    variable: str
    values: tuple[str, ...]
    codelist: str = ""
    output: Output = "aggregated"
    """Whether groups of a code list are given as they are, or by the values that they are made of."""


@dataclass(frozen=True)
class Selection:
    """What is selected, and which variables are to stand first (``stub``) and last (``heading``)."""

    variables: tuple[VariableSelection, ...] = ()
    stub: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()


def read_parameters(parameters: Sequence[tuple[str, str]]) -> Selection:
    """Return the selection in the parameters of an address; those that say something else are passed over."""
    keyed: dict[str, dict[str, list[str]]] = {"valuecodes": {}, "codelist": {}, "outputvalues": {}}
    for name, text in parameters:
        found = _KEYED.fullmatch(name)
        if found is not None:
            keyed[found[1].lower()].setdefault(found[2], []).append(text)
    values = keyed["valuecodes"]
    for kind in ("codelist", "outputvalues"):
        for variable in keyed[kind]:
            if variable not in values:
                rule = said("is given without valuecodes of the same variable")
                raise invalid(_place(kind, variable), rule, said("Write %(examples)s", examples="valuecodes[…]=*"))
    variables = [
        VariableSelection(
            variable,
            tuple(_checked(_place("valuecodes", variable), part) for text in texts for part in _parted(text)),
            _once("codelist", variable, keyed["codelist"]),
            _output(_place("outputValues", variable), _once("outputvalues", variable, keyed["outputvalues"])),
        )
        for variable, texts in values.items()
    ]
    placed = {name: tuple(_names(parameters, name)) for name in ("stub", "heading")}
    return _bounded(Selection(tuple(variables), **placed))


def read_codelists(parameters: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the code list that parameters name for each variable."""
    found: dict[str, str] = {}
    for name, text in parameters:
        keyed = _KEYED.fullmatch(name)
        if keyed is not None and keyed[1].lower() == "codelist":
            if keyed[2] in found:
                raise invalid(_place("codelist", keyed[2]), said("is given twice"), said("Give it once"))
            found[keyed[2]] = _checked(_place("codelist", keyed[2]), text)
    return found


def read_body(body: bytes) -> Selection:
    """Return the selection in a JSON body; none at all where it is empty."""
    if len(body) > MAX_BODY:
        rule = said("has more than %(count)s bytes", count=MAX_BODY)
        raise invalid("body", rule, said("Write * instead of every code"))
    if not body.strip():
        return Selection()
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise invalid("body", said("is not JSON in UTF-8"), _example()) from None
    document = _object("body", given, _BODY_KEYS)
    items = document.get("selection") or []
    if not isinstance(items, list):
        raise invalid("selection", said("must be a list"), _example())
    variables = tuple(_item(f"selection[{number}]", item) for number, item in enumerate(items))
    placement = _object("placement", document.get("placement") or {}, ("stub", "heading"))
    placed = {name: _texts(f"placement.{name}", placement.get(name)) for name in ("stub", "heading")}
    return _bounded(Selection(variables, **placed))


def as_parameters(selection: Selection) -> Iterator[tuple[str, str]]:
    """Yield the parameters of an address that selects the same."""
    for each in selection.variables:
        if each.values:
            yield f"valuecodes[{each.variable}]", ",".join(f"[{text}]" if "," in text else text for text in each.values)
            if each.codelist:
                yield f"codelist[{each.variable}]", each.codelist
            if each.output != OUTPUTS[0]:
                yield f"outputValues[{each.variable}]", each.output
    for name, placed in (("stub", selection.stub), ("heading", selection.heading)):
        if placed:
            yield name, ",".join(placed)


def _item(place: str, item: object) -> VariableSelection:
    given = _object(place, item, _ITEM_KEYS)
    variable = given.get("variableCode")
    if not isinstance(variable, str) or not variable:
        raise invalid(f"{place}.variableCode", said("must name a variable"), _example())
    return VariableSelection(
        _checked(f"{place}.variableCode", variable),
        _texts(f"{place}.valueCodes", given.get("valueCodes")),
        _text(f"{place}.codelist", given.get("codelist")),
        _output(f"{place}.outputValues", _text(f"{place}.outputValues", given.get("outputValues"))),
    )


def _object(place: str, given: object, keys: Sequence[str]) -> Mapping[str, object]:
    if not isinstance(given, dict):
        raise invalid(place, said("must be an object"), _example())
    for key in given:
        if key not in keys:
            raise unknown(place, key, keys)
    return given


def _texts(place: str, given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise invalid(place, said("must be a list of texts"), _example())
    return tuple(_checked(place, text) for text in cast("list[str]", given))


def _text(place: str, given: object) -> str:
    if given is not None and not isinstance(given, str):
        raise invalid(place, said("must be a text"), _example())
    return _checked(place, given) if given else ""


def _example() -> str:
    example = '{"selection": [{"variableCode": "sex", "valueCodes": ["F", "M"]}]}'
    return said("Write it like %(example)s", example=example)


def _checked(place: str, text: str) -> str:
    if not text or "\x00" in text or len(text) > MAX_VALUE_LENGTH:
        rule = said("has an empty value, or one that is too long")
        raise invalid(place, rule, said("Write at most %(count)s characters", count=MAX_VALUE_LENGTH))
    return text


def _output(place: str, text: str) -> Output:
    for known in OUTPUTS:
        if text in {known, ""}:
            return known
    raise unknown(place, text, OUTPUTS)


def _bounded(selection: Selection) -> Selection:
    for place, names in (
        ("selection", [each.variable for each in selection.variables]),
        ("placement", [*selection.stub, *selection.heading]),
    ):
        twice = next((name for name, count in Counter(names).items() if count > 1), None)
        if twice is not None:
            rule = said("names one field twice: %(name)s", name=clip(twice))
            raise invalid(place, rule, said("Name each field once"))
    if sum(len(each.values) for each in selection.variables) > MAX_VALUES:
        rule = said("names more than %(count)s values", count=MAX_VALUES)
        raise invalid("selection", rule, said("Write * instead of every code"))
    return selection


def _parted(text: str) -> Iterator[str]:
    """Part a list at its commas, but not those within brackets: ``01,range(2,5),[top(3,1)]``."""
    if not text.strip():
        return
    depth, start = 0, 0
    for position, character in enumerate(text):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth = max(0, depth - 1)
        elif character == "," and not depth:
            yield _bare(text[start:position])
            start = position + 1
    yield _bare(text[start:])


def _bare(text: str) -> str:
    """Return a value without the square brackets that keep its commas together."""
    value = text.strip()
    return value[1:-1].strip() if value.startswith("[") and value.endswith("]") else value


def _once(kind: str, variable: str, given: Mapping[str, list[str]]) -> str:
    texts = given.get(variable, [""])
    if len(texts) > 1:
        raise invalid(_place(kind, variable), said("is given twice"), said("Give it once"))
    return _checked(_place(kind, variable), texts[0]) if texts[0] else ""


def _names(parameters: Sequence[tuple[str, str]], wanted: str) -> list[str]:
    return [
        _checked(wanted, part)
        for name, text in parameters
        if name == wanted
        for part in (each.strip() for each in text.split(","))
        if part
    ]


def _place(kind: str, variable: str) -> str:
    return f"{kind}[{variable}]" if variable.isprintable() else kind


def check_names(parameters: Sequence[tuple[str, str]], known: Sequence[str], keyed: Sequence[str] = ()) -> None:
    """Raise QueryInvalid for a parameter that is none of ``known``, and none like ``valuecodes[sex]`` of ``keyed``."""
    kinds, seen = {kind.lower() for kind in keyed}, set[str]()
    for name, _ in parameters:
        if name in known and name in seen:
            raise invalid(name, said("is given twice"), said("Give it once"))
        found = _KEYED.fullmatch(name)
        if name not in known and (found is None or found[1].lower() not in kinds):
            raise unknown("query", name, (*known, *(f"{kind}[…]" for kind in keyed)))
        seen.add(name)
