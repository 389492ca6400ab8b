"""How two releases differ in what they are made of, in plain sentences: tables, columns and code lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from datasets.codelist import Codelist
from datasets.comparing import codelist_changes, missing_from
from datasets.periods import TIME_LEVELS
from datasets.public_releases import PublicReleases
from datasets.release import ReleaseDescription
from datasets.text import Bilingual
from portal.public.compare.matching import Matched, Obstacle
from portal.public.compare.pairing import Pair
from portal.public.pages.history import ASPECTS
from portal.public.pages.values import member_label
from portal.query.schema import REGISTER, Cube, Register, table_names
from portal.shared.labels import N_
from portal.shared.wording import Wording

_NAMED = 8
"""So many names are told in a sentence."""
OBSTACLES: dict[Obstacle, str] = {
    "dimensions": N_("The cells cannot be compared: the table is broken down otherwise now."),
    "codelists": N_(
        "The cells are not compared: a dimension has another code list now, and the same code may mean something else."
    ),
    "periods": N_("The two releases have no period in common, so no cell of one is in the other."),
    "columns": N_("The cells cannot be compared: no measure is in both releases."),
    "key": N_("The rows cannot be compared: nothing tells which row of one is which row of the other."),
}


def cautions(pair: Pair, words: Wording) -> Iterator[str]:
    """Yield what must be known of differences before they are read."""
    if not pair.same_period:
        yield words.gettext(
            "The two releases are about different periods. Where a table has no dimension of time, a difference is what"
            " changed from one period to the other, and no correction."
        )
    if any(_is_changed(each.description) for each in (pair.old, pair.new)):
        yield words.gettext(
            "Counts are changed a little to protect people, at least in one of the two releases. A small difference can"
            " come from that alone, and so can a large one in per cent of a small number."
        )


def _is_changed(description: ReleaseDescription) -> bool:
    return description.disclosure is not None and description.disclosure.rules.perturbation is not None


def make_up(releases: PublicReleases, pair: Pair, tables: Sequence[Matched], words: Wording) -> tuple[str, ...]:
    """Return sentences about tables, columns and code lists that differ; none where all are the same."""
    return (
        *_tables(pair, words),
        *(text for table in tables for text in _columns(table, pair, words)),
        *_codelists(releases, pair, words),
    )


def table_title(description: ReleaseDescription, table: str, words: Wording) -> str:
    """Return what a table is called; a register has the name of its dataset."""
    if table == REGISTER:
        return words.of(description.title)
    return words.of(next(one.title for one in description.tables if one.id == table))


def _tables(pair: Pair, words: Wording) -> Iterator[str]:
    old, new = pair.old.description, pair.new.description
    if added := missing_from(table_names(old), table_names(new)):
        yield words.gettext("Only the newer release has these tables: %(names)s.") % {
            "names": few([table_title(new, name, words) for name in added], words)
        }
    if removed := missing_from(table_names(new), table_names(old)):
        yield words.gettext("Only the older release has these tables: %(names)s.") % {
            "names": few([table_title(old, name, words) for name in removed], words)
        }


def _columns(table: Matched, pair: Pair, words: Wording) -> Iterator[str]:
    then, now = _titles(table.old), _titles(table.new)
    about = table_title(pair.new.description, table.name, words)
    for text in _texts_of_columns(table, then, now, words):
        yield f"{about}: {text}"


def _texts_of_columns(
    table: Matched, then: dict[str, Bilingual], now: dict[str, Bilingual], words: Wording
) -> Iterator[str]:
    changes = table.changes
    if changes.columns_added:
        names = [words.of(now[name]) for name in changes.columns_added]
        yield words.gettext("columns added: %(names)s.") % {"names": few(names, words)}
    if changes.columns_removed:
        names = [words.of(then[name]) for name in changes.columns_removed]
        yield words.gettext("columns removed: %(names)s.") % {"names": few(names, words)}
    for old, new in changes.columns_renamed.items():
        values = {"title": words.of(now[new]), "old": old, "new": new}
        yield words.gettext("the column “%(title)s” was called %(old)s in files and is called %(new)s now.") % values
    for name, aspects in changes.columns_changed.items():
        told = ", ".join(words.gettext(ASPECTS[aspect]) for aspect in aspects)
        yield words.gettext("of “%(title)s” changed: %(what)s.") % {"title": words.of(now[name]), "what": told}
    if table.apart:
        names = [words.of(now[name]) for name in table.apart]
        text = words.gettext("not compared, because it is counted or written otherwise now: %(names)s.")
        yield text % {"names": few(names, words)}


def _titles(schema: Cube | Register) -> dict[str, Bilingual]:
    if isinstance(schema, Register):
        return {name: field.title for name, field in schema.fields.items()}
    axes = {name: axis.description.title for name, axis in schema.axes.items()}
    return axes | {name: measure.title for name, measure in schema.measures.items()}


def _codelists(releases: PublicReleases, pair: Pair, words: Wording) -> Iterator[str]:
    """Yield how the code lists differ that both have; those of periods differ between editions by their nature."""
    old = {one.id for one in pair.old.description.codelists}
    for one in pair.new.description.codelists:
        if one.id in old and (pair.same_period or one.id not in TIME_LEVELS):
            then, now = (releases.codelist(release, one.id) for release in (pair.old, pair.new))
            changed = codelist_changes(then, now)
            parts = (
                (words.gettext("codes added: %(names)s."), [member_label(code, now, words) for code in changed.added]),
                (
                    words.gettext("codes removed: %(names)s."),
                    [member_label(code, then, words) for code in changed.removed],
                ),
                (
                    words.gettext("codes with another name: %(names)s."),
                    [_renamed(code, then, now, words) for code in changed.relabelled],
                ),
            )
            if texts := [text % {"names": few(names, words)} for text, names in parts if names]:
                yield f"{words.of(one.title)}: {' '.join(texts)}"


def _renamed(code: str, then: Codelist, now: Codelist, words: Wording) -> str:
    """Return both names of a member; the name alone where it changed in the other language only."""
    before, after = member_label(code, then, words), member_label(code, now, words)
    return after if before == after else f"{before} → {after}"


def few(names: Iterable[str], words: Wording) -> str:
    """Return the first of some names, and how many more there are."""
    listed = list(names)
    shown, left = ", ".join(listed[:_NAMED]), len(listed) - _NAMED
    return shown if left <= 0 else words.gettext("%(names)s and %(count)s more") % {"names": shown, "count": left}
