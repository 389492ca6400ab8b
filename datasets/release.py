"""A release: what a published edition says of itself, which files it has, and the envelope that is signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from datasets.breaks import Break
from datasets.definition import (
    Contact,
    Coverage,
    Frequency,
    Licence,
    Organisation,
    ReportingRule,
    Theme,
)
from datasets.disclosure import DisclosureRules
from datasets.measure import MeasureType
from datasets.names import Edition, Identifier, Name
from datasets.notices import RenamedField, RetiringPart
from datasets.text import Bilingual, BilingualList, Model

FieldType = Literal["string", "integer", "number", "date"]


class DimensionDescription(Model):
    """A dimension of a released table. Its members and hierarchy are in the code list's file."""

    name: Name
    title: Bilingual
    codelist: Identifier
    role: Literal["geography", "time", "sex", "age", "other"]
    total: bool = Field(description="Whether the member `_T` is published.")
    levels: tuple[str, ...] = Field(description="The published levels of the code list, coarsest first.")


class CountedRows(Model):
    """What of the source a measure counts or adds up: enough to see that a later release counts something else."""

    column: Name | None = Field(default=None, description="The source column of a sum or mean.")
    where: dict[Name, tuple[str, ...]] = Field(
        default={}, description="Counts only rows whose columns have one of these values; in the order of the alphabet."
    )


class MeasureDescription(Model):
    """A measure of a released table: its column is `name`, the column of its status `name` + `_status`."""

    name: Name
    title: Bilingual
    unit: Bilingual
    type: MeasureType
    field_type: Literal["integer", "number"]
    additive: bool = Field(
        description="Whether members of one level add up to their parent; persons, means and populations do not."
    )
    decimals: int | None = None
    numerator: Name | None = Field(
        default=None, description="Of a rate or mean: the measure above the line, where it is a measure of its own."
    )
    denominator: Name | None = Field(
        default=None, description="Of a rate or mean: the measure below the line, where it is a measure of its own."
    )
    per: int | None = None
    denominator_source: Bilingual | None = Field(
        default=None, description="Of a rate or a population: where the population is from."
    )
    dimensions: tuple[Name, ...] | None = Field(
        default=None,
        description="Of a population: the dimensions by which it differs. Its members add up along these, except over"
        " time; along others it is the same everywhere.",
    )
    counted: CountedRows | None = Field(
        default=None, description="Absent for rates and populations, and in releases of ytemo before 2026-11-27."
    )


class TableDescription(Model):
    """One released cube, a tidy table with a row for each cell, margins included."""

    id: Identifier
    title: Bilingual
    dimensions: tuple[Name, ...]
    measures: tuple[Name, ...]
    margins: Literal["all"] | tuple[tuple[Name, ...], ...]
    rows: int
    withheld: dict[Name, int] = Field(description="How many cells are withheld, by measure.")
    parquet: str = Field(description="Path of its Parquet file in the package.")
    csv: str = Field(description="Path of its CSV file in the package.")
    xlsx: str = Field(default="", description="Path of its workbook; empty where it has too many rows for one.")


class FieldDescription(Model):
    """A column of a register."""

    name: Name
    title: Bilingual
    type: FieldType
    codelist: Identifier | None = None


class RegisterDescription(Model):
    """A released register: one row for each thing registered."""

    fields: tuple[FieldDescription, ...]
    key: tuple[Name, ...]
    rows: int
    parquet: str
    csv: str
    xlsx: str = ""


class CodelistDescription(Model):
    """A code list as it was when the release was made."""

    id: Identifier
    title: Bilingual
    path: str = Field(description="Path of its CSV file in the package.")
    rows: int
    levels: tuple[str, ...]
    source: Bilingual | None = Field(default=None, description="Who made the list, and its licence.")


class DisclosureSummary(Model):
    """How people were protected, as far as the public may know."""

    rules: DisclosureRules
    citation: Bilingual | None = Field(
        default=None, description="The named policy in words, and where it is published."
    )
    summary: Bilingual = Field(description="What was done, what is promised and what is not.")
    audited: bool = Field(description="Whether the audit attacked the release and recovered nothing.")


class ReleaseDescription(Model):
    """All that a page, an index or a client needs to know of a release without its definition."""

    dataset: Identifier
    kind: Literal["statistics", "register", "codelist"]
    edition: Edition
    title: Bilingual
    summary: Bilingual
    keywords: BilingualList
    publisher: Organisation
    contact: Contact
    theme: Theme
    licence: Licence
    attribution: Bilingual | None
    frequency: Frequency
    coverage: Coverage
    period_start: str = Field(description="First day of the edition, ISO 8601; empty where its name is no period.")
    period_end: str = Field(description="Last day of the edition, ISO 8601; empty where its name is no period.")
    synthetic: bool
    rows_left_out: int = Field(
        default=0, ge=0, description="How many rows of the source broke a rule and are not in the release."
    )
    rules: tuple[ReportingRule, ...]
    next_release: str = Field(default="", description="The day on which the next edition is due, ISO 8601, if known.")
    dimensions: tuple[DimensionDescription, ...] = ()
    measures: tuple[MeasureDescription, ...] = ()
    tables: tuple[TableDescription, ...] = ()
    register_: RegisterDescription | None = Field(default=None, alias="register")
    codelists: tuple[CodelistDescription, ...] = ()
    disclosure: DisclosureSummary | None = None
    renamed: tuple[RenamedField, ...] = Field(
        default=(), description="Older names of fields; the API answers under each until the day that it names."
    )
    retiring: tuple[RetiringPart, ...] = Field(default=(), description="What is about to go, and when.")
    breaks: tuple[Break, ...] = Field(
        default=(), description="Where its series break, so that what is before cannot be compared with what is after."
    )

    def dimension(self, name: str) -> DimensionDescription:
        return next(dimension for dimension in self.dimensions if dimension.name == name)

    def measure(self, name: str) -> MeasureDescription:
        return next(measure for measure in self.measures if measure.name == name)


class FileEntry(Model):
    """One file of the package, stored as the object that its hash names."""

    path: str = Field(
        description="Its path in the package, such as data/by-age.csv; no part starts with a dot.",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$",
    )
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    media_type: str


class ChainLink(Model):
    """The place of an envelope among all that were put into the store, releases and withdrawals of every dataset.

    It names the one before by its hash alone: that may be a release under embargo.
    """

    number: int = Field(ge=1, description="1 for the first envelope of the store.")
    before: str = Field(
        pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of the envelope before; empty for the first."
    )


class Head(Model):
    """Which envelope of a store is the newest."""

    format: Literal["ytemo-head/1"] = "ytemo-head/1"
    number: int = Field(ge=1)
    envelope: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the envelope with this number.")


class Manifest(Model):
    """What is signed: the release's name, when it appears, its files with their hashes, and its description."""

    format: Literal["ytemo-release/1"] = "ytemo-release/1"
    dataset: Identifier
    edition: Edition
    version: int = Field(ge=1)
    published_at: AwareDatetime = Field(description="When it was put into the store, UTC.")
    available_from: AwareDatetime = Field(description="The embargo: before this moment the release is invisible. UTC.")
    previous: str = Field(default="", description="SHA-256 of the envelope of the version before; empty for the first.")
    chain: ChainLink | None = Field(default=None, description="Its place in the chain of the store, once it has one.")
    changes: Bilingual = Field(description="What changed since the version or edition before, in a sentence.")
    files: tuple[FileEntry, ...]
    description: ReleaseDescription

    @model_validator(mode="after")
    def _is_one_release(self) -> Self:
        if (self.dataset, self.edition) != (self.description.dataset, self.description.edition):
            raise ValueError("the description is of another dataset or edition")
        # Windows and macOS unpack a package onto file systems that do not tell large letters from small ones.
        if len({entry.path.lower() for entry in self.files}) != len(self.files):
            raise ValueError("two files have the same path")
        return self

    @property
    def came_out(self) -> datetime:
        """When the public could first see it: what is put into the store after its embargo appears only then."""
        return max(self.available_from, self.published_at)

    def file(self, path: str) -> FileEntry | None:
        return next((entry for entry in self.files if entry.path == path), None)


class Withdrawal(Model):
    """A signed tombstone: the release stays listed, its files are no longer served, the reason is kept."""

    format: Literal["ytemo-withdrawal/1"] = "ytemo-withdrawal/1"
    dataset: Identifier
    edition: Edition
    version: int = Field(ge=1)
    withdrawn_at: AwareDatetime
    envelope: str = Field(description="SHA-256 of the envelope that is withdrawn.")
    chain: ChainLink | None = Field(default=None, description="Its place in the chain of the store, once it has one.")
    reason: Bilingual


@dataclass(frozen=True)
class PublicRelease:
    """A release whose signature holds: its manifest, and the tombstone if it was withdrawn."""

    manifest: Manifest
    envelope_sha256: str
    withdrawal: Withdrawal | None = None

    @property
    def dataset(self) -> str:
        return self.manifest.dataset

    @property
    def edition(self) -> str:
        return self.manifest.edition

    @property
    def version(self) -> int:
        return self.manifest.version

    @property
    def name(self) -> str:
        """Edition and version, as in URLs: ``2024.1``."""
        return f"{self.edition}.{self.version}"

    @property
    def description(self) -> ReleaseDescription:
        return self.manifest.description
