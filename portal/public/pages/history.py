"""What a release changed, in plain sentences: from what its package says for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from datasets.cell_status import status_column
from datasets.changes import Aspect, Changes, CodelistChanges, TableChanges
from datasets.release import ReleaseDescription
from portal.shared.labels import N_
from portal.shared.wording import Wording

_NAMED = 8
"""So many names are told in a sentence; the API tells all."""
ASPECTS: Mapping[Aspect, str] = {
    "title": N_("its title"),
    "unit": N_("its unit"),
    "type": N_("its type"),
    "kind": N_("the way in which it is counted"),
    "codelist": N_("its code list"),
    "total": N_("whether it has a total"),
    "per": N_("per how many it is"),
    "numerator": N_("what is above the line"),
    "denominator": N_("what is below the line"),
    "population": N_("the source of the population"),
    "counted": N_("the conditions of what is counted"),
}


def change_texts(changes: Changes, description: ReleaseDescription, words: Wording) -> tuple[str, ...]:
    """Return sentences about what a release changed; none for the first release of a dataset."""
    return tuple(_texts(changes, description, words))


def _texts(changes: Changes, description: ReleaseDescription, words: Wording) -> Iterator[str]:
    named = {table.id: words.of(table.title) for table in description.tables}
    if changes.tables_added:
        added = [named.get(name, name) for name in changes.tables_added]
        yield words.gettext("Tables added: %(names)s.") % {"names": _few(added, words)}
    if changes.tables_removed:
        yield words.gettext("Tables removed: %(names)s.") % {"names": _few(changes.tables_removed, words)}
    for name, table in changes.tables.items():
        for text in _of_table(table, description, words):
            yield f"{named.get(name, words.of(description.title))}: {text}"
    for name, codelist in changes.codelists.items():
        titles = {one.id: words.of(one.title) for one in description.codelists}
        yield f"{titles.get(name, name)}: {_of_codelist(codelist, words)}"


def _of_table(table: TableChanges, description: ReleaseDescription, words: Wording) -> Iterator[str]:
    yield from _of_columns(table, description, words)
    if table.rows_added or table.rows_removed:
        counts = {"added": words.number(table.rows_added), "removed": words.number(table.rows_removed)}
        yield words.gettext("rows added: %(added)s, rows removed: %(removed)s.") % counts
    fields = description.register_.fields if description.register_ else ()
    titles = {field.name: words.of(field.title) for field in fields}
    titles |= {measure.name: words.of(measure.title) for measure in description.measures}
    for name, changed in table.by_measure.items():
        counts = {part: words.number(changed.get(part, 0)) for part in ("values", "statuses")}
        told = words.gettext("%(values)s numbers and %(statuses)s statuses changed.") % counts
        yield f"{titles.get(name, name)}: {told}"


def _of_columns(table: TableChanges, description: ReleaseDescription, words: Wording) -> Iterator[str]:
    """Yield what changed of columns; those of statuses go with their measures and are not told."""
    renamed = table.columns_renamed
    statuses = {status_column(measure.name) for measure in description.measures}
    statuses |= {status_column(name) for name in (*table.columns_removed, *renamed)}
    if added := [name for name in table.columns_added if name not in statuses]:
        yield words.gettext("columns added: %(names)s.") % {"names": _few(added, words)}
    if removed := [name for name in table.columns_removed if name not in statuses]:
        yield words.gettext("columns removed: %(names)s.") % {"names": _few(removed, words)}
    for old, new in renamed.items():
        if old not in statuses:
            yield words.gettext("the column %(old)s is called %(new)s now.") % {"old": old, "new": new}
    for name, aspects in table.columns_changed.items():
        told = ", ".join(words.gettext(ASPECTS[aspect]) for aspect in aspects)
        yield words.gettext("of the column %(name)s changed: %(what)s.") % {"name": name, "what": told}


def _of_codelist(codelist: CodelistChanges, words: Wording) -> str:
    parts = (
        (words.gettext("codes added: %(names)s."), codelist.added),
        (words.gettext("codes removed: %(names)s."), codelist.removed),
        (words.gettext("codes with another name: %(names)s."), codelist.relabelled),
    )
    return " ".join(text % {"names": _few(codes, words)} for text, codes in parts if codes)


def _few(names: tuple[str, ...] | list[str], words: Wording) -> str:
    shown = ", ".join(names[:_NAMED])
    left = len(names) - _NAMED
    return shown if left <= 0 else words.gettext("%(names)s and %(count)s more") % {"names": shown, "count": left}
