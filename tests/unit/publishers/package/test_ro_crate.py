"""The RO-Crate of a package lists every file as it is, and says who published what, when and under which licence."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from datasets.errors import ReleaseRejected
from datasets.package_files import RO_CRATE
from publishers.package.build import Package
from publishers.package.licences import LICENCES
from publishers.package.ro_crate_checks import check_crate
from tests.support.packages import build_package
from tests.support.releases import PUBLISHED, register_contents


def entities(package: Package) -> dict[str, dict[str, Any]]:
    crate = json.loads((package.folder / RO_CRATE).read_text(encoding="utf-8"))
    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context"
    return {each["@id"]: each for each in crate["@graph"]}


@pytest.mark.parametrize("name", ["diseases", "visits", "register", "codelists"])
def test_every_other_file_is_a_part_with_its_type_size_and_hash(name: str, request: pytest.FixtureRequest) -> None:
    package: Package = request.getfixturevalue(name)
    found = entities(package)
    parts = [each["@id"] for each in found["./"]["hasPart"]]
    assert parts == [entry.path for entry in package.files if entry.path != RO_CRATE]
    for path in parts:
        content = (package.folder / path).read_bytes()
        assert found[path]["contentSize"] == str(len(content))
        if path != "checksums.txt":
            assert found[path]["sha256"] == sha256(content).hexdigest()
    assert "sha256" not in found["checksums.txt"]


def test_it_says_what_it_is_in_vietnamese_with_english_beside(visits: Package) -> None:
    found = entities(visits)
    root = found["./"]
    assert found[RO_CRATE]["about"] == {"@id": "./"}
    assert (root["name"], root["alternateName"]) == ("Lượt khám chữa bệnh, 2024", "Hospital visits, 2024")
    assert root["description"].startswith("DỮ LIỆU GIẢ LẬP")
    assert "\n\nSYNTHETIC DATA" in root["description"]
    assert found[root["additionalType"]["@id"]]["alternateName"] == "Synthetic data"
    assert root["inLanguage"] == ["vi", "en"]
    assert root["temporalCoverage"] == "2024-01-01/2024-12-31"
    assert found[root["license"]["@id"]]["name"] == LICENCES[visits.description.licence].title
    publisher = found[root["publisher"]["@id"]]
    assert publisher["name"] == visits.description.publisher.name.vi
    assert found[publisher["contactPoint"]["@id"]]["email"] == visits.description.contact.email
    assert found["csv-metadata.json"]["conformsTo"] == {"@id": "https://www.w3.org/TR/tabular-metadata/"}
    assert found["data/visits.csv"]["subjectOf"] == {"@id": "csv-metadata.json"}


def test_only_the_crate_and_its_checksum_know_the_day_of_publication(register: Package, tmp_path: Path) -> None:
    later = build_package(replace(register_contents(), published=date(2031, 12, 24)), tmp_path / "package")
    dates = [entities(each)["./"]["datePublished"] for each in (register, later)]
    assert dates == [PUBLISHED.isoformat(), "2031-12-24"]
    differing = {one.path for one, other in zip(register.files, later.files, strict=True) if one != other}
    assert differing == {RO_CRATE, "checksums.txt"}


def test_a_publisher_without_a_web_site_is_named_within_the_crate(tmp_path: Path) -> None:
    contents = register_contents()
    publisher = contents.definition.publisher.model_copy(update={"url": ""})
    definition = contents.definition.model_copy(update={"publisher": publisher})
    changed = replace(contents, loaded=replace(contents.loaded, definition=definition))
    found = entities(build_package(changed, tmp_path / "package"))
    assert found["./"]["publisher"] == {"@id": f"#{publisher.id}"}
    assert "url" not in found[f"#{publisher.id}"]


def test_an_odd_address_of_mail_names_its_entity_all_the_same(tmp_path: Path) -> None:
    contents = register_contents()
    contact = contents.definition.contact.model_copy(update={"email": "so|{lieu}@example.org"})
    definition = contents.definition.model_copy(update={"contact": contact})
    changed = replace(contents, loaded=replace(contents.loaded, definition=definition))
    found = entities(build_package(changed, tmp_path / "package"))
    (point,) = [each for each in found.values() if each["@type"] == "ContactPoint"]
    assert point["@id"] == "mailto:so%7C%7Blieu%7D@example.org"
    assert point["email"] == contact.email


# What is checked before a package goes out ----------------------------------------------------------------------------


@pytest.fixture
def crate(visits: Package, tmp_path: Path) -> Path:
    return Path(shutil.copy(visits.folder / RO_CRATE, tmp_path))


def test_a_sound_crate_passes(crate: Path, visits: Package) -> None:
    check_crate(crate, visits.files)


BROKEN: dict[str, tuple[str, str, Any, str]] = {
    "no licence": ("./", "license", None, "must refer to its license"),
    "no date": ("./", "datePublished", None, "must have a datePublished"),
    "a date that is none": ("./", "datePublished", "24/12/2024", "must have a day such as"),
    "no name": ("./", "name", " ", "must have a name"),
    "no description": ("./", "description", None, "must have a description"),
    "no dataset": ("./", "@type", "Thing", "must be a Dataset"),
    "no version": (RO_CRATE, "conformsTo", {"@id": "https://example.org"}, "must conform to"),
    "about another": (RO_CRATE, "about", {"@id": "README.md"}, "must be a CreativeWork about ./"),
    "a file less": ("README.md", "@type", "CreativeWork", "must have each file of the package as a part"),
    "another part": ("./", "hasPart", [{"@id": "README.md"}], "must have each file of the package as a part"),
    "another hash": ("README.md", "sha256", "0" * 64, "must have the media type, size and SHA-256"),
    "another size": ("checksums.txt", "contentSize", "1", "must have the media type, size and SHA-256"),
    "a hash of what holds its own": ("checksums.txt", "sha256", "0" * 64, "must have the media type, size and SHA-256"),
    "nobody": ("./", "publisher", {"@id": "#nobody"}, "must refer by publisher to an entity that is described"),
    "nested": ("./", "publisher", {"name": "Bộ Y tế"}, "must refer by publisher to an entity that is described"),
    "another context": ("", "@context", "https://schema.org", "must conform to"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_crate_that_archives_would_refuse_does_not_go_out(crate: Path, visits: Package, name: str) -> None:
    place, key, value, rule = BROKEN[name]
    document = json.loads(crate.read_text(encoding="utf-8"))
    entity = next(each for each in document["@graph"] if each["@id"] == place) if place else document
    entity[key] = value
    if value is None:
        del entity[key]
    crate.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ReleaseRejected, match=rule):
        check_crate(crate, visits.files)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"@context": "", "@graph": [{"@id": "./"}, {"@id": "./"}]}'])
def test_what_is_no_crate_at_all_does_not_go_out(crate: Path, visits: Package, text: str) -> None:
    crate.write_text(text, encoding="utf-8")
    with pytest.raises(ReleaseRejected, match="is no flat JSON-LD of entities"):
        check_crate(crate, visits.files)
