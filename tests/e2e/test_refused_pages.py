"""Addresses that lead nowhere or cannot be understood are pages too: they say what is wrong, and lead on."""

from __future__ import annotations

import pytest

from datasets.text import LANGUAGES, Language
from portal.public.pages.refused import NAMES
from portal.public.routers.compare import Parameters
from portal.public.routers.guide import LetterParameters
from portal.public.routers.pages import ListingParameters
from portal.shared.links import Links
from tests.support.html_pages import Document, address, faults, read
from tests.support.http import Client

LINKS = Links()


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/datasets/nothing",
        "/datasets/NOT-A-NAME",
        "/datasets/notifiable-diseases/releases/1999.1",
        "/datasets/notifiable-diseases/releases/2025.1",
        "/datasets/notifiable-diseases/releases/2024.01",
        "/datasets/..%2f..%2fetc/releases/2024.1",
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_there_or_under_embargo_is_a_page_that_helps(client: Client, path: str, language: Language) -> None:
    document = read(client, address(path, language), status=404)
    assert faults(document) == []
    assert document.all("html")[0].attributes["lang"] == language
    assert document.all("form")[0].attributes["action"] == LINKS.datasets(language)


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99999999999", "sort=random", f"q={'a' * 401}"])
def test_an_address_that_cannot_be_understood_is_a_page_that_helps(client: Client, query: str) -> None:
    document = read(client, f"/en/datasets?{query}", status=422)
    assert faults(document) == []


@pytest.mark.parametrize(
    ("query", "vi", "en"),
    [
        ("page=0", "Số trang: không được nhỏ hơn 1", "Page number: must be at least 1"),
        ("page=10001", "Số trang: không được lớn hơn 10.000", "Page number: must be at most 10,000"),
        ("page=x", "Số trang: phải là số nguyên", "Page number: must be a whole number"),
        (
            f"q={'a' * 401}",
            "Từ tìm kiếm: không được dài quá 400 ký tự",
            "Search words: must have at most 400 characters",
        ),
        (
            "sort=newst",
            "Thứ tự: không có ở đây. Các giá trị hợp lệ: Phù hợp nhất; Mới nhất trước",
            "Order: is not known. Known here: Best match; Newest first",
        ),
    ],
)
def test_a_wrong_address_is_told_what_is_wrong_with_it(client: Client, query: str, vi: str, en: str) -> None:
    for prefix, expected in (("", vi), ("/en", en)):
        document = read(client, f"{prefix}/datasets?{query}", status=422)
        (told,) = [each for each in document.all("ul") if each.attributes.get("class") == "wrong"]
        assert told.text.strip().startswith(expected)


def test_every_parameter_that_a_page_can_refuse_has_a_name_there() -> None:
    models = (ListingParameters, LetterParameters, Parameters)
    refusable = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert refusable | {"extension"} <= set(NAMES)


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/datasets/notifiable-disease", "notifiable-diseases"),
        ("/datasets/notifiable-diseases/releases/2099.1", "notifiable-diseases"),
        ("/en/datasets/notifiable-diseases/releases/1.2/cite.bib", "notifiable-diseases"),
        ("/datasets/zzzz", ""),
        ("/notifiable-diseases", ""),
    ],
)
def test_an_address_that_leads_nowhere_says_what_was_meant(client: Client, path: str, leads: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    links = [each.attributes["href"] for each in Document(answer.text).all("a")]
    prefix = "/en" if path.startswith("/en") else ""
    assert (f"{prefix}/datasets/notifiable-diseases" in links) == bool(leads)


def test_a_page_after_the_last_one_leads_back(client: Client) -> None:
    page = read(client, "/en/datasets?page=40")
    assert "The list ends before this page." in " ".join(page.visible)
    assert "/en/datasets" in {each.attributes["href"] for each in page.all("a")}
