"""Breaks in series: from when on numbers cannot be compared with those before, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from datasets.names import TOTAL, Name
from datasets.periods import TimeList, period_of, time_codelist, time_level
from datasets.text import Bilingual, Model

BREAK = Bilingual(vi="Gián đoạn chuỗi số liệu", en="Break in series")
_TIME_LISTS: Mapping[str, TimeList] = {"year": "years", "quarter": "quarters", "month": "months"}


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

    def concerns(self, dimensions: Sequence[str], measures: Sequence[str]) -> bool:
        """Say whether it concerns a table that has these dimensions and measures, or whose rates are made of these."""
        known = all(name in dimensions or TOTAL in codes for name, codes in self.members.items())
        return known and (not self.measures or not set(self.measures).isdisjoint(measures))


def broken_series(one: Break) -> Bilingual:
    """Return from when on a series breaks, of which members and measures, and why."""
    period = period_of(one.from_)
    level = _TIME_LISTS.get(time_level(one.from_) or "")
    when = time_codelist(level, *period).label(one.from_) if level and period else Bilingual(vi=one.from_, en=one.from_)
    parts = [f"{name} {', '.join(codes)}" for name, codes in one.members.items()]
    of = f" ({'; '.join((*parts, *one.measures))})" if parts or one.measures else ""
    return Bilingual(vi=f"{when.vi}{of}: {one.reason.vi}", en=f"{when.en}{of}: {one.reason.en}")
