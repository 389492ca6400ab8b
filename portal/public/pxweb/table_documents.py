"""The documents that list and describe tables, as PxAPI 2.2 shapes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from catalog.record import THEME_LABELS
from datasets.public_releases import PublicRelease
from datasets.release import DimensionDescription, ReleaseDescription, TableDescription
from datasets.text import Language
from portal.public.cited import cite
from portal.public.json_stat_about import table_label, updated
from portal.public.pxweb.found_tables import FoundTable
from portal.public.pxweb.links import PxLinks
from portal.public.pxweb.names import TableId
from portal.query.formats_json_stat import METRIC_TITLE

_LEVEL_UNITS = {"year": "Annual", "quarter": "Quarterly", "month": "Monthly", "week": "Weekly"}
_FREQUENCY_UNITS = {"yearly": "Annual", "quarterly": "Quarterly", "monthly": "Monthly", "weekly": "Weekly"}
_OTHER = "Other"
_MOST_EDITIONS = 200


@dataclass(frozen=True)
class Page:
    """One page of a list of tables."""

    number: int
    size: int
    total: int
    parameters: tuple[tuple[str, str], ...]
    """What else was asked: it goes into the links to other pages."""

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def tables_document(found: Sequence[FoundTable], page: Page, links: PxLinks) -> dict[str, object]:
    """Return one page of a list of tables."""
    turns = {
        "next": page.number + 1 if page.number < page.pages else None,
        "previous": page.number - 1 if page.number > 1 else None,
        "last": page.pages if page.pages > 1 else None,
    }
    return {
        "language": links.language,
        "tables": [table_document(each, links) for each in found],
        "page": {
            "pageNumber": page.number,
            "pageSize": page.size,
            "totalElements": page.total,
            "totalPages": page.pages,
            "links": [_turn(rel, number, page, links) for rel, number in turns.items() if number is not None],
        },
        "links": [_turn("self", page.number, page, links)],
    }


def _turn(rel: str, number: int, page: Page, links: PxLinks) -> dict[str, str]:
    parameters = [*page.parameters, ("pageNumber", str(number)), ("pageSize", str(page.size))]
    return links.link(rel, "tables", parameters)


def table_document(found: FoundTable, links: PxLinks) -> dict[str, object]:
    """Return what a list says of one table."""
    about, language = found.release.description, links.language
    first, last = periods(about, found.table)
    dimensions = [about.dimension(name).title.of(language) for name in found.table.dimensions]
    return {
        "id": str(found.id),
        "label": table_label(found.release, found.table).of(language),
        "description": about.summary.of(language),
        "sortCode": str(found.id),
        "tags": list(about.keywords.of(language)),
        "updated": updated(found.release),
        "firstPeriod": first,
        "lastPeriod": last,
        "category": "public",
        "variableNames": [*dimensions, METRIC_TITLE.of(language)],
        "discontinued": found.discontinued,
        "source": cite(found.release).credit(language),
        "subjectCode": about.theme,
        "timeUnit": time_unit(about, found.table),
        "paths": [_path(about, language)],
        "links": [*links.of_table(found.id), links.link("bookmark", f"tables/{found.pinned}")],
    }


def described_table(found: FoundTable, editions: Sequence[PublicRelease], links: PxLinks) -> dict[str, object]:
    """Return what is said of one table by itself: also where it is in other editions of its dataset."""
    document = table_document(found, links)
    others = [
        links.link("memento", f"tables/{TableId(each.dataset, found.table.id, each.name)}")
        for each in editions[:_MOST_EDITIONS]
        if each.edition != found.release.edition
        and any(table.id == found.table.id for table in each.description.tables)
    ]
    listed = document["links"]
    assert isinstance(listed, list)
    return {"language": links.language, **document, "links": [*listed, *others]}


def time_unit(about: ReleaseDescription, table: TableDescription) -> str:
    """Return the length of the shortest periods of a table, in PxWeb's words."""
    axis = _time(about, table)
    if axis is not None and axis.levels:
        return _LEVEL_UNITS.get(axis.levels[-1], _OTHER)
    return _FREQUENCY_UNITS.get(about.frequency, _OTHER)


def periods(about: ReleaseDescription, table: TableDescription) -> tuple[str, str]:
    """Return the first and the last period of a table: of its time dimension, or the edition where it has none."""
    axis = _time(about, table)
    if axis is None or not axis.levels or not about.period_start or not about.period_end:
        return about.edition, about.edition
    first, last = (date.fromisoformat(text) for text in (about.period_start, about.period_end))
    return _period(first, axis.levels[-1], about.edition), _period(last, axis.levels[-1], about.edition)


def _period(day: date, level: str, otherwise: str) -> str:
    written = {
        "year": f"{day.year:04d}",
        "quarter": f"{day.year:04d}-Q{(day.month + 2) // 3}",
        "month": f"{day.year:04d}-{day.month:02d}",
    }
    return written.get(level, otherwise)


def _time(about: ReleaseDescription, table: TableDescription) -> DimensionDescription | None:
    dimensions = [about.dimension(name) for name in table.dimensions]
    return next((each for each in dimensions if each.role == "time"), None)


def _path(about: ReleaseDescription, language: Language) -> list[dict[str, str]]:
    return [
        {"id": about.theme, "label": THEME_LABELS[about.theme].of(language)},
        {"id": about.dataset, "label": about.title.of(language)},
    ]
