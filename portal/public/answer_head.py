"""The head of an answer as JSON holds it: release, totals, columns, and how each dimension took part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from datasets.public_releases import PublicRelease
from datasets.release import MeasureDescription
from portal.public.told_breaks import breaks_asked
from portal.query.answer import Answer
from portal.query.as_asked import AsAsked, Shown
from portal.query.plan import Column, Plan

_SHOWN_MEMBERS = 100


def answer_head(
    answer: Answer, shown: AsAsked, release: PublicRelease, *, by_margins: bool, following: str
) -> dict[str, object]:
    """Return what is said of ``answer``, which is ``shown`` by the names of its question.

    ``by_margins`` where dimensions took part at a total, a member or a sum; ``following`` is the address of the next
    page.
    """
    head: dict[str, object] = {
        "dataset": release.dataset,
        "release": release.name,
        "table": answer.plan.table,
        "synthetic": release.description.synthetic,
        "total": answer.total,
        "returned": answer.returned,
        "truncated": answer.truncated,
        "next": following or None,
    }
    if breaks := list(breaks_asked(release, answer)):
        head["breaks"] = [each.model_dump(mode="json", by_alias=True) for each in breaks]
    if by_margins and answer.plan.uses:
        head["selection"] = selection(shown.plan)
    head["fields"] = list(_fields(shown, release))
    return head


def _fields(shown: AsAsked, release: PublicRelease) -> Iterator[dict[str, object]]:
    until = {one.old: one.until for one in release.description.renamed}
    measures = shown.measures
    for each in shown.columns:
        yield {**_field(each.column, measures.get(each.column.name)), **_former(each, until)}


def _field(column: Column, measure: MeasureDescription | None) -> dict[str, object]:
    """Say what a column holds; a rate never goes without what stands above and below its line."""
    field: dict[str, object] = {"name": column.name, "kind": column.kind, "type": column.type}
    field["title"] = column.title.model_dump()
    if measure is None:
        return field
    source = measure.denominator_source
    told = {
        "numerator": measure.numerator,
        "denominator": measure.denominator,
        "denominator_source": source.model_dump() if source is not None else None,
        "per": measure.per,
    }
    return {
        **field,
        "unit": measure.unit.model_dump(),
        **{name: value for name, value in told.items() if value is not None},
    }


def _former(shown: Shown, until: Mapping[str, date]) -> dict[str, object]:
    """Say of a column under an older name what it is called now, and how long the older name is answered."""
    return {"renamed_to": shown.source, "deprecated_until": until[shown.older].isoformat()} if shown.older else {}


def selection(plan: Plan) -> dict[str, object]:
    """Say how each dimension took part, so that a total is never taken for something else."""
    return {
        use.name: {
            "use": use.role,
            "count": len(use.members or ()),
            "members": list((use.members or ())[:_SHOWN_MEMBERS]),
            **({"parts": dict(zip(use.members or (), map(list, use.parts), strict=True))} if use.parts else {}),
        }
        for use in plan.uses
    }
