"""Read OData expressions, such as that of ``$filter``, into small frozen trees of bounded size and depth.

No package does it: ``odata-query`` on PyPI has had no release since 2024, knows neither ``$apply`` nor a list of one
value, and makes trees as deep as a stranger likes.
What is read here may still have no meaning for a table; ``portal.public.odata.conditions`` says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from datasets.errors import QueryInvalid
from datasets.said import said
from portal.public.odata.tokens import LiteralKind, Token, tokens, too_many, unreadable
from portal.query.model import MAX_DEPTH, MAX_TERMS, invalid


@dataclass(frozen=True)
class Value:
    """A value, as text; ``kind`` says how it was written."""

    kind: LiteralKind
    text: str


@dataclass(frozen=True)
class Path:
    """A property, or a way through several, with slashes."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function and what it is given."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Listed:
    """Values in brackets, as ``in`` takes them."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Operation:
    """An operator between two sides; ``and`` and ``or`` have as many sides as were joined; ``not`` and ``-`` one."""

    operator: str
    sides: tuple[Expression, ...]


Expression = Value | Path | Call | Listed | Operation

_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le", "has", "in"})
_SUMS = frozenset({"add", "sub"})
_PRODUCTS = frozenset({"mul", "div", "divby", "mod"})


def read_expression(text: str, *, place: str) -> Expression:
    """Read one whole expression; anything else raises QueryInvalid for the option ``place``."""
    reader = Reader(text, place)
    found = reader.expression()
    reader.expect_end()
    return found


class Reader:
    """Reads expressions from left to right; each step looks at one token, and goes at most ``MAX_DEPTH`` deep."""

    def __init__(self, text: str, place: str) -> None:
        self.place = place
        self._text = text
        self._tokens = tokens(text, place=place)
        self.token = next(self._tokens)
        """The token that comes next."""
        self._depth = 0
        self._terms = 0

    # Tokens -----------------------------------------------------------------------------------------------------------

    def take(self) -> Token:
        """Return the next token, and go on behind it."""
        token, self.token = self.token, next(self._tokens)
        return token

    def takes(self, sign: str) -> bool:
        """Go on behind ``sign`` if it comes next, and return whether it did."""
        if self.token.kind == "sign" and self.token.text == sign:
            self.take()
            return True
        return False

    def takes_word(self, *words: str) -> str:
        """Go on behind one of ``words`` if it comes next, and return it; large letters and small ones are the same."""
        if self.token.kind == "name" and self.token.text.lower() in words:
            return self.take().text.lower()
        return ""

    def expect(self, sign: str) -> None:
        if not self.takes(sign):
            raise self.wrong()

    def expect_name(self) -> str:
        """Return the name that must come next."""
        if self.token.kind != "name":
            raise self.wrong()
        return self.take().text

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.wrong()

    def wrong(self) -> QueryInvalid:
        """Make the error for what comes next."""
        return unreadable(self.place, self._text[self.token.start :])

    # Expressions ------------------------------------------------------------------------------------------------------

    def expression(self) -> Expression:
        """Read an expression, as far as it goes."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            rule = said("is nested more than %(count)s deep", count=MAX_DEPTH)
            raise invalid(self.place, rule, said("Write it with fewer brackets"))
        parts = [self._all_of()]
        while self.takes_word("or"):
            parts.append(self._all_of())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Operation("or", tuple(parts))

    def _all_of(self) -> Expression:
        parts = [self._negation()]
        while self.takes_word("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else Operation("and", tuple(parts))

    def _negation(self) -> Expression:
        negations = 0
        while self.takes_word("not"):
            negations += 1
        found = self._comparison()
        # Twice not is nothing: however many there are, the tree stays shallow.
        return Operation("not", (found,)) if negations % 2 else found

    def _comparison(self) -> Expression:
        left = self._chain(_SUMS)
        operator = self.takes_word(*_COMPARISONS)
        if not operator:
            return left
        found: Expression = Operation(operator, (left, self._chain(_SUMS)))
        # Once more, for what old clients write: contains(name,'a') eq true, or a eq b eq true.
        operator = self.takes_word(*_COMPARISONS)
        return Operation(operator, (found, self._chain(_SUMS))) if operator else found

    def _chain(self, operators: frozenset[str]) -> Expression:
        """Read what is added or multiplied; it is flat, for it is refused later anyway."""
        read = self._primary if operators is _PRODUCTS else lambda: self._chain(_PRODUCTS)
        parts, seen = [read()], ""
        while word := self.takes_word(*operators):
            seen = seen or word
            parts.append(read())
        return Operation(seen, tuple(parts)) if seen else parts[0]

    def _primary(self) -> Expression:
        if self.takes("-"):
            inner = self.expression_in_brackets() if self.token.text == "(" else self._path()
            return Operation("-", (inner,))
        if self.token.kind == "sign" and self.token.text == "(":
            return self.expression_in_brackets()
        if self.token.kind == "literal":
            self._count()
            token = self.take()
            return Value(token.literal, token.text)
        return self._path()

    def expression_in_brackets(self) -> Expression:
        """Read what stands in brackets: one expression, or a list of several or of none."""
        self.expect("(")
        if self.takes(")"):
            return Listed(())
        items = [self.expression()]
        while self.takes(","):
            items.append(self.expression())
        self.expect(")")
        return items[0] if len(items) == 1 else Listed(tuple(items))

    def _path(self) -> Expression:
        self._count()
        names = [self.expect_name()]
        while True:
            if self.token.kind == "sign" and self.token.text == "(":
                return Call("/".join(names), self._arguments())
            if not self.takes("/"):
                return Path("/".join(names))
            names.append(self.expect_name())

    def _arguments(self) -> tuple[Expression, ...]:
        self.expect("(")
        if self.takes(")"):
            return ()
        found = [self._argument()]
        while self.takes(","):
            found.append(self._argument())
        self.expect(")")
        return tuple(found)

    def _argument(self) -> Expression:
        found = self.expression()
        # The variable of any and all, or the name of a parameter: read, and refused later with the function.
        if isinstance(found, Path) and (self.takes(":") or self.takes("=")):
            return self.expression()
        return found

    def _count(self) -> None:
        self._terms += 1
        if self._terms > 2 * MAX_TERMS:
            raise too_many(self.place)
