"""The release calendar, the open-data plan and the first page over a store with an embargo and a withdrawal."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from catalog.quality.reading import judged
from datasets.public_releases import PublicReleases
from datasets.release_store import ReleaseStore
from portal.public.app import PortalOptions, create_app
from portal.public.pages.plan import COLUMNS
from tests.support.html_pages import Document
from tests.support.http import Client, client_of
from tests.support.portal import BASE_URL
from tests.support.releases import EMBARGO, NOW, DemoStore
from tests.support.shipped_portal import EDITIONS
from tests.support.tiny_releases import new_keys

PAGES = ("/calendar", "/plan", "/")
FILES = ("/calendar.ics", "/plan.csv")
MONTHS = timedelta(days=30)


@contextmanager
def at(root: Path, clock: Callable[[], datetime]) -> Iterator[Client]:
    """Serve a store as of the moments that ``clock`` tells."""
    releases = PublicReleases(root, root / "public-key.pem", now=clock)
    app = create_app(PortalOptions(root, root / "public-key.pem", base_url=BASE_URL), releases)
    app.state.services.catalog.refresh()
    with client_of(app) as client:
        yield client


def plan_of(client: Client, language: str = "") -> dict[str, dict[str, str]]:
    answer = client.get(f"{language}/plan.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert rows
    assert tuple(rows[0]) == COLUMNS
    return {row["dataset"]: row for row in rows}


@pytest.mark.parametrize("path", [*PAGES, *FILES])
@pytest.mark.parametrize("language", ["", "/en"])
def test_what_is_unchanged_is_not_sent_again(client: Client, path: str, language: str) -> None:
    address = f"{language}{path}" if path != "/" or not language else language
    first = client.get(address)
    assert first.status_code == 200
    assert client.get(address, if_none_match=first.headers["etag"]).status_code == 304
    assert client.request("HEAD", address).headers["etag"] == first.headers["etag"]


def test_nothing_tells_of_a_release_under_embargo(own: DemoStore) -> None:
    moment = NOW
    with at(own.root, lambda: moment) as client:
        before = {path: client.get(path) for path in (*PAGES, *FILES)}
        assert client.get("/datasets/notifiable-diseases/releases/2025.1").status_code == 404
        for path, answer in before.items():
            assert "notifiable-diseases/releases/2025" not in answer.text, path
            assert "notifiable-diseases.2025" not in answer.text, path
        assert plan_of(client)["notifiable-diseases"]["edition"] == "2024"
        moment = EMBARGO + timedelta(minutes=1)
        assert "notifiable-diseases/releases/2025.1" in client.get("/calendar").text
        assert plan_of(client)["notifiable-diseases"]["edition"] == "2025"
        assert "notifiable-diseases.2025.1" in client.get("/calendar.ics").text
        after = client.get("/calendar.ics", if_none_match=before["/calendar.ics"].headers["etag"])
        assert after.status_code == 200


def test_the_day_moves_what_is_due(own: DemoStore) -> None:
    moment = NOW
    with at(own.root, lambda: moment) as client:
        first = client.get("/plan")
        assert plan_of(client)["hospital-visits"]["state"] == "unannounced"
        moment = NOW + 20 * MONTHS
        assert client.get("/plan", if_none_match=first.headers["etag"]).status_code == 200
        late = plan_of(client)["hospital-visits"]
        assert (late["state"], late["state_in_words"]) == ("overdue", "Quá hạn")
        page = client.get("/en/calendar").text
        assert page.index("Overdue") < page.index("What comes next")
        assert re.search(r"<strong>[\d,]+ days late</strong>", page)
        assert "editions are overdue." in client.get("/en").text


def test_the_plan_agrees_with_the_quality_of_each_dataset(own: DemoStore) -> None:
    for months in (0, 4, 8, 20, 40):
        moment = NOW + months * MONTHS
        with at(own.root, lambda moment=moment: moment) as client:  # type: ignore[misc]
            releases = PublicReleases(own.root, own.public_key, now=lambda moment=moment: moment)  # type: ignore[misc]
            published = {name: row for name, row in plan_of(client).items() if row["state"] != "planned"}
            for dataset, row in published.items():
                quality = judged(releases, releases.latest(dataset), releases.today())
                found = next(each.finding.state for each in quality.judgements if each.criterion.key == "frequency")
                assert (row["state"] == "overdue") == (found in {"partly", "not_met"}), (dataset, months)


def test_a_withdrawn_release_stays_in_the_calendar(shipped: Client) -> None:
    page = shipped.get("/en/calendar").text
    assert "releases/2024.1" not in page
    assert ">Withdrawn on 23 November 2026</span> Reason: Wrong unit." in page
    assert "Withdrawn: Hospital discharges" in unfolded(shipped.get("/en/calendar.ics").text)


def test_the_announced_day_is_everywhere_the_same(shipped: Client) -> None:
    row = plan_of(shipped, "/en")["hospital-discharges"]
    assert (row["next_due"], row["next_due_announced"], row["made_up"]) == ("2027-03-31", "true", "true")
    for path in ("/en", "/en/calendar", "/en/plan", "/en/datasets/hospital-discharges"):
        assert ">31 March 2027<" in shipped.get(path).text, path
    calendar = unfolded(shipped.get("/en/calendar.ics").text)
    assert "DTSTART;VALUE=DATE:20270331" in calendar
    assert "UID:hospital-discharges.after.2025@" in calendar


@pytest.mark.parametrize(("language", "said"), [("", "Số liệu dừng ở năm 2009"), ("/en", "The numbers end in 2009")])
def test_a_series_that_has_stopped_is_due_on_no_day(shipped: Client, language: str, said: str) -> None:
    row = plan_of(shipped, language)["dengue-cases"]
    assert (row["state"], row["next_due"], row["next_due_announced"]) == ("stopped", "", "")
    assert said in shipped.get(f"{language}/plan").text


def test_every_dataset_stands_in_the_plan(shipped: Client) -> None:
    for language in ("", "/en"):
        assert set(plan_of(shipped, language)) == {*EDITIONS, "portal-usage"}
        page = shipped.get(f"{language}/plan").text
        for dataset in EDITIONS:
            assert f'href="{language}/datasets/{dataset}"' in page


def test_the_calendar_can_be_found_from_the_pages(shipped: Client) -> None:
    for path in ("/", "/calendar", "/en", "/en/calendar"):
        page = shipped.get(path).text
        address = "/en/calendar.ics" if path.startswith("/en") else "/calendar.ics"
        assert '<link rel="alternate" type="text/calendar" title="' in page
        assert f'href="{address}"' in page
    answer = shipped.get("/calendar.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert shipped.get("/calendar.ics?sort=day").headers["content-type"] == "application/problem+json"


def test_the_first_page_draws_the_newest_statistics(shipped: Client) -> None:
    page = shipped.get("/en").text
    assert "The highest published number is 42,261 reported cases (August 1998)." in page
    (drawing,) = re.findall(r'<img src="(/en/datasets/[^"]+)"', page)
    assert shipped.get(drawing).headers["content-type"].startswith("image/svg+xml")
    assert Document(page).problems == []
    assert len(page.encode()) < 25_000


def test_an_empty_store_has_pages_too(tmp_path: Path) -> None:
    root = tmp_path / "store"
    new_keys(root)
    ReleaseStore(root)
    with at(root, lambda: datetime(2026, 3, 1, tzinfo=UTC)) as client:
        assert "Nothing came out in the past year." in client.get("/en/calendar").text
        assert "Nothing has been published yet." in client.get("/en/plan").text
        assert client.get("/calendar.ics").text.endswith("END:VCALENDAR\r\n")
        assert "Nothing has been published yet." in client.get("/en").text


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "")
