"""Breaks in series: from when on numbers cannot be compared with those before, and why."""

from __future__ import annotations

from pydantic import Field

from datasets.names import Name
from datasets.text import Bilingual, Model


class Break(Model):
    """A place along time from where on numbers cannot be compared with those before."""

    from_: str = Field(
        alias="from",
        description="The first period after it, as a dimension of time writes it: `2008`, `2008-Q3` or `2008-08`.",
    )
    reason: Bilingual = Field(description="What changed, in a sentence; shown to everybody.")
    members: dict[Name, tuple[str, ...]] = Field(
        default={},
        description="The members that it concerns, by dimension, such as `province: [01]`; of a total or a region"
        " only where it is named too. All when absent.",
    )
    measures: tuple[Name, ...] = Field(default=(), description="The measures that it concerns; all when absent.")
