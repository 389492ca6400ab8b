"""Every line to copy in docs/reference/query.md works against the datasets of the demo."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from publishers.demo import demo_releases
from tests.support.http import Client
from tests.support.query_examples import ADDRESS, EXAMPLES
from tests.support.shipped_portal import EDITIONS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "query.md"
COMMANDS = re.findall(r"^\$ curl -sS '([^']+)'$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_holds_every_example() -> None:
    assert [ADDRESS + path for _, path in EXAMPLES] == COMMANDS
    assert PAGE.read_text(encoding="utf-8").count("curl") == len(COMMANDS)


def test_the_demo_has_what_the_examples_ask() -> None:
    assert {(each.definition, each.edition) for each in demo_releases()} >= set(EDITIONS.items())


@pytest.mark.parametrize("url", COMMANDS)
def test_an_example_answers(shipped: Client, url: str) -> None:
    answer = shipped.get(url.removeprefix(ADDRESS))
    if "grup=" in url:
        assert (answer.status_code, answer.json()["title"]) == (400, "Câu hỏi không hợp lệ")
        return
    assert answer.status_code == 200, answer.text
    if "format=csv" in url:
        assert len(list(csv.reader(io.StringIO(answer.text)))) > 1
        return
    document = json.loads(answer.text)
    assert document.get("data", True), "an example that shows no row explains nothing"


def test_the_sum_of_the_example_needs_its_selection(shipped: Client) -> None:
    (url,) = [url for url in COMMANDS if "age_group__in" in url]
    answer = shipped.get(url.removeprefix(ADDRESS).partition("&select=")[0])
    assert answer.status_code == 400
    (item,) = answer.json()["errors"]
    assert "select=stays,deaths asks for what can be added up" in item["remedy"]


def test_a_prefix_does_not_do_without_accents(shipped: Client) -> None:
    (url,) = [url.removeprefix(ADDRESS) for url in COMMANDS if "__prefix" in url]
    assert shipped.json(url)["total"] > 0
    assert shipped.json(url.replace("B%E1%BB%87nh", "Benh"))["total"] == 0


def test_provinces_of_before_the_merger_are_asked_by_those_of_after(shipped: Client) -> None:
    table = "/api/v1/datasets/dengue-cases/tables/by-province-and-month/data"
    found = shipped.json(f"{table}?group=province&month=2009&geography=2025&lang=vi")
    (city,) = [row for row in found["data"] if row["province"] == "79"]
    assert (city["province_label"], found["total"]) == ("TP. Hồ Chí Minh", 34)
    assert found["selection"]["province"]["parts"]["79"] == ["74", "77", "79"]
    parts = shipped.json(f"{table}?province__in=74,77,79&group=province&month=2009")["data"]
    assert len(parts) == 3
    assert city["cases"] == sum(part["cases"] for part in parts)
    assert shipped.json(f"{table}?province=79&month=2009")["data"][0]["cases"] < city["cases"]
    assert shipped.get(f"{table}?province=79&month=2007&geography=2025").status_code == 400


def test_a_rate_says_what_stands_above_and_below_its_line(shipped: Client) -> None:
    table = "/api/v1/datasets/hospital-discharges/tables/by-province-chapter-sex/data"
    fields = {field["name"]: field for field in shipped.json(f"{table}?province=01")["fields"]}
    rate = {key: fields["rate"][key] for key in ("numerator", "denominator", "per")}
    assert rate == {"numerator": "stays", "denominator": "people", "per": 100_000}
    assert "populations" in fields["rate"]["denominator_source"]["en"].lower()
    assert fields["people"]["denominator_source"] == fields["rate"]["denominator_source"]
    assert fields["stays"]["unit"] == {"vi": "lượt", "en": "discharges"}
    assert "unit" not in fields["rate_status"]
    assert "per" not in fields["mean_days"]
    refused = shipped.get(f"{table}?province__in=01,79&select=mean_days")
    assert refused.status_code == 400
    assert "needs the sum of its values, which is not published" in refused.json()["detail"]


@pytest.mark.parametrize("text", ["ho chi minh", "tphcm", "sai gon", "TP. Hồ Chí Minh"])
def test_the_city_is_found_by_each_of_its_names(shipped: Client, text: str) -> None:
    found = shipped.json(f"/api/v1/search?q={text}")
    assert "hospital-discharges" in str(found)
