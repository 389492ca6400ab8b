"""Rows of a released table in the datastore of a CKAN: withheld cells are null, with their status beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow.parquet

from datasets.errors import Problem
from datasets.public_releases import PublicReleases
from datasets.release import FileEntry, PublicRelease, ReleaseDescription
from datasets.text import Bilingual
from publishers.mirror.held import ROWS
from publishers.mirror.remote import Refused, Remote

LOADING = "loading"
_BATCH = 5_000
_LAYOUT = "1"
"""Part of what says that rows are loaded: another number has all rows loaded again."""
_STATUS = Bilingual(vi="Tình trạng của", en="Status of")


@dataclass(frozen=True)
class Table:
    """A table whose rows go to the datastore, beside the resource of its CSV file."""

    file: str
    parquet: FileEntry
    key: tuple[str, ...]
    rows: int
    labels: Mapping[str, Bilingual]

    @property
    def stamp(self) -> str:
        """What a resource says when all rows of this table are in."""
        return f"{_LAYOUT}:{self.parquet.sha256}"


def tables(release: PublicRelease) -> tuple[Table, ...]:
    """Return the tables of a release that can be asked by rows: its cubes, or its register."""
    about = release.description
    found = [(each.csv, each.parquet, each.dimensions, each.rows) for each in about.tables]
    if register := about.register_:
        found.append((register.csv, register.parquet, register.key, register.rows))
    entries = {each.path: each for each in release.manifest.files}
    labels = _labels(about)
    return tuple(Table(csv, entries[parquet], key, rows, labels) for csv, parquet, key, rows in found if rows)


def _labels(about: ReleaseDescription) -> dict[str, Bilingual]:
    labels = {each.name: each.title for each in about.dimensions}
    labels.update((each.name, each.title) for each in (about.register_.fields if about.register_ else ()))
    for measure in about.measures:
        title = labels[measure.name] = measure.title
        labels[f"{measure.name}_status"] = Bilingual(vi=f"{_STATUS.vi} {title.vi}", en=f"{_STATUS.en} {title.en}")
    return labels


@dataclass(frozen=True)
class Loader:
    """Puts the rows of one release into the datastore."""

    remote: Remote
    releases: PublicReleases
    release: PublicRelease

    def load(self, resource: Mapping[str, Any], table: Table) -> None:
        """Have a resource hold the rows of ``table``; nothing is written where it holds them.

        Raises Refused where somebody else put rows there, and what ``Remote`` and ``PublicReleases`` raise.
        """
        stamp = resource.get(ROWS)
        if stamp == table.stamp and _count(self.remote, str(resource["id"])) == table.rows:
            return
        if not stamp and resource.get("datastore_active"):
            raise Refused(_foreign(self._name(table)))
        self._mark(resource, table, LOADING)
        maybe_there = bool(stamp)

        def attempt() -> None:
            # Where an attempt was broken off, nobody knows which of its rows arrived: the table is made anew.
            nonlocal maybe_there
            if maybe_there:
                remove(self.remote, resource, self._name(table))
            maybe_there = True
            self._fill(resource, table)

        self.remote.until_known(attempt)
        self._mark({**resource, ROWS: LOADING}, table, table.stamp)

    def _name(self, table: Table) -> str:
        return f"{self.release.dataset} {table.file}"

    def _mark(self, resource: Mapping[str, Any], table: Table, stamp: str) -> None:
        if resource.get(ROWS) != stamp:
            self.remote.write("resource_patch", self._name(table), {"id": resource.get("id", ""), ROWS: stamp})

    def _fill(self, resource: Mapping[str, Any], table: Table) -> None:
        created = False
        for fields, records in _batches(self.releases, self.release, table):
            rows = {"resource_id": resource.get("id", ""), "force": True, "records": records}
            what = f"{self._name(table)} ({len(records)} rows)"
            if created:
                self.remote.write("datastore_upsert", what, {**rows, "method": "upsert"})
                continue
            made = {**rows, "fields": fields, "primary_key": list(table.key)}
            self.remote.write("datastore_create", what, made, repeatable=False)
            created = True


def remove(remote: Remote, resource: Mapping[str, Any], name: str) -> None:
    """Take the rows of a resource out of the datastore; that there are none is as good."""
    try:
        remote.write("datastore_delete", name, {"resource_id": resource.get("id", ""), "force": True})
    except Refused as refused:
        if not refused.missing:
            raise


def _foreign(name: str) -> Problem:
    rule = "already holds rows in the datastore that this mirror did not load"
    return Problem(name, rule, "Switch off DataPusher or XLoader for it and delete them there, or leave out --rows")


def _count(remote: Remote, resource: str) -> int:
    try:
        found = remote.read("datastore_search", resource_id=resource, limit=0)
    except Refused as refused:
        if not refused.missing:
            raise
        return -1
    return int(found["total"]) if isinstance(found, dict) and isinstance(found.get("total"), int) else -1


def _batches(
    releases: PublicReleases, release: PublicRelease, table: Table
) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    with releases.reading(release, table.parquet.path) as file:
        parquet = pyarrow.parquet.ParquetFile(file)
        fields = [_field(each, table.labels) for each in parquet.schema_arrow]
        for batch in parquet.iter_batches(batch_size=_BATCH):
            yield fields, [{key: _plain(value) for key, value in row.items()} for row in batch.to_pylist()]


def _field(field: pyarrow.Field, labels: Mapping[str, Bilingual]) -> dict[str, Any]:
    kinds = pyarrow.types
    if kinds.is_boolean(field.type):
        kind = "bool"
    elif kinds.is_integer(field.type):
        kind = "int8"
    elif kinds.is_floating(field.type):
        kind = "numeric"
    else:
        kind = "date" if kinds.is_date(field.type) else "text"
    label = labels.get(field.name)
    return {"id": field.name, "type": kind, **({"info": {"label": label.vi, "notes": label.en}} if label else {})}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
