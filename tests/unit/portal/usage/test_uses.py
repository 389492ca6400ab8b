"""What counts as a use: people and their programs, once for each page, file or question; no robots."""

from __future__ import annotations

import pytest

from portal.public.usage.uses import use_of

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PYTHON = "python-requests/2.32"
QUERY = "/api/v1/datasets/dengue-cases/tables/by-month/data"


@pytest.mark.parametrize(
    ("path", "use"),
    [
        ("/datasets/dengue-cases", "page"),
        ("/en/datasets/dengue-cases/releases/1994-2009.1", "page"),
        ("/datasets/dengue-cases/explore", "explorer"),
        ("/en/embed/dengue-cases/releases/1994-2009.1", "explorer"),
        ("/files/dengue-cases/latest.zip", "download-package"),
        ("/files/dengue-cases/1994-2009.1/data/by-month.csv", "download-csv"),
        ("/files/dengue-cases/1994-2009.1/data/by-month.xlsx", "download-excel"),
        ("/files/dengue-cases/1994-2009.1/data/by-month.parquet", "download-parquet"),
        ("/files/dengue-cases/1994-2009.1/methods.md", "download-other"),
        (QUERY, "query"),
        ("/odata/v4/dengue-cases/by_month", "query"),
    ],
)
def test_each_way_of_use_is_known(path: str, use: str) -> None:
    assert use_of(path, {"user-agent": FIREFOX}) == ("dengue-cases", use)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/datasets",
        "/datasets/dengue-cases/api",
        "/datasets/dengue-cases/releases/1.1/explore.svg",
        "/files/public-key.pem",
        "/api/v1/datasets",
        "/api/v1/datasets/dengue-cases",
        "/static/site.css",
        "/datasets/other~0123456789abcdef",
        "/datasets/%3Cscript%3E",
        "/files/" + "a" * 200 + "/x",
    ],
)
def test_the_rest_is_no_use(path: str) -> None:
    assert use_of(path, {"user-agent": FIREFOX}) is None


@pytest.mark.parametrize(
    "agent", ["", GOOGLE, "AhrefsBot/7.0", "facebookexternalhit/1.1", "UptimeRobot/2.0", "curl-spider"]
)
def test_robots_do_not_count(agent: str) -> None:
    for path in ("/datasets/dengue-cases", "/files/dengue-cases/latest.zip", QUERY):
        assert use_of(path, {"user-agent": agent}) is None


def test_programs_count_where_they_ask_and_take_but_not_as_readers_of_pages() -> None:
    assert use_of(QUERY, {"user-agent": PYTHON}) == ("dengue-cases", "query")
    assert use_of("/files/dengue-cases/latest.zip", {"user-agent": "curl/8.5"}) == ("dengue-cases", "download-package")
    assert use_of("/datasets/dengue-cases", {"user-agent": PYTHON}) is None


def test_what_nobody_asked_for_and_later_parts_do_not_count() -> None:
    page, file = "/datasets/dengue-cases", "/files/dengue-cases/latest.zip"
    assert use_of(page, {"user-agent": FIREFOX, "sec-purpose": "prefetch;prerender"}) is None
    assert use_of(file, {"user-agent": FIREFOX, "range": "bytes=1000-"}) is None
    assert use_of(file, {"user-agent": FIREFOX, "range": "bytes=0-999"}) == ("dengue-cases", "download-package")
