"""The disclosure rules of a dataset: what counts as too small, and what may be done about it. Types only, no method."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from datasets.text import Bilingual

Method = Literal["suppression", "none"]
ZeroPolicy = Literal["publish", "protect"]


class DisclosureChoice(BaseModel):
    """What a definition says under ``disclosure``: a named policy, and the keys that this dataset overrides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str = Field(description="A named policy; its rules apply unless a key below overrides them.")
    method: Method | None = Field(
        default=None,
        description="`suppression` withholds cells; `none` publishes every cell and needs a reason.",
    )
    threshold: int | None = Field(
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
    reason: Bilingual | None = Field(
        default=None,
        description="Why a key is overridden, for readers; required with method `none` (such as a source that is public"
        " already) and wherever a key protects less than the policy.",
    )


class DisclosureRules(BaseModel):
    """A choice after its policy has filled every gap. Every release carries a copy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str = Field(description="The named policy that the rules come from.")
    method: Method = Field(description="`suppression` or `none`.")
    threshold: int = Field(ge=1, description="The smallest number of contributors that may be shown.")
    zeros: ZeroPolicy = Field(description="Whether a true zero is shown.")
    reason: Bilingual | None = Field(default=None, description="Why a key was overridden.")

    @model_validator(mode="after")
    def _a_dataset_without_protection_says_why(self) -> DisclosureRules:
        if self.method == "none" and self.reason is None:
            raise ValueError("method none needs a reason: say which public source already publishes these counts")
        return self
