"""The expressions with which clients of PxWeb choose values: codes, ``*``, ``?``, top, bottom, from, to and range."""

from __future__ import annotations

import re
from collections.abc import Sequence

from datasets.hints import listed
from datasets.names import TOTAL
from datasets.said import said
from portal.public.pxweb.variables import Variable
from portal.query.model import clip, invalid, unknown
from portal.query.selection import meant_member

MAX_EXPRESSIONS = 50
"""How many expressions one question may have; codes are not counted."""

_FUNCTION = re.compile(r"(top|bottom|from|to|range)\((.*)\)", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,6}")
_MOST_STARS = 2


def chosen_codes(variable: Variable, values: Sequence[str], among: Sequence[str], *, place: str) -> tuple[str, ...]:
    """Return the codes that ``values`` choose of ``among``, in published order.

    ``among`` are all values of the variable, or those of a code list. A code that is none of them, and an expression
    that chooses nothing, raise QueryInvalid.
    """
    known, wanted = _Known(variable, among, place), set[str]()
    for value in values:
        wanted.update(known.codes(value))
    return tuple(code for code in among if code in wanted)


def is_expression(value: str) -> bool:
    """Return whether ``value`` may stand for several codes."""
    return "*" in value or "?" in value or _FUNCTION.fullmatch(value) is not None


class _Known:
    """The values that can be chosen of one variable."""

    def __init__(self, variable: Variable, among: Sequence[str], place: str) -> None:
        self._variable = variable
        self._among = among
        self._place = place
        self._places = {code: position for position, code in enumerate(among)}
        self._folded = {code.casefold(): code for code in among}

    def codes(self, value: str) -> Sequence[str]:
        """Return the codes that one value chooses."""
        exact = self._code(value)
        if exact is not None:
            return (exact,)
        function = _FUNCTION.fullmatch(value)
        if function is not None:
            name, arguments = function[1].lower(), [each.strip() for each in function[2].split(",")]
            return self._ends(name, arguments) if name in {"top", "bottom"} else self._range(name, arguments)
        if "*" in value or "?" in value:
            return self._like(value)
        raise self._no_code(value)

    def _code(self, text: str) -> str | None:
        """Return a code as it is written, or but for capitals, as PxWeb takes it."""
        return text if text in self._places else self._folded.get(text.casefold())

    def _no_code(self, text: str) -> Exception:
        axis = self._variable.axis
        near = meant_member(text, [axis.codelist.by_code[each] for each in axis.members]) if axis else ""
        return unknown(self._place, text, self._among, near=near)

    def _like(self, pattern: str) -> Sequence[str]:
        if pattern.count("*") > _MOST_STARS:
            rule = said("has more than %(count)s stars", count=_MOST_STARS)
            raise invalid(self._place, rule, said("Write %(examples)s", examples="*, 01*, *01, *01*, 0?"))
        parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
        test = re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
        found = [code for code in self._among if test.fullmatch(code)]
        if not found:
            rule = said("%(given)s is like no value of %(name)s", given=clip(pattern), name=self._variable.code)
            raise invalid(self._place, rule, said("Known here: %(names)s", names=listed(self._among)))
        return found

    def _ends(self, name: str, arguments: Sequence[str]) -> Sequence[str]:
        """Return so many values of the finest level; of periods, top means the newest."""
        if not 1 <= len(arguments) <= 2 or not all(map(_NUMBER.fullmatch, arguments)) or int(arguments[0]) == 0:
            rule = said("%(name)s asks for a number, and perhaps for how many to pass over", name=f"{name}()")
            raise invalid(self._place, rule, said("Write %(examples)s", examples=f"{name}(3), {name}(3,1)"))
        count, skipped = int(arguments[0]), int(arguments[1]) if len(arguments) == 2 else 0
        values = self._finest()
        backwards = (name == "top") is self._variable.is_time
        taken = (values[::-1] if backwards else values)[skipped : skipped + count]
        if not taken:
            rule = said("%(given)s passes over all values", given=f"{name}({','.join(arguments)})")
            raise invalid(self._place, rule, said("There are %(count)s", count=len(values)))
        return taken

    def _finest(self) -> Sequence[str]:
        finest = frozenset(self._variable.finest)
        return [code for code in self._among if code in finest] or [code for code in self._among if code != TOTAL]

    def _range(self, name: str, arguments: Sequence[str]) -> Sequence[str]:
        """Return the values from one code to another, of the level of that code: months from a month, no quarters."""
        if len(arguments) != (2 if name == "range" else 1):
            examples = "range(2024-01,2024-06), from(2024-01), to(2024-06)"
            rule = said("%(name)s asks for one code, range() for two", name=f"{name}()")
            raise invalid(self._place, rule, said("Write %(examples)s", examples=examples))
        ends = [self._end(text) for text in arguments]
        level = {self._variable.level_of.get(code) for code in ends}
        if len(level) > 1 or None in level:
            rule = said("a range goes from one value to another of the same level, and the total is in none")
            raise invalid(self._place, rule, said("Name two codes of one level"))
        (chosen,) = level
        same = [code for code in self._among if self._variable.level_of.get(code) == chosen]
        first, last = sorted((same.index(ends[0]), same.index(ends[-1])))
        return {"from": same[first:], "to": same[: last + 1], "range": same[first : last + 1]}[name]

    def _end(self, text: str) -> str:
        code = self._code(text)
        if code is None:
            raise self._no_code(text)
        return code
