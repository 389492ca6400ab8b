"""Datasets that are planned and not published yet: a list (YAML) that is part of the open-data plan."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from datasets.definition import Frequency, Theme
from datasets.errors import DefinitionInvalid, SettingInvalid
from datasets.named_lists import read_list
from datasets.names import Identifier
from datasets.periods import period_of
from datasets.text import Bilingual, BilingualList, Model

SHIPPED = Path(__file__).with_name("planned.yaml")
MAX_PLANNED = 500


class Planned(Model):
    """A dataset that is to come."""

    id: Identifier = Field(description="Its identifier: from the first release on it is no longer listed as planned.")
    title: Bilingual = Field(description="What it will be called.")
    summary: Bilingual = Field(description="What it will tell, in one or two plain sentences.")
    keywords: BilingualList = Field(default=BilingualList(), description="Words that people search by.")
    publisher: Bilingual = Field(description="The name of whoever will publish it.")
    theme: Theme = Field(description="The field of health that it belongs to.")
    frequency: Frequency = Field(description="How often an edition will appear.")
    expected: str = Field(default="", description="The year, quarter, month or day of the first release.")
    condition: Bilingual | None = Field(default=None, description="What the first release waits for.")

    @field_validator("expected")
    @classmethod
    def _is_a_period(cls, given: str) -> str:
        if given and period_of(given) is None:
            raise ValueError("must be a year, quarter, month or day, such as 2027, 2027-Q1, 2027-01 or 2027-01-15")
        return given

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not self.expected and self.condition is None:
            raise ValueError("must say when it comes: give `expected`, or `condition` where that is not known")
        return self

    @property
    def due(self) -> date | None:
        """The last day on which the first release is in time; None where no time is given."""
        period = period_of(self.expected) if self.expected else None
        return period[1] if period else None


class PlannedList(Model):
    """The file."""

    planned: tuple[Planned, ...] = Field(max_length=MAX_PLANNED, description="What is to come.")

    @property
    def stamp(self) -> str:
        """A text that differs with what the list says."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:16]


def load_planned(path: Path = SHIPPED) -> PlannedList:
    """Read the list; raises SettingInvalid with each problem: file, line, key, rule and remedy."""
    try:
        return read_list(path, PlannedList, "planned")
    except DefinitionInvalid as error:
        raise SettingInvalid("The list of planned datasets cannot be used", problems=error.problems) from None
