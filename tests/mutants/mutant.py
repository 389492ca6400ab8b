"""Mutants as mutmut writes them: what each one changes, where, and whether that is a change of behaviour at all."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ORIGINAL = "orig"


@dataclass(frozen=True)
class Mutant:
    """One change of one function: mutmut's name for it, the line in the module, and the text before and after."""

    name: str
    line: int
    before: str
    after: str


def mutants_of(mutated: Path, names: list[str], source: str) -> Iterator[Mutant]:
    """Yield the mutants of these names that change behaviour, in their order; `mutated` is the file that mutmut wrote.

    Left out are changed texts for people (anything with a space in it), the `strict` argument of `zip`, which guards
    against faults of our own that no input can bring about, and values replaced by None: nearly all of them crash in
    the first test, and make the share look better than it is.
    """
    text = mutated.read_text()
    lines = text.splitlines()
    functions = {one.name: one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef)}
    starts = {f"{owner}{one.name}": one.lineno for owner, one in _functions(ast.parse(source))}
    for name in names:
        mangled = name.rpartition(".")[2]
        stem = mangled.rpartition("__mutmut_")[0]
        old, new = functions[f"{stem}__mutmut_{ORIGINAL}"], functions[mangled]
        if _behaviour(old, stem) == _behaviour(new, stem) or _nones(new) > _nones(old):
            continue
        at, before, after = _changed(_text(lines, old), _text(lines, new))
        yield Mutant(name, starts[stem] + at, before, after)


def _functions(tree: ast.AST, owner: str = "x_") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield every function of a module or class with the prefix that mutmut gives it."""
    for one in ast.iter_child_nodes(tree):
        if isinstance(one, ast.FunctionDef):
            yield owner, one
        elif isinstance(one, ast.ClassDef):
            yield from _functions(one, f"xǁ{one.name}ǁ")


def _text(lines: list[str], function: ast.FunctionDef) -> list[str]:
    return lines[function.lineno : function.end_lineno]  # without the line of its name


def _behaviour(function: ast.FunctionDef, name: str) -> str:
    copied = ast.parse(ast.unparse(function))
    for one in ast.walk(copied):
        if isinstance(one, ast.FunctionDef) and one.name.startswith(name):
            one.name = name
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value:
            one.value = ""
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "zip":
            one.keywords = []
    return ast.dump(copied)


def _nones(function: ast.FunctionDef) -> int:
    return sum(isinstance(one, ast.Constant) and one.value is None for one in ast.walk(function))


def _changed(old: list[str], new: list[str]) -> tuple[int, str, str]:
    """Return how far below the name of the function the first changed line is, and the changed lines of both."""
    edits = [one for one in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if one[0] != "equal"]
    before = " ".join(line.strip() for _, start, end, _, _ in edits for line in old[start:end])
    after = " ".join(line.strip() for _, _, _, start, end in edits for line in new[start:end])
    return (edits[0][1] + 1 if edits else 0), before, after
