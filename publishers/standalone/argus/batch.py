"""Batch files of tau-ARGUS (.arb): which table, metadata and safety rules they name; how it goes on is done here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import Problem, SourceInvalid
from publishers.standalone.text_tables import read_text

_COMMAND = re.compile(r"<([A-Z]+)>\s*(.*)", re.IGNORECASE)
_READ = ("OPENTABLEDATA", "OPENMETADATA", "SPECIFYTABLE", "SAFETYRULE", "APRIORI")
_PASSED_OVER = ("READTABLE", "SUPPRESS", "WRITETABLE", "LOGBOOK", "GOINTERACTIVE", "VERSIONINFO", "CLEAR", "SOLVER")


@dataclass(frozen=True)
class Batch:
    """What a batch file says of one table; files are looked for beside it."""

    metadata: Path
    explanatory: tuple[str, ...]
    response: str
    """Empty, or `<freq>`, for a table of frequencies."""
    safety_rule: str
    apriori: Path | None


def read_batch(path: Path, *, work: Path) -> Batch:
    """Read a batch file about one table; raises `SourceInvalid` with line and remedy for what cannot be done here."""
    found: dict[str, str] = {}
    for number, line in enumerate(read_text(path, work=work).splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("//"):
            continue
        command = _COMMAND.fullmatch(text)
        name = command[1].upper() if command else ""
        if command is None or name not in (*_READ, *_PASSED_OVER):
            rule = f"{name or 'what stands there'} cannot be done here"
            raise _invalid(f"{path.name} line {number}", rule, f"use {', '.join(_READ)}")
        if name in _READ:
            if name in found:
                raise _invalid(f"{path.name} line {number}", f"has a second {name}", "protect one table at a time")
            found[name] = command[2]
    for name in ("OPENMETADATA", "SPECIFYTABLE"):
        if name not in found:
            raise _invalid(path.name, f"lacks <{name}>", "add it, or name the .rda file with --rules")
    explanatory, response = _specified(found["SPECIFYTABLE"], path.name)
    decided = _file(path, found["APRIORI"]) if "APRIORI" in found else None
    rule = found.get("SAFETYRULE", "")
    return Batch(_file(path, found["OPENMETADATA"]), explanatory, response, rule, decided)


def _specified(text: str, place: str) -> tuple[tuple[str, ...], str]:
    """Return the variables of `"A""B"|"VALUE"|"SHADOW"|"COST"`."""
    parts = [re.findall(r'"([^"]*)"|(<freq>)', part, re.IGNORECASE) for part in text.split("|")]
    names = [["".join(found) for found in part] for part in parts]
    if not names or not names[0]:
        raise _invalid(place, "<SPECIFYTABLE> names no explanatory variable", 'write it as "A""B"|"VALUE"||')
    response = names[1][0] if len(names) > 1 and names[1] else ""
    return tuple(names[0]), "" if response.lower() == "<freq>" else response


def _file(batch: Path, text: str) -> Path:
    """Files written on Windows name folders that are not here: what counts is the name beside the batch file."""
    name = re.match(r'"([^"]*)"|([^,\s]+)', text)
    plain = (name[1] or name[2] or "") if name else ""
    return batch.parent / plain.replace("\\", "/").rsplit("/", 1)[-1]


def check_batch(batch: Batch, explanatory: tuple[str, ...], response: str, place: str) -> None:
    """Refuse a batch file about fewer dimensions than the table has, or about another number."""
    if set(batch.explanatory) != set(explanatory):
        rule = f"specifies {', '.join(batch.explanatory)}, and the table has {', '.join(explanatory)}"
        raise _invalid(place, rule, "let tau-ARGUS write the table that is specified")
    if batch.response and batch.response != response:
        raise _invalid(place, f"specifies {batch.response}, and the table has {response}", "correct <SPECIFYTABLE>")


def _invalid(place: str, rule: str, remedy: str) -> SourceInvalid:
    return SourceInvalid("The batch file cannot be used", problems=[Problem(place, rule, remedy)])
