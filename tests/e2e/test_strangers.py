"""No text of a stranger breaks or slows the API, and nothing that is not public comes out of it."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from portal.public.app import PortalOptions, create_app
from tests.support.http import Client, client_of
from tests.support.portal import DATA, ROWS
from tests.support.releases import EMBARGO, NOW, make_demo_store

# Strangers ------------------------------------------------------------------------------------------------------------

ATTACKS = [
    "'; DROP TABLE cells; --",
    "1 OR 1=1",
    "\" UNION SELECT * FROM read_text('/etc/passwd') --",
    "${jndi:ldap://x}",
    "../../../etc/passwd",
    "%00",
    "\x00",
    "\r\nSet-Cookie: a=b",
    "\u202e\ufeff\u0000",
    "𝕏" * 200,
    "💉" * 1000,
    "9" * 400,
    "-" * 3000,
    "1e309",
    "NaN",
    "[" * 1000,
    ",".join("ab"[n % 2] + str(n) for n in range(3000)),
    "_T,_T",
    "{{7*7}}",
    "<script>alert(1)</script>",
]
PARAMETERS = [
    "province", "province__in", "month__gte", "cases__gte", "cases_status", "select", "group", "order", "limit",
    "after", "lang", "format", "release", "download", "province__level", "nothing", "__", "a__b__c", "q",
]  # fmt: skip


@pytest.mark.parametrize("name", PARAMETERS)
def test_no_text_of_a_stranger_breaks_or_slows_a_question(client: Client, name: str) -> None:
    for attack in ATTACKS:
        for path in (DATA, ROWS, "/api/v1/datasets/licensed-facilities/tables/register/data", "/api/v1/search"):
            begun = time.monotonic()
            response = client.get(f"{path}?{urlencode({name: attack})}")
            assert response.status_code < 500, (path, name, attack[:40])
            assert "set-cookie" not in response.headers
            assert time.monotonic() - begun < 2, (path, name, attack[:40])


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_path_of_a_stranger_breaks_anything(client: Client, attack: str) -> None:
    part = quote(attack[:1000], safe="")
    for path in (
        f"/api/v1/datasets/{part}", f"/api/v1/datasets/{part}/releases/{part}",
        f"/api/v1/datasets/notifiable-diseases/releases/{part}",
        f"/api/v1/datasets/notifiable-diseases/tables/{part}/data",
        f"/api/v1/datasets/notifiable-diseases/codelists/{part}", f"/files/{part}/{part}",
        f"/files/notifiable-diseases/2024.2/{part}", f"/files/notifiable-diseases/{part}.zip", f"/static/{part}",
    ):  # fmt: skip
        assert 400 <= client.get(path).status_code < 500, path


def test_ten_thousand_parameters_are_refused_at_once(client: Client) -> None:
    url = f"{DATA}?" + "&".join(f"{number:x}=" for number in range(10_000))
    assert client.get(url).status_code == 400


def test_what_is_embargoed_or_withdrawn_is_nowhere(client: Client) -> None:
    embargoed = ("2025", "2025.1")
    for release in embargoed:
        missing = client.get(f"{DATA}?release=2077")
        hidden = client.get(f"{DATA}?release={release}")
        assert (hidden.status_code, hidden.json()) == (404, missing.json())
        assert client.get(f"/files/notifiable-diseases/{release}.zip").status_code == 404
        assert client.get(f"/files/notifiable-diseases/{release}/README.md").status_code == 404
    withdrawn = "/api/v1/datasets/hospital-visits/tables/visits/data?release=2024.1"
    assert client.get(withdrawn).status_code == 410
    answers = [
        client.get(url).text
        for url in (
            "/api/v1/datasets", "/api/v1/datasets/notifiable-diseases", "/api/v1/search?q=", "/api/v1/openapi.json",
            "/api/v1/datasets/notifiable-diseases/releases", f"{DATA}?group=month&lang=en", f"{ROWS}?limit=10000",
            "/", "/datasets", "/datasets/notifiable-diseases",
        )
    ]  # fmt: skip
    for text, canary in itertools.product(
        answers, ('"2025-12"', "diseases/releases/2025", "diseases/2025", "2026-07-01T02")
    ):
        assert canary not in text


def test_a_release_that_comes_out_is_found_and_one_withdrawn_is_gone(tmp_path: Path) -> None:
    clock = [NOW]
    demo = make_demo_store(tmp_path / "data", now=lambda: clock[0])
    with client_of(create_app(PortalOptions(demo.root, demo.public_key), demo.releases)) as client:
        before = client.get(DATA)
        assert before.headers["ytemo-release"] == "notifiable-diseases 2024.2"
        clock[0] = EMBARGO + timedelta(seconds=1)
        after = client.get(DATA, if_none_match=before.headers["etag"])
        assert (after.status_code, after.headers["ytemo-release"]) == (200, "notifiable-diseases 2025.1")
