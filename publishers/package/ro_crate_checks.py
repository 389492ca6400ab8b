"""Checks the RO-Crate of a package, read back: it has what RO-Crate 1.2 demands, and lists the files that there are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from datasets.errors import Problem
from datasets.package_files import RO_CRATE, RO_CRATE_VERSION
from datasets.release import FileEntry
from publishers.package.file_names import CHECKSUMS
from publishers.package.ro_crate import ROOT
from publishers.package.tables import reject

_REMEDY = "Report this with the name of the definition: archives would refuse its package"
_ROOT_TEXTS = ("description", "datePublished")
"""What the root must have besides what every entity has."""

Entities = Mapping[str, Mapping[str, Any]]


def check_crate(path: Path, files: Sequence[FileEntry]) -> None:
    """Raise ReleaseRejected unless the crate at ``path`` describes exactly ``files``, of which it is one."""
    try:
        crate = json.loads(path.read_text(encoding="utf-8"))
        context, entities = crate["@context"], _by_id(crate["@graph"])
    except (ValueError, KeyError, TypeError) as error:
        reject([Problem(path.name, f"is no flat JSON-LD of entities: {error}", _REMEDY)])
        return
    reject((*_root_problems(entities, context), *_entity_problems(entities), *_file_problems(entities, files)))


def _by_id(graph: Sequence[Mapping[str, Any]]) -> Entities:
    entities = {each["@id"]: each for each in graph}
    if len(entities) != len(graph):
        raise ValueError("an @id is there twice")
    return entities


def _root_problems(entities: Entities, context: object) -> Iterator[Problem]:
    about, root = entities.get(RO_CRATE, {}), entities.get(ROOT, {})
    if context != f"{RO_CRATE_VERSION}/context" or about.get("conformsTo") != {"@id": RO_CRATE_VERSION}:
        yield _problem(RO_CRATE, f"must conform to {RO_CRATE_VERSION}, and use its context")
    if about.get("@type") != "CreativeWork" or about.get("about") != {"@id": ROOT}:
        yield _problem(RO_CRATE, f"must be a CreativeWork about {ROOT}")
    if root.get("@type") != "Dataset":
        yield _problem(ROOT, "must be a Dataset")
    for name in _ROOT_TEXTS:
        if not isinstance(root.get(name), str) or not root[name].strip():
            yield _problem(ROOT, f"must have a {name}")
    for name in ("license", "publisher"):
        if not isinstance(root.get(name), dict):
            yield _problem(ROOT, f"must refer to its {name}")
    try:
        date.fromisoformat(str(root.get("datePublished")))
    except ValueError:
        yield _problem(ROOT, "must have a day such as 2026-01-31 as datePublished")


def _entity_problems(entities: Entities) -> Iterator[Problem]:
    for id_, entity in entities.items():
        for name in ("@type", "name"):
            if not isinstance(entity.get(name), str) or not entity[name].strip():
                yield _problem(id_, f"must have a {name}")
        for name, value in entity.items():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict) and (list(each) != ["@id"] or each["@id"] not in entities):
                    yield _problem(id_, f"must refer by {name} to an entity that is described")


def _file_problems(entities: Entities, files: Sequence[FileEntry]) -> Iterator[Problem]:
    parts = entities.get(ROOT, {}).get("hasPart", [])
    listed = sorted(str(each.get("@id")) for each in parts if isinstance(each, dict))
    described = sorted(id_ for id_, entity in entities.items() if entity.get("@type") == "File")
    expected = sorted(entry.path for entry in files if entry.path != RO_CRATE)
    if listed != expected or described != expected:
        yield _problem(ROOT, "must have each file of the package as a part, and nothing else")
    for entry in files:
        entity = entities.get(entry.path)
        if entity is None or entry.path == RO_CRATE:
            continue
        told = {name: entity.get(name) for name in ("encodingFormat", "contentSize", "sha256")}
        if told != _hashes(entry):
            yield _problem(entry.path, "must have the media type, size and SHA-256 that the file has")


def _hashes(entry: FileEntry) -> dict[str, str | None]:
    sha256 = None if entry.path == CHECKSUMS else entry.sha256
    return {"encodingFormat": entry.media_type, "contentSize": str(entry.bytes), "sha256": sha256}


def _problem(place: str, rule: str) -> Problem:
    return Problem(f"{RO_CRATE}, {place}", rule, _REMEDY)
