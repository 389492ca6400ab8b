"""Read the path of an OData request: which dataset, which release, and what of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from datasets.errors import FileNotFound, Problem
from datasets.names import check_edition
from datasets.said import said
from portal.public.odata.expressions import Reader
from portal.query.model import clip, invalid

Wanted = Literal["service", "metadata", "entities", "count", "entity", "property", "value"]

RELEASES = "releases"
"""Between a dataset and the release that a service is of: ``hospital-discharges/releases/2025.1/``."""
LATEST = "latest"
MAX_PATH = 4_000
_DATASET = re.compile(r"[a-z][a-z0-9-]{1,62}[a-z0-9]")


@dataclass(frozen=True)
class Resource:
    """What the path of a request names."""

    dataset: str = ""
    """Empty for the service that lists the feeds of all datasets."""
    release: str = LATEST
    wanted: Wanted = "service"
    entities: str = ""
    """The name of the entity set."""
    key: Mapping[str, str] | None = None
    """The key of a single entity; its one value has the empty name where the path names none."""
    part: str = ""
    """The property of the entity that is wanted alone."""

    @property
    def root(self) -> str:
        """The path of the service of a dataset, below that of all services."""
        return f"/{self.dataset}" + (f"/{RELEASES}/{self.release}" if self.release != LATEST else "")


def read_path(path: str) -> Resource:
    """Read a path below the root of all services, decoded; one that leads nowhere raises FileNotFound."""
    if len(path) > MAX_PATH:
        raise no_resource(path)
    first, _, rest = path.strip("/").partition("/")
    if not _DATASET.fullmatch(first):
        return _of_service(Resource(), path.strip("/"))
    release = LATEST
    if rest.startswith(f"{RELEASES}/") and rest != f"{RELEASES}/$count":
        release, _, rest = rest.removeprefix(f"{RELEASES}/").partition("/")
        _check_release(release, path)
    return _of_service(Resource(first, release), rest)


def _check_release(release: str, path: str) -> None:
    edition, _, version = release.rpartition(".") if "." in release else (release, "", "1")
    try:
        check_edition(edition)
    except ValueError:
        raise no_resource(path) from None
    if not (version.isascii() and version.isdigit()):
        raise no_resource(path)


def _of_service(service: Resource, rest: str) -> Resource:
    parts = _split(rest)
    if not parts:
        return service
    if parts == ["$metadata"]:
        return replace(service, wanted="metadata")
    name, bracket, key = parts[0].partition("(")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,199}", name):
        raise no_resource(rest)
    if not bracket:
        if parts[1:] == ["$count"]:
            return replace(service, wanted="count", entities=name)
        if parts[1:]:
            raise no_resource(rest)
        return replace(service, wanted="entities", entities=name)
    return _single(replace(service, wanted="entity", entities=name, key=_key(f"({key}")), parts[1:], rest)


def _single(entity: Resource, parts: list[str], rest: str) -> Resource:
    if not parts:
        return entity
    if len(parts) > 2 or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,199}", parts[0]):
        raise no_resource(rest)
    if parts[1:] not in ([], ["$value"]):
        raise no_resource(rest)
    return replace(entity, wanted="value" if parts[1:] else "property", part=parts[0])


def _split(rest: str) -> list[str]:
    """Split at slashes, but not at those within the quotes of a key."""
    parts, quoted = [""], False
    for character in rest:
        quoted ^= character == "'"
        if character == "/" and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part]


def _key(text: str) -> Mapping[str, str]:
    """Read ``('79')`` or ``(province='79',sex='F')``."""
    reader = Reader(text, "key")
    reader.expect("(")
    if reader.token.kind == "literal":
        found = {"": reader.take().text}
    else:
        found = dict([_pair(reader)])
        while reader.takes(","):
            name, value = _pair(reader)
            if name in found:
                raise invalid("key", said("is given twice"), said("Give %(name)s once", name=name))
            found[name] = value
    reader.expect(")")
    reader.expect_end()
    return found


def _pair(reader: Reader) -> tuple[str, str]:
    name = reader.expect_name()
    reader.expect("=")
    if reader.token.kind != "literal":
        raise reader.wrong()
    return name, reader.take().text


def no_resource(path: str) -> FileNotFound:
    """Make the error for a path that leads nowhere."""
    rule = said("leads nowhere")
    remedy = said("The service document names the feeds, and each of them its entity sets")
    return FileNotFound(said("There is nothing at this address"), problems=[Problem(clip(path), rule, remedy)])
