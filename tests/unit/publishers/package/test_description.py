"""A release describes itself, from its contents and its definition alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from datasets.release import CountedRows
from publishers.package.build import Package
from publishers.package.description import _parts_of_mean, published_codelists
from tests.support.packages import build_package
from tests.support.releases import (
    PROVINCES,
    disease_contents,
    disease_definition,
    loaded,
    visit_contents,
    visit_definition,
)


def test_statistics_describe_dimensions_measures_and_tables(diseases: Package) -> None:
    found = diseases.description

    assert (found.dataset, found.edition, found.kind) == ("notifiable-diseases", "2024", "statistics")
    assert (found.period_start, found.period_end) == ("2024-01-01", "2024-12-31")
    assert found.dimension("province").levels == ("region", "province")
    assert found.dimension("month").levels == ("month",)
    assert found.dimension("sex").levels == ()
    assert found.measure("cases").additive
    assert not found.measure("mean_stay").additive
    assert found.measure("mean_stay").decimals == 1
    table = found.tables[0]
    assert (table.id, table.rows, table.withheld) == ("by-month", 273, {"cases": 12, "mean_stay": 12})
    assert table.measures == ("cases", "mean_stay")
    assert found.tables[1].measures == ("cases",)
    assert found.disclosure is not None
    assert found.disclosure.rules.threshold == 10


def test_code_lists_are_described_with_the_total(diseases: Package) -> None:
    lists = {item.id: item for item in diseases.description.codelists}

    assert lists["provinces-demo"].rows == 7
    assert lists["provinces-demo"].levels == ("region", "province")
    assert lists["provinces-demo"].source == PROVINCES.source
    assert lists["sex-demo"].path == "codelists/sex-demo.csv"


def test_the_total_is_called_by_what_it_is_the_total_of() -> None:
    lists = published_codelists(disease_contents(disease_definition(), "2024"))

    assert lists["provinces-demo"].members[0].label.en == "Whole country"
    assert lists["sex-demo"].members[0].label.vi == "Tổng số"


def test_a_list_without_totals_or_with_one_stays_as_it_is() -> None:
    definition = disease_definition()
    province = definition.dimensions["province"]
    dimensions = definition.dimensions | {"province": province.model_copy(update={"total": False})}
    contents = disease_contents(definition.model_copy(update={"dimensions": dimensions}), "2024")
    once = published_codelists(contents)

    assert once["provinces-demo"] == PROVINCES
    assert published_codelists(replace(contents, codelists=once)) == once


def test_a_list_for_places_and_others_has_a_plain_total() -> None:
    definition = disease_definition()
    birth = definition.dimensions["sex"].model_copy(update={"codelist": PROVINCES.id, "role": "other"})
    contents = disease_contents(
        definition.model_copy(update={"dimensions": definition.dimensions | {"sex": birth}}), "2024"
    )

    assert published_codelists(contents)["provinces-demo"].members[0].label.en == "Total"


CALENDAR = [{"edition": "2023", "due": "2024-05-01"}, {"edition": "2024", "due": "2025-05-01"}]


@pytest.mark.parametrize(
    ("calendar", "edition", "expected"),
    [
        ([], "2024", ""),
        (CALENDAR, "2024", ""),
        ([*CALENDAR, {"edition": "2025", "due": "2026-05-01"}], "2024", "2026-05-01"),
        (CALENDAR, "2023", "2025-05-01"),
        (CALENDAR, "2022", "2024-05-01"),
    ],
)
def test_the_next_edition_is_that_of_the_calendar(
    calendar: list[dict[str, str]], edition: str, expected: str, tmp_path: Path
) -> None:
    definition = disease_definition(calendar=calendar)
    contents = disease_contents(definition, edition)

    assert build_package(contents, tmp_path / "package").description.next_release == expected


def test_an_edition_whose_name_is_no_period_has_none(tmp_path: Path) -> None:
    contents = replace(visit_contents(visit_definition(), "2024"), edition="pilot")
    found = build_package(contents, tmp_path / "package").description

    assert (found.period_start, found.period_end, found.next_release) == ("", "", "")


def test_a_register_describes_its_fields(register: Package) -> None:
    found = register.description.register_

    assert found is not None
    assert [(field.name, field.type) for field in found.fields] == [
        ("licence_number", "string"),
        ("name", "string"),
        ("beds", "integer"),
        ("issued", "date"),
    ]
    assert (found.key, found.rows, found.parquet) == (("licence_number",), 4, "data/register.parquet")


def test_a_measure_says_what_it_counts_whatever_the_order_of_its_conditions(tmp_path: Path) -> None:
    values = visit_definition().model_dump()
    values["source"]["where"] = {"quarter": ("2", "1", "3")}
    values["measures"]["visits"]["where"] = {"quarter": ("2", "1", "4"), "province": ("79", "01", "79")}
    definition = type(visit_definition()).model_validate(values)
    contents = visit_contents(visit_definition(), "2024")
    contents = replace(contents, loaded=loaded(definition, list(contents.codelists.values())))
    found = build_package(contents, tmp_path / "package").description.measure("visits").counted

    assert found == CountedRows(column=None, where={"province": ("01", "79"), "quarter": ("1", "2")})


def test_a_rate_says_what_it_is_made_of(tmp_path: Path) -> None:
    values = visit_definition().model_dump()
    source = {"vi": "Tổng cục Thống kê", "en": "General Statistics Office"}
    both = {"vi": "Tỷ suất", "en": "Rate"}
    people = {"type": "population", "path": "population.csv", "dimensions": ["province"], "source": source}
    values["measures"]["people"] = {"title": both, "unit": both, **people}
    values["measures"]["count"] = values["measures"]["visits"] | {"title": both}
    values["measures"]["visits"] = {
        "title": both,
        "unit": both,
        "type": "rate",
        "numerator": "count",
        "denominator": "people",
    }
    values["tables"]["visits"]["measures"] = ("visits",)
    definition = type(visit_definition()).model_validate(values)
    contents = visit_contents(visit_definition(), "2024")
    contents = replace(contents, loaded=loaded(definition, list(contents.codelists.values())))
    found = build_package(contents, tmp_path / "package").description.measure("visits")

    assert (found.numerator, found.denominator, found.per, found.decimals) == ("count", "people", 100_000, 2)
    assert found.denominator_source is not None
    assert found.denominator_source.en == "General Statistics Office"


@pytest.mark.parametrize(
    ("column", "others", "parts"),
    [
        ({}, {"spent": {"type": "sum", "column": "beds"}, "visits": {"type": "count"}}, ("spent", "visits")),
        ({}, {"spent": {"type": "sum", "column": "rooms"}, "visits": {"type": "count"}}, (None, "visits")),
        ({}, {"spent": {"type": "sum", "column": "beds"}, "visits": {"type": "persons"}}, ("spent", None)),
        (
            {},
            {"spent": {"type": "sum", "column": "beds"}, "visits": {"type": "count", "where": {"province": ["01"]}}},
            ("spent", None),
        ),
        (
            {"required": False},
            {"spent": {"type": "sum", "column": "beds"}, "visits": {"type": "count"}},
            ("spent", None),
        ),
        (
            {},
            {"spent": {"type": "sum", "column": "beds", "absent": "missing"}, "visits": {"type": "count"}},
            (None, "visits"),
        ),
    ],
)
def test_a_mean_says_which_measures_are_its_sum_and_its_number(
    column: dict[str, object], others: dict[str, dict[str, object]], parts: tuple[str | None, str | None]
) -> None:
    values = visit_definition().model_dump()
    both = {"vi": "Một", "en": "One"}
    values["source"]["columns"] = {
        "province": {},
        "quarter": {},
        "beds": {"type": "integer", **column},
        "rooms": {"type": "integer"},
    }
    values["person"] = "rooms"
    values["measures"] = {name: {"title": both, "unit": both, **one} for name, one in others.items()}
    values["measures"]["stay"] = {"title": both, "unit": both, "type": "mean", "column": "beds"}
    mean = {"type": "mean", "column": "beds", "where": {"province": ["01"]}}
    values["measures"]["other"] = {"title": both, "unit": both, **mean}
    definition = type(visit_definition()).model_validate(values)
    assert _parts_of_mean(definition, definition.measures["stay"]) == parts
    alone = "visits" if others["visits"].get("where") else None
    assert _parts_of_mean(definition, definition.measures["other"]) == (None, alone)
