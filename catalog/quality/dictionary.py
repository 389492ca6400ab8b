"""The data dictionary: whether columns, units and codes are called something in both languages."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.quality.evidence import Evidence
from catalog.quality.findings import Finding, by_share, met, not_asked
from catalog.quality.words import is_untranslated
from catalog.record import LEVEL_LABELS
from datasets.codelist import Member
from datasets.names import TOTAL
from datasets.said import said
from datasets.text import Bilingual

_SHOWN = 12
"""So many places are named; who has mended those is told the next."""


def names_finding(evidence: Evidence) -> Finding:
    """Every dimension, measure, unit, table and column must have a title that is more than its name in the files."""
    named = list(_named(evidence))
    if not named:
        return not_asked(said("A code list has no columns to be described."))
    wrong = [place for place, name, title in named if is_untranslated(title) or _is_bare(title, name)]
    if not wrong:
        return met(said("Every column and unit has a name in both languages."))
    return by_share(
        len(wrong),
        len(named),
        reason=said("%(count)s of %(all)s names of columns and units are not translated.", **_counts(wrong, named)),
        remedy=said("Give each a title for people, in Vietnamese and in English."),
        places=tuple(wrong[:_SHOWN]),
    )


def labels_finding(evidence: Evidence) -> Finding:
    """Every code must have a label that is more than the code; what is no name of a place must be translated."""
    members = [(name, each) for name, known in evidence.codelists.items() for each in known.members]
    members = [(name, each) for name, each in members if each.code != TOTAL]
    if not members:
        return not_asked(said("The dataset uses no code list."))
    wrong = [name for name, member in members if _is_bare(member.label, member.code) or _is_untranslated(member)]
    if not wrong:
        return met(said("Every code has a label in both languages."))
    return by_share(
        len(wrong),
        len(members),
        reason=said("%(count)s of %(all)s labels of codes are not translated.", **_counts(wrong, members)),
        remedy=said("Fill label_vi and label_en of the code list."),
        places=tuple(f"codelists/{name}.csv" for name in dict.fromkeys(wrong)),
    )


def _named(evidence: Evidence) -> Iterator[tuple[str, str, Bilingual]]:
    """Yield the key in the definition, the name in the files, and the title of everything that has one."""
    about = evidence.about
    for dimension in about.dimensions:
        yield f"dimensions.{dimension.name}.title", dimension.name, dimension.title
    for measure in about.measures:
        yield f"measures.{measure.name}.title", measure.name, measure.title
        yield f"measures.{measure.name}.unit", "", measure.unit
    for table in about.tables:
        yield f"tables.{table.id}.title", table.id, table.title
    for column in about.register_.fields if about.register_ else ():
        yield f"source.columns.{column.name}.title", column.name, column.title


def _is_bare(title: Bilingual, name: str) -> bool:
    """Return whether a thing is called in both languages by nothing but its name in the files."""
    bare = {title.vi.casefold(), title.en.casefold()} == {name.casefold()}
    return bare and any(letter.isalpha() for letter in name)


def _is_untranslated(member: Member) -> bool:
    return member.level not in LEVEL_LABELS and is_untranslated(member.label)


def _counts(wrong: list[str], of: list[tuple[str, str, Bilingual]] | list[tuple[str, Member]]) -> dict[str, int]:
    return {"count": len(wrong), "all": len(of)}
