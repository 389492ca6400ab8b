"""Checks what a definition says of names that change and of fields that go against the names that it publishes."""

from __future__ import annotations

from collections.abc import Iterator

from datasets.cell_status import status_column
from datasets.definition import Definition
from datasets.definition_problems import Findings, choices
from datasets.names import RESERVED


def check_notices(definition: Definition, findings: Findings) -> None:
    """Add to ``findings`` each older name that cannot be answered, and each notice about what is not there."""
    _check_renamed(definition, findings)
    _check_retiring(definition, findings)


def _check_renamed(definition: Definition, findings: Findings) -> None:
    published = _published(definition)
    statuses = frozenset(map(status_column, definition.measures))
    for old, renaming in definition.renamed.items():
        place = ("renamed", old)
        if old in published:
            findings.add(place, f"{old} is still the name of a field", "name the old field, which has another name now")
        if old in RESERVED:
            findings.add(place, f"{old} is a word of the query API", "no field can have had this name: leave it out")
        if old in statuses or status_column(old) in published:
            findings.add(place, f"{old} or its status has the name of another column", "choose other names")
        if renaming.to in definition.renamed:
            rule = f"{renaming.to} is an older name itself"
            findings.add((*place, "to"), rule, f"write the name that {old} has now, not one that it had in between")
        elif renaming.to not in published:
            rule = f"{renaming.to} is no field that is published"
            findings.add((*place, "to"), rule, choices(renaming.to, published))


def _check_retiring(definition: Definition, findings: Findings) -> None:
    known = tuple(_places(definition))
    for place in definition.retiring:
        if place in definition.renamed:
            rule = f"{place} has another name already, under renamed"
            findings.add(("retiring", place), rule, "name the field as it is called now, or leave it out")
        elif place not in known:
            rule = f"{place} is nothing that is published"
            findings.add(("retiring", place), rule, choices(place, known))


def _published(definition: Definition) -> tuple[str, ...]:
    """Return the fields that callers name: of a cube those that stand in a table, of a register its own."""
    names = [name for table in definition.tables.values() for name in table.dimensions]
    names += [name for table in definition.tables.values() for name in table.measures or definition.measures]
    return tuple(dict.fromkeys([*names, *definition.fields]))


def _places(definition: Definition) -> Iterator[str]:
    """Yield everything that a notice can be about."""
    yield from _published(definition)
    for name, table in definition.tables.items():
        yield f"tables.{name}"
        for field in (*table.dimensions, *(table.measures or definition.measures)):
            yield f"tables.{name}.{field}"
    if definition.kind == "register":
        yield "tables.register"
    yield from (f"codelists.{name}" for name in definition.codelists)
