"""What changed since the release before is counted, cell by cell, and told in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from datasets.codelist import Member
from datasets.definition import Definition
from datasets.text import Bilingual
from publishers.package.build import EditionContents, Package, PreviousRelease
from tests.support.packages import build_package
from tests.support.releases import (
    DemoStore,
    add_edition,
    disease_contents,
    disease_definition,
    open_demo_store,
    register_contents,
    visit_contents,
    visit_definition,
)

AT = datetime(2025, 5, 1, tzinfo=UTC)


@pytest.fixture
def demo(tmp_path: Path) -> DemoStore:
    return open_demo_store(tmp_path / "store")


def package_after(demo: DemoStore, first: EditionContents, second: EditionContents, folder: Path) -> Package:
    """Publish ``first`` and build ``second`` as what follows it."""
    add_edition(demo, first, at=AT)
    previous = PreviousRelease.of(demo.releases, demo.releases.latest(first.definition.id))
    return build_package(replace(second, previous=previous), folder)


def changelog(package: Package) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((package.folder / "changelog.json").read_text(encoding="utf-8"))
    return parsed


def text(package: Package) -> str:
    return (package.folder / "CHANGELOG.md").read_text(encoding="utf-8")


def visits_with(change: Callable[[pa.Table], pa.Table], withheld: int = 0) -> EditionContents:
    contents = visit_contents(visit_definition(), "2024")
    table = contents.tables["visits"]
    changed = replace(table, data=change(table.data), withheld={"visits": withheld})
    return replace(contents, tables={"visits": changed})


def test_a_first_release_is_told_as_such(diseases: Package) -> None:
    assert changelog(diseases)["previous"] == ""
    assert diseases.changes.en == "First release of this dataset."
    assert "Lần công bố đầu tiên" in text(diseases)


def test_the_same_data_again_changed_nothing(demo: DemoStore, folder: Path) -> None:
    contents = visit_contents(visit_definition(), "2024")
    package = package_after(demo, contents, contents, folder)

    assert package.changes.en == "Since edition 2024, version 1: the data is unchanged."


def test_every_changed_value_status_and_row_is_counted(demo: DemoStore, folder: Path) -> None:
    def change(rows: pa.Table) -> pa.Table:
        values = rows.column("visits").to_pylist()
        statuses = rows.column("visits_status").to_pylist()
        values[1] += 1
        values[2], statuses[2] = None, "suppressed"
        statuses[3] = "revised"
        rows = rows.set_column(2, "visits", pa.array(values, pa.int64()))
        return rows.set_column(3, "visits_status", pa.array(statuses)).slice(0, rows.num_rows - 2)

    package = package_after(demo, visit_contents(visit_definition(), "2024"), visits_with(change, 1), folder)
    table = changelog(package)["tables"]["visits"]

    assert (table["values_changed"], table["statuses_changed"]) == (2, 2)
    assert (table["rows_added"], table["rows_removed"]) == (0, 2)
    assert table["by_measure"] == {"visits": {"values": 2, "statuses": 2}}
    assert package.changes.en == "Since edition 2024, version 1: 2 values changed, 2 statuses changed, 2 rows removed."
    assert package.changes.vi.endswith(": 2 giá trị thay đổi, 2 trạng thái thay đổi, 2 dòng bớt.")
    assert "Bảng `visits`, cột `visits`: 2 giá trị, 2 trạng thái thay đổi" in text(package)
    assert "Table `visits`: 0 rows added, 2 rows removed" in text(package)


def test_a_status_alone_may_change(demo: DemoStore, folder: Path) -> None:
    def change(rows: pa.Table) -> pa.Table:
        return rows.set_column(3, "visits_status", pa.array(["provisional"] * rows.num_rows))

    package = package_after(demo, visit_contents(visit_definition(), "2024"), visits_with(change), folder)
    table = changelog(package)["tables"]["visits"]

    assert (table["values_changed"], table["statuses_changed"]) == (0, 25)
    assert package.changes.en == "Since edition 2024, version 1: 25 statuses changed."
    assert table["by_measure"] == {"visits": {"values": 0, "statuses": 25}}


def test_rows_that_came_are_counted(demo: DemoStore, folder: Path) -> None:
    fewer = visits_with(lambda rows: rows.slice(0, 20))
    package = package_after(demo, fewer, visit_contents(visit_definition(), "2024"), folder)

    assert changelog(package)["tables"]["visits"]["rows_added"] == 5


def test_another_edition_is_compared_by_its_structure_alone(demo: DemoStore, folder: Path) -> None:
    package = package_after(
        demo,
        visit_contents(visit_definition(), "2023"),
        visit_contents(visit_definition(), "2024", correction=9),
        folder,
    )
    found = changelog(package)

    assert found["same_edition"] is False
    assert found["codelists"] == {}
    assert found["tables"]["visits"]["values_changed"] == 0
    assert found["period"] == ["2024-01-01", "2024-12-31"]
    assert package.changes.en == "New edition; structure and code lists as in edition 2023, version 1."


def test_tables_and_columns_that_came_and_went_are_named(demo: DemoStore, folder: Path) -> None:
    definition = disease_definition()
    tables = definition.model_dump()["tables"]
    del tables["by-province"]
    tables["by-month"]["measures"] = ["cases"]
    fewer = disease_definition(tables=tables)
    first = disease_contents(fewer, "2024")
    narrow = first.tables["by-month"]
    narrow = replace(
        narrow,
        data=narrow.data.drop_columns(["mean_stay", "mean_stay_status"]),
        field_types={"cases": "integer"},
        additive={"cases": True},
        withheld={"cases": 12},
    )
    first = replace(first, tables={"by-month": narrow})
    package = package_after(demo, first, disease_contents(definition, "2024"), folder)
    found = changelog(package)

    assert found["tables_added"] == ["by-province"]
    assert found["tables"]["by-month"]["columns_added"] == ["mean_stay", "mean_stay_status"]
    assert "structure of tables changed" in package.changes.en
    assert "Tables added: `by-province`" in text(package)

    back = package_after(demo, disease_contents(definition, "2024"), first, folder.with_name("back"))
    assert changelog(back)["tables_removed"] == ["by-province"]
    assert changelog(back)["tables"]["by-month"]["columns_removed"] == ["mean_stay", "mean_stay_status"]


def test_a_table_with_another_key_is_compared_by_its_columns(demo: DemoStore, folder: Path) -> None:
    definition = disease_definition()
    tables = definition.model_dump()["tables"]
    tables["by-province"]["dimensions"] = ["sex"]
    by_sex = disease_contents(disease_definition(tables=tables), "2024")
    rows = pa.table({"sex": ["_T", "M", "F"], "cases": [3, 2, 1], "cases_status": ["observed"] * 3})
    by_sex = replace(
        by_sex,
        tables={**by_sex.tables, "by-province": replace(by_sex.tables["by-province"], data=rows)},
    )
    package = package_after(demo, disease_contents(definition, "2024"), by_sex, folder)
    table = changelog(package)["tables"]["by-province"]

    assert (table["columns_added"], table["columns_removed"]) == (["sex"], ["province"])
    assert (table["rows_added"], table["rows_removed"]) == (0, 0)


def test_codes_that_came_went_or_were_renamed_are_named(demo: DemoStore, folder: Path) -> None:
    first = visit_contents(visit_definition(), "2023")
    second = visit_contents(visit_definition(), "2024")
    members = list(second.codelists["provinces-demo"].members)
    renamed = replace(members[1], label=Bilingual(vi="Thủ đô", en="Capital"))
    new = tuple(Member(f"9{n:02d}", Bilingual(vi="Mới", en="New"), level="province") for n in range(25))
    gone = [member for member in members if member.code != "S"]
    gone = [replace(member, parent="") if member.parent == "S" else member for member in gone]
    gone[1] = renamed
    codelist = replace(second.codelists["provinces-demo"], members=(*gone, *new))
    package = package_after(
        demo, first, replace(second, codelists={**second.codelists, "provinces-demo": codelist}), folder
    )
    found = changelog(package)["codelists"]["provinces-demo"]

    assert len(found["added"]) == 25
    assert (found["removed"], found["relabelled"]) == (["S"], ["01"])
    assert "Code list `provinces-demo`: codes renamed: `01`" in text(package)
    assert "… (25, changelog.json)" in text(package)
    assert (
        package.changes.en
        == "New edition; structure or code lists differ from edition 2023, version 1, see CHANGELOG.md."
    )


def test_code_lists_that_came_and_went_are_named(demo: DemoStore, folder: Path) -> None:
    plain, listed = register_contents(), register_contents()
    sexes = disease_contents(disease_definition(), "2024").codelists
    listed = replace(listed, codelists={"sex-demo": sexes["sex-demo"]})
    package = package_after(demo, plain, listed, folder)
    assert changelog(package)["codelists_added"] == ["sex-demo"]

    back = package_after(demo, listed, plain, folder.with_name("back"))
    assert changelog(back)["codelists_removed"] == ["sex-demo"]


def test_rows_of_a_register_are_compared_by_their_key(demo: DemoStore, folder: Path) -> None:
    second = register_contents(beds=[3200, 7, 0, None])
    package = package_after(demo, register_contents(), second, folder)
    table = changelog(package)["tables"]["register"]

    assert table["values_changed"] == 2
    assert table["by_measure"] == {"beds": {"values": 2, "statuses": 0}}


def test_texts_are_not_held_against_numbers(demo: DemoStore, folder: Path) -> None:
    second = register_contents(types={"beds": "string"}, beds=["many", None, "0", "15"])
    table = changelog(package_after(demo, register_contents(), second, folder))["tables"]["register"]
    assert (table["columns_changed"], table["values_changed"]) == ({"beds": ["type"]}, 0)


def test_rows_whose_keys_are_of_another_type_are_not_matched(demo: DemoStore, folder: Path) -> None:
    first = register_contents(types={"licence_number": "integer"}, licence_number=[1, 2, 3, 4])
    table = changelog(package_after(demo, first, register_contents(), folder))["tables"]["register"]
    assert table["columns_changed"] == {"licence_number": ["type"]}
    assert (table["rows_added"], table["rows_removed"]) == (0, 0)


def test_what_is_said_of_a_column_is_compared(demo: DemoStore, folder: Path) -> None:
    definition = visit_definition()
    first = visit_contents(definition, "2023")
    tree = definition.model_dump()
    tree["measures"]["visits"]["unit"] = {"vi": "nghìn lượt", "en": "thousand visits"}
    tree["measures"]["visits"]["type"] = "persons"
    tree["measures"]["visits"]["where"] = {"province": ["01", "79"]}
    tree["dimensions"]["province"]["title"] = {"vi": "Địa phương", "en": "Area"}
    described = Definition.model_validate(tree | {"person": "patient"} | _WITH_PATIENTS)
    second = visit_contents(described, "2024")
    package = package_after(demo, first, second, folder)

    assert changelog(package)["tables"]["visits"]["columns_changed"] == {
        "province": ["title"],
        "visits": ["unit", "kind", "counted"],
    }
    assert "Table `visits`, column `visits`: other unit, way of counting, conditions of what is counted" in text(
        package
    )
    assert "Bảng `visits`, cột `province`: đổi tên gọi" in text(package)
    assert package.changes.en.startswith("New edition; structure or code lists differ")


_WITH_PATIENTS: dict[str, Any] = {
    "source": {"path": "visits.csv", "columns": {"patient": {}, "province": {}, "quarter": {}}}
}
