"""Says of problems that name a key of a definition in which file and on which line it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from datasets.definition_files import DEFINITION_FILE, LoadedDefinition
from datasets.errors import DefinitionInvalid, DisclosureRisk, DisclosureRuleInvalid, Problem, YtemoError
from datasets.yaml_text import Entries, locate, read_yaml

_KEY = re.compile(
    r"(?:the )?(disclosure|source|person|measures?|tables?|dimensions?)\b((?:\.[^\s.,:\[]+|\[\d+\])*)(?: (\S+))?"
)
_SINGLE = {"measure": "measures", "table": "tables", "dimension": "dimensions"}


@contextmanager
def naming_lines(loaded: LoadedDefinition) -> Iterator[None]:
    """Add file and line to what is wrong with a definition, where the error says only which key it is."""
    try:
        yield
    except (DefinitionInvalid, DisclosureRuleInvalid, DisclosureRisk) as error:
        raise _with_lines(error, loaded.folder / DEFINITION_FILE) from None


def _with_lines(error: YtemoError, file: Path) -> YtemoError:
    try:
        tree = read_yaml(file)
    except DefinitionInvalid:
        return error  # it was changed or removed meanwhile
    problems = [replace(one, place=_place(one, file, tree)) for one in error.problems]
    return type(error)(error.message, problems=problems)


def _place(problem: Problem, file: Path, tree: Entries) -> str:
    """Return the place with file and line; unchanged where it is no key of this file."""
    found = _KEY.match(problem.place)
    if found is None:
        return problem.place
    first, path, word = found.groups()
    keys: list[str | int] = [_SINGLE.get(first, first)]
    keys += [step or int(at) - 1 for step, at in re.findall(r"\.([^.\[]+)|\[(\d+)\]", path)]
    if not path and word:
        keys.append(word.rstrip(",:"))  # such as: dimension province
    line, name = locate(tree, keys)
    return f"{file} line {line}, {problem.place}" if name else problem.place
