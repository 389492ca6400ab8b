"""A break in a series is told beside the numbers in every dialect, in its own place for it."""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from tests.support.http import Client

TABLE = "by-province-and-month"
DATA = f"/api/v1/datasets/dengue-cases/tables/{TABLE}/data?province=01&month__in=2008-07,2008-08"
TOLD = {"vi": "Hà Tây sáp nhập vào Hà Nội", "en": "Ha Tay"}
WHEN = {"vi": "Tháng 8 năm 2008", "en": "August 2008"}


def call_tool(client: Client, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    asked = {"name": name, "arguments": arguments}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked})
    answer = client.post("/mcp", body, content_type="application/json", accept="application/json, text/event-stream")
    content: dict[str, Any] = answer.json()["result"]["structuredContent"]
    return content


def is_told(text: str, language: str) -> bool:
    return TOLD[language] in text and WHEN[language] in text


def test_the_native_api_says_it_as_data(shipped: Client) -> None:
    breaks = shipped.json(DATA)["breaks"]
    (found,) = [each for each in breaks if each["from"] == "2008-08"]
    assert found["members"] == {"province": ["01"]}
    assert TOLD["en"] in found["reason"]["en"]
    unbroken = shipped.json("/api/v1/datasets/hospital-discharges/tables/by-age-sex-chapter/data")
    assert "breaks" not in unbroken


@pytest.mark.parametrize("language", ["vi", "en"])
def test_json_stat_and_pxweb_say_it_in_notes(shipped: Client, language: str) -> None:
    documents = [
        shipped.json(f"{DATA}&format=json-stat&lang={language}"),
        shipped.json(f"/api/pxweb/v2/tables/dengue-cases.{TABLE}/metadata?lang={language}"),
    ]
    for document in documents:
        assert any(is_told(note, language) for note in document["note"])


def test_ckan_says_it_of_the_package_and_of_the_table(shipped: Client) -> None:
    package = shipped.json("/api/3/action/package_show?id=dengue-cases")["result"]
    extras = {each["key"]: each["value"] for each in package["extras"]}
    assert is_told(extras["breaks"], "en")
    table = next(each for each in package["resources"] if each.get("datastore_active"))
    assert is_told(table["description"], "vi")
    assert is_told(table["description_translated"]["en"], "en")
    other = shipped.json("/api/3/action/package_show?id=hospital-discharges")["result"]
    assert "breaks" not in {each["key"] for each in other["extras"]}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_assistants_are_told_with_every_answer(shipped: Client, language: str) -> None:
    described = call_tool(shipped, "describe", {"dataset": "dengue-cases", "lang": language})
    asked = {"dataset": "dengue-cases", "table": TABLE, "filters": {"province": "01"}, "lang": language}
    for answer in (described, call_tool(shipped, "query", asked)):
        assert any(is_told(note, language) for note in answer["notes"])


def test_odata_says_it_of_the_entity_set(shipped: Client) -> None:
    container = shipped.json("/odata/v4/dengue-cases/$metadata?$format=json")["ytemo.dengue_cases"]["Container"]
    for entities in container.values():
        if isinstance(entities, dict) and "$Collection" in entities:
            assert is_told(entities["@Core.LongDescription"], "en")
            assert is_told(entities["@Core.LongDescription#vi"], "vi")


def test_sdmx_says_it_in_annotations_of_the_dataflow(shipped: Client) -> None:
    path = f"structure/dataflow/ytemo-demonstration/dengue-cases_{TABLE}"
    flow = shipped.json(f"/sdmx/v2/{path}")["data"]["dataflows"][0]
    (found,) = [each for each in flow["annotations"] if (each["type"], each["title"]) == ("BREAK", "2008-08")]
    assert all(is_told(text, language) for language, text in found["texts"].items())
    older = fromstring(shipped.get(f"/sdmx/v1/dataflow/ytemo-demonstration/dengue-cases_{TABLE}").text)
    texts = [each.text or "" for each in older.iter() if each.tag.endswith("AnnotationText")]
    assert any(is_told(text, "vi") for text in texts)
