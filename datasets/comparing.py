"""How two releases differ in what they say of their columns and code lists, as far as readers rely on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from datasets.changes import Aspect, CodelistChanges
from datasets.codelist import Codelist
from datasets.release import RegisterDescription, ReleaseDescription

Told = Mapping[str, Mapping[Aspect, object]]
"""What is said of each column but those of statuses, by its name."""
_PARTS: tuple[Aspect, ...] = ("numerator", "denominator")
_NOT_ALWAYS_SAID: tuple[Aspect, ...] = (*_PARTS, "counted")
_OF_A_KIND: tuple[Aspect, ...] = ("kind", "per", "codelist", *_PARTS)


def told_columns(description: ReleaseDescription) -> Told:
    """Return what a release says of its dimensions and measures."""
    dimensions: dict[str, Mapping[Aspect, object]] = {
        one.name: {"title": one.title, "codelist": one.codelist, "total": one.total} for one in description.dimensions
    }
    measures: dict[str, Mapping[Aspect, object]] = {
        one.name: {
            "title": one.title,
            "unit": one.unit,
            "kind": one.type,
            "type": one.field_type,
            "per": one.per,
            "numerator": one.numerator,
            "denominator": one.denominator,
            "population": one.denominator_source,
            "counted": one.counted,
        }
        for one in description.measures
    }
    return {**dimensions, **measures}


def with_parts_named(told: Told, names: Mapping[str, str]) -> Told:
    """Return what is said of columns by other names of the measures that rates and means divide."""
    return {
        column: {
            aspect: names.get(said, said) if aspect in _PARTS and isinstance(said, str) else said
            for aspect, said in aspects.items()
        }
        for column, aspects in told.items()
    }


def told_fields(register: RegisterDescription) -> Told:
    """Return what a register says of its fields."""
    return {one.name: {"title": one.title, "type": one.type, "codelist": one.codelist} for one in register.fields}


def changed_aspects(before: Mapping[Aspect, object], now: Mapping[Aspect, object]) -> tuple[Aspect, ...]:
    """Return what changed of a column that both have."""
    changed = [aspect for aspect in now if aspect in before and _is_other(aspect, before, now)]
    return (*changed, "kind") if before.keys() != now.keys() else tuple(changed)


def are_comparable(before: Mapping[Aspect, object], now: Mapping[Aspect, object]) -> bool:
    """Return whether values of two columns are of the same kind: a rate per 1,000 is no rate per 100,000."""
    return have_like_types(before, now) and not any(_is_other(aspect, before, now) for aspect in _OF_A_KIND)


def _is_other(aspect: Aspect, before: Mapping[Aspect, object], now: Mapping[Aspect, object]) -> bool:
    """Return whether something else is said.

    What a mean divides is not said where it is no measure of its own; what is counted, not in early releases.
    """
    if aspect in _NOT_ALWAYS_SAID and None in (before.get(aspect), now.get(aspect)):
        return False
    return before.get(aspect) != now.get(aspect)


def have_like_types(before: Mapping[Aspect, object], now: Mapping[Aspect, object]) -> bool:
    """Return whether values of two columns can be held against one another: a text is no number, and a day neither."""
    types = {before.get("type"), now.get("type")}
    return len(types) == 1 or types == {"integer", "number"}


def codelist_changes(old: Codelist, new: Codelist) -> CodelistChanges:
    """Return which codes came, went or have another name."""
    return CodelistChanges(
        added=missing_from(old.by_code, new.by_code),
        removed=missing_from(new.by_code, old.by_code),
        relabelled=tuple(
            code
            for code, member in new.by_code.items()
            if code in old.by_code and old.by_code[code].label != member.label
        ),
    )


def missing_from(some: Iterable[str], all_: Iterable[str]) -> tuple[str, ...]:
    """Return those of ``all_`` that are not among ``some``, in their order."""
    known = set(some)
    return tuple(name for name in all_ if name not in known)
