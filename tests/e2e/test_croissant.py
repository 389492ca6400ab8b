"""Every release as Croissant: the validator of its makers finds nothing, and reads the rows that were published."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.support.http import Client
from tests.support.portal import BASE_URL
from tests.support.publication import Ministry
from tests.support.releases import DemoStore
from tests.support.shipped_portal import EDITIONS, SYNTHETIC

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlcroissant

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def issues(document: dict[str, Any]) -> list[str]:
    """Return what mlcroissant says against a description; an error that stops it is one too."""
    try:
        found = mlcroissant.Dataset(copy.deepcopy(document)).metadata.ctx.issues
    except mlcroissant.ValidationError as error:
        return [str(error)]
    return [*found.errors, *found.warnings]


def test_every_release_is_valid(shipped: Client, client: Client, demo: DemoStore) -> None:
    documents = [shipped.json(f"/datasets/{name}/croissant.json") for name in EDITIONS]
    for name in demo.releases.datasets():
        releases = [each.name for each in demo.releases.editions(name)]
        documents += [client.json(f"/datasets/{name}/releases/{each}/croissant.json") for each in releases]
    assert len(documents) == len(EDITIONS) + 6
    for document in documents:
        assert issues(document) == []
        assert document["conformsTo"] == "http://mlcommons.org/croissant/1.1"
        assert all(len(each["sha256"]) == 64 for each in document["distribution"])
    broken = copy.deepcopy(documents[0])
    del broken["distribution"][0]["sha256"]
    assert "sha256" in issues(broken)[0]


def test_its_command_line_agrees(shipped: Client, tmp_path: Path) -> None:
    place = tmp_path / "croissant.json"
    for source, expected in (("", False), ("data/nothing.csv", True)):
        document = shipped.json("/datasets/hospital-discharges/croissant.json")
        if source:
            document["recordSet"][0]["field"][0]["source"]["fileObject"]["@id"] = source
        place.write_text(json.dumps(document), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("mlcroissant")), "validate", "--jsonld", str(place)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert bool(done.returncode) == expected, done.stderr


def test_it_reads_the_rows_that_were_published(shipped: Client, shipped_ministry: Ministry) -> None:
    releases = shipped_ministry.releases
    for name in EDITIONS:
        release = releases.latest(name)
        document = shipped.json(f"/datasets/{name}/croissant.json")
        local = {each["@id"]: str(releases.file(release, each["@id"]).path) for each in document["distribution"]}
        dataset = mlcroissant.Dataset(document, mapping=local)
        parquet = [table.parquet for table in release.description.tables]
        parquet += [release.description.register_.parquet] if release.description.register_ else []
        for record_set, path in zip(document["recordSet"], parquet, strict=False):
            expected = pq.read_table(local[path]).slice(0, 50).to_pylist()
            for row, record in zip(expected, dataset.records(record_set["@id"]), strict=False):
                told = {key.rpartition("/")[2]: value for key, value in record.items()}
                told = {key: value.decode() if isinstance(value, bytes) else value for key, value in told.items()}
                assert {key: str(value) for key, value in told.items() if value is not None}.keys() == {
                    key for key, value in row.items() if value is not None
                }
                assert [told[key] for key in row if isinstance(row[key], str)] == [
                    each for each in row.values() if isinstance(each, str)
                ]


def test_it_is_pinned_in_both_languages_and_says_what_is_made_up(shipped: Client, client: Client) -> None:
    latest = client.json("/datasets/hospital-visits/croissant.json")
    assert latest == client.json("/datasets/hospital-visits/releases/2024.2/croissant.json")
    assert latest["@id"] == f"{BASE_URL}/datasets/hospital-visits/releases/2024.2"
    assert set(latest["name"]) == {"vi", "en"}
    for name in EDITIONS:
        document = shipped.json(f"/datasets/{name}/croissant.json")
        assert document["description"]["en"].startswith("Synthetic data") == (name in SYNTHETIC)
    withdrawn = client.get("/datasets/hospital-visits/releases/2024.1/croissant.json")
    assert (withdrawn.status_code, withdrawn.headers["content-type"]) == (410, "application/problem+json")
    assert client.get("/datasets/nothing/croissant.json").headers["content-type"] == "application/problem+json"
    assert client.get("/datasets/hospital-visits/croissant.json?x=1").status_code == 400
