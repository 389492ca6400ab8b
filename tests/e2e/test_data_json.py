"""The catalog as one file of DCAT-US 1.1: what its schema demands of everybody is there, and every address works."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

from tests.support.http import Client
from tests.support.shipped_portal import EDITIONS

TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
LIST: dict[str, Any] = {"type": "array", "items": TEXT, "minItems": 1}
ADDRESS: dict[str, Any] = {"type": "string", "format": "uri", "pattern": "^https?://"}
# What Project Open Data asks of all datasets and files, in our words; codes of bureaus and programmes are federal.
DISTRIBUTION = {
    "type": "object",
    "properties": {"@type": {"const": "dcat:Distribution"}, "mediaType": {"pattern": "^[a-z]+/[a-z0-9.+-]+$"}},
    "oneOf": [
        {"required": ["downloadURL", "mediaType"], "properties": {"downloadURL": ADDRESS}},
        {"required": ["accessURL"], "properties": {"accessURL": ADDRESS}},
    ],
}
DATASET = {
    "type": "object",
    "required": [
        *("title", "description", "keyword", "modified", "publisher", "contactPoint", "identifier", "accessLevel"),
        "license",
    ],
    "properties": {
        "title": TEXT,
        "description": TEXT,
        "keyword": LIST,
        "theme": LIST,
        "modified": {"type": "string", "format": "date-time"},
        "issued": {"type": "string", "format": "date-time"},
        "identifier": ADDRESS,
        "accessLevel": {"const": "public"},
        "license": ADDRESS,
        "publisher": {"required": ["name"], "properties": {"name": TEXT}},
        "contactPoint": {
            "required": ["fn", "hasEmail"],
            "properties": {"fn": TEXT, "hasEmail": {"pattern": r"^mailto:[^@\s]+@[^@\s]+$"}},
        },
        "accrualPeriodicity": {"pattern": r"^(R/P[0-9]+[DWMY]|irregular)$"},
        "temporal": {"pattern": "^[0-9-]+/[0-9-]+$"},
        "language": LIST,
        "distribution": {"type": "array", "items": DISTRIBUTION, "minItems": 1},
    },
}
CATALOG = {
    "required": ["conformsTo", "dataset"],
    "properties": {
        "conformsTo": {"const": "https://project-open-data.cio.gov/v1.1/schema"},
        "dataset": {"type": "array", "items": DATASET},
    },
}


def test_it_has_the_shape_that_is_asked_of_everybody(shipped: Client, client: Client) -> None:
    validator = Draft202012Validator(CATALOG, format_checker=FormatChecker())
    for portal, count in ((shipped, len(EDITIONS)), (client, 4)):
        document = portal.json("/data.json")
        assert [error.message for error in validator.iter_errors(document)] == []
        assert len(document["dataset"]) == count
        for dataset in document["dataset"]:
            assert dataset["description"].startswith("Dữ liệu giả lập") == ("Synthetic data" in dataset["description"])
            for each in dataset["distribution"]:
                address = urlsplit(each.get("downloadURL") or each["accessURL"]).path
                answer = portal.request("HEAD", address)
                assert answer.status_code == 200, address
                if "mediaType" in each:
                    assert answer.headers["content-type"].partition(";")[0] == each["mediaType"]
    del document["dataset"][0]["license"]
    assert not validator.is_valid(document)


def test_it_is_kept_and_is_told_apart_from_mistakes(client: Client) -> None:
    answer = client.get("/data.json")
    assert client.get("/data.json", if_none_match=answer.headers["etag"]).status_code == 304
    wrong = client.get("/data.json?limit=2")
    assert (wrong.status_code, wrong.headers["content-type"]) == (400, "application/problem+json")
    # A release under embargo leaves no trace.
    assert not re.search(r"notifiable-diseases/2025\.1", answer.text)
