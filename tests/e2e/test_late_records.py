"""Records that name a province after it had ended: they are published as what they are, and count where it lies now."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.publication import Ministry
from tests.support.shipped_portal import shipped_client

EDITION = "2008-2008"
MONTHS = [f"2008-{month:02d}" for month in range(6, 12)]
CASES = {"01": 100, "28": 10, "74": 1, "77": 2, "79": 1_000}
DATA = "/api/v1/datasets/dengue-cases/tables/by-province-and-month/data"


def write_source(path: Path) -> None:
    """Write what five provinces have in each month; Hà Tây, which ended in July, has some up to October."""
    rows = [(code, month, cases) for code, cases in CASES.items() for month in MONTHS]
    kept = [row for row in rows if row[0] != "28" or row[1] <= "2008-10"]
    provinces, months, cases = zip(*kept, strict=True)
    days = [date.fromisoformat(f"{month}-01") for month in months]
    pq.write_table(pa.table({"province": provinces, "month": days, "cases": cases}), path)


def test_hanoi_holds_the_late_records_of_ha_tay(tmp_path: Path) -> None:
    write_source(tmp_path / f"opendengue-vietnam-{EDITION}.parquet")
    ministry = Ministry(tmp_path)
    ministry.publish("dengue-cases", EDITION, tmp_path)
    with shipped_client(ministry) as client:
        asked = f"{DATA}?geography=2025&group=month&month__in=2008-08,2008-10,2008-11&province"
        one, two = (client.json(f"{asked}{codes}") for codes in ("=01", "__in=01,79"))
        wrong = client.get(f"{DATA}?geography=2025&group=month&month__gte=2008-07&province=01")
    assert [row["cases"] for row in one["data"]] == [110, 110, None]
    assert one["data"][-1]["cases_status"] == "missing", "who reports late may do so once more: the release knows none"
    assert one["selection"]["province"]["parts"] == {"01": ["01", "28"]}
    assert [row["cases"] for row in two["data"]] == [1_113, 1_113, None]
    assert wrong.status_code == 400, "in July it was a province yet"
