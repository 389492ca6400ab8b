"""The page that compares two releases of a dataset: what they are made of, what differs and why, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import Field

from datasets.changes import Changes
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.text import Model
from portal.public.compare.answering import Compared, Counted
from portal.public.compare.pairing import Pair, steps
from portal.public.history_resources import comparisons_of
from portal.public.pages.compare_cells import CELL_KINDS, CellsView, cells_view, counted_title, parameters_of
from portal.public.pages.compare_words import OBSTACLES, cautions, few, make_up
from portal.public.pages.facts import edition_of
from portal.public.pages.selects import Select, select_of
from portal.public.pages.versions import VersionView, version_views
from portal.query.difference import KINDS
from portal.query.schema import Register
from portal.shared.labels import N_
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording


class CountView(Model):
    """How many cells of one measure are of one kind."""

    text: str = Field(description="The number.")
    url: str = Field(description="Where they are listed; empty where there are none.")


class MeasureCounts(Model):
    """What was counted of one measure, or of one field of a register."""

    title: str = Field(description="The measure.")
    counts: tuple[CountView, ...] = Field(description="How many cells are of each kind; the last are unchanged.")


class TableCounts(Model):
    """What was counted of one table."""

    anchor: str = Field(description="Its place on the page.")
    title: str = Field(description="The table.")
    notes: tuple[str, ...] = Field(description="Why it was not compared, or what was left out.")
    url: str = Field(description="Where it is compared, if not here.")
    rows: tuple[MeasureCounts, ...] = Field(description="Its measures; none where it was not compared.")


class Made(Model):
    """What is told of two releases."""

    cautions: tuple[str, ...] = Field(description="What must be known of differences before they are read.")
    reasons: tuple[VersionView, ...] = Field(description="What each release from the older to the newer one changed.")
    make_up: tuple[str, ...] = Field(description="How tables, columns and code lists differ.")
    kinds: tuple[str, ...] = Field(description="The kinds of differences, and what did not change.")
    tables: tuple[TableCounts, ...] = Field(description="The tables that both have.")
    unknown: tuple[str, ...] = Field(description="What the address names that the table does not know.")
    filters: tuple[Select, ...] = Field(description="Which cells can be listed.")
    kept: tuple[tuple[str, str], ...] = Field(description="The releases, for the form that has the filters.")
    cells: CellsView | None = Field(description="The cells that differ; None where no table was compared.")


class ComparePage(Page):
    """Two releases of a dataset."""

    dataset: str = Field(description="The title of the dataset.")
    dataset_url: str = Field(description="Its page.")
    synthetic: bool = Field(description="Whether the data is made up.")
    between: str = Field(description="Which releases are compared, in words.")
    action: str = Field(description="Where the forms lead.")
    releases: tuple[Select, ...] = Field(description="Which two can be chosen; none where there is one alone.")
    nothing: str = Field(description="Why nothing is compared; empty where it is.")
    made: Made | None = Field(description="What is told of the two.")


@dataclass(frozen=True)
class Shown:
    """The releases that a page is about, and what was found of them."""

    releases: PublicReleases
    new: PublicRelease
    old: PublicRelease | None
    found: Compared | None


def compare_page(shown: Shown, links: Links, words: Wording) -> ComparePage:
    """Return the page."""
    description, found = shown.new.description, shown.found
    title = words.of(description.title)
    parameters = parameters_of(found) if found else [("to", shown.new.name)]
    return ComparePage(
        language=words.language,
        title=words.gettext("Compare releases: %(title)s") % {"title": title},
        description=words.gettext("What changed between two releases, cell by cell, with reasons."),
        section="datasets",
        in_vietnamese=links.compare(shown.new.dataset, "vi", parameters),
        in_english=links.compare(shown.new.dataset, "en", parameters),
        indexed=False,
        dataset=title,
        dataset_url=links.dataset(shown.new.dataset, words.language),
        synthetic=description.synthetic,
        between=_between(shown, words),
        action=links.compare(shown.new.dataset, words.language),
        releases=tuple(_releases(shown, words)),
        nothing="" if found else _nothing(shown, words),
        made=_made(shown.releases, found, links, words) if found else None,
    )


def _between(shown: Shown, words: Wording) -> str:
    new = edition_of(shown.new, words)
    if shown.old is None or shown.found is None:
        return new
    values = {"old": edition_of(shown.old, words), "new": new}
    return words.gettext("From %(old)s to %(new)s") % values


def _nothing(shown: Shown, words: Wording) -> str:
    if shown.old is None:
        return words.gettext("There is no release before this one to compare it with.")
    return words.gettext("Both are the same release. Choose another one.")


def _releases(shown: Shown, words: Wording) -> Iterator[Select]:
    standing = [each for each in shown.releases.releases(shown.new.dataset) if each.withdrawal is None]
    if len(standing) < 2:
        return
    chosen = {"from": (shown.old or shown.new).name, "to": shown.new.name}
    for name, label in (("from", words.gettext("Older release")), ("to", words.gettext("Newer release"))):
        options = [(each.name, edition_of(each, words)) for each in standing]
        yield select_of(name, label, options, chosen[name])


def _made(releases: PublicReleases, found: Compared, links: Links, words: Wording) -> Made:
    pair = found.pair
    return Made(
        cautions=tuple(cautions(pair, words)),
        reasons=_reasons(releases, pair, links, words),
        make_up=make_up(releases, pair, [each.table for each in found.tables], words),
        kinds=tuple(words.gettext(text) for text in (*CELL_KINDS.values(), N_("Unchanged"))),
        tables=tuple(_table(found, counted, links, words) for counted in found.tables),
        unknown=found.unknown,
        filters=tuple(_filters(found, words)),
        kept=(("from", pair.old.name), ("to", pair.new.name)),
        cells=cells_view(found, links, words),
    )


def _reasons(releases: PublicReleases, pair: Pair, links: Links, words: Wording) -> tuple[VersionView, ...]:
    """Return each step, with what its changelog says where the file can be read."""
    found = steps(releases, pair)
    comparisons: Mapping[str, Changes] = comparisons_of(found, releases)
    return version_views(found, pair.new, links, words, comparisons)


# Counts ---------------------------------------------------------------------------------------------------------------


def _table(found: Compared, counted: Counted, links: Links, words: Wording) -> TableCounts:
    table = counted.table
    here = parameters_of(found, table=table.name, measure="", kind="", page="")
    too_large = counted.counts is None and table.obstacle is None
    return TableCounts(
        anchor=f"table-{table.name}",
        title=counted_title(found, counted, words),
        notes=tuple(_notes(counted, words)),
        url=links.compare(found.pair.new.dataset, words.language, here) if too_large and len(found.tables) > 1 else "",
        rows=tuple(_counts(found, counted, links, words)),
    )


def _notes(counted: Counted, words: Wording) -> Iterator[str]:
    table = counted.table
    if table.obstacle is not None:
        yield words.gettext(OBSTACLES[table.obstacle])
    elif counted.counts is None:
        yield words.gettext("It is too large to be compared here. Download the files of both releases to compare them.")
    elif table.without_total:
        yield words.gettext("Totals over all periods are left out: they are of another time in each release.")
        if table.partly:
            text = words.gettext("Left out too, because one of the releases has only a part of them: %(names)s.")
            yield text % {"names": few([words.period(code) for code in table.partly], words)}


def _counts(found: Compared, counted: Counted, links: Links, words: Wording) -> Iterator[MeasureCounts]:
    for column, counts in zip(counted.table.columns, counted.counts or (), strict=False):
        shown = []
        for kind in KINDS:
            here = parameters_of(found, table=counted.table.name, measure=column.name, kind=kind, page="")
            url = f"{links.compare(found.pair.new.dataset, words.language, here)}#cells"
            count = counts.by_kind[kind]
            shown.append(CountView(text=words.number(count), url=url if count else ""))
        unchanged = CountView(text=words.number(counts.unchanged), url="")
        title = words.of(counted.table.described(column).title)
        yield MeasureCounts(title=title, counts=(*shown, unchanged))


# Filters --------------------------------------------------------------------------------------------------------------


def _filters(found: Compared, words: Wording) -> Iterator[Select]:
    if found.chosen is None:
        return
    compared = [each for each in found.tables if each.counts is not None]
    if len(compared) > 1:
        tables = [(each.table.name, counted_title(found, each, words)) for each in compared]
        yield select_of("table", words.gettext("Table"), tables, found.asked.table)
    table = found.chosen.table
    if len(table.columns) > 1:
        label = words.gettext("Field") if isinstance(table.new, Register) else words.gettext("Measure")
        columns = [(column.name, words.of(table.described(column).title)) for column in table.columns]
        yield select_of("measure", label, [("", words.gettext("All")), *columns], found.asked.measure)
    kinds = [(str(kind), words.gettext(text)) for kind, text in CELL_KINDS.items()]
    yield select_of("kind", words.gettext("What happened"), [("", words.gettext("All")), *kinds], found.asked.kind)
