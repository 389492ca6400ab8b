"""Errors of the API: in the language that was asked for, with a remedy, of one status on pages and in the API."""

from __future__ import annotations

from typing import Any

import pytest

from portal.query.model import PARAMETERS
from portal.shared.links import Links
from portal.shared.problems import OUTCOMES
from portal.shared.translations import translations
from tests.support.http import Client
from tests.support.shipped_portal import WITHDRAWN

DATA = "/api/v1/datasets/dengue-cases/tables/by-province-and-month/data"
PATIENTS = "/api/v1/datasets/diabetes-hospital-encounters/tables/by-race-sex-age-readmission/data"
REGISTER = "/api/v1/datasets/health-facilities/tables/register/data"
ASKED = (
    f"{DATA}?grup=province",
    f"{DATA}?group=cases",
    f"{DATA}?limit=abc",
    f"{DATA}?limit=1&limit=2",
    f"{DATA}?select=province",
    f"{DATA}?order=province",
    f"{DATA}?month__gte=spring",
    f"{DATA}?province=Ha+Noi",
    f"{DATA}?province__in=01,01,,",
    f"{DATA}?cases__gt=many",
    f"{DATA}?after=zzz",
    f"{DATA}?month=2009,2010",
    f"{PATIENTS}?age__in=0-9,10-19",
    f"{REGISTER}?aggregate=sum(name)",
    f"{REGISTER}?beds=ten",
    "/api/v1/nope",
    "/api/v1/search?page=abc",
    "/api/v1/datasets/dengue",
    "/api/v1/datasets/dengue-cases?release=1800",
    "/api/v1/datasets/dengue-cases/codelists/nope",
    "/api/v1/datasets/dengue-cases/tables/nope/data",
    "/api/v1/datasets/{}?release={}.{}".format(*WITHDRAWN),
    "/files/dengue-cases/latest/nope.csv",
)


def problem(client: Client, url: str, language: str = "vi") -> dict[str, Any]:
    answer = client.get(f"{url}{'&' if '?' in url else '?'}lang={language}")
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    return document


@pytest.mark.parametrize("url", [url for url in ASKED if "search" not in url])
def test_a_problem_is_told_in_the_language_that_was_asked_for(shipped: Client, url: str) -> None:
    vietnamese, english = problem(shipped, url), problem(shipped, url, "en")
    assert (vietnamese["type"], vietnamese["status"]) == (english["type"], english["status"])
    for document in (vietnamese, english):
        assert document["detail"]
        assert document["errors"]
    assert vietnamese["title"] != english["title"]
    assert vietnamese["detail"] != english["detail"]
    for one, other in zip(vietnamese["errors"], english["errors"], strict=True):
        assert one["rule"] != other["rule"]
        assert one.get("remedy", "") != other.get("remedy", "") or "remedy" not in one


def test_a_search_speaks_the_language_too(shipped: Client) -> None:
    assert problem(shipped, "/api/v1/search?page=abc")["title"] == "Yêu cầu không hợp lệ"
    assert problem(shipped, "/api/v1/search?page=abc", "en")["title"] == "The request is not valid"


def test_every_error_of_the_portal_has_a_title_in_vietnamese() -> None:
    assert [error.title for error in OUTCOMES if translations("vi").gettext(error.title) == error.title] == []


def test_an_address_of_the_api_that_leads_nowhere_names_those_that_lead_somewhere(shipped: Client) -> None:
    document = problem(shipped, "/api/v1/serch", "en")
    assert document["detail"].startswith("There is nothing at this address")
    (item,) = document["errors"]
    assert item["remedy"].startswith("Did you mean /api/v1/search? Known here: ")
    for address in item["remedy"].partition("Known here: ")[2].split(", "):
        assert shipped.get(address).status_code == 200
    assert "/api/v1/docs" in item["remedy"]


def test_a_misspelt_parameter_is_answered_with_parameters_too(shipped: Client) -> None:
    (item,) = problem(shipped, f"{DATA}?grup=province", "en")["errors"]
    assert item["remedy"].startswith("Did you mean group? Known here: ")
    assert set(PARAMETERS) <= set(item["remedy"].partition("Known here: ")[2].split(", "))


@pytest.mark.parametrize("wrong", ["page=abc", "page=0", "page=1.5", "sort=up"])
def test_a_wrong_value_has_one_status_on_pages_and_in_the_api(shipped: Client, wrong: str) -> None:
    for path in ("/datasets", "/en/datasets", "/api/v1/search"):
        assert shipped.get(f"{path}?{wrong}").status_code == 422


def test_the_next_page_is_a_path_where_no_public_address_is_known_whatever_host_is_claimed(shipped: Client) -> None:
    answer = shipped.get(f"{DATA}?group=month&limit=2", host="localhost")
    following = answer.json()["next"]
    assert following.startswith(Links().api("datasets/dengue-cases"))
    assert shipped.get(following).status_code == 200
