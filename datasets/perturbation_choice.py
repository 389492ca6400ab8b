"""What a dataset says that changes its counts a little instead of withholding small ones: a choice for each method."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Discriminator, Field, Tag, model_validator

from datasets.names import Name
from datasets.text import Bilingual, Model, Whole

PerturbationMethod = Literal["random_rounding", "conventional_rounding", "small_count_rounding", "cell_key"]
PERTURBATION_METHODS: tuple[PerturbationMethod, ...] = get_args(PerturbationMethod)

LARGEST_BASE = 1_000
"""A larger base leaves nothing of most counts."""

Policy = Annotated[str, Field(description="A named policy: its threshold says which counts are small.")]
Reason = Annotated[
    Bilingual,
    Field(description="Why counts are changed instead of withheld as the policy has it; readers are told it."),
]
Base = Annotated[
    Whole, Field(ge=2, le=LARGEST_BASE, description="Every published count is a multiple of it; 3, 5 and 10 are usual.")
]


class RandomRounding(Model):
    """Counts go up or down to a multiple of the base by a draw that a secret key and the name of the cell determine."""

    policy: Policy
    method: Literal["random_rounding"] = Field(description="`random_rounding`.")
    base: Base
    reason: Reason


class ConventionalRounding(Model):
    """Counts go to the nearest multiple of the base; exactly half goes up."""

    policy: Policy
    method: Literal["conventional_rounding"] = Field(description="`conventional_rounding`.")
    base: Base
    reason: Reason


class SmallCountRounding(Model):
    """Only innermost counts below the base are changed, to 0 or the base, and all totals are added up from them."""

    policy: Policy
    method: Literal["small_count_rounding"] = Field(description="`small_count_rounding`.")
    base: Base = Field(ge=2, le=LARGEST_BASE, description="No count from 1 to the base less one is published.")
    reason: Reason


class CellKey(Model):
    """Noise that the secret keys of the records in a cell determine: the same records get the same noise everywhere."""

    policy: Policy
    method: Literal["cell_key"] = Field(description="`cell_key`.")
    record_key: Name | None = Field(
        default=None,
        description="The source column by which a secret key is made for each record: a number that no two records"
        " share. Measures that count persons take the person's column instead, and need none.",
    )
    ready_keys: bool = Field(
        default=False,
        description="Whether `record_key` holds the keys themselves, whole numbers from 0 to below `keys`, as the"
        " source's own office drew them.",
    )
    keys: Whole = Field(default=256, ge=2, le=2**20, description="How many keys there are; a power of two.")
    variance: float | None = Field(
        default=None, gt=0, le=1_000, description="How much noise is made: its variance, for counts beyond `largest`."
    )
    largest: Whole | None = Field(default=None, ge=1, le=100, description="The most by which a count is changed.")
    noise_table: str | None = Field(
        default=None,
        description="Instead of `variance` and `largest`: a CSV file beside the definition, with the columns pcv, ckey"
        " and pvalue (count from 1 to 750, cell key, what is added), as the Office for National Statistics has them.",
    )
    reason: Reason

    @model_validator(mode="after")
    def _has_one_noise(self) -> CellKey:
        made = (self.variance is not None, self.largest is not None)
        if self.noise_table is not None and any(made):
            raise ValueError("noise comes from a file or is made: give noise_table alone, or variance and largest")
        if self.noise_table is None and not all(made):
            raise ValueError("says no noise: give variance and largest, such as 2 and 5, or name a noise_table")
        if self.keys & (self.keys - 1):
            raise ValueError("keys must be a power of two: write 256 or 4096")
        if self.ready_keys and self.record_key is None:
            raise ValueError("ready_keys needs record_key: name the column that holds the keys")
        return self


PerturbationChoice = RandomRounding | ConventionalRounding | SmallCountRounding | CellKey


class PerturbationRules(Model):
    """How counts were changed, as every release tells it. Its secrets are in none."""

    base: int | None = Field(default=None, description="Rounding: every count is a multiple of it.")
    largest: int | None = Field(default=None, description="Cell key: the most by which a count was changed.")
    variance: float | None = Field(default=None, description="Cell key: the variance of the noise that was made.")
    keys: int | None = Field(default=None, description="Cell key: how many keys there are.")
    key_check: str = Field(
        default="",
        pattern=r"^([0-9a-f]{16})?$",
        description="The same in releases whose secret keys and noise are the same; empty where there are none.",
    )


def chosen_method(given: Any) -> str:
    """Return which choice a mapping or a model is to be read as; what names no perturbation is a choice of policy.

    >>> chosen_method({"policy": "vn_proposed", "method": "cell_key"}), chosen_method({"policy": "vn_proposed"})
    ('cell_key', 'policy')
    """
    method = given.get("method") if isinstance(given, dict) else getattr(given, "method", None)
    return method if isinstance(method, str) and method in PERTURBATION_METHODS else "policy"


TaggedPerturbation = Annotated[
    Annotated[RandomRounding, Tag("random_rounding")]
    | Annotated[ConventionalRounding, Tag("conventional_rounding")]
    | Annotated[SmallCountRounding, Tag("small_count_rounding")]
    | Annotated[CellKey, Tag("cell_key")],
    Discriminator(
        chosen_method,
        custom_error_type="method",
        custom_error_message=f"names no method: write method: and one of {', '.join(PERTURBATION_METHODS)}",
    ),
]
"""A choice whose ``method`` must name a perturbation."""
