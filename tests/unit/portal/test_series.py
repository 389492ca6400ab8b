"""A chart shows time where there is time, else the first dimension that fits; every other dimension at its total."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from datasets.cell_status import CellStatus
from datasets.codelist import Codelist, Member
from datasets.periods import time_codelist
from datasets.release import DimensionDescription, ReleaseDescription, TableDescription
from datasets.text import Bilingual
from portal.public.pages.series import Series, candidates, find_series
from tests.support.releases import DemoStore, make_demo_store

AGES = Codelist(
    id="ages",
    title=Bilingual(vi="Tuổi", en="Ages"),
    members=(
        Member("_T", Bilingual(vi="Tổng số", en="Total")),
        Member("young", Bilingual(vi="Dưới 15", en="Under 15"), level="group"),
        Member("0-4", Bilingual(vi="0–4", en="0–4"), level="band", parent="young"),
        Member("5-14", Bilingual(vi="5–14", en="5–14"), level="band", parent="young"),
    ),
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(tmp_path_factory.mktemp("store"))


def described(demo: DemoStore, **changes: object) -> tuple[ReleaseDescription, TableDescription]:
    description = demo.releases.latest("notifiable-diseases").description
    table = next(table for table in description.tables if table.id == "by-month")
    return description, table.model_copy(update=changes)


def shown(demo: DemoStore, table_id: str) -> Series | None:
    release = demo.releases.latest("notifiable-diseases")
    table = next(table for table in release.description.tables if table.id == table_id)
    codelists = {each.id: demo.releases.codelist(release, each.id) for each in release.description.codelists}
    with demo.releases.reading(release, table.parquet) as file:
        return find_series(release.description, table, file, codelists)


def test_time_is_drawn_as_a_line_of_totals(demo: DemoStore) -> None:
    series = shown(demo, "by-month")
    assert series is not None
    assert series.along_time
    assert [cell.member.code for cell in series.cells] == [f"2024-{month:02}" for month in range(1, 13)]
    assert sum(cell.value or 0 for cell in series.cells) == 38_540


def test_without_time_the_finest_fitting_level_is_drawn_from_the_largest(demo: DemoStore) -> None:
    series = shown(demo, "by-province")
    assert series is not None
    assert [cell.member.code for cell in series.cells] == ["79", "01", "22", "48"]


def test_only_published_totals_are_drawn(demo: DemoStore) -> None:
    description, table = described(demo)
    assert [each.name for each in candidates(description, table)] == ["month", "province", "sex"]
    _, table = described(demo, margins=(("province",), ("province", "month")))
    assert [each.name for each in candidates(description, table)] == ["province"]
    dimensions = tuple(each.model_copy(update={"total": each.name != "sex"}) for each in description.dimensions)
    _, table = described(demo)
    without = description.model_copy(update={"dimensions": dimensions})
    assert [each.name for each in candidates(without, table)] == ["sex"]


def series_of(
    folder: Path, codelist: Codelist, role: str, cells: dict[str, tuple[int | None, CellStatus]]
) -> Series | None:
    columns = {
        "member": pa.array(list(cells), pa.string()),
        "cases": pa.array([value for value, _ in cells.values()], pa.int64()),
        "cases_status": pa.array([str(status) for _, status in cells.values()], pa.string()),
    }
    parquet.write_table(pa.table(columns), folder / "table.parquet", write_page_checksum=True)
    dimension = DimensionDescription.model_validate(
        {"name": "member", "title": codelist.title, "codelist": "list", "role": role, "total": True, "levels": ()}
    )
    table = TableDescription(
        id="table-one",
        title=codelist.title,
        dimensions=("member",),
        measures=("cases",),
        margins="all",
        rows=len(cells),
        withheld={},
        parquet="data/t.parquet",
        csv="data/t.csv",
    )
    parts: dict[str, Any] = {"dimensions": (dimension,), "measures": (), "tables": (table,)}
    description = ReleaseDescription.model_construct(**parts)
    with (folder / "table.parquet").open("rb") as file:
        return find_series(description, table, file, {"list": codelist})


def seen(value: int) -> tuple[int, CellStatus]:
    return value, CellStatus.OBSERVED


def test_ages_stay_in_their_order_and_the_total_is_no_member(tmp_path: Path) -> None:
    cells: dict[str, tuple[int | None, CellStatus]] = {"_T": seen(9), "young": seen(9), "5-14": seen(8), "0-4": seen(1)}
    series = series_of(tmp_path, AGES, "age", cells)
    assert series is not None
    assert [cell.member.code for cell in series.cells] == ["0-4", "5-14"]


def test_withheld_cells_are_kept_and_come_last(tmp_path: Path) -> None:
    members = tuple(Member(code, Bilingual(vi=code, en=code)) for code in "abc")
    cells = {"a": (None, CellStatus.SUPPRESSED), "b": (0, CellStatus.ZERO), "c": seen(5)}
    series = series_of(tmp_path, Codelist("letters", AGES.title, members), "other", cells)
    assert series is not None
    assert [(cell.member.code, cell.value, cell.status) for cell in series.cells] == [
        ("c", 5, CellStatus.OBSERVED),
        ("b", 0, CellStatus.ZERO),
        ("a", None, CellStatus.SUPPRESSED),
    ]


def test_too_many_members_or_too_few_values_make_no_chart(tmp_path: Path) -> None:
    members = tuple(Member(f"m{n}", Bilingual(vi=f"m{n}", en=f"m{n}")) for n in range(41))
    many = Codelist("many", AGES.title, members)
    assert series_of(tmp_path, many, "other", {member.code: seen(1) for member in members}) is None
    assert series_of(tmp_path, many, "other", {member.code: seen(1) for member in members[:40]}) is not None
    hidden = {"0-4": seen(1), "5-14": (None, CellStatus.SUPPRESSED)}
    assert series_of(tmp_path, AGES, "age", hidden) is None


def test_long_series_of_months_are_drawn_whole_and_two_years_are_no_line(tmp_path: Path) -> None:
    months = time_codelist("months", date(1994, 1, 1), date(2010, 12, 31))
    cells: dict[str, tuple[int | None, CellStatus]] = {member.code: seen(1) for member in months.members}
    series = series_of(tmp_path, months, "time", cells)
    assert series is not None
    assert len(series.cells) == 17 * 12
    years = time_codelist("years", date(2023, 1, 1), date(2024, 12, 31))
    assert series_of(tmp_path, years, "time", {"2023": seen(1), "2024": seen(2)}) is None
