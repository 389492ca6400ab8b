"""The CSVW metadata of a package describes each CSV file as it is, and is checked against the files themselves."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datasets.codelist import Member
from datasets.errors import ReleaseRejected
from datasets.package_files import CSVW
from datasets.release import CodelistDescription
from datasets.text import Bilingual
from publishers.limits import connect
from publishers.package.build import Package
from publishers.package.csvw import csvw
from publishers.package.csvw_checks import csvw_problems
from publishers.package.licences import LICENCES
from publishers.package.tables import filled_fields
from tests.support.packages import build_package, limits_beside
from tests.support.releases import codelist_contents, register_contents


def metadata(package: Package) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((package.folder / CSVW).read_text(encoding="utf-8"))
    return found


def table(package: Package, path: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in metadata(package)["tables"] if each["url"] == path)
    return found


def column(package: Package, path: str, name: str) -> dict[str, Any]:
    columns = table(package, path)["tableSchema"]["columns"]
    found: dict[str, Any] = next(each for each in columns if each["name"] == name)
    return found


@pytest.mark.parametrize("name", ["diseases", "visits", "register", "codelists"])
def test_every_csv_file_is_described_with_its_columns(name: str, request: pytest.FixtureRequest) -> None:
    package: Package = request.getfixturevalue(name)
    tables = metadata(package)["tables"]
    assert sorted(each["url"] for each in tables) == sorted(
        entry.path for entry in package.files if entry.path.endswith(".csv")
    )
    for each in tables:
        header = (package.folder / each["url"]).read_bytes().split(b"\r\n")[0].decode()
        assert header == ",".join(one["titles"]["und"] for one in each["tableSchema"]["columns"])


def test_columns_tell_type_title_unit_and_what_must_be_there(diseases: Package) -> None:
    path = "data/by-month.csv"
    assert column(diseases, path, "province") == {
        "name": "province",
        "titles": {"und": "province", "vi": "Tỉnh, thành phố", "en": "Province"},
        "datatype": "string",
        "required": True,
    }
    assert column(diseases, path, "cases")["datatype"] == "integer"
    assert column(diseases, path, "cases")["schema:unitText"][1]["@language"] == "en"
    assert column(diseases, path, "mean_stay")["datatype"] == "double"
    assert "required" not in column(diseases, path, "cases")
    assert column(diseases, path, "cases_status")["datatype"]["format"].startswith("^(observed|zero|")
    assert column(diseases, "codelists/sex-demo.csv", "label_en")["lang"] == "en"


def test_keys_lead_to_the_code_lists(diseases: Package) -> None:
    schema = table(diseases, "data/by-month.csv")["tableSchema"]
    assert schema["primaryKey"] == ["province", "month", "sex"]
    assert schema["foreignKeys"][0] == {
        "columnReference": "province",
        "reference": {"resource": "codelists/provinces-demo.csv", "columnReference": "code"},
    }


def test_it_says_what_the_package_is_in_both_languages(visits: Package, diseases: Package) -> None:
    found = metadata(visits)
    assert found["@context"] == ["http://www.w3.org/ns/csvw", {"@language": "vi"}]
    assert [each["@language"] for each in found["dc:title"]] == ["vi", "en"]
    assert [each["@value"].split(":")[0] for each in found["dc:description"]] == ["DỮ LIỆU GIẢ LẬP", "SYNTHETIC DATA"]
    assert found["dc:license"] == {"@id": LICENCES[visits.description.licence].url}
    assert found["dc:type"]["@id"].endswith("/SYNTHETIC_DATA")
    assert "dc:type" not in metadata(diseases)
    assert column(visits, "data/visits.csv", "synthetic")["datatype"] == "boolean"
    assert {each["skos:notation"] for each in found["notes"]} >= {"observed", "suppressed", "missing"}


@pytest.mark.parametrize(("filled", "keys"), [({"name"}, ["name"]), (set(), [])])
def test_only_a_column_without_gaps_has_a_foreign_key(register: Package, filled: set[str], keys: list[str]) -> None:
    described = register.description.register_
    assert described is not None
    fields = tuple(
        each.model_copy(update={"codelist": "types"}) if each.name == "name" else each for each in described.fields
    )
    title = Bilingual(vi="Loại", en="Types")
    codelist = CodelistDescription(id="types", title=title, path="codelists/types.csv", rows=1, levels=())
    about = register.description.model_copy(
        update={"register_": described.model_copy(update={"fields": fields}), "codelists": (codelist,)}
    )
    schema = csvw(about, filled)["tables"][0]["tableSchema"]
    assert [each["columnReference"] for each in schema.get("foreignKeys", [])] == keys


def test_a_gap_is_a_null_or_an_empty_text() -> None:
    assert filled_fields(register_contents(name=["a", "", "c", "d"])) == {"licence_number"}
    assert filled_fields(register_contents()) == {"licence_number", "name"}
    assert filled_fields(codelist_contents()) == set()


# What is checked before a package goes out ----------------------------------------------------------------------------


def problems(folder: Path) -> list[str]:
    with connect(limits_beside(folder)) as connection:
        return [f"{each.place}: {each.rule}" for each in csvw_problems(connection, folder)]


@pytest.fixture
def copy(diseases: Package, tmp_path: Path) -> Path:
    return shutil.copytree(diseases.folder, tmp_path / "copy")


def test_a_sound_package_passes(copy: Path) -> None:
    assert problems(copy) == []


BROKEN_FILES: dict[str, tuple[str, str, str, str]] = {
    "status": ("by-month", '"observed"', '"guessed"', "column cases_status, 1 rows: must match"),
    "code": ("by-month", '"_T","_T","_T"', '"99","_T","_T"', "must have codes of codelists/provinces-demo.csv"),
    "empty code": ("by-month", '"_T","_T","_T"', '"","_T","_T"', "column province, 1 rows: must not be empty"),
    "number": ("by-province", '"_T",', '"_T",about', "column cases, 1 rows: must be of the type integer"),
    "column": ("by-province", "province,cases", "provinces,cases", "must have the columns that csv-metadata.json"),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_file_that_breaks_its_description_is_refused(copy: Path, name: str) -> None:
    file, old, new, rule = BROKEN_FILES[name]
    path = copy / "data" / f"{file}.csv"
    content = path.read_bytes()
    assert old.encode() in content
    path.write_bytes(content.replace(old.encode(), new.encode(), 1))
    assert any(rule in problem for problem in problems(copy)), problems(copy)


def change(metadata: dict[str, Any], *keys: Any, to: Any) -> None:
    *path, last = keys
    for key in path:
        metadata = metadata[key]
    if to is None:
        del metadata[last]
    else:
        metadata[last] = to


SCHEMA = ("tables", 0, "tableSchema")
BROKEN_METADATA: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "context": (("@context", 0), "https://schema.org", "is no CSVW metadata"),
    "no tables": (("tables",), [], "must describe each file once"),
    "no list": (("tables",), None, "is no CSVW metadata"),
    "dialect": (("dialect", "delimiter"), ";", "its dialect must be that of the files"),
    "another file": (("tables", 0, "url"), "data/other.csv", "data/other.csv: must be a file of the package"),
    "type": ((*SCHEMA, "columns", 0, "datatype"), "code", "has the type code, which is none of"),
    "title": ((*SCHEMA, "columns", 0, "titles", "vi"), "", "a title in both languages"),
    "pattern": ((*SCHEMA, "columns", 4, "datatype", "format"), "^(", "has a pattern that is no regular expression"),
    "key": ((*SCHEMA, "primaryKey"), ["nothing"], "column nothing: is a key or title, and no column"),
    "reference": (
        (*SCHEMA, "foreignKeys", 0, "reference", "resource"),
        "codelists/none.csv",
        "column province: refers to a column that is not there",
    ),
}


@pytest.mark.parametrize("name", BROKEN_METADATA)
def test_metadata_that_misleads_is_refused(copy: Path, name: str) -> None:
    keys, value, rule = BROKEN_METADATA[name]
    path = copy / CSVW
    changed = json.loads(path.read_text(encoding="utf-8"))
    change(changed, *keys, to=value)
    path.write_text(json.dumps(changed), encoding="utf-8")
    assert any(rule in problem for problem in problems(copy)), problems(copy)


def test_a_code_that_readers_take_for_a_comment_is_refused(tmp_path: Path) -> None:
    contents = codelist_contents()
    (codelist,) = contents.codelists.values()
    odd = replace(codelist, members=(*codelist.members, Member("#1", Bilingual(vi="Một", en="One"))))
    with pytest.raises(ReleaseRejected, match="no code may begin with #"):
        build_package(replace(contents, codelists={odd.id: odd}), tmp_path / "package")


def test_what_is_found_tells_no_value(copy: Path) -> None:
    path = copy / "data" / "by-month.csv"
    path.write_bytes(path.read_bytes().replace(b'"observed"', b'"secret-value"', 1))
    assert not any("secret-value" in problem for problem in problems(copy))
