"""What a CKAN holds of a package, what of it differs from what it should hold, and what to send to mend that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from publishers.mirror.documents import FILE, MARK, Wanted

ROWS = "ytemo_rows"
"""The field of a resource that says which rows the mirror has put into the datastore, or that it is doing so."""


class NotAPackage(ValueError):
    """An answer lacks the shape that CKAN gives to packages."""


@dataclass(frozen=True)
class Held:
    """A package as the target holds it, its shape checked."""

    document: Mapping[str, Any]

    @classmethod
    def of(cls, document: object) -> Held:
        """Check the parts that are read; raise NotAPackage where one has another shape."""
        if not isinstance(document, dict) or not isinstance(document.get("id"), str):
            raise NotAPackage
        for part, key in (("extras", "key"), ("resources", "id"), ("tags", "name")):
            items = document.get(part) or []
            if not isinstance(items, list) or not all(_is_named(each, key) for each in items):
                raise NotAPackage
        return cls(document)

    @property
    def id(self) -> str:
        return str(self.document["id"])

    @property
    def mark(self) -> str:
        """Who made it; empty where no mirror did."""
        return str(self.extras.get(MARK, ""))

    @property
    def extras(self) -> dict[str, Any]:
        return {each["key"]: each.get("value") for each in self.document.get("extras") or []}

    @property
    def organization(self) -> str:
        named = self.document.get("organization")
        return str(named.get("name", "")) if isinstance(named, dict) else ""

    @property
    def tags(self) -> set[str]:
        return {each["name"] for each in self.document.get("tags") or []}

    def files(self, wanted: Wanted) -> dict[str, Mapping[str, Any]]:
        """Return the resources that the mirror made, by their file.

        CKAN's own form drops the field that names the file when somebody edits a resource there: such a one is known
        by its address, unless another one of the same file has the field.
        """
        held = list(reversed(self.document.get("resources") or []))
        marked = {str(each[FILE]): each for each in held if each.get(FILE)}
        known = [(wanted.known.get(str(each.get("url"))), each) for each in held if not each.get(FILE)]
        return {**{path: each for path, each in known if path}, **marked}

    def others(self, wanted: Wanted) -> list[Mapping[str, Any]]:
        """Return the resources that somebody else made."""
        ours = {str(each["id"]) for each in self.files(wanted).values()}
        held = self.document.get("resources") or []
        return [each for each in held if not each.get(FILE) and each["id"] not in ours]

    def changes(self, wanted: Wanted) -> tuple[str, ...]:
        """Return the names of what differs, such as ``title`` or ``resource by-month.csv``; nothing where all is so."""
        return tuple(self._changes(wanted))

    def _changes(self, wanted: Wanted) -> Iterator[str]:
        for name, value in wanted.fields.items():
            held = self.organization if name == "owner_org" else self.document.get(name)
            if (held or "") != value:
                yield name
        if self.tags != set(wanted.tags):
            yield "tags"
        ours = {key: value for key, value in self.extras.items() if key in wanted.ours}
        yield from sorted(f"extra {key}" for key in {*ours, *wanted.extras} if ours.get(key) != wanted.extras.get(key))
        files = self.files(wanted)
        names = [str(each[FILE]) for each in wanted.resources]
        twice = Counter(str(each.get(FILE)) for each in self.document.get("resources") or [] if each.get(FILE))
        yield from sorted(f"resource {path}" for path in files if path not in names or twice[path] > 1)
        for each in wanted.resources:
            held_file = files.get(str(each[FILE]), {})
            if any(not _same(name, held_file.get(name), value) for name, value in each.items()):
                yield f"resource {each[FILE]}"

    def stale_rows(self, wanted: Wanted) -> tuple[Mapping[str, Any], ...]:
        """Return the resources whose rows in the datastore are of a file that is gone, or another one, or unknown."""
        hashes = {each[FILE]: each.get("hash") for each in wanted.resources if each.get("hash")}
        loaded = [(path, each) for path, each in self.files(wanted).items() if _has_rows(each)]
        kept = {path for path, each in loaded if each.get(FILE) and path in hashes and each.get("hash") == hashes[path]}
        return tuple(each for path, each in loaded if path not in kept)

    def mended(self, wanted: Wanted) -> dict[str, Any]:
        """Return what to send to ``package_update``: all that is held, with what the mirror writes put in its place."""
        stale = {each["id"] for each in self.stale_rows(wanted)}
        kept = [each for each in self.document.get("extras") or [] if each["key"] not in wanted.ours]
        files = self.files(wanted)
        return {
            **self.document,
            **wanted.fields,
            "id": self.id,
            "tags": _tags(wanted),
            "extras": [*kept, *_extras(wanted)],
            "resources": [*(_resource(each, files, stale) for each in wanted.resources), *self.others(wanted)],
        }


def _resource(wanted: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]], stale: set[str]) -> dict[str, Any]:
    held = dict(files.get(str(wanted[FILE]), {}))
    if held.get("id") in stale:
        # CKAN keeps the flag as it is sent, also where the rows behind it are gone.
        held.update(datastore_active=False)
        held.pop(ROWS, None)
    return {**held, **wanted}


def _has_rows(resource: Mapping[str, Any]) -> bool:
    """Say whether the mirror has put rows behind a resource, or may have: what says so can be lost with its file."""
    return bool(resource.get(ROWS) or (not resource.get(FILE) and resource.get("datastore_active")))


def _is_named(item: object, key: str) -> bool:
    return isinstance(item, dict) and isinstance(item.get(key), str)


def made(wanted: Wanted) -> dict[str, Any]:
    """Return what to send to ``package_create``."""
    return {
        **wanted.fields,
        "private": False,
        "tags": _tags(wanted),
        "extras": _extras(wanted),
        "resources": [dict(each) for each in wanted.resources],
    }


def _tags(wanted: Wanted) -> list[dict[str, str]]:
    return [{"name": tag} for tag in wanted.tags]


def _extras(wanted: Wanted) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in wanted.extras.items()]


def _same(name: str, held: object, value: object) -> bool:
    # CKAN writes formats in its own letters, and some versions of it a number as a text.
    if name == "format":
        return str(held).casefold() == str(value).casefold()
    return str(held) == str(value) if name == "size" else held == value
