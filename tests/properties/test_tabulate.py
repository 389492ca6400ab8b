"""Tabulation against a naive count in plain Python, over random records, hierarchies, filters and margins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publishers.tabulate.tabulation import Tabulation, table_set
from tests.unit.publishers.tabulate.discharges import measure, record, table, tabulate

REGIONS = {"P1": ["R1"], "P2": ["R2"], "P3": ["R1"]}
MEASURES = {
    "stays": measure("count"),
    "patients": measure("persons"),
    "dead": measure("persons", where={"outcome": ["died"]}),
    "rows": measure("count", contributors="rows"),
    "days": measure("sum", column="days"),
    "cost": measure("sum", column="cost", where={"outcome": ["alive", "died"]}),
    "mean": measure("mean", column="cost"),
}

RECORDS = st.lists(
    st.builds(
        record,
        person=st.sampled_from("abcdef"),
        place=st.sampled_from(["P1", "P2", "P3", "X", "C1", "C2"]),
        sex=st.sampled_from(["male", "female", "U", None]),
        age=st.integers(0, 99),
        icd=st.sampled_from(["A00", "B99", "C00", "D48", "D4", "B201"]),
        day=st.dates(date(2024, 1, 1), date(2024, 3, 31)),
        outcome=st.sampled_from(["alive", "died", "moved"]),
        days=st.integers(-3, 40),
        cost=st.none() | st.integers(0, 10**9).map(lambda thousandths: thousandths / 1000),
    ),
    max_size=30,
)
DIMENSIONS = st.permutations(["place", "sex", "age", "chapter", "month"]).flatmap(
    lambda names: st.integers(1, 3).map(lambda count: names[:count])
)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(DIMENSIONS)
    if draw(st.booleans()):
        return table(*names)
    margins = draw(st.lists(st.lists(st.sampled_from(names), unique=True), min_size=1, max_size=3))
    return table(*names, margins=margins)


def member_of(dimension: str, one: Mapping[str, Any]) -> list[str]:
    """Return the codes under which a record counts, at whatever level."""
    if dimension == "place":
        place = "P1" if one["place"] in ("C1", "C2") else str(one["place"])
        return [place, *REGIONS.get(place, [])]
    if dimension == "sex":
        return [{"male": "M", "female": "F", "U": "U", None: "U"}[one["sex"]]]
    if dimension == "age":
        return ["0-14" if one["age"] <= 14 else "15-59" if one["age"] <= 59 else "60+"]
    if dimension == "chapter":
        return ["I" if one["icd"][0] in "AB" else "II"]
    return ["2024-Q1", f"2024-{one['day'].month:02d}"]


LEVELS = {
    "place": [["R1", "R2"], ["P1", "P2", "P3", "X"]],
    "sex": [["F", "M", "U"]],
    "age": [["0-14", "15-59", "60+"]],
    "chapter": [["I", "II"]],
    "month": [["2024-Q1"], ["2024-01", "2024-02", "2024-03"]],
}


def expected_cells(spec: Mapping[str, Any]) -> set[tuple[str, ...]]:
    names = spec["dimensions"]
    margins = spec.get("margins") or [
        [name for name, kept in zip(names, choice, strict=True) if kept]
        for choice in product([True, False], repeat=len(names))
    ]
    return {
        codes
        for margin in margins
        for codes in product(*([c for level in LEVELS[n] for c in level] if n in margin else ["_T"] for n in names))
    }


def inside(records: Sequence[Mapping[str, Any]], names: Sequence[str], codes: Sequence[str]) -> list[Mapping[str, Any]]:
    return [
        one
        for one in records
        if all(code == "_T" or code in member_of(name, one) for name, code in zip(names, codes, strict=True))
    ]


def naive(own: Sequence[Mapping[str, Any]]) -> tuple[dict[str, float], dict[str, int]]:
    """Return the value of each quantity and the contributors of each population."""
    priced = [one for one in own if one["cost"] is not None]
    known = [one for one in priced if one["outcome"] in ("alive", "died")]
    died = [one for one in own if one["outcome"] == "died"]
    values = {
        "stays": len(own),
        "patients": len({one["person"] for one in own}),
        "dead": len({one["person"] for one in died}),
        "rows": len(own),
        "days": sum(one["days"] for one in own),
        "cost": sum(round(one["cost"] * 1000) for one in known) / 1000,
        "mean (sum)": sum(round(one["cost"] * 1000) for one in priced) / 1000,
        "mean (count)": len(priced),
    }
    contributors = {
        "persons": len({one["person"] for one in own}),
        "rows": len(own),
        "persons, outcome is died": len({one["person"] for one in died}),
        "persons, with cost": len({one["person"] for one in priced}),
        "persons, outcome is alive or died, with cost": len({one["person"] for one in known}),
    }
    return values, contributors


def rows_of(tabulation: Tabulation, names: Sequence[str]) -> list[tuple[str, ...]]:
    positions = tabulation.tables[0].cells.positions
    codes = {name: ("_T", *tabulation.plan.dimension(name).members.codes) for name in names}
    return list(zip(*([codes[name][at] for at in positions[name]] for name in names), strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tabulate")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=RECORDS, spec=specs())
def test_every_cell_is_what_a_naive_count_gives(
    folder: Path, records: list[dict[str, Any]], spec: dict[str, Any]
) -> None:
    tabulation = tabulate(folder, records, measures=MEASURES, tables={"cube": spec})
    names = spec["dimensions"]
    rows = rows_of(tabulation, names)
    assert set(rows) == expected_cells(spec)
    assert len(rows) == len(set(rows))
    found = tabulation.table("cube")
    for number, codes in enumerate(rows):
        values, contributors = naive(inside(records, names, codes))
        assert {name: counts[number] for name, counts in found.contributors.items()} == contributors
        for name, value in values.items():
            assert found.values[name][number] == pytest.approx(value, abs=1e-6), (name, codes)
    table_set(tabulation)


@settings(max_examples=12, deadline=None)
@given(records=RECORDS, spec=specs(), data=st.data())
def test_the_order_of_rows_and_the_names_of_persons_change_nothing(
    folder: Path, records: list[dict[str, Any]], spec: dict[str, Any], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(records))
    renamed = [one | {"person": f"person {one['person']} with a long name"} for one in shuffled]
    tables = [
        tabulate(folder, rows, measures=MEASURES, tables={"cube": spec}).table("cube") for rows in (records, renamed)
    ]
    for name in tables[0].values:
        assert np.array_equal(tables[0].values[name], tables[1].values[name])


@settings(max_examples=12, deadline=None)
@given(records=RECORDS, one=specs(), other=specs())
def test_a_cell_is_the_same_in_every_table(
    folder: Path, records: list[dict[str, Any]], one: dict[str, Any], other: dict[str, Any]
) -> None:
    together = tabulate(folder, records, measures=MEASURES, tables={"one": one, "two": other})
    for id_, spec in (("one", one), ("two", other)):
        apart = tabulate(folder, records, measures=MEASURES, tables={id_: spec})
        for name, values in apart.table(id_).values.items():
            assert np.array_equal(values, together.table(id_).values[name]), name
    table_set(together)
