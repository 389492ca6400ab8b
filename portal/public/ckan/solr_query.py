"""Read the query language of CKAN's search as far as clients use it, into a test of one package.

Fields and values, phrases, wildcards, ranges, brackets, AND, OR, NOT, + and -. Solr itself is not asked: packages are
few, and each is a handful of texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import translate

from catalog.vietnamese import strip_marks
from portal.public.ckan.failures import unreadable_search

Document = Mapping[str, tuple[str, ...]]
"""The values of each field of a package."""
Test = Callable[[Document], bool]

MAX_LENGTH = 4_000
_MAX_CLAUSES = 200
_MAX_DEPTH = 10
_MAX_WILDCARDS = 5
_TEXTS = frozenset({"text", "title", "notes", "author", "maintainer", "res_name", "res_description"})
"""Fields that are searched by words; all others have one of some values."""
_DYNAMIC = ("extras_", "ext_", "res_extras_", "vocab_")
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<phrase>"(?:[^"\\]|\\.)*")
    | (?P<range>[\[{]\s*(?P<low>"[^"]*"|[^\s\]}]+)\s+TO\s+(?P<high>"[^"]*"|[^\s\]}]+)\s*[\]}])
    | (?P<sign>&&|\|\||[()+\-!])
    | (?P<word>(?:[^\s()"\[\]{}:\\]|\\.)+)
    | (?P<colon>:)
    )""",
    re.VERBOSE,
)
_NOW = re.compile(r"NOW(?:(?P<count>[+-][0-9]{1,6})(?P<unit>HOUR|DAY|MONTH|YEAR)S?)?")
_HOURS = {"HOUR": 1, "DAY": 24, "MONTH": 730, "YEAR": 8766}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def read_test(text: str, *, fields: frozenset[str], now: datetime) -> Test:
    """Return the test that a text means; what cannot be read raises ActionFailed."""
    if len(text) > MAX_LENGTH:
        raise unreadable_search(f"longer than {MAX_LENGTH} characters. Filter by fewer values")
    parser = _Parser(tuple(_tokens(text)), fields, now)
    return parser.whole()


def _tokens(text: str) -> Iterator[_Token]:
    place, text = 0, text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or found.end() == place:
            raise unreadable_search(f"cannot be read at {text[place : place + 30]!r}")
        kind = found.lastgroup if found.lastgroup not in {"low", "high"} else "range"
        assert kind is not None
        yield _Token(kind, found.group(kind))
        place = found.end()


class _Parser:
    """Reads clauses one after the other; without a word between them, all of them must hold."""

    def __init__(self, tokens: Sequence[_Token], fields: frozenset[str], now: datetime) -> None:
        self._tokens = tokens
        self._place = 0
        self._clauses = 0
        self._fields = fields
        self._now = now

    def whole(self) -> Test:
        test = self._any_of("text", 0)
        if self._place < len(self._tokens):
            raise unreadable_search("a bracket is closed that was not opened")
        return test

    def _any_of(self, field: str, depth: int) -> Test:
        if depth > _MAX_DEPTH:
            raise unreadable_search(f"brackets are nested more than {_MAX_DEPTH} deep")
        tests = [self._all_of(field, depth)]
        while self._take("OR", "||"):
            tests.append(self._all_of(field, depth))
        return tests[0] if len(tests) == 1 else lambda document: any(test(document) for test in tests)

    def _all_of(self, field: str, depth: int) -> Test:
        tests: list[Test] = []
        while (token := self._next()) and token.text != ")" and token.text not in {"OR", "||"}:
            if not self._take("AND", "&&"):
                tests.append(self._clause(field, depth))
        if not tests:
            raise unreadable_search("a condition is missing")
        return lambda document: all(test(document) for test in tests)

    def _clause(self, field: str, depth: int) -> Test:
        self._clauses += 1
        if self._clauses > _MAX_CLAUSES:
            raise unreadable_search(f"has more than {_MAX_CLAUSES} conditions")
        self._take("+")
        negative = False
        while self._take("-", "!", "NOT"):
            negative = not negative
        test = self._single(field, depth)
        return (lambda document: not test(document)) if negative else test

    def _single(self, field: str, depth: int) -> Test:
        token = self._next()
        if token is None or token.kind == "colon" or token.text == ")":
            raise unreadable_search("a value is missing")
        self._place += 1
        following = self._next()
        if token.kind == "word" and following is not None and following.kind == "colon":
            self._place += 1
            return self._single(self._known(_plain(token.text)), depth + 1)
        if token.text == "(" and token.kind == "sign":
            test = self._any_of(field, depth + 1)
            if not self._take(")"):
                raise unreadable_search("a bracket is not closed")
            return test
        if token.kind == "sign":
            raise unreadable_search(f"{token.text!r} stands where a value should")
        return self._value(field, token, depth)

    def _value(self, field: str, token: _Token, depth: int) -> Test:
        if depth > _MAX_DEPTH:
            raise unreadable_search("fields are nested")
        if token.kind == "range":
            return _between(field, token.text, self._now)
        return _matches(field, token.text, phrase=token.kind == "phrase")

    def _known(self, field: str) -> str:
        if field == "*" or field in self._fields or field.startswith(_DYNAMIC):
            return field
        raise unreadable_search(f"undefined field {field[:60]}. Known are: {', '.join(sorted(self._fields))}")

    def _next(self) -> _Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _take(self, *texts: str) -> bool:
        token = self._next()
        if token is None or token.text not in texts or token.kind == "phrase":
            return False
        self._place += 1
        return True


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _matches(field: str, written: str, *, phrase: bool) -> Test:
    text = _plain(written[1:-1] if phrase else written)
    if text == "*" and not phrase:
        return lambda document: field == "*" or bool(document.get(field))
    if field in _TEXTS:
        return _holds_words(field, strip_marks(text), phrase=phrase)
    if not phrase and ("*" in text or "?" in text):
        return _like(field, text.lower())
    wanted = text.lower()
    return lambda document: any(value.lower() == wanted for value in document.get(field, ()))


def _holds_words(field: str, text: str, *, phrase: bool) -> Test:
    wanted = [text] if phrase else [word for word in re.split(r"[\s*?]+", text) if word]
    return lambda document: any(all(word in strip_marks(value) for word in wanted) for value in document.get(field, ()))


def _like(field: str, pattern: str) -> Test:
    if pattern.count("*") + pattern.count("?") > _MAX_WILDCARDS:
        raise unreadable_search(f"{pattern[:40]!r} has more than {_MAX_WILDCARDS} wildcards")
    found = re.compile(translate(pattern.replace("[", "[[]")))
    return lambda document: any(found.match(value.lower()) for value in document.get(field, ()))


def _between(field: str, written: str, now: datetime) -> Test:
    found = _TOKEN.match(written)
    assert found is not None
    low, high = (_bound(found[end].strip('"'), now) for end in ("low", "high"))
    open_low, open_high = written.startswith("{"), written.endswith("}")

    def within(value: str) -> bool:
        compared = _comparable(value)
        above = low is None or (low < compared if open_low else low <= compared)
        return above and (high is None or (compared < high if open_high else compared <= high))

    return lambda document: any(map(within, document.get(field, ())))


def _bound(text: str, now: datetime) -> str | None:
    if text == "*":
        return None
    if text.startswith("NOW"):
        found = _NOW.fullmatch(text)
        if found is None:
            raise unreadable_search(f"{text[:40]!r} is no moment. Write NOW-7DAYS, or 2026-01-31T00:00:00Z")
        hours = int(found["count"] or 0) * _HOURS.get(found["unit"] or "", 0)
        try:
            return (now + timedelta(hours=hours)).replace(tzinfo=None).isoformat(timespec="microseconds")
        except OverflowError:
            raise unreadable_search(f"{text[:40]!r} is too far away") from None
    return _comparable(_plain(text))


def _comparable(text: str) -> str:
    """Write a moment with all its digits, so that texts compare as moments do."""
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return text.lower()
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")
