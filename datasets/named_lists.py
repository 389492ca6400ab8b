"""Reads the lists that staff write beside definitions: catalogs to harvest, subscribers to tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from datasets.definition_problems import Findings, validate
from datasets.errors import DefinitionInvalid
from datasets.text import Model
from datasets.yaml_text import read_yaml


class Named(Protocol):
    """What stands in a list."""

    @property
    def id(self) -> str:
        """Its name, which no other in the list has."""
        ...


Listing = TypeVar("Listing", bound=Model)


def read_list(path: Path, listing: type[Listing], key: str) -> Listing:
    """Read the file of a list, whose things stand under ``key``, each with an id of its own.

    Raises DefinitionInvalid with every problem that was found: file, line, key, rule and remedy.
    """
    tree = read_yaml(path, first=key)
    findings = Findings(str(path), tree)
    found = validate(tree, listing, findings)
    things: Sequence[Named] = getattr(found, key) if found else ()
    seen: dict[str, int] = {}
    for number, thing in enumerate(things):
        if thing.id in seen:
            rule = f"is the id of {key.removesuffix('s')} {seen[thing.id] + 1} too"
            findings.add((key, number, "id"), rule, "give it another")
        seen.setdefault(thing.id, number)
    if found is None or findings.problems:
        raise DefinitionInvalid(f"The list of {key} is not valid", problems=findings.problems)
    return found
