"""Folders of code lists: the CSV files that their index names, those that come with ytemo among them."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from datasets.codelist import Codelist
from datasets.codelist_files import load_codelist
from datasets.definition_problems import Findings, choices, validate
from datasets.errors import DefinitionInvalid
from datasets.names import Identifier
from datasets.periods import TIME_LEVELS
from datasets.text import Bilingual, Model
from datasets.yaml_text import read_yaml

BUILTIN = Path(__file__).parent / "codelists"
"""The lists that come with ytemo."""


class CodelistEntry(Model):
    """What ``codelists/index.yaml`` says of one list."""

    title: Bilingual = Field(description="What people call the list.")
    source: Bilingual = Field(description="Who made the list, and its licence.")


class CodelistIndex(Model):
    """The code lists of a folder."""

    codelists: dict[Identifier, CodelistEntry] = Field(description="Every CSV file of the folder, by its name.")


def builtin_codelists() -> tuple[Codelist, ...]:
    """Return the code lists that come with ytemo, in the order of their index."""
    entries = read_index(BUILTIN, within=BUILTIN)
    return tuple(load_listed(BUILTIN, id_, entry, within=BUILTIN) for id_, entry in entries.items())


def builtin_codelist(id_: str) -> Codelist:
    """Return one of them."""
    return load_listed(BUILTIN, id_, read_index(BUILTIN, within=BUILTIN)[id_], within=BUILTIN)


def load_listed(folder: Path, id_: str, entry: CodelistEntry, *, within: Path) -> Codelist:
    """Read one list of a folder; no link may lead out of ``within``."""
    return load_codelist(folder / f"{id_}.csv", entry.title, source=entry.source, within=within)


def read_index(folder: Path, *, within: Path) -> dict[str, CodelistEntry]:
    """Read ``index.yaml``: it lists exactly the CSV files of its folder, or DefinitionInvalid is raised."""
    file = folder / "index.yaml"
    tree = read_yaml(file, within=within)
    findings = Findings(str(file), tree)
    index = validate(tree, CodelistIndex, findings)
    if index is not None:
        files = {path.stem for path in folder.glob("*.csv")}
        for id_ in index.codelists:
            if id_ not in files:
                findings.add(("codelists", id_), f"there is no file {id_}.csv", choices(id_, sorted(files)))
            if id_ in TIME_LEVELS:
                findings.add(("codelists", id_), "is the name of a list of periods", "choose another name")
        for id_ in sorted(files - set(index.codelists)):
            findings.add(("codelists",), f"the file {id_}.csv is not listed", "give it a title and a source")
    if findings.problems:
        raise DefinitionInvalid("An index of code lists is not valid", problems=findings.problems)
    assert index is not None
    return index.codelists
