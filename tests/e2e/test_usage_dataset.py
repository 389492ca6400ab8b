"""How often the data is used becomes a dataset: from the counts by the command and the job to the API and the plan."""

from __future__ import annotations

import csv
import json
import sqlite3
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from datasets.errors import DisclosureRuleInvalid
from portal.cli import app
from portal.public.app import PortalOptions, create_app
from tests.support.http import client_of
from tests.support.publication import Ministry
from tests.support.releases import make_demo_store

MONTH = "2026-03"
COUNTED = {
    ("notifiable-diseases", "page"): 123,
    ("notifiable-diseases", "download-csv"): 41,
    ("notifiable-diseases", "query"): 1,
    ("hospital-visits", "page"): 2,
}


@pytest.fixture
def ministry(tmp_path: Path) -> Ministry:
    """A store whose portal has counted uses since February 2026."""
    root = tmp_path / "store"
    make_demo_store(root)
    add(root, "2026-02", "notifiable-diseases", "page", 7)
    for (dataset, use), times in COUNTED.items():
        add(root, MONTH, dataset, use, times)
    return Ministry(root)


def add(root: Path, month: str, dataset: str, use: str, times: int) -> None:
    (root / "usage").mkdir(exist_ok=True)
    with sqlite3.connect(root / "usage" / "usage.sqlite3") as database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS uses (month TEXT, dataset TEXT, use TEXT, times INTEGER NOT NULL,"
            " PRIMARY KEY (month, dataset, use)) WITHOUT ROWID"
        )
        database.execute(
            "INSERT INTO uses VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET times = times + excluded.times",
            (month, dataset, use, times),
        )


def asked(folder: Path, root: Path) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["usage", str(folder), "--data-dir", str(root), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_a_month_of_uses_is_published_by_the_same_job_as_everything_else(ministry: Ministry, tmp_path: Path) -> None:
    folder = tmp_path / "usage"
    assert asked(folder, ministry.root)["written"] == [MONTH]
    release = ministry.publish(folder, MONTH, folder)
    assert (release.edition, release.version, release.description.publisher.id) == (MONTH, 1, "ytemo-demonstration")
    with client_of(create_app(PortalOptions(ministry.root, ministry.root / "public-key.pem"))) as client:
        path = "/api/v1/datasets/portal-usage/tables/by-dataset-and-use/data"
        answer = client.get(f"{path}?group=dataset,use&format=csv&limit=all")
        cells = {(row["dataset"], row["use"]): row for row in csv.DictReader(StringIO(answer.text))}
        total = client.get(path).json()["data"][0]["uses"]
        plan = {row.split(",")[0]: row for row in client.get("/en/plan.csv").text.splitlines()}
        page = client.get("/en/datasets/portal-usage").text
        assert 'href="/en/datasets/portal-usage"' in client.get("/en/usage").text
    assert {dataset for dataset, _ in cells} >= {"notifiable-diseases", "hospital-visits"}
    for key, cell in cells.items():
        assert int(cell["uses"]) % 5 == 0
        assert abs(int(cell["uses"]) - COUNTED.get(key, 0)) < 5
        assert cell["uses_status"] == "perturbed"
    assert total == sum(int(cell["uses"]) for cell in cells.values())
    assert ",planned," not in plan["portal-usage"]
    assert "one single use more or less" in page


def test_a_use_that_is_counted_late_changes_nothing_that_was_published(ministry: Ministry, tmp_path: Path) -> None:
    folder = tmp_path / "usage"
    asked(folder, ministry.root)
    published = ministry.publish(folder, MONTH, folder)
    source, before = folder / f"portal-usage-{MONTH}.csv", (folder / f"portal-usage-{MONTH}.csv").read_bytes()
    add(ministry.root, MONTH, "notifiable-diseases", "page", 40)
    assert asked(folder, ministry.root) == {"written": [], "kept": [MONTH]}
    assert source.read_bytes() == before
    source.unlink()
    assert asked(folder, ministry.root)["written"] == [MONTH]
    with pytest.raises(DisclosureRuleInvalid):
        ministry.publish(folder, MONTH, folder)
    assert ministry.releases.latest("portal-usage").envelope_sha256 == published.envelope_sha256


def test_what_the_publisher_wrote_into_the_definition_stays(ministry: Ministry, tmp_path: Path) -> None:
    folder = tmp_path / "usage"
    asked(folder, ministry.root)
    definition = folder / "dataset.yaml"
    definition.write_text(definition.read_text(encoding="utf-8").replace("ytemo-demonstration", "ministry-of-health"))
    add(ministry.root, "2026-04", "hospital-visits", "page", 12)
    assert asked(folder, ministry.root) == {"written": ["2026-04"], "kept": [MONTH]}
    assert ministry.publish(folder, MONTH, folder).description.publisher.id == "ministry-of-health"
    assert ministry.publish(folder, "2026-04", folder).version == 1


@pytest.mark.parametrize(
    ("months", "told"),
    [((), "No use was counted yet"), (("2026-02",), "No month is complete yet: uses are counted from 2026-02")],
)
def test_a_portal_without_a_complete_month_says_so_and_writes_nothing(
    tmp_path: Path, months: tuple[str, ...], told: str
) -> None:
    root = tmp_path / "store"
    make_demo_store(root)
    for month in months:
        add(root, month, "notifiable-diseases", "page", 9)
    done = CliRunner().invoke(app, ["usage", str(tmp_path / "usage"), "--data-dir", str(root)])
    assert done.exit_code == 0
    assert told in done.stdout
    assert not (tmp_path / "usage").exists()


def test_counts_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "usage").mkdir()
    (tmp_path / "usage" / "usage.sqlite3").write_bytes(b"no database" * 1000)
    done = CliRunner().invoke(app, ["usage", str(tmp_path / "source"), "--data-dir", str(tmp_path)])
    assert done.exit_code != 0
    assert "restore it from a backup" in done.stderr
