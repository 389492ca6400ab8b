"""Which other datasets beside a definition may be of the same people: the two are not protected against each other."""

from __future__ import annotations

from collections.abc import Iterator

from anonymization.policies import resolve
from datasets.definition import Definition
from datasets.definition_files import DEFINITION_FILE, LoadedDefinition
from datasets.definition_problems import Findings, validate
from datasets.errors import Problem, YtemoError
from datasets.source import Source
from datasets.yaml_text import read_yaml

_REMEDY = (
    "Publish what is of the same people as tables of one dataset, whose releases know of each other. Where they are"
    " other people, nothing need be done"
)


def of_other_datasets(loaded: LoadedDefinition) -> Iterator[Problem]:
    """Yield a warning for each definition beside this one whose source may hold the same records, by file or columns.

    What lies in other folders, or was read by another query, is not found: no warning does not say that there is none.
    """
    own = loaded.definition
    for other in _beside(loaded):
        if own.source is None or other.source is None or not (_withholds(own) or _withholds(other)):
            continue
        shared = _shared(own.source, other.source)
        if shared:
            rule = (
                f"has {shared} as that of the dataset {other.id}: where they are the same people, the two are not"
                " protected against each other, and who reads both may work out what one of them withholds"
            )
            yield Problem(f"{own.id}, source", rule, _REMEDY)


def _beside(loaded: LoadedDefinition) -> Iterator[Definition]:
    """Yield the other statistics that are defined in folders beside this one; what is not sound is left out."""
    for file in sorted(loaded.folder.resolve().parent.glob(f"*/{DEFINITION_FILE}")):
        try:
            tree = read_yaml(file)
            other = validate(tree, Definition, Findings(str(file), tree))
        except YtemoError:
            continue
        if other is not None and other.id != loaded.definition.id and other.kind == "statistics":
            yield other


def _withholds(definition: Definition) -> bool:
    """Whether numbers are protected by what one dataset alone shows: noise from one budget knows of the others."""
    if definition.disclosure is None:
        return False
    return resolve(definition.disclosure).method not in ("none", "differential_privacy")


def _shared(own: Source, other: Source) -> str | None:
    """Return what two sources have in common, in words; None where that is nothing that tells."""
    columns, others = _headers(own), _headers(other)
    if own.database and (own.database, own.query.split()) == (other.database, other.query.split()):
        return "the same query"
    if columns == others:
        return "the same columns"
    same_file = own.path and own.path == other.path and columns & others
    return "a file of the same name, and some of the same columns," if same_file else None


def _headers(source: Source) -> frozenset[str]:
    return frozenset((column.header or name).casefold() for name, column in source.columns.items())
