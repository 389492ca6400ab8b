"""CSVW and RO-Crate of every package hold by programs that are not ours, which notice what is wrong in others."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from datasets.moments import VIETNAM_TIME
from datasets.package_files import CSVW, RO_CRATE
from tests.support.oracles import oracle
from tests.support.releases import DemoStore, make_demo_store

_RECOMMENDED = "An Organization entity SHOULD have a ROR identifier as its @id (e.g., https://ror.org/03f0f6041)"
"""All that is left of what RO-Crate recommends: definitions name the web site of a publisher."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(tmp_path_factory.mktemp("standards") / "store")


@pytest.fixture(scope="module")
def unpacked(demo: DemoStore, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The newest release of every dataset, as somebody has it who unpacked its zip."""
    found = {}
    for dataset in demo.releases.datasets():
        found[dataset] = tmp_path_factory.mktemp(dataset)
        with zipfile.ZipFile(demo.releases.package_zip(demo.releases.latest(dataset)).path) as package:
            package.extractall(found[dataset])
    return found


@pytest.fixture
def copy(unpacked: dict[str, Path], tmp_path: Path) -> Path:
    return shutil.copytree(unpacked["notifiable-diseases"], tmp_path / "copy")


# CSV on the Web -------------------------------------------------------------------------------------------------------


def test_every_csv_file_is_what_its_metadata_says(unpacked: dict[str, Path]) -> None:
    assert len(unpacked) >= 4
    found = oracle("csv_on_the_web.py", [str(folder / CSVW) for folder in unpacked.values()])
    files = [len(list(folder.rglob("*.csv"))) for folder in unpacked.values()]
    assert found == [{"tables": count, "problems": []} for count in files]


BROKEN_CELLS = {
    "status": (b'"observed"', b'"guessed"'),
    "code": (b'"_T","_T","_T"', b'"99","_T","_T"'),
    "key twice": (b'"_T","_T","M"', b'"_T","_T","_T"'),
    "no key": (b'"_T","_T","_T"', b'"","_T","_T"'),
    "column": (b"province,month", b"month,province"),
}


def test_a_reader_of_csvw_notices_a_changed_cell(copy: Path) -> None:
    path = copy / "data" / "by-month.csv"
    content = path.read_bytes()
    places = []
    for number, (old, new) in enumerate(BROKEN_CELLS.values()):
        assert old in content
        folder = shutil.copytree(copy, copy.with_name(f"broken-{number}"))
        (folder / "data" / "by-month.csv").write_bytes(content.replace(old, new, 1))
        places.append(str(folder / CSVW))
    found = oracle("csv_on_the_web.py", places)
    assert {name for name, each in zip(BROKEN_CELLS, found, strict=True) if not each["problems"]} == set()


# RO-Crate -------------------------------------------------------------------------------------------------------------


def test_every_package_is_a_crate_that_others_read(demo: DemoStore, unpacked: dict[str, Path]) -> None:
    found = oracle("research_crates.py", [str(folder) for folder in unpacked.values()])
    for dataset, each in zip(unpacked, found, strict=True):
        release = demo.releases.latest(dataset)
        assert (each["REQUIRED"], each["RECOMMENDED"]) == ([], [_RECOMMENDED])
        assert each["read"] == {
            "name": f"{release.description.title.vi}, {release.edition}",
            "published": release.manifest.available_from.astimezone(VIETNAM_TIME).date().isoformat(),
            "license": "https://creativecommons.org/licenses/by/4.0/",
            "publisher": release.description.publisher.name.vi,
            "files": sorted(entry.path for entry in release.manifest.files if entry.path != RO_CRATE),
        }


BROKEN_CRATES: dict[str, tuple[str, str, Any]] = {
    "no licence": ("./", "license", None),
    "a date that is none": ("./", "datePublished", "24/12/2024"),
    "a publisher that is a file": ("./", "publisher", {"@id": "README.md"}),
}


def test_a_reader_of_crates_notices_what_is_missing(copy: Path) -> None:
    document = json.loads((copy / RO_CRATE).read_text(encoding="utf-8"))
    folders = [shutil.copytree(copy, copy.with_name("no-file"))]
    (folders[0] / "README.md").unlink()
    for number, (place, key, value) in enumerate(BROKEN_CRATES.values()):
        folders.append(shutil.copytree(copy, copy.with_name(f"crate-{number}")))
        graph = [dict(each) for each in document["@graph"]]
        entity = next(each for each in graph if each["@id"] == place)
        entity[key] = value
        if value is None:
            del entity[key]
        (folders[-1] / RO_CRATE).write_text(json.dumps({**document, "@graph": graph}), encoding="utf-8")
    found = oracle("research_crates.py", [str(folder) for folder in folders])
    told = [" ".join(each["REQUIRED"]) for each in found]
    for words, text in zip(("README.md", "`license`", "`datePublished`", "`publisher`"), told, strict=True):
        assert words in text
