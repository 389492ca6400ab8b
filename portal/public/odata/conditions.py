"""Say what an OData expression means as a condition of the query core, for the entities of one set.

OData compares in two ways only: a comparison with a value that is null is false, ``ne`` is true, and ``not`` turns it
round. So ``stays ne 5`` and ``not (stays gt 5)`` keep withheld cells, whose status says why they have no value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from datasets.errors import QueryInvalid
from datasets.said import said
from portal.public.odata.comparisons import (
    ALWAYS,
    CORE,
    FOLDS,
    NEVER,
    SWAPPED,
    any_of,
    compare_number,
    compare_year,
    constant,
    is_not_null,
    is_null,
    with_nulls,
)
from portal.public.odata.entities import EntitySet, Property
from portal.public.odata.expressions import Call, Expression, Listed, Operation, Path, Value
from portal.query.model import MAX_TERMS, AllOf, AnyOf, Filter, Term, clip, invalid
from portal.query.schema import Register

OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le", "in", "and", "or", "not")
FUNCTIONS = ("contains", "startswith", "endswith", "tolower", "toupper", "year")

MAX_LOOKED_AT = 200_000
"""How many codes one request may have compared, over all its functions and labels together."""

_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_WRITTEN = {
    "Edm.String": ("string",),
    "Edm.Int64": ("integer", "decimal", "double"),
    "Edm.Double": ("integer", "decimal", "double"),
    "Edm.Date": ("date", "datetime"),
    "Edm.Boolean": ("boolean",),
    "year": ("integer",),
}
_EXAMPLES = {
    "Edm.String": "'79'",
    "Edm.Int64": "125",
    "Edm.Double": "12.5",
    "Edm.Date": "2026-03-31",
    "Edm.Boolean": "true",
    "year": "2026",
}
_MIDNIGHT = re.compile(r"T00:00(:00(\.0+)?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.IGNORECASE)


@dataclass(frozen=True)
class _Operand:
    """A property in a comparison; ``fold`` is the function around it."""

    shown: Property
    fold: str = ""

    @property
    def type(self) -> str:
        return "year" if self.fold == "year" else self.shown.type

    def folded(self, text: str) -> str:
        return FOLDS[self.fold](text) if self.fold else text


def to_term(expression: Expression, entities: EntitySet, *, place: str) -> Term:
    """Return what ``expression`` means for ``entities``; what has no meaning for them raises QueryInvalid."""
    return _Meaning(entities, place).of(expression)


class _Meaning:
    """Translates one expression; negations are carried down to single comparisons."""

    def __init__(self, entities: EntitySet, place: str) -> None:
        self._entities = entities
        self._place = place
        self._looked_at = 0

    def of(self, expression: Expression, *, negated: bool = False) -> Term:
        """Return the condition that ``expression`` means, or its opposite."""
        if isinstance(expression, Operation):
            return self._operation(expression, negated=negated)
        if isinstance(expression, Value) and expression.kind == "boolean":
            return constant((expression.text == "true") is not negated)
        if isinstance(expression, Call) and expression.name.lower() in _TESTS:
            return self._function(expression, negated=negated)
        if isinstance(expression, Path) and self._property(expression).type == "Edm.Boolean":
            return constant(not negated)
        raise self._not_understood(expression)

    def _operation(self, operation: Operation, *, negated: bool) -> Term:
        if operation.operator == "not":
            return self.of(operation.sides[0], negated=not negated)
        if operation.operator in {"and", "or"}:
            parts = tuple(self.of(side, negated=negated) for side in operation.sides)
            return AllOf(parts) if (operation.operator == "and") is not negated else AnyOf(parts)
        if operation.operator == "in":
            return self._among(operation, negated=negated)
        if operation.operator in CORE:
            return self._comparison(operation, negated=negated)
        raise self._not_understood(operation)

    def _comparison(self, operation: Operation, *, negated: bool) -> Term:
        (left, right), operator = operation.sides, operation.operator
        if isinstance(left, Value) and not isinstance(right, Value):
            left, right, operator = right, left, SWAPPED.get(operator, operator)
        if not isinstance(right, Value):
            raise self._not_understood(operation)
        if isinstance(left, Operation) or (isinstance(left, Call) and left.name.lower() in _TESTS):
            # Some clients write contains(name,'a') eq true where contains(name,'a') says it.
            if right.kind != "boolean" or operator not in {"eq", "ne"}:
                raise self._not_understood(operation)
            agrees = (right.text == "true") is (operator == "eq")
            return self.of(left, negated=negated is agrees)
        operand = self._operand(left)
        if right.kind == "null":
            return self._null(operand.shown, operator, negated=negated)
        return self._compared(operand, operator, (self._checked(operand, right),), negated=negated)

    def _among(self, operation: Operation, *, negated: bool) -> Term:
        left, right = operation.sides
        items = right.items if isinstance(right, Listed) else (right,)
        operand, texts, parts = self._operand(left), dict[str, None](), list[Term]()
        for item in items:
            if not isinstance(item, Value):
                raise self._not_understood(item)
            if item.kind == "null":
                parts.append(self._null(operand.shown, "eq", negated=negated))
            else:
                texts[self._checked(operand, item)] = None
        if texts:
            parts.append(self._compared(operand, "eq", tuple(texts), negated=negated))
        return AllOf(tuple(parts)) if negated else AnyOf(tuple(parts))

    # Single comparisons -----------------------------------------------------------------------------------------------

    def _property(self, path: Path) -> Property:
        return self._entities.property(path.name, place=self._place)

    def _operand(self, expression: Expression) -> _Operand:
        if isinstance(expression, Path):
            return _Operand(self._property(expression))
        if isinstance(expression, Call) and len(expression.arguments) == 1:
            fold, argument = expression.name.lower(), expression.arguments[0]
            if isinstance(argument, Path) and fold in {*FOLDS, "year"}:
                found = self._property(argument)
                if found.type == ("Edm.Date" if fold == "year" else "Edm.String"):
                    return _Operand(found, fold)
        raise self._not_understood(expression)

    def _checked(self, operand: _Operand, value: Value) -> str:
        """Return the text of ``value`` if it is of the type of the property; otherwise raise QueryInvalid."""
        if value.kind in _WRITTEN[operand.type]:
            if value.kind != "datetime":
                return value.text
            if _MIDNIGHT.fullmatch(value.text[10:]):
                return value.text[:10]
        rule = said("compares %(name)s with a value of another type", name=clip(operand.shown.name))
        raise invalid(self._place, rule, said("Write it like %(example)s", example=_EXAMPLES[operand.type]))

    def _compared(self, operand: _Operand, operator: str, texts: tuple[str, ...], *, negated: bool) -> Term:
        found = operand.shown
        if found.kind == "mark":
            return constant(((texts[0] == "true") is (operator != "ne")) is not negated)
        if operand.fold == "year":
            term = any_of(compare_year(found.source, operator, text, place=self._place) for text in texts)
        elif found.type in {"Edm.Int64", "Edm.Double"}:
            term = any_of(compare_number(found, operator, text, place=self._place) for text in texts)
        elif operand.fold or found.kind == "label":
            if operator not in {"eq", "ne"}:
                raise self._no_order(found)
            wanted = frozenset(texts)
            term = self._of_codes(operand, lambda text: (text in wanted) is (operator == "eq"))
        else:
            term = Filter(found.source, "in" if len(texts) > 1 else CORE[operator], texts)
        return with_nulls(term, found, operator, negated=negated)

    def _function(self, call: Call, *, negated: bool) -> Term:
        name = call.name.lower()
        if len(call.arguments) != 2 or not isinstance(call.arguments[1], Value):
            raise self._not_understood(call)
        operand, part = self._operand(call.arguments[0]), call.arguments[1]
        found, test = operand.shown, _TESTS[name]
        if operand.type != "Edm.String" or part.kind != "string":
            raise self._not_for_text(found)
        if found.codes:
            term = self._of_codes(operand, lambda text: test(text, part.text))
        elif not part.text:
            term = ALWAYS
        elif name == "contains" or (name == "startswith" and not operand.fold):
            term = Filter(found.source, "contains" if name == "contains" else "prefix", (part.text,))
        else:
            raise self._not_for_text(found)
        return with_nulls(term, found, name, negated=negated)

    def _of_codes(self, operand: _Operand, fits: Callable[[str], bool]) -> Term:
        """Return the condition that the code of a property is one of those whose text fits."""
        found = operand.shown
        if not found.codes:
            raise self._not_for_text(found)
        self._looked_at += len(found.codes)
        if self._looked_at > MAX_LOOKED_AT:
            rule = said("searches long lists of names too many times")
            raise invalid(self._place, rule, said("Compare codes, or ask in several requests"))
        wanted = tuple(code for code, text in found.texts.items() if fits(operand.folded(text)))
        if isinstance(self._entities.schema, Register) and len(wanted) > MAX_TERMS:
            rule = said("fits more than %(count)s codes", count=MAX_TERMS)
            raise invalid(self._place, rule, said("Look for a longer part, or compare the code"))
        return Filter(found.source, "in", wanted) if wanted else NEVER

    def _null(self, found: Property, operator: str, *, negated: bool) -> Term:
        if operator not in {"eq", "ne"}:
            # Nothing is more or less than null.
            return constant(negated)
        return is_null(found) if (operator == "eq") is not negated else is_not_null(found)

    # Refusals ---------------------------------------------------------------------------------------------------------

    def _not_understood(self, expression: Expression) -> QueryInvalid:
        rule = said("%(given)s is not understood", given=clip(_shown(expression)))
        remedy = said(
            "Compare properties with values by %(operators)s; functions are %(functions)s",
            operators=", ".join(OPERATORS),
            functions=", ".join(FUNCTIONS),
        )
        return invalid(self._place, rule, remedy)

    def _no_order(self, found: Property) -> QueryInvalid:
        rule = said("%(name)s is text without an order", name=clip(found.name))
        return invalid(self._place, rule, said("Compare %(name)s instead", name=found.source))

    def _not_for_text(self, found: Property) -> QueryInvalid:
        rule = said("%(name)s cannot be searched in this way", name=clip(found.name))
        remedy = said("For text without codes there are: %(names)s", names="contains, startswith, eq, ne, in")
        return invalid(self._place, rule, remedy)


def _shown(expression: Expression) -> str:
    if isinstance(expression, Operation):
        return f"… {expression.operator} …"
    if isinstance(expression, Call):
        return f"{expression.name}(…)"
    if isinstance(expression, Listed):
        return "(…, …)"
    return expression.text if isinstance(expression, Value) else expression.name
