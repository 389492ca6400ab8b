"""The metadata of tau-ARGUS tables (.rda): which column is what. Learned from the manual (4.1, 5.5), not its code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from datasets.errors import Problem, SourceInvalid
from publishers.standalone.text_tables import read_text

Role = Literal[
    "explanatory", "response", "shadow", "cost", "frequency", "status", "top", "lower_level", "upper_level", "none"
]

_TOKEN = re.compile(r'"[^"]*"|<[^>]*>|[^\s"<]+')
_ONE_OF_A_KIND: tuple[Role, ...] = ("shadow", "cost", "frequency", "status", "lower_level", "upper_level")
_NUMERIC: dict[str, Role] = {
    "<SHADOW>": "shadow",
    "<COST>": "cost",
    "<COSTVAR>": "cost",
    "<LOWERPL>": "lower_level",
    "<UPPERPL>": "upper_level",
}
_MICRODATA = ("<WEIGHT>", "<HOLDING>", "<REQUEST>", "<RECORDKEY>", "<SPSS>")


@dataclass(frozen=True)
class Variable:
    """One column of a table, in the order of the file."""

    name: str
    role: Role = "none"
    total: str = ""
    """The code of the total; an empty code always stands for it too."""
    hierarchical: bool = False
    levels: tuple[int, ...] = ()
    """How many characters of a code belong to each level."""
    code_file: str = ""
    """The .hrc file with the hierarchy."""
    lead: str = "@"
    """What is repeated in front of a code in that file, once for each level below the first."""
    decimals: int = 0


@dataclass(frozen=True)
class Metadata:
    """What an .rda file says of a table."""

    variables: tuple[Variable, ...]
    separator: str = ","
    safe: str = "S"
    unsafe: str = "U"
    protect: str = "P"
    ignored: tuple[str, ...] = field(default=())
    """Keywords that bear on nothing here, such as lists of labels."""

    def of(self, role: Role) -> tuple[Variable, ...]:
        """Return the variables with a role, in the order of the file."""
        return tuple(one for one in self.variables if one.role == role)


def read_metadata(path: Path, *, work: Path) -> Metadata:
    """Read an .rda file that describes a table; raises `SourceInvalid` with line, rule and remedy."""
    return parse_metadata(read_text(path, work=work), path.name)


def parse_metadata(text: str, place: str) -> Metadata:
    """Do as `read_metadata` does with a text; `place` is what problems call the file."""
    reader = _Reader(place)
    for number, line in enumerate(text.splitlines(), 1):
        tokens = list(_TOKEN.findall(line))
        if tokens:
            reader.line(number, tokens)
    return reader.finish()


class _Reader:
    """Takes one line after the other; keywords bear on the variable that stands above them."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._variables: list[Variable] = []
        self._metadata = Metadata(())
        self._ignored: list[str] = []

    def line(self, number: int, tokens: list[str]) -> None:
        if not tokens[0].startswith("<"):
            self._variables.append(Variable(_unquoted(tokens[0])))
            return
        # One line may hold several keywords, such as <NUMERIC> <SHADOW>.
        starts = [at for at, token in enumerate(tokens) if token.startswith("<")]
        for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
            self._keyword(number, tokens[start].upper(), [_unquoted(token) for token in tokens[start + 1 : end]])

    def finish(self) -> Metadata:
        problems = []
        for role in _ONE_OF_A_KIND:
            found = [one.name for one in self._variables if one.role == role]
            if len(found) > 1:
                problems.append(Problem(self._place, f"names two variables as {role}: {', '.join(found)}", "keep one"))
        names = [one.name for one in self._variables]
        problems += [
            Problem(self._place, f"has the variable {name} twice", "rename one")
            for name in sorted({name for name in names if names.count(name) > 1})
        ]
        if not any(one.role == "explanatory" for one in self._variables):
            problems.append(Problem(self._place, "has no explanatory variable", "mark them as <RECODEABLE>"))
        for one in self._variables:
            if one.role == "none":
                problems.append(
                    Problem(self._place, f"does not say what {one.name} is", "add a keyword below its name")
                )
            if one.hierarchical and not one.levels and not one.code_file:
                rule = f"{one.name} is hierarchical, but has neither <HIERLEVELS> nor <HIERCODELIST>"
                problems.append(Problem(self._place, rule, "add one of the two"))
        if problems:
            raise _invalid(problems)
        return replace(self._metadata, variables=tuple(self._variables), ignored=tuple(self._ignored))

    def _keyword(self, number: int, keyword: str, values: list[str]) -> None:
        where = f"{self._place} line {number}"
        first = values[0] if values else ""
        general = {"<SEPARATOR>": "separator", "<SAFE>": "safe", "<UNSAFE>": "unsafe", "<PROTECT>": "protect"}
        if keyword in general:
            if not first:
                raise _invalid([Problem(where, f"{keyword} has no value", "write it in quotation marks")])
            changed: dict[str, Any] = {general[keyword]: "\t" if first == "\\t" else first}
            self._metadata = replace(self._metadata, **changed)
        elif keyword in _MICRODATA:
            rule = f"{keyword} belongs to microdata, and this is a table"
            raise _invalid([Problem(where, rule, "let tau-ARGUS write the table, or use a CSV file with records:")])
        elif not self._variables:
            raise _invalid([Problem(where, f"{keyword} stands above all variables", "name the variable first")])
        else:
            self._of_variable(where, keyword, values)

    def _of_variable(self, where: str, keyword: str, values: list[str]) -> None:
        first = values[0] if values else ""
        variable = self._variables[-1]
        changes: dict[str, Callable[[], Variable]] = {
            "<RECODEABLE>": lambda: replace(variable, role="explanatory"),
            "<RECODABLE>": lambda: replace(variable, role="explanatory"),
            "<TOTCODE>": lambda: replace(variable, total=first.strip()),
            "<HIERARCHICAL>": lambda: replace(variable, hierarchical=True),
            "<HIERLEVELS>": lambda: replace(variable, hierarchical=True, levels=tuple(int(one) for one in values)),
            "<HIERCODELIST>": lambda: replace(variable, hierarchical=True, code_file=first),
            "<HIERLEADSTRING>": lambda: replace(variable, lead=first),
            "<NUMERIC>": lambda: replace(variable, role="response"),
            "<MAGNITUDE>": lambda: replace(variable, role="response"),
            "<RESPONSE>": lambda: replace(variable, role="response"),
            "<FREQUENCY>": lambda: replace(variable, role="frequency"),
            "<MAXSCORE>": lambda: replace(variable, role="top"),
            "<STATUS>": lambda: replace(variable, role="status"),
            "<DECIMALS>": lambda: replace(variable, decimals=int(first)),
            **{name: lambda role=role: replace(variable, role=role) for name, role in _NUMERIC.items()},  # type: ignore[misc]
        }
        if keyword in ("<CODELIST>", "<DISTANCE>"):
            self._ignored.append(keyword)
            return
        if keyword not in changes:
            remedy = f"use one of: {', '.join(changes)}"
            raise _invalid([Problem(where, f"{keyword[:40]} is not a keyword of tables", remedy)])
        try:
            self._variables[-1] = changes[keyword]()
        except ValueError:
            raise _invalid([Problem(where, f"{keyword} needs whole numbers", "correct the line")]) from None


def _unquoted(token: str) -> str:
    return token[1:-1] if token.startswith('"') else token


def _invalid(problems: list[Problem]) -> SourceInvalid:
    return SourceInvalid("The metadata cannot be used", problems=problems)


# Hierarchies ----------------------------------------------------------------------------------------------------------


def hierarchy_pairs(text: str, lead: str, place: str) -> list[tuple[str, str]]:
    """Return every code of an .hrc file with its parent, an empty text at the top.

    >>> hierarchy_pairs("North\\n@A\\n@B\\n", "@", "x.hrc")
    [('North', ''), ('A', 'North'), ('B', 'North')]
    """
    pairs = []
    above: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        rest, depth = line.rstrip(), 0
        while lead and rest.startswith(lead):
            rest, depth = rest[len(lead) :], depth + 1
        code = rest.strip()
        if not code or depth > len(above):
            rule = "skips a level: its parent is missing" if code else "has no code"
            raise _invalid([Problem(f"{place} line {number}", rule, f"write one {lead} for each level")])
        pairs.append((code, above[depth - 1] if depth else ""))
        above[depth:] = [code]
    return pairs


def level_pairs(codes: list[str], levels: tuple[int, ...], place: str) -> list[tuple[str, str]]:
    """Return every code with its parent, where the first characters of a code are its parent.

    >>> level_pairs(["11", "12", "1"], (1, 1), "x.tab")
    [('11', '1'), ('12', '1'), ('1', '')]
    """
    ends = [sum(levels[: level + 1]) for level in range(len(levels))]
    pairs = []
    for code in codes:
        if len(code) not in ends:
            rule = f"the code {code} has {len(code)} characters, where levels end at {', '.join(map(str, ends))}"
            raise _invalid([Problem(place, rule, "correct the code, or <HIERLEVELS>")])
        level = ends.index(len(code))
        pairs.append((code, code[: ends[level - 1]] if level else ""))
    return pairs


def hierarchy_text(pairs: list[tuple[str, str]], lead: str) -> str:
    """Return the .hrc file of codes with their parents, an empty text at the top; the inverse of `hierarchy_pairs`."""
    children: dict[str, list[str]] = {}
    for code, parent in pairs:
        children.setdefault(parent, []).append(code)
    lines: list[str] = []
    stack = [(code, 0) for code in reversed(children.get("", []))]
    while stack:
        code, depth = stack.pop()
        lines.append(lead * depth + code)
        stack += [(child, depth + 1) for child in reversed(children.get(code, []))]
    return "\n".join(lines) + "\n"
