"""`ytemo harvest` as staff meet it: it harvests our own portal by every protocol, and each mistake says what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from catalog.harvest.sources import load_sources
from catalog.harvest.store import Found, read_harvested, stamp
from datasets.verification import verify_store
from portal.cli import app
from portal.public.app import PortalOptions, create_app
from tests.support.guides import Guide
from tests.support.releases import DemoStore, make_demo_store
from tests.support.remote_catalogs import Ckan, Remote, Reply, listening, package
from tests.support.served import served

GUIDE = Guide("harvest-other-catalogs.md")
DATASETS = {"hospital-visits", "notifiable-diseases", "licensed-facilities", "administrative-units"}


@pytest.fixture(scope="module")
def address(demo: DemoStore) -> Iterator[str]:
    with served(create_app(PortalOptions(demo.root, demo.public_key), demo.releases)) as address:
        yield address


def source_list(folder: Path, *sources: dict[str, Any]) -> Path:
    path = folder / "sources.yaml"
    shown = [{"title": {"vi": each["id"], "en": each["id"]}, "allow_private": True, **each} for each in sources]
    path.write_text(yaml.safe_dump({"sources": shown}, allow_unicode=True), encoding="utf-8")
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    ended = CliRunner().invoke(app, ["harvest", *map(str, arguments)])
    return ended.exit_code, ended.stdout, ended.stderr


def ours(address: str, folder: Path) -> Path:
    return source_list(
        folder,
        {"id": "by-ckan", "protocol": "ckan", "address": address},
        {"id": "by-turtle", "protocol": "dcat", "address": f"{address}/catalog.ttl"},
        {"id": "by-xml", "protocol": "dcat", "address": f"{address}/catalog.xml"},
        {"id": "by-jsonld", "protocol": "dcat", "address": f"{address}/catalog.jsonld"},
        {"id": "by-oai", "protocol": "oai-pmh", "address": f"{address}/oai"},
    )


def found_in(folder: Path, sources: Path, only: str = "") -> tuple[Found, ...]:
    chosen = [each for each in load_sources(sources) if only in ("", each.id)]
    return read_harvested(folder / "harvest", chosen).found


def test_our_own_portal_is_harvested_by_every_protocol(address: str, demo: DemoStore, tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    sources = ours(address, tmp_path)
    code, out, errors = run(sources, "--data-dir", tmp_path, "--json")
    assert (code, errors) == (0, "")
    reports = {each["source"]: each for each in json.loads(out)["sources"]}
    assert {name: each["counts"]["present"] for name, each in reports.items()} == {
        "by-ckan": 4,
        "by-turtle": 4,
        "by-xml": 4,
        "by-jsonld": 4,
        "by-oai": 7,  # every release that is not withdrawn
    }
    for name in ("by-ckan", "by-turtle", "by-xml", "by-jsonld"):
        records = {
            each.harvested.landing_page.rpartition("/")[2]: each.record for each in found_in(tmp_path, sources, name)
        }
        assert set(records) == DATASETS
        for id_ in DATASETS:
            about = demo.releases.editions(id_)[0].description
            assert records[id_].title.vi == about.title.vi, name
            assert name == "by-ckan" or records[id_].title == about.title
            assert records[id_].licence == about.licence
            assert records[id_].formats
    # The three descriptions of one dataset are one record with its other places beside it.
    together = found_in(tmp_path, sources)
    assert sum(len(each.also_in) >= 2 for each in together) >= 4
    assert all(each.source_title.vi == "by-ckan" for each in together if len(each.also_in) >= 3)


def test_a_second_run_asks_less(address: str, tmp_path: Path) -> None:
    sources = ours(address, tmp_path)
    run(sources, "--data-dir", tmp_path)
    code, out, _ = run(sources, "--data-dir", tmp_path, "--json")
    assert code == 0
    for each in json.loads(out)["sources"]:
        assert not each["everything"]
        assert each["counts"]["changed"] == each["counts"]["new"] == each["counts"]["gone"] == 0
    traffic = {each["source"]: each["traffic"] for each in json.loads(out)["sources"]}
    assert all(traffic[name]["not_modified"] == 1 for name in ("by-turtle", "by-xml", "by-jsonld"))


def test_harvested_records_leave_the_release_store_sound(address: str, tmp_path: Path) -> None:
    demo = make_demo_store(tmp_path / "data")
    code, out, _ = run(ours(address, tmp_path), "--data-dir", demo.root, "--only", "by-turtle")
    assert code == 0
    assert out.startswith(
        "by-turtle: 4 records: 4 new, 0 changed, 0 gone, 0 not taken (everything was asked; 1 requests"
    )
    assert verify_store(demo.root, demo.root / "public-key.pem").failures == ()
    harvested = demo.root / "harvest"
    assert read_harvested(harvested, own_address=address).found == ()
    assert len(read_harvested(harvested).found) == 4
    before = stamp(harvested)
    assert "by-turtle:" in before
    (harvested / "sources.json").write_text("{", encoding="utf-8")
    assert read_harvested(harvested).found == ()
    assert stamp(harvested) == ""
    assert run(ours(address, tmp_path), "--data-dir", demo.root, "--only", "by-turtle")[0] == 0
    assert stamp(harvested) == before


def test_a_source_that_fails_keeps_no_other_from_being_harvested(address: str, tmp_path: Path) -> None:
    sources = source_list(
        tmp_path,
        {"id": "private", "protocol": "ckan", "address": address, "allow_private": False},
        {"id": "nowhere", "protocol": "ckan", "address": f"{address}/nowhere"},
        {"id": "sound", "protocol": "dcat", "address": f"{address}/catalog.ttl"},
    )
    code, out, errors = run(sources, "--data-dir", tmp_path)
    assert code == 20
    lines = out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["private", "nowhere", "sound"]
    assert lines[0].startswith("private: failed")
    assert "leads into a private network" in errors
    assert "allow_private: true" in errors
    assert "nowhere" in errors
    assert lines[2].startswith("sound: 4 records")


def test_a_folder_that_is_no_store_yet_is_told_of_once(address: str, tmp_path: Path) -> None:
    sources = source_list(tmp_path, {"id": "by-ckan", "protocol": "ckan", "address": address})
    code, _, errors = run(sources, "--data-dir", tmp_path / "new")
    assert (code, "new is no release store yet" in errors) == (0, True)
    assert run(sources, "--data-dir", tmp_path / "new")[2] == ""


def test_mistakes_are_told(tmp_path: Path) -> None:
    code, _, _ = run(tmp_path / "none.yaml", "--data-dir", tmp_path)
    assert code != 0
    sources = source_list(tmp_path, {"id": "a", "protocol": "ckan", "address": "https://a.example.org"})
    ended = subprocess.run(
        [Path(sys.executable).with_name("ytemo"), "harvest", sources, "--data-dir", tmp_path, "--only", "b"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 12
    assert "--only b: is no source of the list. it has: a" in ended.stderr


def test_problems_of_records_are_told_on_standard_error(tmp_path: Path) -> None:
    packages = {
        each["id"]: each for each in (package(n, title="<i></i>", name="", id=f"\x1b[31m{n}") for n in range(150))
    }
    with listening(Remote(Ckan(packages))) as remote:
        sources = source_list(tmp_path, {"id": "bad", "protocol": "ckan", "address": remote.address})
        code, out, errors = run(sources, "--data-dir", tmp_path)
    assert code == 0
    assert "0 records: 0 new, 0 changed, 0 gone, 150 not taken" in out
    assert "has no title. tell its publisher to give it one" in errors.replace("\n", " ")
    assert "and 50 more of bad" in errors
    assert "\x1b" not in out + errors


def test_a_command_that_is_killed_goes_on(tmp_path: Path) -> None:
    """The real process, killed while it waits for a page: the next one does not ask for what was had."""
    packages = {each["id"]: each for each in map(package, range(450))}

    def slow(number: int, path: str, reply: Reply) -> Reply:
        return Reply(body=reply.body, wait=30.0 if number >= 4 else 0.0)

    with listening(Remote(Ckan(packages), slow)) as remote:
        sources = source_list(tmp_path, {"id": "slow", "protocol": "ckan", "address": remote.address})
        command = [str(Path(sys.executable).with_name("ytemo")), "harvest", str(sources), "--data-dir", str(tmp_path)]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ})
        deadline = time.monotonic() + 30
        while len(remote.asked) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        running.kill()
        running.communicate(timeout=30)
        assert len(remote.asked) == 4
        remote.reset()
        remote.fault = None
        code, out, _ = run(sources, "--data-dir", tmp_path, "--json")
        assert code == 0
        (report,) = json.loads(out)["sources"]
        assert (report["resumed"], report["counts"]["present"]) == (3, 450)
        assert len(remote.asked) == 3  # two pages and the number of all
    assert len(found_in(tmp_path, sources)) == 450


def test_the_guide_s_list_can_be_read_and_its_program_runs(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shown,) = GUIDE.blocks("yaml")
    path = tmp_path / "sources.yaml"
    path.write_text(shown, encoding="utf-8")
    assert {each.protocol for each in load_sources(path)} == {"ckan", "dcat", "oai-pmh", "frictionless"}
    sources = source_list(tmp_path, {"id": "sound", "protocol": "dcat", "address": f"{address}/catalog.ttl"})
    assert run(sources, "--data-dir", tmp_path / "data")[0] == 0
    (program,) = GUIDE.blocks("python")
    monkeypatch.chdir(tmp_path)
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert len(ended.stdout.splitlines()) == 4
