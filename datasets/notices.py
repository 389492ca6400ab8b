"""Notices: what a definition and its releases say of fields that have a new name, or that are about to go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Protocol

from pydantic import AfterValidator, Field

from datasets.moments import VIETNAM_TIME
from datasets.names import Name
from datasets.text import Bilingual, Model

_PLACE = re.compile(
    r"[a-z][a-z0-9_]{0,62}|tables\.[a-z][a-z0-9-]{1,62}[a-z0-9](\.[a-z][a-z0-9_]{0,62})?"
    r"|codelists\.[a-z][a-z0-9-]{1,62}[a-z0-9]"
)


def _place(text: str) -> str:
    if not _PLACE.fullmatch(text):
        raise ValueError(
            "must be a field such as cost, a table such as tables.by-month, a field of one table such as"
            " tables.by-month.cost, or a list such as codelists.provinces"
        )
    return text


NoticePlace = Annotated[str, AfterValidator(_place)]
"""What is about to go: a field of every table, a table, a field of one table, or a code list."""


class Renaming(Model):
    """What a field is called now that was published under an older name."""

    to: Name = Field(description="Its name now: a dimension, a measure, or a field of a register.")
    until: date = Field(
        description="The last day, in Viet Nam, on which the API answers under the older name too; at least 90 days"
        " after the first release that says so, and never earlier than an earlier release said."
    )


class Retirement(Model):
    """Until when something stays as it is that is about to go, or to mean something else."""

    until: date = Field(
        description="The last day, in Viet Nam, on which it is there; at least 90 days after the first release that"
        " says so, and never earlier than an earlier release said. Leave it out of the definition after this day."
    )
    reason: Bilingual = Field(description="Why, and what to use instead; shown to everybody.")


class RenamedField(Model):
    """In a release: an older name of one of its fields."""

    old: Name = Field(description="The name that earlier releases have.")
    new: Name = Field(description="The name that this release has.")
    until: date = Field(description="The last day, in Viet Nam, on which the API answers under the older name too.")


class RetiringPart(Model):
    """In a release: a field, table or code list that is about to go."""

    place: NoticePlace = Field(description="`cost`, `tables.by-month`, `tables.by-month.cost` or `codelists.areas`.")
    until: date = Field(description="The last day, in Viet Nam, on which it is sure to be there.")
    reason: Bilingual = Field(description="Why, and what to use instead.")

    def is_of(self, table: str, field: str = "") -> bool:
        """Say whether it is about a field of ``table``, or, without ``field``, about the whole table."""
        places = {f"tables.{table}"} | ({field, f"tables.{table}.{field}"} if field else set())
        return self.place in places


class Noticed(Protocol):
    """What carries notices: the description of a release."""

    @property
    def renamed(self) -> tuple[RenamedField, ...]: ...
    @property
    def retiring(self) -> tuple[RetiringPart, ...]: ...


def renamed_fields(renamed: Mapping[str, Renaming]) -> tuple[RenamedField, ...]:
    """Return what a release says of the older names in its definition, in the order of the alphabet."""
    return tuple(RenamedField(old=old, new=one.to, until=one.until) for old, one in sorted(renamed.items()))


def retiring_parts(retiring: Mapping[str, Retirement]) -> tuple[RetiringPart, ...]:
    """Return what a release says of that which its definition lets go, in the order of the alphabet."""
    return tuple(RetiringPart(place=at, until=one.until, reason=one.reason) for at, one in sorted(retiring.items()))


_MIDNIGHT_IN_UTC = datetime.combine(date(2000, 1, 2), time.min, VIETNAM_TIME).astimezone(UTC).time()
"""When a day ends in Viet Nam, on the same day in UTC."""


def in_force(renamed: Iterable[RenamedField], day: date) -> dict[str, str]:
    """Return the older names under which fields are answered on ``day``, each with the name that it stands for."""
    return {one.old: one.new for one in renamed if day <= one.until}


def day_of(moment: datetime) -> date:
    """Return the day that it is in Viet Nam at ``moment``."""
    return moment.astimezone(VIETNAM_TIME).date()


def end_of(day: date) -> datetime:
    """Return the moment at which ``day`` is over in Viet Nam, in UTC, which knows it of 9999-12-31 too: "for ever"."""
    return datetime.combine(day, _MIDNIGHT_IN_UTC, UTC)
