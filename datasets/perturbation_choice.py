"""What a dataset says that changes its counts a little instead of withholding small ones: a choice for each method."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from datasets.names import Identifier, Name
from datasets.text import Bilingual, Model, Whole

PerturbationMethod = Literal[
    "random_rounding",
    "conventional_rounding",
    "controlled_rounding",
    "small_count_rounding",
    "cell_key",
    "differential_privacy",
]
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


class ControlledRounding(Model):
    """Every count goes to one of its two neighbouring multiples of the base, so that parts add up to totals."""

    policy: Policy
    method: Literal["controlled_rounding"] = Field(description="`controlled_rounding`.")
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


Unit = Literal["person", "person_and_period"]
Loss = Annotated[float | None, Field(default=None, ge=1e-6, le=1_000)]


class PrivacyBudget(Model):
    """How much may ever be learnt of the people of a dataset, by all its releases together and those of other datasets
    that name the same population."""

    population: Identifier = Field(
        description="The name of these people; every dataset that may have the same ones names it too, and all their"
        " releases, withdrawn ones as well, spend from one budget."
    )
    unit: Unit = Field(
        default="person",
        description="Whose privacy is promised. `person`: a person with all records of all periods; every release"
        " counts. `person_and_period`: what is recorded of a person in one period; releases whose days do not overlap"
        " do not count together, and nothing is promised of the person over the years.",
    )
    epsilon: Loss = Field(default=None, description="The most that may ever be spent, where `epsilon` is spent.")
    rho: Loss = Field(
        default=None,
        description="The most that may ever be spent, where `rho` is. Readers are promised it: it can be lowered, and"
        " never raised.",
    )


class DifferentialPrivacy(Model):
    """Noise that hides whether any one person is in the data, whatever a reader knows; it costs a budget for ever."""

    policy: Policy
    method: Literal["differential_privacy"] = Field(description="`differential_privacy`.")
    epsilon: Loss = Field(
        default=None, description="What this release spends of `epsilon`: geometric noise (pure differential privacy)."
    )
    rho: Loss = Field(
        default=None,
        description="Instead of `epsilon`: what it spends of `rho`, with Gaussian noise (zero-concentrated differential"
        " privacy), which is much less where one person is in many cells.",
    )
    delta: float | None = Field(
        default=None,
        gt=0,
        le=0.001,
        description="With `rho`: the chance at which readers are also told it as an epsilon, one in a million unless it"
        " is said; far below one over the number of people.",
    )
    cells_per_person: Whole = Field(
        ge=1,
        le=1_000,
        description="In how many of the finest cells a person's records are counted; those in more are left out.",
    )
    records_per_cell: Whole = Field(
        default=1,
        ge=1,
        le=1_000,
        description="How many records of a person are counted in each of them; more are left out.",
    )
    budget: PrivacyBudget = Field(
        description="What all releases of these people may spend together, such as"
        " `budget: {population: inpatients, rho: 2}`."
    )
    reason: Reason

    @field_validator("budget")
    @classmethod
    def _is_of_the_kind(cls, budget: PrivacyBudget, info: ValidationInfo) -> PrivacyBudget:
        spent = [key for key in ("epsilon", "rho") if info.data.get(key) is not None]
        if len(spent) != 1:
            return budget  # told of the whole
        (kind,), other = spent, "rho" if spent == ["epsilon"] else "epsilon"
        if getattr(budget, kind) is None:
            raise ValueError(
                f"has no limit of {kind}, which is what each release spends: write budget.{kind}, such as {kind}: 2"
            )
        if getattr(budget, other) is not None:
            raise ValueError(f"has a limit of {other} as well, of which nothing is spent: leave budget.{other} out")
        return budget

    @model_validator(mode="after")
    def _spends_one_kind(self) -> DifferentialPrivacy:
        if (self.epsilon is None) == (self.rho is None):
            raise ValueError("must spend epsilon or rho: give one of them")
        kind = "epsilon" if self.rho is None else "rho"
        if getattr(self, kind) > getattr(self.budget, kind):
            raise ValueError(f"spends more {kind} than its budget has: lower it, which means more noise")
        if self.delta is not None and self.rho is None:
            raise ValueError("has a delta, which says how rho is told: leave it out with epsilon")
        return self


PerturbationChoice = (
    RandomRounding | ConventionalRounding | ControlledRounding | SmallCountRounding | CellKey | DifferentialPrivacy
)


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
    epsilon: float | None = Field(default=None, description="Differential privacy: the epsilon that it spent.")
    rho: float | None = Field(default=None, description="The rho that it spent, where its noise is Gaussian.")
    delta: float | None = Field(default=None, description="The chance at which rho is told as an epsilon.")
    cells_per_person: int | None = Field(default=None, description="Finest cells in which one person was counted.")
    records_per_cell: int | None = Field(default=None, description="Records of one person counted in each of them.")
    budget: PrivacyBudget | None = Field(default=None, description="What all releases of these people may spend.")
    entry: int | None = Field(default=None, description="The number of this spending among those of the population.")
    spent: float | None = Field(default=None, description="What was spent of the budget with this release.")


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
    | Annotated[ControlledRounding, Tag("controlled_rounding")]
    | Annotated[SmallCountRounding, Tag("small_count_rounding")]
    | Annotated[CellKey, Tag("cell_key")],
    Discriminator(
        chosen_method,
        custom_error_type="method",
        custom_error_message="names no method for a table of its own: write method: and one of "
        + ", ".join(one for one in PERTURBATION_METHODS if one != "differential_privacy"),
    ),
]
"""A choice whose ``method`` must name a perturbation that needs no account of earlier releases."""
