"""The disclosure rules of a dataset: what counts as too small, and what may be done about it. Types only, no method."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from datasets.cell_rules import ChosenCells, Denominators, Facilities, Price, WeightedCells
from datasets.concentration import Concentration, Dominance, PPercent, PriorPosterior, listed
from datasets.perturbation_choice import (
    PERTURBATION_METHODS,
    CellKey,
    ControlledRounding,
    ConventionalRounding,
    DifferentialPrivacy,
    PerturbationChoice,
    PerturbationMethod,
    PerturbationRules,
    RandomRounding,
    SmallCountRounding,
    chosen_method,
)
from datasets.text import Bilingual, Whole

__all__ = [
    "PERTURBATION_METHODS",
    "Concentration",
    "Denominators",
    "Dominance",
    "Facilities",
    "PPercent",
    "PerturbationChoice",
    "PerturbationRules",
    "PriorPosterior",
]

Method = Literal["suppression", "none", PerturbationMethod]
ZeroPolicy = Literal["publish", "protect"]
Guarantee = Literal["interval", "exact"]


class DisclosureChoice(BaseModel):
    """What a definition says under ``disclosure``: a named policy, and the keys that this dataset overrides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str = Field(description="A named policy; its rules apply unless a key below overrides them.")
    method: Method | None = Field(
        default=None,
        description="`suppression` withholds cells; `none` publishes every cell and needs a reason. The others change"
        " counts a little instead, and have keys of their own, listed below.",
    )
    threshold: Whole | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="The smallest number of contributors (persons, where persons are counted) that may be shown; at"
        " least 2, and below the policy's only with a reason.",
    )
    zeros: ZeroPolicy | None = Field(
        default=None,
        description="`publish` shows a true zero; `protect` treats a zero as small, where absence itself tells.",
    )
    guarantee: Guarantee | None = Field(
        default=None,
        description="`interval`, the usual: nobody can tell that a withheld small count is below the threshold."
        " `exact`: it cannot be worked out exactly, but may be bounded closely; weaker, so it must be chosen by name.",
    )
    units: Facilities | None = Field(
        default=None,
        description="Withholds cells whose records come from too few facilities: a hospital that can be recognised.",
    )
    concentration: Concentration | None = Field(
        default=None,
        description="Withholds sums of amounts of which few contributors have nearly everything, with their cells.",
    )
    denominators: Denominators | None = Field(
        default=None,
        description="What rates and means have to rest on; others are not calculated. No count is withheld by this.",
    )
    always_shown: tuple[ChosenCells, ...] = Field(
        default=(),
        max_length=40,
        description="Cells that are never withheld, such as the national total; where that leaves others unprotected,"
        " nothing is published, and the message names those that stand in the way.",
    )
    always_withheld: tuple[ChosenCells, ...] = Field(
        default=(),
        max_length=40,
        description="Cells that are withheld whatever is in them, and cannot be worked out; they are given no range.",
    )
    cost: Price | None = Field(
        default=None,
        description="What is kept low when further cells are withheld: the `value` in them (the usual), their `count`,"
        " or the `information` in them (the logarithm of the value).",
    )
    weights: tuple[WeightedCells, ...] = Field(
        default=(), max_length=40, description="Cells that are dearer to withhold than others; weights are multiplied."
    )
    reason: Bilingual | None = Field(
        default=None,
        description="Why a key is overridden, for readers; required with method `none` (such as a source that is public"
        " already) and wherever a key protects less than the policy.",
    )


class DisclosureRules(BaseModel):
    """A choice after its policy has filled every gap. Every release carries a copy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str = Field(description="The named policy that the rules come from.")
    method: Method = Field(description="`suppression`, `none`, or how counts were changed.")
    threshold: Whole = Field(ge=1, description="The smallest number of contributors that may be shown.")
    zeros: ZeroPolicy = Field(description="Whether a true zero is shown.")
    guarantee: Guarantee = Field(
        default="exact",
        description="`interval`: withheld small counts keep a range up to the threshold; `exact`: they cannot be worked"
        " out exactly. Releases from before this key promised `exact` alone.",
    )
    units: Facilities | None = Field(default=None, description="How many facilities a cell has to come from.")
    concentration: Concentration | None = Field(
        default=None, description="Of which sums few contributors may not have nearly everything."
    )
    denominators: Denominators | None = Field(default=None, description="What rates and means have to rest on.")
    always_shown: tuple[ChosenCells, ...] = Field(default=(), description="Cells that are never withheld.")
    always_withheld: tuple[ChosenCells, ...] = Field(default=(), description="Cells that are never shown.")
    cost: Price = Field(default="value", description="What is kept low when further cells are withheld.")
    weights: tuple[WeightedCells, ...] = Field(default=(), description="Cells that are dearer to withhold than others.")
    perturbation: PerturbationRules | None = Field(
        default=None, description="How counts were changed, where the method says so; nothing is withheld then."
    )
    reason: Bilingual | None = Field(default=None, description="Why a key was overridden.")

    @model_validator(mode="after")
    def _changed_counts_say_how(self) -> DisclosureRules:
        if (self.method in PERTURBATION_METHODS) != (self.perturbation is not None):
            raise ValueError(f"method {self.method} and perturbation do not belong together: give both or none")
        return self

    @model_validator(mode="after")
    def _a_dataset_without_protection_says_why(self) -> DisclosureRules:
        if self.method == "none" and self.reason is None:
            raise ValueError("method none needs a reason: say which public source already publishes these counts")
        return self

    @model_validator(mode="after")
    def _only_suppression_has_rules_about_cells(self) -> DisclosureRules:
        asked = {
            "units": self.units,
            "concentration": self.concentration,
            "always_shown": self.always_shown,
            "always_withheld": self.always_withheld,
            "cost": self.cost != "value",
            "weights": self.weights,
        }
        for key, given in asked.items():
            if given and self.method != "suppression":
                raise ValueError(f"method {self.method} withholds no cells: leave {key} out")
        return self


Disclosure = Annotated[
    Annotated[DisclosureChoice, Tag("policy")]
    | Annotated[RandomRounding, Tag("random_rounding")]
    | Annotated[ConventionalRounding, Tag("conventional_rounding")]
    | Annotated[ControlledRounding, Tag("controlled_rounding")]
    | Annotated[SmallCountRounding, Tag("small_count_rounding")]
    | Annotated[CellKey, Tag("cell_key")]
    | Annotated[DifferentialPrivacy, Tag("differential_privacy")],
    Discriminator(chosen_method),
]
"""What a definition says under ``disclosure``: its ``method`` tells which keys there are."""


Cost = Literal["value", "count", "information", "weights"]


class Units(BaseModel):
    """How many facilities have to stand behind a cell, so that none of them can be recognised."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fewest: Whole = Field(ge=2, le=1_000, description="The smallest number of facilities that a shown cell may have.")
    largest_percent: float | None = Field(
        default=None,
        gt=0,
        le=100,
        description="A cell is withheld too where one facility has more than this percentage of its people: it can be"
        " recognised.",
    )

    def as_strict_as(self, other: Units) -> bool:
        """Say whether every cell that is sensitive by ``other`` is sensitive by this rule."""
        if other.largest_percent is None:
            return self.fewest >= other.fewest
        share = self.largest_percent
        return self.fewest >= other.fewest and share is not None and share <= other.largest_percent


class _Safety(BaseModel):
    """The keys that a named policy, a choice from it and finished rules have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    frequency: Whole | None = Field(
        default=None,
        ge=2,
        le=1_000_000,
        description="The smallest number of contributors (persons, not rows; linked ones count once) that may be"
        " shown.",
    )
    zeros: ZeroPolicy = Field(
        default="publish",
        description="`publish` shows a true zero; `protect` treats a zero as small, where absence itself tells. A zero"
        " that has to be so (no man gives birth) is always shown.",
    )
    group_disclosure: bool = Field(
        default=False,
        description="Also withhold a cell that has all contributors of a total, or all but fewer than `frequency`:"
        " whoever is in the total is then known to be in the cell.",
    )
    dominance: Annotated[tuple[Dominance, ...], BeforeValidator(listed)] = Field(
        default=(),
        description="(n,k) rules for sums; a cell is sensitive where any of them finds it so. A single one may be"
        " written without brackets.",
    )
    p_percent: PPercent | None = Field(default=None, description="The p % rule for sums.")
    p_q: PriorPosterior | None = Field(default=None, description="The p/q rule for sums.")
    units: Units | None = Field(default=None, description="How many facilities stand behind a cell.")
    population_floor: Whole | None = Field(
        default=None,
        ge=1,
        le=1_000_000_000,
        description="The smallest population of an area of which anything is shown, zeros included.",
    )
    denominators: Denominators | None = Field(
        default=None, description="What rates, ratios and means rest on; counts are not withheld by this."
    )


class SafetyChoice(_Safety):
    """What stand-alone rules say: a named policy, and the keys that override it. A key left out is the policy's."""

    policy: str = Field(description="A named policy; its rules apply unless a key here overrides them.")
    guarantee: Guarantee = Field(default="interval", description="As in the finished rules.")
    cost: Cost = Field(default="value", description="As in the finished rules.")
    interval_percent: float = Field(default=10.0, gt=0, le=100, description="As in the finished rules.")
    zero_range: float = Field(default=1.0, gt=0, allow_inf_nan=False, description="As in the finished rules.")
    reason: Bilingual | None = Field(
        default=None,
        description="Why a key is overridden, for readers; required wherever one protects less than the policy.",
    )


class SafetyRules(_Safety):
    """The rules of stand-alone protection, with nothing left open: what is sensitive, and what is promised for it."""

    policy: str | None = Field(default=None, description="The named policy that the rules come from, if any.")
    guarantee: Guarantee = Field(
        default="interval",
        description="`interval`: what readers can work out about a sensitive cell is never narrower than its rule"
        " allows. `exact`, to be chosen by name: it can only not be worked out exactly.",
    )
    cost: Cost = Field(
        default="value",
        description="What secondary suppression keeps low: the `value` withheld, the `count` of cells, the"
        " `information` in them (the logarithm of the value), or `weights` that come with the cells.",
    )
    interval_percent: float = Field(
        default=10.0,
        gt=0,
        le=100,
        description="For a sum withheld by a rule that counts (frequency, zeros, units, population): how far below and"
        " above it, in percent of it, must remain possible.",
    )
    zero_range: float = Field(
        default=1.0,
        gt=0,
        allow_inf_nan=False,
        description="How far above a withheld sum of zero must remain possible, in units of the measure.",
    )
    reason: Bilingual | None = Field(default=None, description="Why a key of the policy was overridden.")

    @model_validator(mode="after")
    def _protect_somebody(self) -> SafetyRules:
        if not any(getattr(self, key) for key in RULE_KEYS):
            raise ValueError(f"protect nobody: give at least one of {', '.join(RULE_KEYS)}")
        return self


RULE_KEYS = (
    "frequency",
    "group_disclosure",
    "dominance",
    "p_percent",
    "p_q",
    "units",
    "population_floor",
    "denominators",
)
"""The keys that each make cells sensitive; without one of them nothing is protected."""
