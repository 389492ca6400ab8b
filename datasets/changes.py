"""What changed between two releases of a dataset, as ``changelog.json`` of a package holds it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

CHANGELOG = "changelog.json"
"""Where a package has it."""

Aspect = Literal[
    "title",
    "unit",
    "type",
    "kind",
    "codelist",
    "total",
    "per",
    "numerator",
    "denominator",
    "population",
    "counted",
]
"""What can change of a column that keeps its name."""


class Comparison(BaseModel):
    """The parent of all parts: frozen, and silent about keys that another version of ytemo writes."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class TableChanges(Comparison):
    """How one table differs; the counts of rows and cells are of rows with the same key in both releases."""

    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_renamed: dict[str, str] = Field(
        default={}, description="Names of before, each with the name of now, as the definition declares."
    )
    columns_changed: dict[str, tuple[Aspect, ...]] = Field(
        default={}, description="Columns that have their name and mean or say something else, with what changed."
    )
    rows_added: int = 0
    rows_removed: int = 0
    values_changed: int = 0
    statuses_changed: int = 0
    by_measure: dict[str, dict[str, int]] = Field(
        default={}, description="For each column that both have: how many values and statuses changed, where any did."
    )


class CodelistChanges(Comparison):
    """Which codes came, went or were renamed."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    relabelled: tuple[str, ...] = ()


class Changes(Comparison):
    """The comparison of an edition with the release before."""

    previous: str = Field(default="", description="The release before; empty for the first.")
    same_edition: bool = Field(
        default=False, description="Whether cells were compared; those of two editions are of different times."
    )
    tables_added: tuple[str, ...] = ()
    tables_removed: tuple[str, ...] = ()
    tables: dict[str, TableChanges] = {}
    codelists_added: tuple[str, ...] = ()
    codelists_removed: tuple[str, ...] = ()
    codelists: dict[str, CodelistChanges] = {}
    period: tuple[str, str] = ("", "")

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as what JSON can hold."""
        return self.model_dump(mode="json")

    @property
    def nothing(self) -> bool:
        """Whether the releases hold the same."""
        return not (
            self.tables_added
            or self.tables_removed
            or self.codelists_added
            or self.codelists_removed
            or any(change != TableChanges() for change in self.tables.values())
            or any(change != CodelistChanges() for change in self.codelists.values())
        )
