"""The descriptor is a Data Package v2 that Frictionless accepts, without anything from the clock or the network."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from frictionless import validate

from datasets.breaks import Break
from datasets.cell_status import CellStatus
from publishers.package import checks
from publishers.package.build import Package
from publishers.package.descriptor import PROFILE
from tests.support.packages import build_package
from tests.support.releases import visit_contents, visit_definition


def read(package: Package) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((package.folder / "datapackage.json").read_text(encoding="utf-8"))
    return parsed


def resource(package: Package, name: str) -> dict[str, Any]:
    return next(item for item in read(package)["resources"] if item["name"] == name)


@pytest.mark.parametrize("name", ["diseases", "visits", "register", "codelists"])
def test_frictionless_accepts_every_kind_offline(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*args: object, **options: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    package: Package = request.getfixturevalue(name)
    report = validate(str(package.folder / "datapackage.json"))

    assert report.valid, report.flatten(["message"])
    assert report.stats["tasks"] == len(read(package)["resources"])


def test_frictionless_notices_what_is_wrong(tmp_path: Path) -> None:
    """The oracle can fail: a code outside of its list, a value that is no number, a changed byte."""
    package = build_package(visit_contents(visit_definition(), "2024"), tmp_path / "package")
    path = package.folder / "data" / "visits.csv"
    sound = path.read_text(encoding="utf-8")
    for old, new in (('"79"', '"80"'), ("observed", "guessed!"), ('"01","2024-Q1",1', '"01","2024-Q1",x')):
        assert old in sound
        path.write_text(sound.replace(old, new, 1), encoding="utf-8", newline="")
        assert not validate(str(package.folder / "datapackage.json")).valid


def test_the_package_says_who_what_and_when(diseases: Package) -> None:
    found = read(diseases)

    assert found["$schema"] == PROFILE
    assert (found["name"], found["version"]) == ("notifiable-diseases", "2024")
    assert found["titles"] == {"vi": "Bệnh truyền nhiễm phải báo cáo", "en": "Notifiable diseases"}
    assert found["licenses"][0]["name"] == "CC-BY-4.0"
    assert found["period"] == {"start": "2024-01-01", "end": "2024-12-31"}
    assert [person["roles"] for person in found["contributors"]] == [["publisher"], ["contact"]]
    department = {"vi": "Cục Phòng bệnh", "en": "Department of Disease Prevention"}
    assert found["sources"] == [{"title": department["vi"], "titles": department}]
    assert "dengue" in found["keywords"]
    for absent in ("homepage", "created", "id"):
        assert absent not in found


def test_an_empty_list_of_keywords_is_left_out(visits: Package) -> None:
    assert "keywords" not in read(visits)


def test_a_table_is_described_to_the_last_column(diseases: Package) -> None:
    table = resource(diseases, "by-month")
    fields = {field["name"]: field for field in table["schema"]["fields"]}

    assert table["type"] == "table"
    assert table["path"] == "data/by-month.csv"
    assert table["hash"] == f"sha256:{entry(diseases, 'data/by-month.csv')}"
    assert fields["province"]["constraints"] == {"required": True}
    assert (fields["cases"]["type"], fields["mean_stay"]["type"]) == ("integer", "number")
    assert "constraints" not in fields["cases"]
    assert fields["cases_status"]["constraints"]["enum"] == [str(status) for status in CellStatus]
    assert fields["cases"]["titles"] == {"vi": "Số ca mắc", "en": "Cases"}
    assert fields["cases"]["descriptions"] == {"vi": "ca", "en": "cases"}
    assert table["schema"]["missingValues"] == [""]
    assert table["schema"]["primaryKey"] == ["province", "month", "sex"]
    assert table["schema"]["foreignKeys"][0] == {
        "fields": ["province"],
        "reference": {"resource": "codelist.provinces-demo", "fields": ["code"]},
    }


def entry(package: Package, path: str) -> str:
    return next(item.sha256 for item in package.files if item.path == path)


def test_other_forms_of_a_table_are_named_with_their_hashes(diseases: Package) -> None:
    forms = resource(diseases, "by-month")["alternatives"]

    assert [form["format"] for form in forms] == ["parquet", "xlsx"]
    for form in forms:
        assert form["hash"] == f"sha256:{entry(diseases, form['path'])}"


def test_a_register_has_its_key_and_types(register: Package) -> None:
    schema = resource(register, "register")["schema"]

    assert [field["type"] for field in schema["fields"]] == ["string", "string", "integer", "date"]
    assert schema["primaryKey"] == ["licence_number"]
    assert "foreignKeys" not in schema


def test_made_up_data_says_so_before_all(visits: Package) -> None:
    found = read(visits)

    assert found["synthetic"] is True
    assert found["description"].startswith("DỮ LIỆU GIẢ LẬP")
    assert found["descriptions"]["en"].startswith("SYNTHETIC DATA")
    assert resource(visits, "visits")["schema"]["fields"][-1]["constraints"] == {"required": True, "enum": [True]}


def test_a_code_list_names_its_source(codelists: Package) -> None:
    found = resource(codelists, "codelist.provinces-demo")

    assert [source["titles"]["en"] for source in found["sources"]] == ["Made for the tests of ytemo, CC0 1.0"]
    assert found["schema"]["primaryKey"] == ["code"]


def test_a_large_table_is_checked_by_its_descriptor_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MOST_ROWS_FOR_FRICTIONLESS", 3)
    monkeypatch.setattr(checks, "validate", lambda *_: pytest.fail("every row was read"))
    package = build_package(visit_contents(visit_definition(), "2024"), tmp_path / "package")

    assert package.description.tables[0].rows > 3


def test_breaks_are_told_to_programs_and_people(tmp_path: Path) -> None:
    told = Break.model_validate(
        {"from": "2024-Q3", "reason": {"vi": "Đổi mẫu.", "en": "Another form."}, "members": {"province": ["01"]}}
    )
    definition = visit_definition().model_copy(update={"breaks": (told,)})
    package = build_package(visit_contents(definition, "2024"), tmp_path / "package")
    (found,) = read(package)["breaks"]
    assert (found["from"], found["members"], found["reason"]["en"]) == (
        "2024-Q3",
        {"province": ["01"]},
        "Another form.",
    )
    text = (package.folder / "README.md").read_text(encoding="utf-8")
    assert "- Gián đoạn chuỗi số liệu: Quý 3 năm 2024 (province 01): Đổi mẫu." in text
    assert "- Break in series: Quarter 3, 2024 (province 01): Another form." in text
    of_tables = (package.folder / "csv-metadata.json").read_text(encoding="utf-8")
    assert "Quarter 3, 2024 (province 01): Another form." in of_tables


def test_a_package_without_breaks_says_nothing_of_them(visits: Package) -> None:
    assert "breaks" not in read(visits)
