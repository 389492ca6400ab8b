"""The sitemap names every page in both languages, and robots are told where it is."""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree as ET

from tests.support.http import Client
from tests.support.shipped_portal import EDITIONS

PUBLISHERS, THEMES, TOPICS = 1, 3, 6
"""Those that have a dataset."""
NAMES = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def test_every_address_of_the_sitemap_is_a_page(shipped: Client) -> None:
    answer = shipped.get("/sitemap.xml")
    assert answer.headers["content-type"] == "application/xml"
    found = [each.text or "" for each in ET.fromstring(answer.text).iter(f"{NAMES}loc")]
    assert len(found) == len(set(found)) == 2 * (6 + 9 + PUBLISHERS + THEMES + TOPICS + 2 * len(EDITIONS))
    for address in found:
        page = shipped.get(address.removeprefix("http://localhost") or "/")
        assert page.status_code == 200, address
        assert "noindex" not in page.text
    moments = [each.text or "" for each in ET.fromstring(answer.text).iter(f"{NAMES}lastmod")]
    # All but the pages about the portal and for developers, and the texts that change with the program alone.
    assert len(moments) == len(found) - 2 * (2 + 6)
    assert all(datetime.fromisoformat(each).tzinfo for each in moments)
    assert max(moments) == moments[0]
    assert shipped.get("/sitemap.xml", if_none_match=answer.headers["etag"]).status_code == 304


def test_robots_find_it(shipped: Client) -> None:
    assert "Sitemap: http://localhost/sitemap.xml" in shipped.get("/robots.txt").text
