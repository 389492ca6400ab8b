"""What a definition may ask of cells beyond a smallest number of contributors. Types only, no method."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from datasets.names import Name
from datasets.text import Whole

EVERY = "*"
"""Every member of a dimension, its total among them."""

Price = Literal["value", "count", "information"]


class Facilities(BaseModel):
    """How many facilities a cell has to come from, so that none of them can be recognised."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: Name = Field(
        description="The source column that tells facilities apart, such as a code of the hospital; never published. A"
        " row without a value counts for no facility."
    )
    fewest: Whole = Field(ge=2, le=1_000, description="The smallest number of facilities that a shown cell may have.")
    range_percent: float = Field(
        default=10.0,
        gt=0,
        le=100,
        description="With guarantee `interval`: how much more than it is, in percent, a number withheld by this rule"
        " must seem able to be; by one at least.",
    )


def _listed(codes: object) -> object:
    return (codes,) if isinstance(codes, str) else codes


Codes = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]
"""Members of one dimension; a single one may be written without brackets."""


class ChosenCells(BaseModel):
    """Some cells of the tables, by their members."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cells: dict[Name, Codes] = Field(
        description="The members of each dimension: codes, `_T` for the total, `*` for every one of them. A dimension"
        " that is left out stands at its total, so that `{}` is the grand total."
    )
    measures: tuple[Name, ...] = Field(
        default=(), description="Only for these measures, and others of the same people; for all when absent."
    )


class WeightedCells(ChosenCells):
    """Cells that are dearer, or cheaper, to withhold than others."""

    weight: float = Field(
        gt=0,
        le=1_000_000,
        allow_inf_nan=False,
        description="How many times as much it costs to withhold one of them; below 1 they are withheld first.",
    )


class Denominators(BaseModel):
    """What a rate, ratio or mean has to rest on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: Whole | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="The fewest events above the line (for a mean: values that are averaged).",
    )
    population: Whole | None = Field(
        default=None, ge=1, le=1_000_000_000, description="The smallest denominator, in people or what else it counts."
    )

    @model_validator(mode="after")
    def _asks_for_something(self) -> Denominators:
        if self.events is None and self.population is None:
            raise ValueError("says nothing: give events, population or both")
        return self

    def as_strict_as(self, other: Denominators) -> bool:
        """Say whether every rate that is withheld by ``other`` is withheld by this rule."""
        return (self.events or 0) >= (other.events or 0) and (self.population or 0) >= (other.population or 0)
