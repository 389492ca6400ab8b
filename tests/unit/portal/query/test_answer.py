"""Answers: totals, pages, chunks, statuses of sums, and their two forms."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.cell_status import CellStatus
from datasets.codelist import Codelist, Member
from datasets.text import Bilingual
from portal.query import answer as answer_module
from portal.query import formats
from portal.query.answer import Counts, chunks, read_answer
from portal.query.formats import csv_parts, json_parts
from portal.query.parameters import read_query
from portal.query.plan import Plan
from portal.query.planning import plan_data, plan_rows
from portal.query.run import Engine, EngineLimits
from portal.query.schema import Cube, Register
from tests.support.cubes import ask, axis, both, by_sql, cube, measure, register, write_cells
from tests.support.written import written

SEX = axis("sex", ["M", "F"], role="sex")
UNIT = axis("unit", [f"u{number:04d}" for number in range(300)])
SCHEMA = cube([UNIT, SEX], [measure("cases"), measure("cost", "sum", number=True, decimals=1)])
KINDS = Codelist("kinds", both("kinds"), (Member("h", Bilingual(vi='Bệnh viện "A"', en="Hospital")),))
FACILITIES = register({"name": "string", "kind": "string", "beds": "integer", "issued": "date"}, kind=KINDS)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.getbasetemp(), EngineLimits(threads=1, memory_mb=128, seconds=30))
    yield engine
    engine.close()


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    def cell(unit: str, sex: str) -> dict[str, tuple[int | float | None, CellStatus]]:
        if (unit, sex) == ("u0001", "M"):
            return {"cases": (None, CellStatus.SUPPRESSED), "cost": (None, CellStatus.SUPPRESSED)}
        status = CellStatus.PROVISIONAL if unit == "u0002" else CellStatus.OBSERVED
        return {"cases": (7, status), "cost": (0.1, CellStatus.OBSERVED)}

    keys = [(unit, sex) for unit in UNIT.positions for sex in SEX.positions if (unit, sex) != ("u0003", "F")]
    return write_cells(tmp_path / "cells", SCHEMA, {key: cell(*key) for key in keys})


@pytest.fixture
def facilities(tmp_path: Path) -> Path:
    table = pa.table(
        {
            "name": ["Bạch Mai", 'Phòng khám "An, Bình"', "Trạm\ny tế", None],
            "kind": ["h", None, "x", "h"],
            "beds": pa.array([3200, None, 0, 15], pa.int64()),
            "issued": pa.array([date(2014, 5, 1), date(2020, 1, 2), None, date(2020, 1, 2)], pa.date32()),
        }
    )
    pq.write_table(table, tmp_path / "facilities")
    return tmp_path / "facilities"


def plan(url: str, schema: Cube | Register = SCHEMA, *, rows: bool = False) -> Plan:
    parameters = [tuple(each.split("=", 1)) for each in url.split("&") if each]
    query = read_query(schema.name, parameters, answer_format="csv")  # type: ignore[arg-type]
    return plan_rows(query, schema) if rows else plan_data(query, schema)


@pytest.mark.parametrize(
    ("units", "value", "status"),
    [
        ("u0004,u0005", 14, "observed"),
        ("u0002,u0004", 14, "provisional"),
        ("u0001,u0004", None, "suppressed"),
        ("u0003,u0004", None, "missing"),
        ("u0001,u0003", None, "suppressed"),
    ],
)
def test_a_sum_is_as_good_as_its_weakest_cell(
    engine: Engine, cells: Path, units: str, value: int | None, status: str
) -> None:
    _, rows = ask(engine, plan(f"unit__in={units}&group=sex&select=cases"), cells)
    broken = "F" if "u0003" in units and "u0001" not in units else "M"
    assert {"sex": broken, "cases": value, "cases_status": status} in rows


def test_a_sum_of_decimals_is_rounded_as_its_measure_is(engine: Engine, cells: Path) -> None:
    _, rows = ask(engine, plan("unit__in=u0004,u0005,u0006&select=cost"), cells)
    assert rows == [{"cost": 0.3, "cost_status": "observed"}]


def test_a_sum_of_nothing_is_missing(engine: Engine, tmp_path: Path) -> None:
    empty = write_cells(tmp_path / "empty", SCHEMA, {})
    _, rows = ask(engine, plan("unit__in=u0004,u0005&select=cases"), empty)
    assert rows == [{"cases": None, "cases_status": "missing"}]
    assert ask(engine, plan("unit=u0004"), empty)[1] == []


def test_a_status_of_a_later_version_withholds_the_sum(engine: Engine, cells: Path) -> None:
    table = pq.read_table(cells)
    names = table.column_names
    later = table.set_column(
        names.index("cases_status"), "cases_status", pa.array(["imputed"] * table.num_rows, pa.string())
    )
    pq.write_table(later, cells)
    _, rows = ask(engine, plan("unit__in=u0004,u0005&select=cases"), cells)
    assert rows == [{"cases": None, "cases_status": "suppressed"}]


def test_many_members_are_found_whether_listed_or_all_but_a_few(engine: Engine, cells: Path) -> None:
    several = ",".join(f"u{number:04d}" for number in range(100, 200))
    assert ask(engine, plan(f"unit__in={several}&group=unit&select=cases"), cells)[0].total == 100
    assert ask(engine, plan("group=unit&select=cases"), cells)[0].total == 300
    assert ask(engine, plan("unit__ne=u0000", rows=True), cells)[0].total == 299 * 3 + 2
    everything = plan("unit__prefix=u&unit__ne=u0000&sex=F&group=unit", rows=False)
    assert ask(engine, everything, cells)[0].total == 298
    assert ask(engine, plan("group=unit", cube([axis("unit", [])], [measure("cases")])), cells)[1] == []


def test_all_rows_may_be_named_too(engine: Engine, cells: Path) -> None:
    named = ",".join(["_T", *UNIT.members])
    assert ask(engine, plan(f"unit__in={named}&limit=1000", rows=True), cells)[0].total == 302 * 3 - 4


def test_the_total_is_counted_once_and_remembered(engine: Engine, cells: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_module, "_REMEMBERED_COUNTS", 1)
    counts = Counts()
    for _ in range(2):
        first = plan("group=unit&select=cases&limit=10")
        answer = engine.run(lambda session, first=first: read_answer(session, first, by_sql(cells), counts))  # type: ignore[misc]
        assert (answer.total, answer.returned, answer.truncated) == (300, 10, True)
    other = plan("group=sex&select=cases")
    assert engine.run(lambda session: read_answer(session, other, by_sql(cells), counts)).total == 2
    assert len(counts._known) == 1


def test_a_long_answer_comes_in_chunks_and_knows_its_length(
    engine: Engine, cells: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_module, "CHUNK_ROWS", 40)
    for url in ("order=-cases,unit&limit=100", "order=-cases,unit&limit=1000"):
        first = plan(f"group=unit&select=cases&{url}")
        answer = engine.run(lambda session, first=first: read_answer(session, first, by_sql(cells), Counts()))  # type: ignore[misc]
        tables = list(chunks(answer, engine))
        assert max(table.num_rows for table in tables) == 40
        assert sum(table.num_rows for table in tables) == answer.returned == min(300, first.limit)
        assert answer.total == 300
        assert answer.truncated is (first.limit == 100)
    second = plan(f"group=unit&select=cases&order=-cases,unit&limit=250&after={_next(engine, cells)}")
    answer = engine.run(lambda session: read_answer(session, second, by_sql(cells), Counts()))
    assert (answer.total, answer.returned, answer.truncated) == (300, 200, False)


def _next(engine: Engine, cells: Path) -> str:
    first = plan("group=unit&select=cases&order=-cases,unit&limit=100")
    return engine.run(lambda session: read_answer(session, first, by_sql(cells), Counts())).next_cursor


@pytest.mark.parametrize("order", ["-issued,name", "issued", "-beds", "kind,-issued", "name"])
def test_pages_of_a_register_meet_even_at_empty_values(engine: Engine, facilities: Path, order: str) -> None:
    _, whole = ask(engine, plan(f"order={order}", FACILITIES), facilities)
    assert len(whole) == 4
    rows: list[dict[str, Any]] = []
    after = ""
    for _ in range(4):
        page = plan(f"order={order}&limit=1" + (f"&after={after}" if after else ""), FACILITIES)
        answer, found = ask(engine, page, facilities)
        rows += found
        after = answer.next_cursor
    assert rows == whole
    assert not after


def test_conditions_on_fields(engine: Engine, facilities: Path) -> None:
    def names(url: str) -> list[Any]:
        return [row["name"] for row in ask(engine, plan(f"select=name&{url}", FACILITIES), facilities)[1]]

    assert names("beds__gte=15") == ["Bạch Mai", None]
    assert names("beds__null=true") == ['Phòng khám "An, Bình"']
    assert names("name__prefix=B") == ["Bạch Mai"]
    assert names("kind__prefix=x") == ["Trạm\ny tế"]
    assert names("kind__ne=h") == ["Trạm\ny tế"]
    assert names("issued__lt=2015-01-01") == ["Bạch Mai"]


@pytest.mark.parametrize("few", [0, 200])
def test_both_forms_say_the_same(engine: Engine, facilities: Path, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_FEW_ROWS", few)
    planned = plan("lang=vi", FACILITIES)
    answer = engine.run(lambda session: read_answer(session, planned, by_sql(facilities), Counts()))
    document = orjson.loads(b"".join(json_parts(written(planned.columns, chunks(answer, engine), {"total": 4}))))
    assert document["total"] == 4
    assert document["data"][0] == {
        "name": "Bạch Mai", "kind": "h", "kind_label": 'Bệnh viện "A"', "beds": 3200, "issued": "2014-05-01",
    }  # fmt: skip
    assert document["data"][1]["kind_label"] is None
    assert document["data"][2]["kind_label"] == "x"
    text = b"".join(csv_parts(written(planned.columns, chunks(answer, engine)))).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [{name: value or "" for name, value in row.items()} for row in rows] == [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in document["data"]
    ]


def test_an_answer_without_rows_is_whole_in_both_forms(engine: Engine, facilities: Path) -> None:
    planned = plan("name=none&select=name", FACILITIES)
    answer = engine.run(lambda session: read_answer(session, planned, by_sql(facilities), Counts()))
    assert orjson.loads(b"".join(json_parts(written(planned.columns, chunks(answer, engine))))) == {
        "total": 0,
        "data": [],
    }
    assert b"".join(csv_parts(written(planned.columns, chunks(answer, engine)))) == b"name\r\n"


@pytest.mark.parametrize("few", [0, 200])
def test_numbers_that_json_does_not_know_are_no_numbers(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_FEW_ROWS", few)
    table = pa.table({"x": [1.5, float("nan"), float("inf"), None, 12.0]})
    planned = plan("group=unit&sex=F&select=cost").columns[-2]
    column = type(planned)("x", "measure", "number", planned.title)
    assert orjson.loads(b"".join(json_parts(written([column], [table]))))["data"] == [
        {"x": 1.5}, {"x": None}, {"x": None}, {"x": None}, {"x": 12},
    ]  # fmt: skip
