"""How single values of published tables are written for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.codelist import Codelist
from datasets.names import TOTAL
from datasets.release import DimensionDescription
from portal.public.pages.parts import CellView
from portal.shared.labels import mark
from portal.shared.wording import Wording


def cell_view(value: float | Decimal | None, status: CellStatus, decimals: int | None, words: Wording) -> CellView:
    """Return a cell: its number, with a mark where it is not plainly observed, or the mark alone where it has none."""
    meaning = STATUS_MEANINGS[status]
    if value is None:
        return CellView(text=mark(status), meaning=words.of(meaning.label), number=True)
    text = words.number(value, decimals)
    if not meaning.letter:
        return CellView(text=text, number=True)
    return CellView(text=f"{text} {mark(status)}", meaning=words.of(meaning.label), number=True)


def member_label(code: str, codelist: Codelist, words: Wording) -> str:
    """Return the name of a member; the total has one even where its list does not say it."""
    if code == TOTAL and TOTAL not in codelist.by_code:
        return words.gettext("Total")
    return words.of(codelist.label(code))


def dimension_name(dimension: DimensionDescription, words: Wording) -> str:
    """Return what a dimension is called whatever level of it is shown: where months have years, a year is no month."""
    if dimension.role == "time" and len(dimension.levels) > 1:
        return words.gettext("Period")
    return words.of(dimension.title)


def inside(name: str) -> str:
    """Return a name as it stands inside a sentence: it starts small, unless it is an abbreviation such as ICD-10."""
    return name[0].lower() + name[1:] if name[1:2].islower() else name


def period_inside(name: str, words: Wording) -> str:
    """Return a period as it stands inside a sentence: months start small in Vietnamese, as they do not in English."""
    return name[:1].lower() + name[1:] if words.language == "vi" else name


def totals_told(dimensions: Iterable[DimensionDescription], words: Wording) -> str:
    """Say of which dimensions numbers hold all; that of places has a name of its own, as in the code lists."""
    every = tuple(dimensions)
    names = [inside(dimension_name(each, words)) for each in every if each.role != "geography"]
    country = [words.gettext("Whole country.")] if len(names) < len(every) else []
    rest = [words.gettext("All taken together: %(dimensions)s.") % {"dimensions": ", ".join(names)}] if names else []
    return " ".join([*country, *rest])


def field_value(value: object, codelist: Codelist | None, words: Wording) -> CellView:
    """Return a value of a register as it is shown; an empty one says so."""
    if value is None or value == "":
        return CellView(text="–", meaning=words.gettext("Not stated"))
    if codelist is not None:
        return CellView(text=member_label(str(value), codelist, words))
    if isinstance(value, date):
        return CellView(text=words.day(value))
    if isinstance(value, float):
        return CellView(text=words.number(value))
    # Whole numbers are not grouped by thousands: in a register they may be years.
    return CellView(text=str(value))
