"""Lays out a copy of the project in which mutmut can change every function of the engine."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Sequence
from pathlib import Path

PACKAGES = ("anonymization", "catalog", "datasets", "portal", "publishers", "tests")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "vendor", "static")


def copy_project(root: Path, target: Path) -> None:
    """Copy the packages and their tests to an empty folder, kernels and properties written so that they can change."""
    for name in PACKAGES:
        shutil.copytree(root / name, target / name, ignore=LEFT_OUT)
    for path in (target / "anonymization").rglob("*.py"):
        source = path.read_text()
        undecorated = without_decorators(source)
        if undecorated != source:
            path.write_text(undecorated)


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
        elif text.startswith(("njit(", "numba.njit(")):
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
        "timeout_constant = 30.0",  # on a busy machine, nothing that only waits may count as noticed
    ]
    (target / "pyproject.toml").write_text("\n".join([project, *own, ""]))
