"""Tables are found and listed in the newest edition that has them, with the periods that they cover."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from datasets.errors import DatasetNotFound, FileNotFound
from datasets.release import ReleaseDescription, TableDescription
from portal.public.pxweb.found_tables import FoundTable, cube_of, find_code_list, find_table, tables_of
from portal.public.pxweb.links import PxLinks
from portal.public.pxweb.table_documents import described_table, periods, table_document, time_unit
from portal.public.pxweb.tables_list import found_page
from portal.query.schema import Cube, read_schema
from portal.shared.links import Links
from publishers.package.build import EditionContents
from tests.support.cubes import register
from tests.support.releases import (
    DemoStore,
    add_edition,
    disease_contents,
    disease_definition,
    open_demo_store,
    register_contents,
)

NOW = datetime(2025, 3, 1, tzinfo=UTC)
MONTHS = "notifiable-diseases.by-month"
GONE = "notifiable-diseases.by-province"
LINKS = PxLinks(Links("https://data.example.org"), "en")


def without_a_table(contents: EditionContents) -> EditionContents:
    kept = {name: table for name, table in contents.tables.items() if name == "by-month"}
    return EditionContents(**(vars(contents) | {"tables": kept}))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    """A store whose newest edition of diseases has no table by province alone, and a register."""
    demo = open_demo_store(Path(tmp_path_factory.mktemp("store")) / "data")
    tables: dict[str, Any] = {
        "by-month": {
            "title": {"vi": "Theo tỉnh, tháng và giới tính", "en": "By province, month and sex"},
            "dimensions": ["province", "month", "sex"],
        }
    }
    add_edition(demo, disease_contents(disease_definition(), "2023"), at=datetime(2025, 1, 5, tzinfo=UTC))
    newer = without_a_table(disease_contents(disease_definition(tables=tables), "2024"))
    add_edition(demo, newer, at=datetime(2025, 2, 20, tzinfo=UTC))
    add_edition(demo, register_contents(), at=datetime(2025, 2, 21, tzinfo=UTC))
    return demo


def listed(demo: DemoStore, **parameters: str) -> list[str]:
    found, page = found_page(demo.releases, demo.releases.datasets(), tuple(parameters.items()), now=NOW)
    assert page.total >= len(found)
    return [str(each.id) for each in found]


def test_a_table_is_found_in_the_newest_edition_that_has_it(demo: DemoStore) -> None:
    months, gone = find_table(demo.releases, MONTHS), find_table(demo.releases, GONE)
    assert (months.release.name, months.discontinued, months.is_pinned) == ("2024.1", False, False)
    assert (gone.release.name, gone.discontinued, str(gone.pinned)) == ("2023.1", True, f"{GONE}@2023.1")


@pytest.mark.parametrize(("name", "pinned"), [(f"{MONTHS}@2023.1", True), (f"{MONTHS}@2023", False)])
def test_a_release_that_is_named_is_the_one_that_is_found(demo: DemoStore, name: str, pinned: bool) -> None:
    found = find_table(demo.releases, name)
    assert (found.release.name, found.is_pinned, found.discontinued) == ("2023.1", pinned, False)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("by-month", FileNotFound, "no table of this name"),
        ("no-such.by-month", DatasetNotFound, "(?i)dataset"),
        (f"{GONE}@2024.1", FileNotFound, "no table of this name"),
        ("licensed-facilities.register", FileNotFound, "no table of this name"),
    ],
)
def test_what_is_no_table_is_not_found(demo: DemoStore, name: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        find_table(demo.releases, name)


def test_discontinued_tables_are_listed_where_that_is_asked(demo: DemoStore) -> None:
    assert listed(demo) == [MONTHS]
    assert listed(demo, includeDiscontinued="True") == [MONTHS, GONE]
    (gone,) = [
        each for each in tables_of(demo.releases, ["notifiable-diseases"], discontinued=True) if each.discontinued
    ]
    document = table_document(gone, LINKS)
    assert (document["discontinued"], document["lastPeriod"]) == (True, "2023")


def test_tables_of_the_last_days_are_told_from_others(demo: DemoStore) -> None:
    assert listed(demo, pastDays="10", includeDiscontinued="true") == [MONTHS]
    assert listed(demo, pastDays="8", includeDiscontinued="true") == []
    assert listed(demo, pastDays="100", includeDiscontinued="true") == [MONTHS, GONE]


def test_datasets_that_are_gone_meanwhile_are_left_out(demo: DemoStore) -> None:
    found = tables_of(demo.releases, ["no-such", "notifiable-diseases"], discontinued=False)
    assert [str(each.id) for each in found] == [MONTHS]


def test_other_editions_are_linked(demo: DemoStore) -> None:
    found = find_table(demo.releases, MONTHS)
    assert [link["href"] for link in links_of(demo, found) if link["rel"] == "memento"] == [
        "https://data.example.org/api/pxweb/v2/tables/notifiable-diseases.by-month@2023.1?lang=en"
    ]
    alone = find_table(demo.releases, GONE)
    assert "memento" not in {link["rel"] for link in links_of(demo, alone)}


def links_of(demo: DemoStore, found: FoundTable) -> list[dict[str, str]]:
    links = described_table(found, demo.releases.editions(found.id.dataset), LINKS)["links"]
    assert isinstance(links, list)
    return links


def schema_of(demo: DemoStore) -> Any:
    return lambda release, table: read_schema(
        release.description, table, release="", codelist=lambda name: demo.releases.codelist(release, name)
    )


def test_code_lists_are_found_by_their_names(demo: DemoStore) -> None:
    name = f"vs_{MONTHS}.province.region@2023.1"
    found, values = find_code_list(demo.releases, schema_of(demo), name)
    assert (found.release.name, values.codes) == ("2023.1", ("N", "S"))
    for unknown in ("x", f"vs_{MONTHS}.province.zone", f"vs_{MONTHS}.x.region", f"agg_{MONTHS}.province.province"):
        with pytest.raises(FileNotFound, match="no code list of this name"):
            find_code_list(demo.releases, schema_of(demo), unknown)


def test_registers_are_no_tables_of_cells() -> None:
    with pytest.raises(AssertionError):
        cube_of(register({"name": "string"}))


def described(demo: DemoStore, **changes: Any) -> tuple[ReleaseDescription, TableDescription]:
    """Return a description whose month has other levels, or none."""
    about = find_table(demo.releases, MONTHS).release.description
    month = about.dimension("month").model_copy(update={key: changes.pop(key) for key in ("levels",) if key in changes})
    dimensions = tuple(month if each.name == "month" else each for each in about.dimensions)
    return about.model_copy(update={"dimensions": dimensions, **changes}), about.tables[0]


@pytest.mark.parametrize(
    ("changes", "first", "last", "unit"),
    [
        ({"levels": ("year",)}, "2024", "2024", "Annual"),
        ({"levels": ("year", "quarter")}, "2024-Q1", "2024-Q4", "Quarterly"),
        ({"levels": ("year", "quarter", "month")}, "2024-01", "2024-12", "Monthly"),
        ({"levels": ("season",)}, "2024", "2024", "Other"),
        ({"levels": ()}, "2024", "2024", "Annual"),
        ({"levels": (), "frequency": "once"}, "2024", "2024", "Other"),
        ({"levels": ("month",), "period_start": "", "period_end": ""}, "2024", "2024", "Monthly"),
    ],
)
def test_periods_are_told_in_the_units_of_the_table(
    demo: DemoStore, changes: dict[str, Any], first: str, last: str, unit: str
) -> None:
    about, table = described(demo, **changes)
    assert (*periods(about, table), time_unit(about, table)) == (first, last, unit)


def test_a_schema_is_read(demo: DemoStore) -> None:
    found = find_table(demo.releases, MONTHS)
    assert isinstance(cube_of(schema_of(demo)(found.release, "by-month")), Cube)
