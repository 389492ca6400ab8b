"""The guides to Python, R and SQL: what they show runs against a portal that listens, and says what they claim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen, urlretrieve

import duckdb
import pandas as pd
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.foreign_programs import read_r, run_r
from tests.support.guides import DEMO, Guide
from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.served import served
from tests.support.shipped_portal import shipped_app

PYTHON = Guide("use-python.md")
R = Guide("use-r.md")
SQL = Guide("use-sql.md")
RANGES: list[str] = []
"""The Range headers that were asked since the test began."""


class Listening:
    """Notes which parts of files are asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        RANGES.extend(value.decode() for name, value in scope.get("headers", ()) if name == b"range")
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def address(shipped_ministry: Ministry) -> Iterator[str]:
    app = shipped_app(shipped_ministry)
    app.add_middleware(Listening)
    with served(app) as found:
        yield found


def run(blocks: list[str]) -> dict[str, Any]:
    """Run blocks one after another, as somebody who reads the page does, and return what they leave."""
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "guide", "exec"), names)  # the guide is ours
    return names


# Python ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def python(address: str) -> dict[str, Any]:
    return run(PYTHON.blocks("python", address))


def test_the_frame_holds_a_row_for_each_province(python: dict[str, Any]) -> None:
    assert len(python["stays"]) == len(python["from_csv"]) == 34
    assert list(python["stays"]["stays"].fillna(-1)) == list(python["from_csv"]["stays"].fillna(-1))
    assert python["from_csv"]["province"].iloc[0] == "01"


def test_withheld_cells_are_set_apart_and_no_sum_is_taken_for_the_total(python: dict[str, Any]) -> None:
    assert len(python["withheld"]) > 0
    assert python["withheld"]["deaths"].isna().all()
    assert len(python["withheld"]) + len(python["shown"]) == 34
    assert python["published"]["deaths_status"] == "suppressed", "the guide says that the country's own is withheld"


def test_all_pages_are_read(python: dict[str, Any]) -> None:
    rows = pd.DataFrame(python["rows"])
    assert len(rows) == python["page"]["total"] > 2 * 300
    assert not rows.duplicated(["province", "chapter"]).any()


def test_files_and_streams_are_whole(python: dict[str, Any]) -> None:
    assert python["women"].height > 10
    assert python["table"].num_rows == 2415
    assert python["about"]["release"] == "2025.1"


def test_a_pinned_query_says_the_same_again(python: dict[str, Any]) -> None:
    assert {each["release"]: bool(each["withdrawn"]) for each in python["known"]} == {"2025.1": False, "2024.1": True}
    assert len(python["compared"]) == 34
    same = python["compared"]["stays_then"].eq(python["compared"]["stays_now"]).fillna(value=True)
    assert same.all(), "the newest release is the pinned one here"


def test_validators_citations_and_refusals_are_as_told(python: dict[str, Any]) -> None:
    assert (python["first"].status_code, python["again"].status_code, python["again"].content) == (200, 304, b"")
    assert "edition 2025, version 1" in python["release"]["citation"]["en"]
    assert python["refused"].status_code == 400
    assert python["refused"].json()["errors"][0]["place"] == "grup"


def test_every_block_of_python_is_run() -> None:
    assert len(PYTHON.blocks("python")) + len(PYTHON.blocks("python store")) == PYTHON.block_count
    assert PYTHON.text.count(DEMO) == 2


# R --------------------------------------------------------------------------------------------------------------------


def with_packages(blocks: list[str]) -> list[str]:
    return [block for block in blocks if "library(" in block]


def test_r_without_packages_runs(address: str) -> None:
    blocks = R.blocks("r", address)
    alone = [block for block in blocks if "library(" not in block]
    first, deaths, years = run_r(alone)
    assert re.search(r"^1 +01 +\d+ +observed", first, re.MULTILINE)
    assert re.search(r"^1 +NA +suppressed", deaths, re.MULTILINE)
    withheld = re.search(r"suppressed[^\n]*\n[ \d]+", deaths)
    assert withheld is not None
    assert "1998 234920     observed" in years
    assert all(f"{year} " in years for year in (1994, 1995, 1996, 1997, 2008))
    assert len(alone) + len(with_packages(blocks)) == R.block_count


def test_r_with_packages_is_r_and_asks_what_is_there(address: str) -> None:
    blocks = with_packages(R.blocks("r", address))
    assert len(blocks) == 5
    read_r(blocks)
    asked = [found for block in blocks for found in re.findall(rf'"({address}/[^"]+)"', block)]
    assert len(asked) == 5
    for each in asked:
        with urlopen(each) as answer:
            assert answer.status == 200


# SQL ------------------------------------------------------------------------------------------------------------------


def test_polars_and_duckdb_read_parts_of_files(address: str) -> None:
    for block, name, size in zip(
        SQL.blocks("python", address), ("largest", "years", "deaths"), (5, 16, 34), strict=True
    ):
        RANGES.clear()
        found = run([block])[name]
        assert len(found) == size, name
        assert bool(RANGES) is (name != "deaths"), "files are read by ranges"


def test_the_years_of_the_guide_are_complete_where_it_says_so(address: str) -> None:
    years = {year: (cases, status) for year, cases, status in run(SQL.blocks("python", address)[1:2])["years"]}
    assert years["1998"] == (234_920, "observed")
    assert years["1994"][1] == "estimated"


def test_the_statements_run_over_copies_of_the_files(address: str, tmp_path: Path) -> None:
    answers = []
    for statement in SQL.blocks("sql", address):
        (file,) = re.findall(r"'(http[^']+)'", statement)
        copy = tmp_path / file.rpartition("/")[2]
        urlretrieve(file, copy)
        answers.append(duckdb.execute(statement.replace(file, str(copy))).fetchall())
    largest, statuses, ((total, status),) = answers
    assert len(largest) == 5
    assert {row[0] for row in statuses} >= {"observed", "suppressed"}
    shown = sum(row[2] or 0 for row in statuses)
    assert (total, status) == (20_000, "observed")
    assert shown < total, "the guide says that the sum of what is shown is smaller"


def test_the_statements_to_the_portal_are_answered(shipped: Client) -> None:
    sexes, provinces = (shipped.json(path)["result"]["records"] for path in SQL.asked)
    assert {row["sex"]: row["stays_status"] for row in sexes} == {"M": "observed", "F": "observed"}
    assert sum(row["stays"] for row in sexes) == 20_000
    assert [row["cases"] for row in provinces][:2] == [24_562, 14_758]


def test_every_block_of_sql_is_run() -> None:
    assert SQL.block_count == len(SQL.blocks("python")) + len(SQL.blocks("sql")) + 1
    assert len(SQL.asked) == SQL.text.count("$ curl") == 2
