"""Conditional requests and HEAD in every dialect: a bad question stays one, and what is known is told alike."""

from __future__ import annotations

import pytest

from tests.support.http import Client

TABLE = "/api/v1/datasets/dengue-cases/tables/by-province-and-month"
PINNED = "1994-2009.1"
FLOW = "/sdmx/v2/data/dataflow/ytemo-demonstration/dengue-cases_by-province-and-month"
OLDER = "/sdmx/v1/data/ytemo-demonstration,dengue-cases_by-province-and-month"
AVAILABLE = "/sdmx/v2/availability/dataflow/ytemo-demonstration/dengue-cases_by-province-and-month"
CKAN_ROWS = "/api/3/action/datastore_search?resource_id=dengue-cases"
PXWEB = "/api/pxweb/v2/tables/dengue-cases.by-province-and-month"
GOOD = (
    "/api/v1",
    "/api/v1/datasets",
    "/api/v1/datasets/dengue-cases",
    "/api/v1/datasets/dengue-cases/releases",
    f"/api/v1/datasets/dengue-cases/releases/{PINNED}",
    "/api/v1/datasets/dengue-cases/openapi.json",
    f"{TABLE}/data?limit=2",
    f"{TABLE}/data?limit=500&group=province,month",
    f"{TABLE}/data?limit=2&release={PINNED}",
    f"{TABLE}/data?limit=2&format=csv",
    f"{TABLE}/rows?limit=2&format=xlsx",
    f"{TABLE}/statistics",
    "/api/3/action/package_list",
    f"{CKAN_ROWS}/by-province-and-month&limit=2",
    f"{CKAN_ROWS}/{PINNED}/by-province-and-month&limit=2",
    f"{CKAN_ROWS}/by-province-and-month&limit=2&callback=shown",
    f"/datastore/dump/dengue-cases/{PINNED}/by-province-and-month?limit=2",
    "/sdmx/v2/structure/dataflow?lang=vi-VN",
    f"{FLOW}/~?c[TIME_PERIOD]=eq:2009",
    f"{FLOW}/*?limit=2",
    f"{FLOW}/2009.1994.1/*?limit=2",
    f"{OLDER},2009.1994.1/all?lastNObservations=1",
    f"{OLDER}/all?lastNObservations=1",
    f"{AVAILABLE}/*",
    "/odata/v4/",
    "/odata/v4/dengue-cases/$metadata",
    "/odata/v4/dengue-cases/by_province_and_month?$top=2",
    f"/odata/v4/dengue-cases/releases/{PINNED}/by_province_and_month?$top=2",
    "/api/pxweb/v2/tables",
    f"{PXWEB}/data",
    "/datasets/dengue-cases",
    "/embed/dengue-cases",
    f"/datasets/dengue-cases/releases/{PINNED}/explore.svg",
    f"/datasets/dengue-cases/releases/{PINNED}/charts/by-province-and-month.svg",
    "/datasets/dengue-cases/compare",
    "/calendar",
    "/en/plan.csv",
    "/publishers",
)
BAD = (
    ("/api/v1?x=1", 400),
    ("/api/v1/datasets?x=1", 400),
    ("/api/v1/datasets/dengue-cases?releas=1", 400),
    ("/api/v1/nothing", 404),
    (f"{TABLE}/data?grup=province", 400),
    (f"{TABLE}/data?limit=2&format=json&bom=true", 400),
    (f"{TABLE}/rows?cases__gt=many", 400),
    (f"{TABLE}/statistics?limit=2", 400),
    (f"{CKAN_ROWS}/by-province-and-month&grup=1", 409),
    (f"{CKAN_ROWS}/nothing", 404),
    ("/datastore/dump/dengue-cases/by-province-and-month?grup=1", 400),
    (f"{FLOW}/*?grup=1", 400),
    ("/sdmx/v2/structure/nothing", 400),
    ("/sdmx/v2/structure/dataflow?lang=fr", 400),
    ("/odata/v4/dengue-cases/by_province_and_month?$grup=1", 400),
    ("/odata/v4/dengue-cases/by_province_and_month?lang=fr", 400),
    ("/odata/v4/dengue-cases/by_province_and_month?lang=vi&lang=vi", 400),
    ("/odata/v4/dengue-cases/nothing", 404),
    (f"{PXWEB}/data?grup=1", 400),
    ("/api/pxweb/v2/tables/nothing", 404),
    ("/datasets/nothing", 404),
)
TOLD = ("cache-control", "etag", "vary", "content-location", "expires")


@pytest.mark.parametrize("url", GOOD)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_what_is_known_is_told_as_what_is_sent(shipped: Client, url: str, encoding: str) -> None:
    sent = shipped.get(url, accept_encoding=encoding)
    assert sent.status_code == 200, sent.text
    for known in (sent.headers["etag"], f'"other", {sent.headers["etag"]}', "*"):
        again = shipped.get(url, accept_encoding=encoding, if_none_match=known)
        assert (again.status_code, again.content) == (304, b"")
        assert [again.headers.get(name) for name in TOLD] == [sent.headers.get(name) for name in TOLD]
        # Caches put what is told now in the place of what was told then.
        assert {name: sent.headers.get(name) for name in again.headers} == dict(again.headers)


@pytest.mark.parametrize(("url", "status"), BAD)
def test_a_bad_question_is_one_whatever_is_known(shipped: Client, url: str, status: int) -> None:
    plain = shipped.get(url)
    assert plain.status_code == status, plain.text
    for known in ("*", '"nothing"'):
        again = shipped.get(url, if_none_match=known)
        assert again.status_code == status
        assert len(again.content) == len(plain.content)


@pytest.mark.parametrize("url", [*GOOD, *(url for url, _ in BAD), "/health", "/api/v1/limits", "/api/v1/search?q=x"])
def test_head_answers_with_the_headers_of_get(shipped: Client, url: str) -> None:
    # Some answers say when they were prepared: packed, each second can have another length.
    got, head = (shipped.request(method, url, accept_encoding="identity") for method in ("GET", "HEAD"))
    assert head.status_code == got.status_code
    assert head.content == b""
    assert dict(head.headers) == dict(got.headers)


def test_rows_of_a_pinned_release_may_be_kept_for_ever(shipped: Client) -> None:
    for pinned in (
        f"{TABLE}/data?limit=2&release={PINNED}",
        f"{CKAN_ROWS}/{PINNED}/by-province-and-month&limit=2",
        f"/datastore/dump/dengue-cases/{PINNED}/by-province-and-month?limit=2",
        f"/odata/v4/dengue-cases/releases/{PINNED}/by_province_and_month?$top=2",
        f"{FLOW}/2009.1994.1/*?limit=2",
    ):
        assert "immutable" in shipped.get(pinned).headers["cache-control"]
    assert "immutable" not in shipped.get(f"{CKAN_ROWS}/by-province-and-month&limit=2").headers["cache-control"]
    posted = shipped.post(
        "/api/3/action/datastore_search",
        '{"resource_id": "dengue-cases/by-province-and-month"}',
        content_type="application/json",
    )
    assert (posted.status_code, "etag" in posted.headers) == (200, False)
