"""What a definition may ask of cells beyond a smallest number of contributors. Types only, no method."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from datasets.names import Name


class Facilities(BaseModel):
    """How many facilities a cell has to come from, so that none of them can be recognised."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: Name = Field(
        description="The source column that tells facilities apart, such as a code of the hospital; never published. A"
        " row without a value counts for no facility."
    )
    fewest: int = Field(ge=2, le=1_000, description="The smallest number of facilities that a shown cell may have.")
    range_percent: float = Field(
        default=10.0,
        gt=0,
        le=100,
        description="With guarantee `interval`: how much more than it is, in percent, a number withheld by this rule"
        " must seem able to be; by one at least.",
    )
