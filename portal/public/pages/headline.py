"""The chart of the first page and of topics: the newest statistics, and a sentence about them that can be quoted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from pydantic import Field

from catalog.schedule import Schedule, Standing
from catalog.standards.vocabularies import is_of_viet_nam
from datasets.errors import YtemoError
from datasets.public_releases import PublicRelease
from datasets.release import MeasureDescription, TableDescription
from datasets.text import Model
from portal.public.pages.contents import ContentsReader
from portal.public.pages.figure import FigureView, figure_view
from portal.public.pages.schedule import DatasetName, dataset_name
from portal.public.pages.series import Cell, Series
from portal.public.pages.values import cell_view, period_inside
from portal.shared.links import Links
from portal.shared.wording import Wording

_LOOKED_AT = 3
"""So many releases are tried: one that is damaged or has no chart is passed over."""


class Headline(Model):
    """The newest statistics as the first page shows them."""

    name: DatasetName = Field(description="The dataset.")
    edition: str = Field(description="Its newest edition.")
    sentence: str = Field(description="What its chart tells, of published numbers only.")
    figure: FigureView = Field(description="The chart.")
    explore: str = Field(description="Its explorer.")
    permanent: str = Field(description="The explorer of this very release, which stays as it is.")


def headline(schedule: Schedule, reader: ContentsReader, links: Links, words: Wording) -> Headline | None:
    """Return the newest statistics that have a chart; None where there are none."""
    for release in _newest(schedule):
        # One that is damaged or withdrawn this moment must not take the first page down.
        with suppress(YtemoError):
            if found := reader.read(release).first_series(release):
                return _headline(release, *found, links, words)
    return None


def _newest(schedule: Schedule) -> list[PublicRelease]:
    """Return the newest statistics; those of Viet Nam first, and of them those that are not made up.

    How the ministry and its portal are run comes after health, also where it appears each month.
    """
    found = [each for each in schedule.standings if each.release.description.kind == "statistics"]
    return [each.release for each in sorted(found, key=_place)[:_LOOKED_AT]]


def _place(standing: Standing) -> tuple[bool, bool, bool, int]:
    about = standing.release.description
    elsewhere, of_offices = not is_of_viet_nam(about), about.theme == "administration"
    return elsewhere, about.synthetic, of_offices, -standing.appeared.toordinal()


def _headline(
    release: PublicRelease, table: TableDescription, series: Series, links: Links, words: Wording
) -> Headline:
    about = release.description
    wide = links.chart(release.dataset, release.name, table.id, words.language)
    narrow = links.chart(release.dataset, release.name, table.id, words.language, narrow=True)
    figure = figure_view(about, table, series, urls=(wide, narrow), words=words)
    return Headline(
        name=dataset_name(release, links.dataset(release.dataset, words.language), words),
        edition=words.period(release.edition),
        sentence=" ".join(sentences(series, about.measure(series.measure), words)),
        figure=figure,
        explore=links.explore(release.dataset, words.language, [("table", table.id)]),
        permanent=links.explore(release.dataset, words.language, [("table", table.id)], release=release.name),
    )


def sentences(series: Series, measure: MeasureDescription, words: Wording) -> Iterator[str]:
    """Yield the highest published number and, of a series over time, the newest; a withheld cell has no say."""
    published = [cell for cell in series.cells if cell.value is not None]
    highest = max(reversed(published), key=lambda cell: cell.value or 0.0)
    message = words.gettext("The highest published number is %(number)s %(unit)s (%(place)s).")
    yield message % _told(highest, series, measure, words)
    if series.along_time and highest is not published[-1]:
        message = words.gettext("The newest period with a published number is %(place)s: %(number)s %(unit)s.")
        yield message % _told(published[-1], series, measure, words)


def _told(cell: Cell, series: Series, measure: MeasureDescription, words: Wording) -> dict[str, str]:
    place = words.of(cell.member.label)
    if series.along_time:
        place = period_inside(place, words)
    number = cell_view(cell.value, cell.status, measure.decimals, words).text
    return {"number": number, "unit": words.of(measure.unit), "place": place}
