"""Lays out a copy of the project in which mutmut can change every function of the engine."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Sequence
from pathlib import Path

PACKAGES = ("anonymization", "catalog", "datasets", "portal", "publishers", "tests")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "vendor", "static")


def copy_project(root: Path, target: Path) -> None:
    """Copy the packages and their tests to an empty folder."""
    for name in PACKAGES:
        shutil.copytree(root / name, target / name, ignore=LEFT_OUT)


def undecorate(root: Path, target: Path, module: str) -> None:
    """Write one module of the copy so that its kernels and properties can change, and all others as they are.

    Kernels elsewhere stay compiled, because many tests take minutes without; unless the module has kernels for others:
    a compiled function cannot call a plain one.
    """
    everywhere = any(not one.name.startswith("_") for one in _kernels((root / module).read_text()))
    for original in (root / "anonymization").rglob("*.py"):
        path, source = target / original.relative_to(root), original.read_text()
        wanted = without_decorators(source) if everywhere or original == root / module else source
        if path.read_text() != wanted:
            path.write_text(wanted)


def _kernels(source: str) -> list[ast.FunctionDef]:
    functions = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.FunctionDef)]
    return [one for one in functions if any(_compiled(ast.unparse(decorator)) for decorator in one.decorator_list)]


def _compiled(decorator: str) -> bool:
    return decorator.startswith(("njit(", "numba.njit("))


def without_decorators(source: str) -> str:
    """Return a module in which compiled functions are plain ones and properties are made below their function.

    mutmut leaves decorated functions as they are, and the kernels and many rules of the engine are decorated. Lines
    keep their numbers up to the first property; what the module does stays the same, only slower.

    >>> print(without_decorators("@njit(cache=True)\\ndef one():\\n    return 1"))
    <BLANKLINE>
    def one():
        return 1
    one.py_func = one
    """
    lines = source.splitlines()
    functions = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.FunctionDef)]
    for function in sorted(functions, key=lambda one: one.lineno, reverse=True):
        if len(function.decorator_list) != 1:
            continue
        decorator = function.decorator_list[0]
        text = ast.unparse(decorator)
        name = function.name
        if text in ("property", "cached_property"):
            below = f"{' ' * function.col_offset}{name} = {text}({name})"
        elif _compiled(text):
            below = f"{name}.py_func = {name}"
        else:
            continue
        lines.insert(function.end_lineno or function.lineno, below)
        lines[decorator.lineno - 1] = ""
    return "\n".join(lines) + ("\n" if source.endswith("\n") else "")


def configure(target: Path, project: str, module: str, tests: Sequence[str]) -> None:
    """Write a configuration for one module and the tests that should notice, and forget what was run before."""
    shutil.rmtree(target / "mutants", ignore_errors=True)
    own = [
        "[tool.mutmut]",
        'source_paths = ["anonymization"]',
        f'only_mutate = ["{module}"]',
        f"also_copy = {[name for name in PACKAGES if name not in ('anonymization', 'tests')]}",
        f"pytest_add_cli_args_test_selection = {list(tests)}",
        'pytest_add_cli_args = ["-p", "no:cacheprovider"]',
        "use_git_change_detection = false",
        "track_dependencies = false",
        'process_isolation = "forkserver"',  # the solver's threads do not live through a fork
        "timeout_multiplier = 2.0",
        "timeout_constant = 10.0",  # on a busy machine, what only waits should not count as noticed
    ]
    (target / "pyproject.toml").write_text("\n".join([project, *own, ""]))
