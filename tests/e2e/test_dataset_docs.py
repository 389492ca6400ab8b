"""What developers read of each dataset: all code to copy runs and agrees, all addresses answer, the OpenAPI is true."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from portal.public.dataset_docs.doors import WHOM
from portal.public.dataset_docs.written_code import PROGRAMMES
from portal.public.dependencies import CallerLeft
from portal.public.routers import dataset_docs
from portal.shared.links import MCP
from tests.support.foreign_programs import run_javascript, run_r
from tests.support.html_pages import Document
from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.served import served
from tests.support.shipped_portal import EDITIONS, shipped_app

TABLES = {
    "administrative-units": 0,
    "dengue-cases": 1,
    "diabetes-hospital-encounters": 3,
    "health-facilities": 1,
    "hospital-discharges": 3,
}
LISTS = 3
"""How many code lists the dataset without tables has."""
KINDS = ("one", "group", "page", "whole")
EXAMPLES = LISTS + len(KINDS) * sum(TABLES.values())


@pytest.fixture(scope="module")
def address(shipped_ministry: Ministry) -> Iterator[str]:
    with served(shipped_app(shipped_ministry)) as found:
        yield found


@cache
def read(url: str) -> str:
    with urlopen(url) as answer:
        text: str = answer.read().decode("utf-8")
    return text


def copied(address: str, programme: str, *, language: str = "vi") -> dict[str, str]:
    """Return the code that the pages of all datasets show in one language, by its place."""
    prefix = "" if language == "vi" else "/en"
    ending = f"-{programme.lower()}"
    return {
        f"{dataset} {block.attributes['id'].removesuffix(ending)}": block.text
        for dataset in EDITIONS
        for block in Document(read(f"{address}{prefix}/datasets/{dataset}/api")).all("pre")
        if block.attributes["id"].endswith(ending)
    }


def kind_of(place: str) -> str:
    return place.rpartition("-")[2]


def run_python(code: str) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "example", "exec"), {})  # the code is ours
    return printed.getvalue()


def openapi(client: Client, dataset: str) -> Any:
    return client.json(f"/api/v1/datasets/{dataset}/openapi.json")


def test_a_description_says_how_a_key_is_brought(shipped: Client) -> None:
    whole, ours = shipped.json("/api/v1/openapi.json"), openapi(shipped, "dengue-cases")
    assert ours["components"]["securitySchemes"] == whole["components"]["securitySchemes"]
    assert ours["security"] == whole["security"]


def test_each_dataset_has_each_kind_of_example_in_each_language(address: str) -> None:
    for programme in PROGRAMMES:
        shown = copied(address, programme)
        assert len(shown) == EXAMPLES
        found = [kind_of(place) for place in shown]
        assert {kind: found.count(kind) for kind in KINDS} == dict.fromkeys(KINDS, sum(TABLES.values()))
    assert copied(address, "curl", language="en").keys() == copied(address, "curl").keys()


def test_every_command_line_is_answered(shipped: Client, address: str) -> None:
    for place, command in copied(address, "curl").items():
        words = shlex.split(command)
        saved = words[2:-1] if "-o" in words else []
        flags = ["-fsS"] if saved else ["-sS", "--fail-with-body"]
        assert words == ["curl", *flags, *saved, words[-1]]
        answer = shipped.get(words[-1].removeprefix(address))
        assert answer.status_code == 200, (place, answer.text)
        if saved:
            assert saved[0] == "-o"
            assert re.fullmatch(r"[a-z0-9.-]+\.csv", saved[1])
            assert len(list(csv.reader(io.StringIO(answer.text)))) > 2
        else:
            document = answer.json()
            assert document.get("data") or document["members"], "an example that shows no row explains nothing"


def test_all_code_runs_and_tells_the_same_number(address: str) -> None:
    commands = copied(address, "curl")
    sources = {programme: copied(address, programme) for programme in PROGRAMMES}
    places = list(commands)
    told = {
        "Python": dict(zip(places, map(run_python, sources["Python"].values()), strict=True)),
        "JavaScript": dict(zip(places, run_javascript(list(sources["JavaScript"].values())), strict=True)),
        "R": dict(zip(places, run_r(list(sources["R"].values())), strict=True)),
    }
    for programme, outputs in told.items():
        assert [place for place, out in outputs.items() if not out.strip()] == [], programme
    compared = 0
    for place, command in commands.items():
        if kind_of(place) == "one":
            (row,) = json.loads(read(shlex.split(command)[-1]))["data"]
            number = next(value for value in row.values() if isinstance(value, int) and not isinstance(value, bool))
            assert all(re.search(rf"\b{number}\b", outputs[place]) for outputs in told.values()), place
            compared += 1
    assert compared == sum(TABLES.values())


def test_withheld_cells_are_kept_apart(address: str) -> None:
    found = 0
    for place, code in copied(address, "Python").items():
        if kind_of(place) == "group" and "withheld" in code:
            names: dict[str, Any] = {}
            with redirect_stdout(io.StringIO()):
                exec(compile(code, "example", "exec"), names)
            data, withheld = names["data"], names["withheld"]
            measure = next(name for name in data.columns if f"{name}_status" in data.columns)
            assert data.loc[withheld, measure].isna().all()
            assert data.loc[~withheld, measure].notna().any()
            found += int(withheld.sum())
    assert found > 0


def test_every_way_in_is_open(shipped: Client, address: str) -> None:
    seen = set()
    for dataset in EDITIONS:
        document = Document(read(f"{address}/en/datasets/{dataset}/api"))
        shown = [each for each in document.all("a") if each.attributes["href"].startswith(f"{address}/")]
        addresses = [link.attributes["href"].removeprefix(address) for link in shown if link.parent]
        for path in addresses:
            assert shipped.get(path).status_code == 200, path
        headings = {each.text for each in document.all("h3")} & set(WHOM)
        expected = set(WHOM) if dataset not in ("administrative-units", "health-facilities") else headings
        assert headings == expected
        seen |= headings
        assert f"{address}{MCP}" in [each.text for each in document.all("code")]
    assert seen == set(WHOM)
    registers = {each.text for each in Document(read(f"{address}/en/datasets/health-facilities/api")).all("h3")}
    assert registers & set(WHOM) == set(WHOM) - {"PxWeb 2", "SDMX 3"}


@pytest.mark.parametrize("dataset", EDITIONS)
def test_the_page_is_found_from_that_of_the_dataset(shipped: Client, dataset: str) -> None:
    for prefix in ("", "/en"):
        page = Document(shipped.get(f"{prefix}/datasets/{dataset}").text)
        assert f"{prefix}/datasets/{dataset}/api" in page.links
        back = Document(shipped.get(f"{prefix}/datasets/{dataset}/api").text)
        assert f"{prefix}/datasets/{dataset}" in back.links
        assert any("/openapi.json" in link for link in back.links)
    links = shipped.json(f"/api/v1/datasets/{dataset}")["links"]
    assert shipped.get(links["openapi"]).status_code == shipped.get(links["developers"]).status_code == 200


@pytest.mark.parametrize("dataset", EDITIONS)
def test_the_document_is_openapi_and_its_answers_were_given(shipped: Client, dataset: str) -> None:
    document = openapi(shipped, dataset)
    validate(document)
    shown = 0
    for path, operations in document["paths"].items():
        operation = operations["get"]
        content = operation["responses"]["200"]["content"]["application/json"]
        schema = Draft202012Validator({**content["schema"], "components": document["components"]})
        known = [each for each in operation.get("parameters", ()) if "example" in each]
        asked = "&".join(f"{each['name']}={_plain(each['example'])}" for each in known)
        answer = shipped.json(f"{path}?{asked}")
        assert list(schema.iter_errors(answer)) == [], path
        assert not known or answer["data"], "a question made of the examples has rows"
        for kind, example in content.get("examples", {}).items():
            assert list(schema.iter_errors(example["value"])) == [], (path, kind)
            (again,) = re.findall(r"http://localhost(\S+), its first rows", example["summary"])
            assert shipped.json(again)["data"][:3] == example["value"]["data"] != []
            shown += 1
    assert shown == len(KINDS) * TABLES[dataset]


@pytest.mark.parametrize("dataset", ["dengue-cases", "health-facilities"])
def test_strange_questions_are_answered_as_the_document_says(address: str, dataset: str, tmp_path: Path) -> None:
    result = subprocess.run(
        [
            str(Path(sys.executable).with_name("st")), "run", f"{address}/api/v1/datasets/{dataset}/openapi.json",
            # A question that the description allows may still have no answer, such as a sum of persons.
            "--checks", "all", "--exclude-checks", "positive_data_acceptance", "--phases", "examples,fuzzing",
            "--max-examples", "40", "--seed", "1", "--no-color", "--workers", "1",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-6_000:] + result.stderr[-2_000:]
    (generated,) = re.findall(r"(\d+) generated", result.stdout)
    assert int(generated) >= 100


def _plain(example: Any) -> str:
    return ",".join(example) if isinstance(example, list) else str(example)


def test_columns_are_parameters_with_their_types_and_codes(shipped: Client) -> None:
    paths = openapi(shipped, "dengue-cases")["paths"]
    data = paths["/api/v1/datasets/dengue-cases/tables/by-province-and-month/data"]["get"]
    parameters = {each["name"]: each for each in data["parameters"]}
    assert parameters["province"]["schema"]["enum"][:3] == ["_T", "R1", "02"]
    assert "enum" not in parameters["month"]["schema"], "two hundred months are a list, not an enumeration"
    assert parameters["month__level"]["schema"]["enum"] == ["year", "quarter", "month"]
    assert parameters["cases__gte"]["schema"] == {"type": "integer"}
    assert "suppressed" in parameters["cases_status"]["schema"]["enum"]
    assert parameters["province__in"]["schema"]["items"]["enum"] == parameters["province"]["schema"]["enum"]
    assert parameters["group"]["schema"]["items"]["enum"] == ["province", "month"]
    assert parameters["select"]["schema"]["items"]["enum"] == ["cases"]
    assert not {"aggregate", "filters"} & parameters.keys()
    rows = paths["/api/v1/datasets/dengue-cases/tables/by-province-and-month/rows"]["get"]["parameters"]
    assert not {"group", "aggregate"} & {each["name"] for each in rows}
    place = "/api/v1/datasets/health-facilities/tables/register/data"
    register = openapi(shipped, "health-facilities")["paths"][place]["get"]
    fields = {each["name"]: each for each in register["parameters"]}
    assert fields["licensed_on"]["schema"] == {"type": "string", "format": "date"}
    assert "polyclinic" in fields["type"]["schema"]["enum"]
    assert "_T" not in fields["province"]["schema"]["enum"]
    assert fields["beds__null"]["schema"]["enum"] == ["true", "false"]
    assert {"aggregate", "order"} <= fields.keys()
    assert [each["lang"] for each in register["x-codeSamples"][:4]] == ["curl", "python", "r", "javascript"]


def test_the_document_is_read_and_tried_on_a_page_of_its_own(shipped: Client) -> None:
    page = shipped.get("/api/v1/datasets/dengue-cases/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'data-openapi="/api/v1/datasets/dengue-cases/openapi.json"' in page.text
    for link in re.findall(r'href="([^"]+)"', page.text):
        assert shipped.get(link).status_code == 200, link
    assert "/en/datasets/dengue-cases/api" in page.text
    assert shipped.get("/api/v1/datasets/nothing/docs").status_code == 404
    assert shipped.request("HEAD", "/api/v1/datasets/dengue-cases/docs").status_code == 200


def test_made_up_data_and_its_citation_are_told(shipped: Client) -> None:
    made_up = openapi(shipped, "hospital-discharges")["info"]
    assert "made up" in made_up["description"]
    real = openapi(shipped, "dengue-cases")["info"]
    assert "made up" not in real["description"]
    assert "Cite as:" in real["description"]
    assert (real["version"], real["license"]["name"]) == ("1994-2009.1", "CC-BY-SA-4.0")


def test_it_is_asked_again_only_when_it_changed(shipped: Client) -> None:
    for path, cache_control in (
        ("/api/v1/datasets/dengue-cases/openapi.json", "max-age=60"),
        ("/api/v1/datasets/dengue-cases/openapi.json?release=1994-2009.1", "immutable"),
        ("/datasets/dengue-cases/api", "max-age=60"),
        ("/en/datasets/dengue-cases/api", "max-age=60"),
    ):
        answer = shipped.get(path)
        assert cache_control in answer.headers["cache-control"]
        again = shipped.get(path, if_none_match=answer.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        assert shipped.request("HEAD", path).status_code == 200


def test_what_is_not_there_is_told(shipped: Client) -> None:
    for path, status in (("nothing/openapi.json", 404), ("hospital-discharges/openapi.json?release=2024.1", 410)):
        answer = shipped.get(f"/api/v1/datasets/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    page = shipped.get("/datasets/nothing/api")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_caller_who_leaves_is_not_answered(shipped: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def left(*_: object) -> None:
        raise CallerLeft

    monkeypatch.setattr(dataset_docs, "finished", left)
    assert shipped.get("/api/v1/datasets/dengue-cases/openapi.json").status_code == 499
