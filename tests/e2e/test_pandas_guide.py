"""What the guide shows works on the shipped datasets, and a frame says of every cell what the release says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from datasets.errors import ReleaseNotFound
from datasets.frames import REGISTER, table_frame
from tests.support.releases import DemoStore

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "use-python.md"


def test_the_code_of_the_guide_runs(demo: DemoStore, capsys: pytest.CaptureFixture[str]) -> None:
    found = re.search(r"```python store\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    code = found[1].replace("demo-data", str(demo.root)).replace("hospital-discharges", "notifiable-diseases")
    code = code.replace("by-province-chapter-sex", "by-month").replace("chapter", "month").replace("stays", "cases")
    names: dict[str, Any] = {}
    exec(compile(code, str(GUIDE), "exec"), names)  # the guide is ours
    assert len(names["total"]) == 1
    assert "suppressed" in capsys.readouterr().out


def test_a_frame_holds_what_was_published(demo: DemoStore) -> None:
    release = demo.releases.latest("notifiable-diseases")
    frame = table_frame(demo.releases, release, "by-month")
    (table,) = [one for one in release.description.tables if one.id == "by-month"]
    published = pq.read_table(demo.releases.file(release, table.parquet).path)
    assert frame["cases"].dtype == pd.Int64Dtype()
    assert frame["cases_status"].dtype == "category"
    assert [None if pd.isna(value) else value for value in frame["cases"]] == published["cases"].to_pylist()
    withheld = frame["cases_status"] == "suppressed"
    assert withheld.sum() == table.withheld["cases"] > 0
    assert frame.loc[withheld, "cases"].isna().all()


def test_registers_and_unknown_tables(demo: DemoStore) -> None:
    release = demo.releases.latest("licensed-facilities")
    assert release.description.register_ is not None
    assert len(table_frame(demo.releases, release, REGISTER)) == release.description.register_.rows
    with pytest.raises(ReleaseNotFound, match="its tables are register"):
        table_frame(demo.releases, release, "by-month")
    lists = demo.releases.latest("administrative-units")
    with pytest.raises(ReleaseNotFound, match="has code lists only"):
        table_frame(demo.releases, lists, REGISTER)
