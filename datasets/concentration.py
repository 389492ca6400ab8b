"""Rules about sums in which a few contributors have nearly everything. Types only, no method."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from datasets.names import Name
from datasets.text import Whole

MOST_KNOWN = 10
"""The most of the largest contributions that a job keeps for each cell."""


class Dominance(BaseModel):
    """The (n,k) rule: a cell is sensitive where its `n` largest contributors have more than `k` percent of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: Whole = Field(ge=1, le=100, description="How many of the largest contributors are added up.")
    k: float = Field(gt=0, lt=100, description="The percentage of the cell that they may have together.")

    def as_strict_as(self, other: Dominance) -> bool:
        """Say whether every cell that is sensitive by ``other`` is sensitive by this rule."""
        return self.n >= other.n and self.k <= other.k


class PPercent(BaseModel):
    """The p % rule: nobody may work out a contribution to within `p` percent of it, knowing only their own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    p: float = Field(gt=0, le=100, description="How closely, in percent, a contribution may not be worked out.")
    coalition: Whole = Field(
        default=1, ge=1, le=100, description="How many contributors may pool what they know of themselves."
    )

    def as_strict_as(self, other: PPercent) -> bool:
        """Say whether every cell that is sensitive by ``other`` is sensitive by this rule."""
        return self.p >= other.p and self.coalition >= other.coalition


class PriorPosterior(BaseModel):
    """The p/q rule: as p %, where everyone could tell each contribution to within `q` percent beforehand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    p: float = Field(gt=0, le=100, description="How closely, in percent, a contribution may not be worked out.")
    q: float = Field(gt=0, le=100, description="How closely, in percent, contributions are known beforehand.")
    coalition: Whole = Field(
        default=1, ge=1, le=100, description="How many contributors may pool what they know of themselves."
    )

    @model_validator(mode="after")
    def _more_is_known_afterwards(self) -> PriorPosterior:
        if self.p >= self.q:
            raise ValueError("p must be below q: a reader who knows more beforehand than is protected learns nothing")
        return self

    def as_strict_as(self, other: PriorPosterior) -> bool:
        """Say whether every cell that is sensitive by ``other`` is sensitive by this rule."""
        return self.p * other.q >= other.p * self.q and self.coalition >= other.coalition


def listed(rules: object) -> object:
    """Return a single rule as a list of one."""
    return (rules,) if isinstance(rules, dict | Dominance) else rules


class Concentration(BaseModel):
    """What a sum of amounts may not be: nearly all of one contributor, or of few; one of the rules is enough."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: Name = Field(
        description="The source column that tells contributors apart: a code of the hospital, the insurer, the pharmacy"
        " or the person; never published. What rows without a value add up to is taken for the largest contributor's."
    )
    measures: tuple[Name, ...] = Field(
        default=(),
        description="The sums and means of amounts that are looked at, and others of the same column; every one of"
        " them when absent.",
    )
    dominance: Annotated[tuple[Dominance, ...], BeforeValidator(listed)] = Field(
        default=(),
        max_length=10,
        description="(n,k) rules: a sum is withheld where its `n` largest contributors have more than `k` percent of"
        " it. A single one may be written without brackets.",
    )
    p_percent: PPercent | None = Field(
        default=None,
        description="The p % rule: a sum is withheld where the second largest contributor could work out the largest"
        " to within `p` percent.",
    )
    p_q: PriorPosterior | None = Field(
        default=None,
        description="The p/q rule: a sum is withheld where somebody who knew contributions to within `q` percent could"
        " work out the largest to within `p` percent.",
    )

    @property
    def known(self) -> int:
        """How many of the largest contributions these rules look at."""
        pooled = [one.coalition + 1 for one in (self.p_percent, self.p_q) if one is not None]
        return max([one.n for one in self.dominance] + pooled)

    @property
    def pooled(self) -> int:
        """How many contributors are taken to pool what they know of themselves."""
        together = [one.coalition for one in (self.p_percent, self.p_q) if one is not None]
        return max([one.n - 1 for one in self.dominance] + together)

    @model_validator(mode="after")
    def _asks_for_something(self) -> Concentration:
        if not self.dominance and self.p_percent is None and self.p_q is None:
            raise ValueError("says nothing: give dominance, p_percent or p_q")
        if self.known > MOST_KNOWN:
            raise ValueError(f"looks at {self.known} contributors: at most the {MOST_KNOWN} largest are kept")
        return self
