"""The cells that differ between two releases, as the page that compares them lists them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from pydantic import Field

from datasets.cell_status import CellStatus
from datasets.codelist import Codelist
from datasets.release import FieldDescription
from datasets.text import Model
from portal.public.compare.answering import MOST_IN_A_FILE, ROWS_ON_A_PAGE, Compared, Counted
from portal.public.compare.csv_file import key_label
from portal.public.compare.matching import Matched
from portal.public.compare.reading import Difference
from portal.public.compare.reckoning import change
from portal.public.explore.telling import marks_of
from portal.public.pages.parts import CellView, Choice
from portal.public.pages.values import cell_view, field_value
from portal.query.difference import Kind
from portal.query.schema import Cube, Register
from portal.shared.labels import N_
from portal.shared.links import Links
from portal.shared.wording import Wording

CELL_KINDS: dict[Kind, str] = {
    "value": N_("Another value"),
    "withheld": N_("Withheld now"),
    "shown": N_("Published now"),
    "status": N_("Another status"),
    "new": N_("New"),
    "gone": N_("Gone"),
}


class CellHeading(Model):
    """The heading of a column."""

    title: str = Field(description="What the column holds.")
    number: bool = Field(description="Whether its cells are set as numbers.")


class CellsView(Model):
    """A page of cells that differ."""

    title: str = Field(description="The table that they are of.")
    total: str = Field(description="How many there are, and which of them are shown.")
    headings: tuple[CellHeading, ...] = Field(description="The columns.")
    rows: tuple[tuple[CellView, ...], ...] = Field(description="The cells, one in each row; its first column names it.")
    marks: tuple[str, ...] = Field(description="What each mark in it means.")
    earlier: str = Field(description="The page before; empty on the first.")
    later: str = Field(description="The page after; empty on the last.")
    files: tuple[Choice, ...] = Field(description="The files that hold the same cells, all of them.")


def cells_view(found: Compared, links: Links, words: Wording) -> CellsView | None:
    """Return the cells that are asked for; None where no table was compared."""
    if found.chosen is None:
        return None
    several = found.column is None and len(found.chosen.table.columns) > 1
    return CellsView(
        title=counted_title(found, found.chosen, words),
        total=_total(found, words),
        headings=tuple(_headings(found.chosen.table, words, several=several)),
        rows=tuple(tuple(_row(found.chosen.table, cell, words, several=several)) for cell in found.listed),
        marks=tuple(f"{mark}: {meaning}" for mark, meaning in marks_of(_statuses(found), words)),
        earlier=_page(found, -1, links, words),
        later=_page(found, 1, links, words),
        files=tuple(_files(found, links, words)),
    )


def counted_title(found: Compared, counted: Counted, words: Wording) -> str:
    """Return what a table is called; a register has the name of its dataset."""
    new = counted.table.new
    return words.of(new.table.title if isinstance(new, Cube) else found.pair.new.description.title)


def parameters_of(found: Compared, **changed: str) -> list[tuple[str, str]]:
    """Return the parameters of the page, some of them otherwise."""
    named = {"from": found.pair.old.name, "to": found.pair.new.name, **dict(found.asked.parameters()), **changed}
    return list(named.items())


def _total(found: Compared, words: Wording) -> str:
    if not found.total:
        return words.gettext("No cell differs in this way.")
    first = (found.asked.page - 1) * ROWS_ON_A_PAGE + 1
    shown = {"first": words.number(first), "last": words.number(first + len(found.listed) - 1)}
    assert found.chosen is not None
    if found.column is None and len(found.chosen.table.columns) > 1 and isinstance(found.chosen.table.new, Cube):
        text = words.gettext(
            "Cells %(first)s to %(last)s of %(total)s, measure by measure, of each the largest difference first."
        )
    else:
        text = words.gettext("Cells %(first)s to %(last)s of %(total)s, the largest difference first.")
    return text % {**shown, "total": words.number(found.total)}


def _page(found: Compared, step: int, links: Links, words: Wording) -> str:
    page = found.asked.page + step
    if page < 1 or (page - 1) * ROWS_ON_A_PAGE >= found.total:
        return ""
    parameters = parameters_of(found, page=str(page) if page > 1 else "")
    return f"{links.compare(found.pair.new.dataset, words.language, parameters)}#cells"


def _files(found: Compared, links: Links, words: Wording) -> Iterator[Choice]:
    parts = -(-found.total // MOST_IN_A_FILE)
    for part in range(1, parts + 1):
        parameters = parameters_of(found, page=str(part) if part > 1 else "")
        label = words.gettext("These cells as CSV")
        if parts > 1:
            label = words.gettext("These cells as CSV, part %(part)s of %(parts)s") % {
                "part": words.number(part),
                "parts": words.number(parts),
            }
        yield Choice(label=label, url=links.compared(found.pair.new.dataset, words.language, parameters))


def _headings(table: Matched, words: Wording, *, several: bool) -> Iterator[CellHeading]:
    for _, name in table.keys:
        new = table.new
        title = new.axes[name].description.title if isinstance(new, Cube) else new.fields[name].title
        yield CellHeading(title=words.of(title), number=False)
    register = isinstance(table.new, Register)
    if several:
        yield CellHeading(title=words.gettext("Field") if register else words.gettext("Measure"), number=False)
    yield CellHeading(title=words.gettext("Before"), number=not register)
    yield CellHeading(title=words.gettext("Now"), number=not register)
    yield CellHeading(title=words.gettext("Difference"), number=True)
    yield CellHeading(title=words.gettext("In per cent"), number=True)
    yield CellHeading(title=words.gettext("What happened"), number=False)


def _row(table: Matched, found: Difference, words: Wording, *, several: bool) -> Iterator[CellView]:
    for (then, now), code in zip(table.keys, found.key, strict=True):
        yield CellView(text=key_label(table, then, now, code, words))
    if several:
        yield CellView(text=words.of(table.described(found.column).title))
    yield _value(table, found, words, now=False)
    yield _value(table, found, words, now=True)
    yield from _change(found, words)
    yield CellView(text=words.gettext(CELL_KINDS[found.kind]))


def _codelist(schema: Cube | Register, name: str) -> Codelist | None:
    return schema.axes[name].codelist if isinstance(schema, Cube) else schema.codelists.get(name)


def _value(table: Matched, found: Difference, words: Wording, *, now: bool) -> CellView:
    if found.kind == ("gone" if now else "new"):
        number = isinstance(table.new, Cube)
        return CellView(text="–", meaning=words.gettext("There is no such cell"), number=number)
    text, status = (found.now, found.now_status) if now else (found.then, found.then_status)
    described = table.described(found.column)
    if isinstance(described, FieldDescription):
        schema = table.new if now else table.old
        codelist = _codelist(schema, found.column.name if now else found.column.before)
        return field_value(_typed(text, described), codelist, words)
    assert status is not None
    value = None if text is None else Decimal(text)
    return cell_view(value, status, described.decimals, words)


def _typed(text: str | None, field: FieldDescription) -> object:
    if text is None or field.codelist is not None or field.type == "string":
        return text
    if field.type == "date":
        return date.fromisoformat(text)
    return int(text) if field.type == "integer" and text.lstrip("-").isdigit() else float(text)


def _change(found: Difference, words: Wording) -> Iterator[CellView]:
    """Yield by how much a cell differs, and by how many per cent; of what has no number nothing is reckoned."""
    reckoned = change(found)
    if reckoned is None:
        nothing = words.gettext("Not reckoned: there is not a number on both sides")
        yield from [CellView(text="–", meaning=nothing, number=True)] * 2
        return
    yield CellView(text=signed(reckoned.difference, words), number=True)
    if reckoned.percent is None:
        yield CellView(text="–", meaning=words.gettext("There are no per cent of zero"), number=True)
    else:
        yield CellView(text=percent(reckoned.percent, words), number=True)


def percent(value: Decimal, words: Wording) -> str:
    """Return a share with its sign and one decimal, or with as many as it takes for a difference to be seen."""
    decimals = next((count for count in (1, 2, 3) if round(value, count)), 4 if value else 1)
    return f"{signed(value, words, decimals)}{'%' if words.language == 'vi' else ' %'}"


def signed(value: Decimal, words: Wording, decimals: int | None = None) -> str:
    """Return a number with its sign."""
    text = words.number(abs(value), decimals)
    return f"−{text}" if value < 0 else f"+{text}" if value > 0 else text


def _statuses(found: Compared) -> Iterator[CellStatus]:
    for cell in found.listed:
        yield from (status for status in (cell.then_status, cell.now_status) if status is not None)
