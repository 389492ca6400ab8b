"""Reads dataset definitions with their methods and code lists, and says all that is wrong with them at once."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets.bounded_files import read_bounded_text
from datasets.codelist import Codelist
from datasets.codelist_files import codelist_csv, load_codelist, parse_codelist
from datasets.codelist_folders import BUILTIN, CodelistEntry, builtin_codelists, load_listed, read_index
from datasets.definition import Definition
from datasets.definition_checks import check_definition, stays_inside
from datasets.definition_problems import Findings, choices, validate
from datasets.errors import DefinitionInvalid, Problem
from datasets.periods import TIME_LEVELS
from datasets.text import Bilingual
from datasets.text_checks import flaw_of
from datasets.yaml_text import MAX_BYTES, Entries, plain, read_yaml

__all__ = [
    "LoadedDefinition",
    "builtin_codelists",
    "builtin_definitions",
    "codelist_csv",
    "load_codelist",
    "load_definition",
    "parse_codelist",
]

DEFINITION_FILE = "dataset.yaml"
_HERE = Path(__file__).parent
_METHODS_MESSAGE = "Every definition explains its methods in both languages"
_METHODS_HEADINGS = {"vi": "# Phương pháp", "en": "# Methods"}


@dataclass(frozen=True)
class LoadedDefinition:
    """A definition that was found sound, and what lies beside it."""

    definition: Definition
    folder: Path
    methods: Bilingual
    """The Markdown below the headings ``# Phương pháp`` and ``# Methods``."""
    codelists: Mapping[str, Codelist]
    """Every code list that the definition names, except the lists of periods, which ``datasets.periods`` makes."""


def builtin_definitions() -> tuple[Path, ...]:
    """Return the folders of the definitions that come with ytemo, in the order of their names."""
    return tuple(sorted(path.parent for path in (_HERE / "definitions").glob(f"*/{DEFINITION_FILE}")))


def load_definition(path: Path) -> LoadedDefinition:
    """Load and check one dataset definition.

    Args:
        path: The definition's folder, its ``dataset.yaml``, or the bare id of a definition that comes with ytemo.

    Raises:
        DefinitionInvalid: With every problem that was found: file, line, key, rule and remedy of each.
    """
    folder = _folder(path)
    file = folder / DEFINITION_FILE if folder == path or path.name != DEFINITION_FILE else path
    tree = read_yaml(file)
    findings = Findings(str(file), tree)
    definition = validate(tree, Definition, findings)
    named = _named_lists(definition, tree)
    codelists, elsewhere = _codelists(named, folder, findings)
    methods = None
    if definition is not None:
        check_definition(definition, codelists, findings)
        if stays_inside(definition.methods):
            methods, more = _methods(folder / definition.methods, folder)
            elsewhere += more
    problems = (*findings.problems, *elsewhere)
    if problems:
        raise DefinitionInvalid(f"The definition {folder.name} is not valid", problems=problems)
    assert definition is not None
    assert methods is not None
    return LoadedDefinition(definition, folder, methods, codelists)


def _folder(path: Path) -> Path:
    if path.is_dir():
        return path
    if path.is_file() or path.name == DEFINITION_FILE or len(path.parts) != 1:
        return path.parent if path.is_file() else path
    builtin = {folder.name: folder for folder in builtin_definitions()}
    if path.name in builtin:
        return builtin[path.name]
    near = difflib.get_close_matches(path.name, builtin, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    remedy = f"{hint}Give a folder that holds {DEFINITION_FILE}, or one of: {', '.join(builtin)}"
    problem = Problem(str(path), "is neither a folder nor a definition that comes with ytemo", remedy)
    raise DefinitionInvalid("There is no such definition", problems=[problem])


# Code lists -----------------------------------------------------------------------------------------------------------


def _named_lists(definition: Definition | None, tree: Entries) -> dict[str, tuple[str | int, ...]]:
    """Return the lists that are named, and where first; from the text alone where the definition is not sound."""
    places: dict[str, tuple[str | int, ...]] = {}
    if definition is None:
        return dict(_written_lists(tree))
    for name, dimension in definition.dimensions.items():
        places.setdefault(dimension.codelist, ("dimensions", name, "codelist"))
    for name, column in (definition.source.columns if definition.source else {}).items():
        if column.codelist:
            places.setdefault(column.codelist, ("source", "columns", name, "codelist"))
    for index, id_ in enumerate(definition.codelists):
        places.setdefault(id_, ("codelists", index))
    return places


def _written_lists(tree: Entries) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    dimensions = plain(tree).get("dimensions")
    for name, dimension in dimensions.items() if isinstance(dimensions, dict) else ():
        codelist = dimension.get("codelist") if isinstance(dimension, dict) else None
        if isinstance(codelist, str):
            yield codelist, ("dimensions", name, "codelist")


def _codelists(
    named: Mapping[str, tuple[str | int, ...]], folder: Path, findings: Findings
) -> tuple[dict[str, Codelist], list[Problem]]:
    problems: list[Problem] = []
    known: dict[str, tuple[Path, Path, CodelistEntry]] = {}
    for place, within in ((BUILTIN, BUILTIN), (folder / "codelists", folder)):
        if place.is_dir():
            try:
                known |= {id_: (place, within, entry) for id_, entry in read_index(place, within=within).items()}
            except DefinitionInvalid as error:
                problems += error.problems
    lists = {}
    for id_, keys in named.items():
        if id_ in known:
            try:
                place, within, entry = known[id_]
                lists[id_] = load_listed(place, id_, entry, within=within)
            except DefinitionInvalid as error:
                problems += error.problems
        elif id_ not in TIME_LEVELS and not problems:
            findings.add(keys, f"there is no code list {id_}", choices(id_, sorted({*known, *TIME_LEVELS})))
    return lists, problems


# Methods --------------------------------------------------------------------------------------------------------------


def _methods(path: Path, within: Path) -> tuple[Bilingual | None, list[Problem]]:
    """Split methods.md at its two headings; both languages are required and nothing may stand before them."""
    try:
        text = read_bounded_text(path, within=within, most=MAX_BYTES, message=_METHODS_MESSAGE)
    except DefinitionInvalid as error:
        return None, list(error.problems)
    text = unicodedata.normalize("NFC", text)
    for number, line in enumerate(text.splitlines(), 1):
        flaw = flaw_of(line.replace("\t", " "), longest=MAX_BYTES)
        if flaw is not None:
            return None, [Problem(f"{path} line {number}", *flaw)]
    parts = _parts(text.splitlines())
    problems = [
        Problem(str(path), f"the heading {heading!r} must stand there once, with text below it", "write both languages")
        for language, heading in _METHODS_HEADINGS.items()
        if len(parts.get(language, [])) != 1 or not parts[language][0].strip()
    ]
    if "".join(parts.get("", [])).strip():
        rule = "has text outside the two parts"
        problems.append(Problem(str(path), rule, f"put it below {' or '.join(_METHODS_HEADINGS.values())}"))
    if problems:
        return None, problems
    return Bilingual(vi=parts["vi"][0], en=parts["en"][0]), []


def _parts(lines: Iterable[str]) -> dict[str, list[str]]:
    languages = {heading: language for language, heading in _METHODS_HEADINGS.items()}
    parts: dict[str, list[list[str]]] = {"": [[]]}
    current, fenced = "", False
    for line in lines:
        fenced ^= line.lstrip().startswith("```")
        if not fenced and re.match(r"# ", line):
            current = languages.get(line.strip(), "")
            parts.setdefault(current, []).append([] if current else [line])
        else:
            parts[current][-1].append(line + "\n")
    return {language: ["".join(part) for part in found] for language, found in parts.items()}
