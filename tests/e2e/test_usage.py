"""Uses are counted while datasets are used, shown to everybody, and say nothing of anybody."""

from __future__ import annotations

import csv
import sqlite3
from io import StringIO
from pathlib import Path

from portal.public.app import PortalOptions, create_app
from tests.support.http import client_of
from tests.support.releases import make_demo_store

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PAGE = "/datasets/notifiable-diseases"
DATA = "/api/v1/datasets/notifiable-diseases/tables/by-month/data"


def test_uses_are_counted_shown_and_kept(tmp_path: Path) -> None:
    demo = make_demo_store(tmp_path)
    with client_of(create_app(PortalOptions(demo.root, demo.public_key), demo.releases)) as client:
        for path in (*[PAGE, f"/en{PAGE}"] * 4, *[DATA] * 3, "/datasets/nothing", *[f"{PAGE}/explore"] * 2):
            client.get(path, user_agent=FIREFOX)
        client.request("HEAD", PAGE, user_agent=FIREFOX)
        client.get(PAGE, user_agent="Googlebot/2.1")
        answer = client.get("/usage.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(StringIO(answer.text)))
        counted = {row["use"]: row["times"] for row in rows}
        # 8, 3 and 2 uses: nobody reads that there was one more or less.
        assert counted == {"page": "10", "query": "5", "explorer": "0"}
        assert {row["dataset"] for row in rows} == {"notifiable-diseases"}
        assert {row["complete"] for row in rows} <= {"true", "false"}
        page = client.get("/en/usage").text
        assert "Pages viewed" in page
        assert "notifiable-diseases" in page
    with sqlite3.connect(demo.root / "usage" / "usage.sqlite3") as database:
        kept = database.execute("SELECT dataset, use, times FROM uses ORDER BY use").fetchall()
    assert kept == [
        ("notifiable-diseases", "explorer", 2),
        ("notifiable-diseases", "page", 8),
        ("notifiable-diseases", "query", 3),
    ]
