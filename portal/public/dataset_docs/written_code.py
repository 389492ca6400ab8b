"""Code to copy that asks one question, in the languages that people ask with; none of it needs a key."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from datasets.cell_status import CellStatus, status_column
from datasets.release import FieldType
from portal.public.dataset_docs.questions import Kind

Programme = Literal["curl", "Python", "R", "JavaScript"]
_WIDTH = 100
"""Lines of more characters are broken: they would scroll sideways."""


@dataclass(frozen=True)
class Asked:
    """One question as programs ask it."""

    kind: Kind | Literal["codes"]
    json: str
    """The whole address of its answer in JSON."""
    csv: str
    """The whole address of its answer in CSV."""
    file: str
    """What to call the CSV when it is saved."""
    columns: tuple[tuple[str, FieldType], ...]
    """The columns of the CSV with their types."""
    withheld: str = ""
    """The measure of which some cells may be withheld; empty where none is."""
    rows: Literal["data", "members"] = "data"
    """Where the rows are in the JSON."""


def curl(asked: Asked) -> str:
    """Return a command line; what is wrong with a question is told in the body, which ``-f`` alone would hide."""
    if asked.kind == "whole":
        return f"curl -fsS -o {asked.file} {shlex.quote(asked.csv)}"
    return f"curl -sS --fail-with-body {shlex.quote(asked.json)}"


def python(asked: Asked) -> str:
    """Return lines of Python: requests where a value or a page is wanted, pandas where a table is."""
    if asked.kind in ("one", "page"):
        lines = [
            "import requests",
            "",
            f"url = {json.dumps(asked.json)}",
            "answer = requests.get(url, timeout=60)",
            "answer.raise_for_status()",
            "page = answer.json()",
            f'for row in page["{asked.rows}"]:',
            "    print(row)",
        ]
        return "\n".join([*lines, *(['print(page["total"], page["next"])'] if asked.kind == "page" else ())])
    read = f"data = pd.read_csv(url{_kinds(asked.columns)})"
    lines = ["import pandas as pd", "", f"url = {json.dumps(asked.csv)}", read]
    if asked.withheld:
        status = status_column(asked.withheld)
        lines += [f'withheld = data["{status}"] == "{CellStatus.SUPPRESSED}"', "print(data[~withheld])"]
    else:
        lines.append("print(data)")
    return "\n".join(lines)


def _kinds(columns: Sequence[tuple[str, FieldType]]) -> str:
    """Codes such as 01 must not become the number 1, nor whole numbers fractions because some cells are empty."""
    names = {"string": "string", "integer": "Int64"}
    kinds = [f'"{name}": "{names[kind]}"' for name, kind in columns if kind in names]
    days = [f'"{name}"' for name, kind in columns if kind == "date"]
    given = _among("{", kinds, "}") if kinds else ""
    return (f", dtype={given}" if given else "") + (f", parse_dates=[{', '.join(days)}]" if days else "")


def r(asked: Asked) -> str:
    """Return lines of R that need no package."""
    texts = [f'"{name}" = "character"' for name, kind in asked.columns if kind == "string"]
    classes = f", colClasses = {_among('c(', texts, ')')}" if texts else ""
    read = f'data <- read.csv(url{classes}, na.strings = "", encoding = "UTF-8")'
    lines = [f"url <- {json.dumps(asked.csv)}", read]
    if asked.withheld and asked.kind in ("group", "whole"):
        lines += [f'withheld <- data${status_column(asked.withheld)} == "{CellStatus.SUPPRESSED}"']
        lines += ["print(head(data[!withheld, ]))" if asked.kind == "whole" else "print(data[!withheld, ])"]
    else:
        lines.append("print(head(data))" if asked.kind in ("whole", "codes") else "print(data)")
    return "\n".join(lines)


def _among(start: str, parts: Sequence[str], end: str) -> str:
    if len(joined := ", ".join(parts)) <= _WIDTH:
        return f"{start}{joined}{end}"
    return "\n".join((start, *(f"  {part}," for part in parts[:-1]), f"  {parts[-1]}", end))


def javascript(asked: Asked) -> str:
    """Return lines of JavaScript for a module, in a browser or in Node.js."""
    whole = asked.kind == "whole"
    lines = [
        f"const url = {json.dumps(asked.csv if whole else asked.json)};",
        "const answer = await fetch(url);",
        "if (!answer.ok) throw new Error(await answer.text());",
    ]
    if whole:
        return "\n".join([*lines, "const csv = await answer.text();", "console.log(csv.slice(0, 500));"])
    if asked.kind == "page":
        return "\n".join([*lines, "const { data, total, next } = await answer.json();", _log("data, total, next")])
    lines.append(f"const {{ {asked.rows} }} = await answer.json();")
    if asked.withheld and asked.kind == "group":
        status = status_column(asked.withheld)
        lines.append(f'const published = data.filter((row) => row.{status} !== "{CellStatus.SUPPRESSED}");')
        return "\n".join([*lines, _log("published")])
    return "\n".join([*lines, _log(asked.rows)])


def _log(what: str) -> str:
    return f"console.log({what});"


PROGRAMMES: dict[Programme, Callable[[Asked], str]] = {
    "curl": curl,
    "Python": python,
    "R": r,
    "JavaScript": javascript,
}
"""Who writes the code of each language, in the order in which it is shown."""
