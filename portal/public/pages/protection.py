"""How people were protected, as the page of a release tells it: rules, promises, and how many cells are withheld."""

from __future__ import annotations

from markupsafe import Markup
from pydantic import ConfigDict, Field

from datasets.release import ReleaseDescription
from datasets.text import Model
from portal.shared.wording import Wording

EACH_BY_ITSELF = ("random_rounding", "cell_key", "differential_privacy")
"""Methods that change a whole and its parts each by themselves, up or down."""


class WithheldCount(Model):
    """How many cells of one measure of one table are withheld."""

    table: str = Field(description="What the table is called.")
    measure: str = Field(description="What the measure is called.")
    withheld: str = Field(description="How many of its cells are withheld.")
    cells: str = Field(description="How many cells it has.")


class DisclosureView(Model):
    """How people were protected."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    methods: Markup = Field(description="What the methods say of it: safe HTML, or empty.")
    audited: bool = Field(description="Whether the audit attacked the release and recovered nothing.")
    summary: tuple[str, ...] = Field(description="Paragraphs: what was done, what is promised and what is not.")
    reason: str = Field(description="Why the rules differ from those of the policy; empty where the summary says it.")
    citation: str = Field(description="The policy in words, and where it is published.")
    counts: tuple[WithheldCount, ...] = Field(description="The withheld cells, as the files hold them.")


def disclosure_view(description: ReleaseDescription, methods: Markup, words: Wording) -> DisclosureView | None:
    """Return how people were protected, with what the methods say of it; None where the release has no statistics."""
    if description.disclosure is None:
        return None
    disclosure = description.disclosure
    protected, reason = disclosure.rules.method != "none", disclosure.rules.reason
    withholds = disclosure.rules.method == "suppression"
    return DisclosureView(
        methods=methods,
        audited=disclosure.audited,
        summary=tuple(words.of(disclosure.summary).split("\n\n")),
        reason=words.of(reason) if reason and protected else "",
        citation=words.of(disclosure.citation) if disclosure.citation else "",
        counts=_withheld_counts(description, words) if withholds else (),
    )


def parts_can_exceed(description: ReleaseDescription) -> bool:
    """Say whether a part can be shown larger than its whole: what is close can change places."""
    disclosure = description.disclosure
    return disclosure is not None and disclosure.rules.method in EACH_BY_ITSELF


def _withheld_counts(description: ReleaseDescription, words: Wording) -> tuple[WithheldCount, ...]:
    """Count as the files do: every measure of every table by itself. Their sum is the number among the caveats."""
    return tuple(
        WithheldCount(
            table=words.of(table.title),
            measure=words.of(description.measure(name).title),
            withheld=words.number(count),
            cells=words.number(table.rows),
        )
        for table in description.tables
        for name in table.measures
        if (count := table.withheld.get(name)) is not None
    )
