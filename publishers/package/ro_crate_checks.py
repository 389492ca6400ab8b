"""Checks the RO-Crate of a package, read back: it has what RO-Crate 1.2 demands, and lists the files that there are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from datasets.errors import Problem
from datasets.release import FileEntry
from publishers.package import ro_crate
from publishers.package.file_names import CHECKSUMS
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
    about, root = entities.get(ro_crate.PATH, {}), entities.get(ro_crate.ROOT, {})
    if context != f"{ro_crate.VERSION}/context" or about.get("conformsTo") != {"@id": ro_crate.VERSION}:
        yield _problem(ro_crate.PATH, f"must conform to {ro_crate.VERSION}, and use its context")
    if about.get("@type") != "CreativeWork" or about.get("about") != {"@id": ro_crate.ROOT}:
        yield _problem(ro_crate.PATH, f"must be a CreativeWork about {ro_crate.ROOT}")
    if root.get("@type") != "Dataset":
        yield _problem(ro_crate.ROOT, "must be a Dataset")
    for name in _ROOT_TEXTS:
        if not isinstance(root.get(name), str) or not root[name].strip():
            yield _problem(ro_crate.ROOT, f"must have a {name}")
    for name in ("license", "publisher"):
        if not isinstance(root.get(name), dict):
            yield _problem(ro_crate.ROOT, f"must refer to its {name}")
    try:
        date.fromisoformat(str(root.get("datePublished")))
    except ValueError:
        yield _problem(ro_crate.ROOT, "must have a day such as 2026-01-31 as datePublished")


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
    parts = entities.get(ro_crate.ROOT, {}).get("hasPart", [])
    listed = sorted(str(each.get("@id")) for each in parts if isinstance(each, dict))
    described = sorted(id_ for id_, entity in entities.items() if entity.get("@type") == "File")
    expected = sorted(entry.path for entry in files if entry.path != ro_crate.PATH)
    if listed != expected or described != expected:
        yield _problem(ro_crate.ROOT, "must have each file of the package as a part, and nothing else")
    for entry in files:
        entity = entities.get(entry.path)
        if entity is None or entry.path == ro_crate.PATH:
            continue
        told = {name: entity.get(name) for name in ("encodingFormat", "contentSize", "sha256")}
        if told != _hashes(entry):
            yield _problem(entry.path, "must have the media type, size and SHA-256 that the file has")


def _hashes(entry: FileEntry) -> dict[str, str | None]:
    sha256 = None if entry.path == CHECKSUMS else entry.sha256
    return {"encodingFormat": entry.media_type, "contentSize": str(entry.bytes), "sha256": sha256}


def _problem(place: str, rule: str) -> Problem:
    return Problem(f"{ro_crate.PATH}, {place}", rule, _REMEDY)
