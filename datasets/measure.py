"""A measure of a dataset definition: one number in every cell, what it counts, and what it is divided by."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from datasets.names import Name
from datasets.text import Bilingual, Model, Whole

MeasureType = Literal["count", "persons", "sum", "mean", "rate", "population"]

_NEEDS: dict[MeasureType, frozenset[str]] = {
    "sum": frozenset({"column"}),
    "mean": frozenset({"column"}),
    "rate": frozenset({"numerator", "denominator"}),
    "population": frozenset({"path", "dimensions", "source"}),
}
_OF_SOME_TYPES = ("column", "numerator", "denominator", "path", "dimensions", "source")


class Measure(Model):
    """One number in every cell."""

    title: Bilingual = Field(description="What people call it.")
    unit: Bilingual = Field(description="What it counts.")
    type: MeasureType = Field(
        description="`count` counts rows; `persons` counts distinct persons; `sum` and `mean` need a column; `rate`"
        " divides a measure by a population; `population` is read from a file of public figures, and published as it"
        " stands.",
    )
    column: Name | None = Field(default=None, description="The source column of a sum or mean.")
    where: dict[Name, tuple[str, ...]] = Field(
        default={},
        description="Counts only rows whose columns have one of these values, such as deaths. Releases tell it, so that"
        " readers learn of a change.",
    )
    contributors: Literal["rows", "persons", "value"] | None = Field(
        default=None,
        description="Who stands behind a cell: its rows, its distinct persons, or the value itself where the source is"
        " already counted. Persons when the definition names them, otherwise rows.",
    )
    absent: Literal["zero", "missing", "partial"] | None = Field(
        default=None,
        description="What a cell without any record is. `zero` (the rule when absent): a true zero, right where every"
        " case has its record. `missing`: not available, and so is every margin over it. `partial`: not available, and"
        " a margin over it adds up what is known and is marked estimated. With the last two a member that did not exist"
        " in the cell's period, by the validity dates of the code list, is not applicable and spoils no margin, unless"
        " it has records from before it was valid, as the successor of another, or from after. Must be said where"
        " contributors is `value`.",
    )
    numerator: Name | None = Field(default=None, description="For a rate: the measure above the line.")
    denominator: Name | None = Field(
        default=None, description="For a rate: the measure below the line, of type `population`."
    )
    per: Whole = Field(default=100_000, ge=1, le=1_000_000_000, description="For a rate: per how many.")
    decimals: Whole | None = Field(default=None, ge=0, le=6, description="Digits after the decimal mark; half to even.")
    path: str | None = Field(
        default=None,
        description="For a population: a CSV file beside the definition or in the input folder; may hold `{edition}`."
        " What it says of published members is published: no figures of records that are protected.",
    )
    dimensions: tuple[Name, ...] | None = Field(
        default=None,
        min_length=1,
        description="For a population: the dimensions by which it differs. Along others it is the same everywhere.",
    )
    value: Name | None = Field(
        default=None, description="For a population: the column that holds it; `population` when absent."
    )
    source: Bilingual | None = Field(default=None, description="For a population: where its figures come from.")

    @property
    def adds_up_amounts(self) -> bool:
        """Whether it is a sum, or a mean, of something else than people already counted."""
        return self.type in ("sum", "mean") and self.contributors != "value"

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Measure:
        needs = _NEEDS.get(self.type, frozenset())
        for key in _OF_SOME_TYPES:
            given = getattr(self, key) is not None
            if given and key not in needs:
                raise ValueError(f"type {self.type} takes no {key}: leave it out, or choose another type")
            if not given and key in needs:
                raise ValueError(f"type {self.type} needs {key}: add it, or choose another type")
        if self.type == "rate" and self.where:
            raise ValueError("a rate takes no where: put it on its numerator")
        if self.absent is not None and self.type in ("rate", "mean"):
            raise ValueError(
                f"type {self.type} takes no absent: leave it out, a cell without records has no {self.type}"
            )
        if self.contributors == "value" and self.absent is None:
            raise ValueError(
                "contributors value needs absent: say whether a cell without a record is zero, missing or partial"
            )
        return self

    @model_validator(mode="after")
    def _population_is_read_from_its_file_alone(self) -> Measure:
        if self.type != "population":
            if self.value is not None:
                raise ValueError(f"type {self.type} takes no value: leave it out, or choose another type")
            return self
        for key in ("where", "contributors", "absent", "decimals"):
            if getattr(self, key) not in (None, {}):
                raise ValueError(f"type population takes no {key}: its figures are those of its file")
        return self
