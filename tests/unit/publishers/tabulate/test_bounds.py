"""Of every person, no more records are counted than a definition says, and which ones depends on nobody else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from datasets.errors import SourceInvalid
from publishers.limits import JobLimits
from publishers.tabulate.bounds import bound_persons
from publishers.tabulate.plan import plan
from publishers.tabulate.run import run
from tests.unit.publishers.tabulate.discharges import EDITION, loaded, record, table, write

TABLES = {"cube": table("place", "sex"), "ages": table("age")}
Row = dict[str, object]


def bounded(folder: Path, records: Sequence[Row], cells: int, rows: int, **changes: Any) -> tuple[list[Row], int]:
    """Return the records that are kept, and how many were left out."""
    source, target = write(folder / "extract.parquet", records), folder / "bounded.parquet"
    planned = plan(loaded(**({"tables": TABLES} | changes)), EDITION)
    limits = JobLimits(memory_mb=256, threads=1, temp=folder / "temp")
    left = bound_persons(planned, source, target, limits, bounds=(cells, rows))
    columns = [[(one.name, one.type) for one in pq.read_schema(path)] for path in (source, target)]
    assert columns[0] == columns[1]
    return pq.read_table(target).to_pylist(), left


def made_up(seed: int, persons: int, rows: int) -> list[Row]:
    chance = np.random.default_rng(seed)
    return [
        record(
            person=f"p{chance.integers(persons)}",
            place=("P1", "C1", "C2", "P2", "X")[chance.integers(5)],
            sex=("male", "female", None)[chance.integers(3)],
            age=int(chance.integers(0, 90)),
            days=number,
        )
        for number in range(rows)
    ]


def finest(one: Row) -> tuple[object, ...]:
    """The cell over all dimensions that a table has: communes are counted with their province."""
    place = "P1" if one["place"] in ("P1", "C1", "C2") else one["place"]
    age = one["age"]
    assert isinstance(age, int)
    return place, one["sex"], min(age // 15, 4) // 4 if age >= 15 else -1


@pytest.mark.parametrize(("cells", "rows"), [(1, 1), (2, 1), (2, 2), (3, 5), (1000, 1000)])
def test_nobody_is_in_more_cells_or_more_often_in_one(tmp_path: Path, cells: int, rows: int) -> None:
    records = made_up(cells, 12, 150)
    kept, left = bounded(tmp_path, records, cells, rows)
    assert len(kept) + left == len(records)
    assert [one["days"] for one in kept] == sorted(one["days"] for one in kept)  # type: ignore[type-var]
    of: dict[object, Counter[tuple[object, ...]]] = defaultdict(Counter)
    had: dict[object, Counter[tuple[object, ...]]] = defaultdict(Counter)
    for counts, own in ((of, kept), (had, records)):
        for one in own:
            counts[one["person"]][finest(one)] += 1
    for person, own_cells in had.items():
        # No more than allowed, and no fewer.
        assert len(of[person]) == min(cells, len(own_cells))
        assert all(count == min(rows, own_cells[cell]) for cell, count in of[person].items())


def test_what_is_kept_of_one_person_depends_on_nobody_else(tmp_path: Path) -> None:
    records = made_up(7, 10, 120)
    whole, _ = bounded(tmp_path, records, 2, 2)
    for person in ("p0", "p3", "p9"):
        without, _ = bounded(tmp_path, [one for one in records if one["person"] != person], 2, 2)
        assert without == [one for one in whole if one["person"] != person]
        alone, _ = bounded(tmp_path, [one for one in records if one["person"] == person], 2, 2)
        assert alone == [one for one in whole if one["person"] == person]


@pytest.mark.parametrize("wrong", [{"person": None}, {"place": "nowhere"}])
def test_records_that_cannot_be_counted_are_still_refused(tmp_path: Path, wrong: Row) -> None:
    """They are not left out in silence, however many records their person has."""
    source = loaded().definition.model_dump(mode="json")["source"]
    source["columns"]["person"] = {"required": "false"}
    records = [*made_up(1, 1, 20), record(**({"person": "p0"} | wrong))]
    kept, _ = bounded(tmp_path, records, 1, 1, source=source)
    assert len(kept) == 2
    planned = plan(loaded(tables=TABLES, source=source), EDITION)
    with pytest.raises(SourceInvalid):
        run(planned, tmp_path / "bounded.parquet", JobLimits(256, 1, tmp_path / "temp"))
