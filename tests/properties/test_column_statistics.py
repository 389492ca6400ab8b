"""What is said of a column is what plain Python counts in its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.query.column_statistics import BINS, ColumnStatistics, column_statistics
from portal.query.model import Filter, Query
from portal.query.planning import plan_rows
from portal.query.run import Engine, EngineLimits
from tests.support.cubes import register

FACILITIES = register({"kind": "string", "beds": "integer", "rating": "number", "issued": "date"})
KINDS = {"kind": pa.string(), "beds": pa.int64(), "rating": pa.float64(), "issued": pa.date32()}
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False) | st.floats(-10, 10)
ROWS = st.lists(
    st.tuples(
        st.none() | st.sampled_from("abc"),
        st.none() | st.integers(-(2**62), 2**62) | st.integers(-5, 5),
        st.none() | NUMBERS,
        st.none() | st.integers(0, 9000).map(lambda days: date(2000, 1, 1) + timedelta(days)),
    ),
    max_size=30,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("statistics")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    engine = Engine(folder, EngineLimits(threads=1, memory_mb=128, seconds=30))
    yield engine
    engine.close()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.sampled_from([(), (Filter("kind", "in", ("a", "b")),)]))
def test_figures_are_those_of_the_rows(
    folder: Path, engine: Engine, rows: list[tuple[Any, ...]], filters: tuple[Filter, ...]
) -> None:
    path = folder / "register"
    columns = {name: pa.array([row[place] for row in rows], KINDS[name]) for place, name in enumerate(KINDS)}
    pq.write_table(pa.table(columns), path)
    plan = plan_rows(Query("register", filters=filters, limit=1), FACILITIES)
    found = engine.run(lambda session: column_statistics(session, plan, path))
    left = [row for row in rows if not filters or row[0] in {"a", "b"}]
    assert [each.column.name for each in found] == list(KINDS)
    for place, each in enumerate(found):
        check(each, [row[place] for row in left])


def check(found: ColumnStatistics, cells: list[Any]) -> None:
    values = [value for value in cells if value is not None]
    assert (found.rows, found.empty, found.different) == (len(cells), len(cells) - len(values), len(set(values)))
    shown = [value.isoformat() if isinstance(value, date) else value for value in values]
    assert (found.smallest, found.largest) == ((min(shown), max(shown)) if shown else (None, None))
    numeric = found.column.type in {"integer", "number"}
    if found.column.type == "string":
        assert {each.value: each.rows for each in found.frequencies} == Counter(cells)
        counts = [each.rows for each in found.frequencies]
        assert counts == sorted(counts, reverse=True)
    else:
        assert found.frequencies == ()
    if not numeric or not values:
        assert (found.mean, found.histogram) == (None, None)
        return
    if found.mean is None:
        assert max(map(abs, values)) > 1e300, "beyond what a sum holds"
    else:
        mean = fmean(value / len(values) for value in values) * len(values)
        assert found.mean == pytest.approx(mean, rel=1e-6, abs=1e-300 + 1e-9 * max(map(abs, values)))
    if found.histogram is None:
        assert max(values) / 2 == min(values) / 2
        return
    edges, counted = found.histogram.edges, found.histogram.rows
    assert len(edges) == BINS + 1
    assert sum(counted) == len(values)
    assert (edges[0], edges[-1]) == (float(min(values)), float(max(values)))
    assert counted[0] >= 1
    assert counted[-1] >= 1
