"""A JSON-stat document is a full cross product in which every cell is what was published, or says why it is not."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from jsonstat_validator import validate_jsonstat
from pyjstat import pyjstat

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.codelist import Codelist, Member
from datasets.errors import QueryInvalid
from datasets.names import TOTAL
from datasets.text import Bilingual
from portal.query.cursor import Cursor
from portal.query.formats_json_stat import METRIC, NOT_PUBLISHED, About, Shape, json_stat_parts, legend, shape_of
from portal.query.model import Filter, Query
from portal.query.planning import plan_data, plan_rows
from portal.query.schema import Axis
from tests.support.cubes import axis, both, cube, measure, register

PROVINCE = axis(
    "province",
    [("N", "region", ""), ("01", "province", "N"), ("22", "province", "N"), ("79", "province", "")],
    levels=("region", "province"),
    role="geography",
)
MONTH = axis("month", ["2024-01", "2024-02"], total=False, role="time")
MEASURES = (measure("cases"), measure("stay", "mean", number=True, decimals=1))
CUBE = cube([PROVINCE, MONTH], MEASURES)
ABOUT = About("en", "Cases", "Ministry", "2026-01-01T00:00:00Z", ("note",), {"legend": legend("en")}, {})
GIVEN: list[tuple[str, str, int | None, str, float | None, str]] = [
    ("79", "2024-02", 7, "observed", None, "unreliable"),
    (TOTAL, "2024-01", 2**60, "observed", 1.5, "observed"),
    ("01", "2024-01", None, "suppressed", None, "suppressed"),
    ("N", "2024-02", 0, "zero", float("inf"), "observed"),
    ("22", "2024-01", 3, "of-tomorrow", 2.0, "provisional"),
]
NAMES = ("province", "month", "cases", "cases_status", "stay", "stay_status")
ROWS: list[dict[str, Any]] = [dict(zip(NAMES, row, strict=True)) for row in GIVEN]


def table(rows: list[dict[str, Any]]) -> pa.Table:
    kinds = {"cases": pa.int64(), "stay": pa.float64()}
    return pa.table({name: pa.array([row[name] for row in rows], kinds.get(name, pa.string())) for name in NAMES})


def document(shape: Shape, tables: list[pa.Table], about: About = ABOUT) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(b"".join(json_stat_parts(shape, tables, about)))
    validate_jsonstat(found)
    assert len(found["value"]) == shape.cells
    return found


def cells_of(found: dict[str, Any]) -> dict[frozenset[tuple[str, str]], tuple[Any, str]]:
    """Return value and status of every cell, read as the format says."""
    codes = [list(found["dimension"][name]["category"]["index"]) for name in found["id"]]
    keys = [frozenset(zip(found["id"], key, strict=True)) for key in itertools.product(*codes)]
    return {
        key: (value, found["status"].get(str(number), "observed"))
        for number, (key, value) in enumerate(zip(keys, found["value"], strict=True))
    }


def expected() -> dict[frozenset[tuple[str, str]], tuple[Any, str]]:
    given = {(row["province"], row["month"]): row for row in ROWS}
    wanted = {}
    for province, month, name in itertools.product(PROVINCE.positions, MONTH.positions, ("cases", "stay")):
        row = given.get((province, month))
        cell = (None, NOT_PUBLISHED) if row is None else (row[name], row[f"{name}_status"])
        key = frozenset({("province", province), ("month", month), (METRIC, name)})
        wanted[key] = (None, cell[1]) if cell[0] == float("inf") else cell
    return wanted


@pytest.mark.parametrize("order", list(itertools.permutations(("province", "month", METRIC))))
@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_every_cell_is_in_its_place(order: tuple[str, ...], at_once: int) -> None:
    tables = [table(ROWS[start : start + at_once]) for start in range(0, len(ROWS), at_once)]
    shape = shape_of(plan_rows(Query(CUBE.name), CUBE), order=order)
    found = document(shape, tables)
    assert tuple(found["id"]) == order
    assert cells_of(found) == expected()


@pytest.mark.filterwarnings("ignore:Shouldn't use this function:DeprecationWarning")
def test_a_reader_that_we_did_not_write_reads_the_same() -> None:
    shape = shape_of(plan_rows(Query(CUBE.name), CUBE))
    text = b"".join(json_stat_parts(shape, [table(ROWS)], ABOUT)).decode()
    frame = pyjstat.Dataset.read(text).write("dataframe", naming="id")
    assert len(frame) == shape.cells
    for row in frame.to_dict("records"):
        key = frozenset({(name, row[name]) for name in ("province", "month", METRIC)})
        value = expected()[key][0]
        assert (row["value"] is None or row["value"] != row["value"]) if value is None else row["value"] == value


def test_many_cells_are_written_in_parts() -> None:
    codes = [f"c{number}" for number in range(400)]
    wide = cube([axis("a", codes, total=False), axis("b", codes, total=False)], [measure("cases")])
    pairs = list(itertools.product(codes, codes))
    rows = pa.table(
        {
            "a": [a for a, _ in pairs],
            "b": [b for _, b in pairs],
            "cases": pa.array([None if n % 7 == 0 else n for n in range(len(pairs))], pa.int64()),
            "cases_status": ["suppressed" if n % 7 == 0 else "observed" for n in range(len(pairs))],
        }
    )
    parts = list(json_stat_parts(shape_of(plan_rows(Query(wide.name), wide)), [rows], ABOUT))
    assert len(parts) == 8
    found = json.loads(b"".join(parts))
    assert found["value"] == rows["cases"].to_pylist()
    assert found["status"] == {str(n): "suppressed" for n in range(0, len(pairs), 7)}


def test_dimensions_say_how_members_nest_what_they_are_and_in_what_unit() -> None:
    found = document(shape_of(plan_rows(Query(CUBE.name), CUBE)), [table(ROWS)])
    province, metric = found["dimension"]["province"], found["dimension"][METRIC]
    assert province["category"]["child"] == {TOTAL: ["N", "79"], "N": ["01", "22"]}
    assert province["category"]["label"]["N"] == "N (en)"
    assert province["extension"] == {"show": "value"}
    assert "child" not in found["dimension"]["month"]["category"]
    assert found["role"] == {"geo": ["province"], "time": ["month"], "metric": [METRIC]}
    assert metric["category"]["unit"]["stay"] == {"base": "cases (en)", "decimals": 1}
    assert metric["category"]["unit"]["cases"]["decimals"] == 0
    assert "href" not in found


def test_members_of_a_level_that_is_left_out_go_under_the_next() -> None:
    chosen = Filter("province", "in", (TOTAL, "01", "79"))
    found = document(shape_of(plan_rows(Query(CUBE.name, filters=(chosen,)), CUBE)), [table(ROWS[:3])])
    assert found["dimension"]["province"]["category"]["child"] == {TOTAL: ["01", "79"]}


def test_members_of_one_name_are_shown_with_their_codes() -> None:
    named = Bilingual(vi="Tân Lập", en="Tan Lap")
    communes = Axis(MONTH.description, Codelist("communes", both("communes"), (Member("1", named), Member("2", named))))
    found = document(Shape(((communes, ("1", "2")),), (MEASURES[0],), ("month", METRIC)), [])
    assert found["dimension"]["month"]["extension"] == {"show": "code_value"}
    assert set(found["status"].values()) == {NOT_PUBLISHED}


def test_a_grand_total_has_the_dimension_of_measures_alone() -> None:
    filters = (Filter("province", "in", (TOTAL,)), Filter("month", "in", ("2024-01",)))
    query = Query(CUBE.name, select=("stay",), filters=filters)
    shape = shape_of(plan_rows(query, CUBE), left_out=frozenset({"province", "month"}))
    found = document(shape, [table(ROWS[1:2])])
    assert (found["id"], found["size"], found["value"], found["status"]) == ([METRIC], [1], [1.5], {})


def test_measures_that_declare_no_decimals_and_addresses_are_told() -> None:
    rate = measure("rate", "rate", number=True)
    plain = cube([MONTH], [rate])
    about = About(
        "vi", "Cases", "Ministry", "2026-01-01T00:00:00Z", (), {}, {"month": {"note": "x"}}, "https://x.org/a"
    )
    found = document(shape_of(plan_rows(Query(plain.name), plain)), [], about)
    assert found["dimension"][METRIC]["category"]["unit"]["rate"]["decimals"] == 6
    assert found["href"] == "https://x.org/a"
    assert found["dimension"]["month"]["extension"]["note"] == "x"


def test_groups_of_data_fill_their_cross_product() -> None:
    query = Query(CUBE.name, select=("cases",), group=("month",))
    shape = shape_of(plan_data(query, CUBE))
    assert [axis.name for axis, _ in shape.axes] == ["month"]
    assert shape.order == ("month", METRIC)


@pytest.mark.parametrize(
    "query",
    [
        Query(CUBE.name, filters=(Filter("cases", "gt", ("1",)),)),
        Query(CUBE.name, distinct=True),
        Query(CUBE.name, offset=1),
    ],
)
def test_rows_that_are_picked_are_no_cross_product(query: Query) -> None:
    with pytest.raises(QueryInvalid, match="is for whole tables of cells"):
        shape_of(plan_rows(query, CUBE))


def test_a_later_page_is_no_cross_product() -> None:
    plan = replace(plan_rows(Query(CUBE.name), CUBE), after=Cursor((), 1))
    with pytest.raises(QueryInvalid, match="is for whole tables of cells"):
        shape_of(plan)


def test_registers_have_no_cells() -> None:
    schema = register({"name": "string"})
    with pytest.raises(QueryInvalid, match="is for whole tables of cells"):
        shape_of(plan_rows(Query(schema.name), schema))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_legend_explains_every_status(language: Any) -> None:
    told = legend(language)
    assert set(told) == {status.value for status in CellStatus} | {NOT_PUBLISHED}
    assert told["suppressed"] == {
        "label": STATUS_MEANINGS[CellStatus.SUPPRESSED].label.of(language),
        "letter": "c",
        "OBS_STATUS": "Q",
        "CONF_STATUS": "C",
    }
