"""Clients of CKAN that we did not write ask a real server over the demo store, as they are."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from portal.public.app import PortalOptions, create_app
from portal.public.ckan.actions import ACTIONS
from tests.support.ckan_goldens import GOLDENS, write_goldens
from tests.support.oracles import oracle_python
from tests.support.releases import make_demo_store
from tests.support.served import served
from tests.support.shared import SHARED

pytestmark = pytest.mark.xdist_group("ckan")

SUITE = SHARED / "checks" / "ckan_client_suite.py"
CKANAPI = Path(sys.executable).with_name("ckanapi")
VERSIONS = ("ckan", "ckan211")
CONTRADICTED = {"action_unknown_400", "bad_json_400", "json_not_object_400", "get_on_write_action_400"}
"""CKAN 2.12 writes ``Bad request: …`` where 2.11 wrote ``Bad request - …``: no server says both."""
IN_JSON = {"put_method_405", "delete_method_405", "version_1_path_404"}
"""CKAN answers these with a page; here programs read what is wrong, as they do everywhere else in the API."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    demo = make_demo_store(Path(tmp_path_factory.mktemp("store")) / "data")
    with served(create_app(PortalOptions(demo.root, demo.public_key), demo.releases)) as address:
        yield address


def run_suite(address: str, *options: str | Path) -> tuple[str, set[str]]:
    """Run the suite; return its last line and the names of the calls that failed."""
    command = [sys.executable, str(SUITE), address, *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    failed = {line.split()[1]: line for line in lines if line.startswith("FAIL")}
    print("\n".join(failed.values()))  # noqa: T201 what pytest shows of a failure
    return lines[-1], set(failed)


@pytest.mark.parametrize("level", ["envelope", "shape", "value"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_read_side_of_the_suite_passes(address: str, version: str, level: str) -> None:
    last, failed = run_suite(address, "--set", "read", "--level", level, "--golden", GOLDENS / version)
    expected = CONTRADICTED if (version, level) == ("ckan211", "value") else set()
    assert failed == expected
    assert last == f"{26 - len(expected)} passed, {len(expected)} failed"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_reading_action_answers_in_the_shape_of_ckan(address: str, version: str, tmp_path: Path) -> None:
    count = write_goldens(tmp_path / version, version)
    assert count > 70
    last, failed = run_suite(address, "--set", "all", "--level", "shape", "--golden", tmp_path / version)
    assert failed == IN_JSON
    assert last == f"{count - len(IN_JSON)} passed, {len(IN_JSON)} failed"


# The command line of ckanapi ------------------------------------------------------------------------------------------


def ckanapi(address: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    path = {"PATH": f"{CKANAPI.parent}:/usr/bin:/bin"}  # it starts itself again, by its name
    command = [str(CKANAPI), *arguments, "-r", address]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=120, env=path)


def printed(address: str, *arguments: str, stdin: str = "") -> str:
    done = ckanapi(address, *arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def lines(address: str, *arguments: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in printed(address, *arguments).splitlines()]


def test_datasets_are_searched_on_the_command_line(address: str) -> None:
    assert [each["name"] for each in lines(address, "search", "datasets", "q=sot xuat huyet")] == [
        "notifiable-diseases"
    ]
    every = lines(address, "search", "datasets", "fq=organization:ministry-of-health")
    assert len(every) == 4
    assert len(lines(address, "search", "datasets", "q=*:*")) == 4


def test_datasets_are_dumped_on_the_command_line(address: str, tmp_path: Path) -> None:
    target = tmp_path / "dump.jsonl"
    printed(address, "dump", "datasets", "--all", "-O", str(target), "-p", "2", "-q")
    names = [json.loads(line)["name"] for line in target.read_text(encoding="utf-8").splitlines()]
    assert names == ["administrative-units", "hospital-visits", "licensed-facilities", "notifiable-diseases"]
    two = lines(address, "dump", "datasets", "hospital-visits", "licensed-facilities", "-q")
    assert [each["name"] for each in two] == ["hospital-visits", "licensed-facilities"]
    assert [each["name"] for each in lines(address, "dump", "organizations", "--all", "-q")] == ["ministry-of-health"]
    assert len(lines(address, "dump", "groups", "--all", "-q")) == 10


def test_a_dataset_is_dumped_with_its_files_and_columns(address: str, tmp_path: Path) -> None:
    printed(address, "dump", "datasets", "licensed-facilities", f"--datapackages={tmp_path}", "-q")
    package = json.loads((tmp_path / "licensed-facilities" / "datapackage.json").read_text(encoding="utf-8"))
    assert package["name"] == "licensed-facilities"
    assert len(list((tmp_path / "licensed-facilities" / "data").iterdir())) == len(package["resources"])
    (fields,) = [each["fields"] for each in lines(address, "action", "datastore_search", "-J",
                 "resource_id=licensed-facilities/register", "limit:0")]  # fmt: skip
    assert [field["id"] for field in fields] == ["_id", "licence_number", "name", "beds", "issued"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "stdin", "wanted"),
    [
        (("action", "package_list", "-g"), "", "notifiable-diseases"),
        (("action", "package_show", "id=hospital-visits", "-j"), "", '"name":"hospital-visits"'),
        (("action", "package_list", "-J"), "", "notifiable-diseases"),
        (("action", "package_search", "rows:1", "fq=organization:ministry-of-health"), "", '"count": 4'),
        (("action", "package_show", "-i"), '{"id":"hospital-visits"}', "hospital-visits"),
        (("batch",), '{"action":"package_show","data":{"id":"hospital-visits"}}\n', ""),
    ],
)
def test_what_else_the_command_line_reads(address: str, arguments: tuple[str, ...], stdin: str, wanted: str) -> None:
    assert wanted in printed(address, *arguments, stdin=stdin)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("package_show", "id=nope"), "NotFound"),
        (("package_create", "name=cli-z"), "NotAuthorized"),
        (("datastore_search", "resource_id=nope"), "NotFound"),
        (("datastore_search",), "ValidationError"),
        (("user_list",), "NotAuthorized"),
    ],
)
def test_what_cannot_be_had_is_the_error_that_clients_know(
    address: str, arguments: tuple[str, ...], error: str
) -> None:
    done = ckanapi(address, "action", *arguments)
    assert done.returncode != 0
    assert re.search(error, done.stderr), done.stderr


# Frictionless ---------------------------------------------------------------------------------------------------------


def test_frictionless_reads_a_dataset_by_its_address(address: str) -> None:
    folder = subprocess.run(
        [oracle_python(), "-c", "import six; print(six.__file__)"], capture_output=True, text=True, check=True
    )
    site = Path(folder.stdout.strip()).parent
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.frictionless_ckan"]
    done = subprocess.run(
        [*command, str(site), address, "notifiable-diseases"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["name"] == "notifiable-diseases"
    assert found["datasets"] == [
        "administrative-units",
        "hospital-visits",
        "licensed-facilities",
        "notifiable-diseases",
    ]
    assert found["resources"]["by-province"]["fields"] == ["province", "cases", "cases_status"]
    assert found["resources"]["by-province"]["rows"][0] == ["_T", 38540, "observed"]


# The guide ------------------------------------------------------------------------------------------------------------

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "use-ckan-clients.md"
PORTAL = "http://localhost:8000"


def for_the_demo_store(text: str, address: str) -> str:
    """Return what the guide asks of the demo as it is asked of the store of the tests."""
    for shown, here in (
        ("dengue-cases/by-province-and-month", "notifiable-diseases/by-month"),
        ("dengue-cases", "notifiable-diseases"),
        (PORTAL, address),
    ):
        text = text.replace(shown, here)
    return text


COMMANDS = re.findall(r"^\$ (.*)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_guide_answers(
    address: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(for_the_demo_store(command, address))
    if program == "curl":
        response = requests.get(arguments[-1], timeout=30)
        assert response.status_code == 200
        assert len(response.content) > 100
        return
    assert (program, arguments[-2:]) == ("ckanapi", ["-r", address])
    output = printed(address, *arguments[:-2])
    assert "notifiable-diseases" in output + "".join(path.read_text() for path in tmp_path.iterdir())


def test_the_code_of_the_guide_runs(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = re.search(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(compile(for_the_demo_store(found[1], address), str(GUIDE), "exec"), names)  # the guide is ours
    names["portal"].close()
    assert len(names["whole"]) == 273
    assert "observed" in capsys.readouterr().out


def test_the_guide_names_every_action() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    empty = {"organization_list_for_user", "package_relationships_list", "resource_view_list", "vocabulary_list"}
    assert {name for name in ACTIONS if f"`{name}`" not in text} == empty | {"user_list", "user_show"}
