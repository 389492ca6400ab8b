"""The chart of a table: as an address on the page, as data beside it, and as what is drawn."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.release import MeasureDescription, ReleaseDescription, TableDescription
from datasets.text import Model
from portal.public.charts.chart import NARROW, WIDE, Chart, Point
from portal.public.charts.single import height
from portal.public.explore.legend import circled
from portal.public.pages.parts import CellView
from portal.public.pages.series import Cell, Series
from portal.public.pages.units import with_unit
from portal.public.pages.values import cell_view, inside, totals_told
from portal.shared.labels import mark
from portal.shared.numbers import short_period
from portal.shared.wording import Wording


class FigureView(Model):
    """A chart with what makes it readable without seeing it."""

    title: str = Field(description="What it shows.")
    held: str = Field(description="What the other dimensions are held at: their totals.")
    url: str = Field(description="The address of the drawing.")
    narrow: str = Field(description="The address of the drawing for a small screen.")
    size: tuple[int, int] = Field(description="How wide and high the drawing is, in pixels.")
    narrow_size: tuple[int, int] = Field(description="The same of that for a small screen.")
    alternative: str = Field(description="The chart in words.")
    dimension: str = Field(description="The heading of the first column of its data.")
    measure: str = Field(description="The heading of the second column, with the unit.")
    marks: tuple[str, ...] = Field(description="What each mark in it means.")
    rows: tuple[tuple[str, CellView], ...] = Field(description="Its data: the member and the cell.")


def figure_view(
    description: ReleaseDescription, table: TableDescription, series: Series, *, urls: tuple[str, str], words: Wording
) -> FigureView:
    """Return the part of the page that shows ``series``; ``urls`` are those of its wide and its narrow drawing."""
    measure = description.measure(series.measure)
    views = _views(series, measure, words)
    told, held = _in_words(series, measure, words), _held(description, table, series, words)
    drawn = _drawn(description, series, views, words, told=f"{told} {held}")
    return FigureView(
        title=drawn.title,
        held=held,
        url=urls[0],
        narrow=urls[1],
        size=(WIDE, height(drawn)),
        narrow_size=(NARROW, height(replace(drawn, narrow=True))),
        alternative=told,
        dimension=words.of(series.dimension.title),
        measure=with_unit(measure, words),
        marks=_marks(series, words),
        rows=tuple((words.of(cell.member.label), view) for cell, view in zip(series.cells, views, strict=True)),
    )


def chart(description: ReleaseDescription, table: TableDescription, series: Series, words: Wording) -> Chart:
    """Return what is drawn of ``series``."""
    measure = description.measure(series.measure)
    told = f"{_in_words(series, measure, words)} {_held(description, table, series, words)}"
    return _drawn(description, series, _views(series, measure, words), words, told=told)


def _views(series: Series, measure: MeasureDescription, words: Wording) -> tuple[CellView, ...]:
    return tuple(_view(cell, measure, words) for cell in series.cells)


def _drawn(
    description: ReleaseDescription, series: Series, views: tuple[CellView, ...], words: Wording, *, told: str
) -> Chart:
    measure = description.measure(series.measure)
    return Chart(
        kind="line" if series.along_time else "bars",
        title=_title(series, measure, words),
        description=told.strip(),
        dimension=words.of(series.dimension.title),
        measure=f"{with_unit(measure, words)}{_made_up(description, words)}",
        points=tuple(
            Point(_short_label(cell, series, words), cell.value, view.text)
            for cell, view in zip(series.cells, views, strict=True)
        ),
        language=words.language,
    )


def _made_up(description: ReleaseDescription, words: Wording) -> str:
    """A drawing is passed on without its page, so it says by itself that its numbers are made up."""
    return f" – {words.gettext('Made-up data')}" if description.synthetic else ""


def _title(series: Series, measure: MeasureDescription, words: Wording) -> str:
    dimension = inside(words.of(series.dimension.title))
    return words.gettext("%(measure)s by %(dimension)s") % {"measure": words.of(measure.title), "dimension": dimension}


def _held(description: ReleaseDescription, table: TableDescription, series: Series, words: Wording) -> str:
    others = [description.dimension(name) for name in table.dimensions if name != series.dimension.name]
    return totals_told(others, words)


def _marks(series: Series, words: Wording) -> tuple[str, ...]:
    used = {cell.status for cell in series.cells}
    return tuple(
        f"{_sign(status, series, words)}: {words.of(meaning.label)}"
        for status, meaning in STATUS_MEANINGS.items()
        if meaning.letter and status in used
    )


def _sign(status: CellStatus, series: Series, words: Wording) -> str:
    in_line = series.along_time and STATUS_MEANINGS[status].has_value
    return circled(mark(status), words) if in_line else mark(status)


def _short_label(cell: Cell, series: Series, words: Wording) -> str:
    if not series.along_time:
        return words.of(cell.member.label)
    short = short_period(cell.member.code, words.language)
    return words.of(cell.member.label) if short == cell.member.code and not short.isdecimal() else short


def _view(cell: Cell, measure: MeasureDescription, words: Wording) -> CellView:
    return cell_view(cell.value, cell.status, measure.decimals, words)


def _in_words(series: Series, measure: MeasureDescription, words: Wording) -> str:
    """Say what the chart shows: its axes, the highest and the lowest point, and how many points are withheld."""
    kind = words.gettext("Line chart") if series.along_time else words.gettext("Bar chart")
    with_value = [cell for cell in series.cells if cell.value is not None]
    highest = max(with_value, key=lambda cell: cell.value or 0.0)
    lowest = min(with_value, key=lambda cell: cell.value or 0.0)
    text = words.gettext(
        "%(kind)s of %(measure)s by %(dimension)s. Highest published: %(highest)s. Lowest published: %(lowest)s."
        " Cells without a value: %(gaps)s."
    )
    return text % {
        "kind": kind,
        "measure": with_unit(measure, words),
        "dimension": words.of(series.dimension.title),
        "highest": _named(highest, measure, words),
        "lowest": _named(lowest, measure, words),
        "gaps": words.number(len(series.cells) - len(with_value)),
    }


def _named(cell: Cell, measure: MeasureDescription, words: Wording) -> str:
    return f"{words.of(cell.member.label)} ({_view(cell, measure, words).text})"
