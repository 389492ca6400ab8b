"""How a dataset is told of that is planned and not published yet."""

from __future__ import annotations

from pydantic import Field

from datasets.text import Model
from portal.public.pages.parts import Fact
from portal.public.planned import Planned
from portal.shared import labels
from portal.shared.wording import Wording


class PlannedView(Model):
    """A dataset that is to come."""

    title: str = Field(description="What it will be called.")
    summary: str = Field(description="What it will tell.")
    facts: tuple[Fact, ...] = Field(description="When it comes, from whom, and how often.")


def planned_view(planned: Planned, words: Wording) -> PlannedView:
    """Return a dataset that is to come."""
    return PlannedView(
        title=words.of(planned.title),
        summary=words.of(planned.summary),
        facts=(
            Fact(label=words.gettext("First release"), value=_when(planned, words)),
            Fact(label=words.gettext("Frequency"), value=labels.frequency(planned.frequency, words)),
            Fact(label=words.gettext("Publisher"), value=words.of(planned.publisher)),
        ),
    )


def _when(planned: Planned, words: Wording) -> str:
    told = [words.period(planned.expected)] if planned.expected else []
    told += [words.of(planned.condition)] if planned.condition else []
    return ", ".join(told)
