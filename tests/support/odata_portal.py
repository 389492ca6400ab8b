"""Addresses of the demo portal in OData, and how its answers are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from tests.support.http import Client

ROOT = "/odata/v4"
DISCHARGES = f"{ROOT}/hospital-discharges"
TABLE = f"{DISCHARGES}/by_age_sex_chapter"
KEY = ("age_group", "sex", "chapter")
REGISTER = f"{ROOT}/health-facilities/register"
NATIVE = "/api/v1/datasets/hospital-discharges/tables"


def values(shipped: Client, url: str, **headers: str) -> list[dict[str, Any]]:
    answer = shipped.get(url, **headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def pages(shipped: Client, url: str, **headers: str) -> list[list[dict[str, Any]]]:
    found = []
    while url:
        answer = shipped.get(url, **headers)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["value"])
        following = urlsplit(answer.json().get("@odata.nextLink", ""))
        assert len(found) < 100
        url = f"{following.path}?{following.query}" if following.path else ""
    return found


def where(url: str, **options: str) -> str:
    return f"{url}?" + "&".join(f"${name}={quote(text)}" for name, text in options.items())


def refusal(shipped: Client, url: str) -> Mapping[str, Any]:
    answer = shipped.get(url)
    assert answer.status_code == 400, answer.text
    error: Mapping[str, Any] = answer.json()["error"]
    return error
