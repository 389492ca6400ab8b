"""Cell keys: sums of secret keys over rows and distinct persons, the same whichever table a cell stands in."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from anonymization.perturbation.cell_key import record_keys
from datasets.errors import SourceInvalid
from publishers.limits import JobLimits
from publishers.tabulate.plan import plan
from publishers.tabulate.record_keys import RecordKeys, cell_keys
from publishers.tabulate.run import run
from publishers.tabulate.tabulation import Tabulation
from tests.unit.publishers.tabulate.discharges import EDITION, cell, loaded, measure, record, table, write

SECRET = bytes(range(32))
Rows = Sequence[dict[str, object]]


def made(number: int, seed: int = 1) -> Rows:
    """Return stays of persons who come again, in other places too; `icd` is a number of the stay."""
    chance = random.Random(seed)
    return [
        record(
            person=f"p{chance.randrange(number // 2)}",
            place=chance.choice(["C1", "C2", "P1", "P2", "P3", "X"]),
            sex=chance.choice(["female", "male", None]),
            day=date(2024, chance.randrange(1, 4), 5),
            outcome=chance.choice(["alive", "died"]),
            icd=f"v{stay}",
            days=chance.randrange(256),
        )
        for stay in range(number)
    ]


TABLES = {"by-place": table("place", "sex"), "by-sex": table("sex", "month")}
MEASURES = {
    "stays": measure("count"),
    "died": measure("count", where={"outcome": ["died"]}),
    "patients": measure("persons"),
}


def keys_of(
    folder: Path, rows: Rows, keys: RecordKeys, **changes: Any
) -> tuple[Tabulation, dict[str, dict[str, list[int]]]]:
    limits = JobLimits(memory_mb=256, threads=2, temp=folder / "temp")
    extract = write(folder / "extract.parquet", rows)
    tabulation = run(plan(loaded(**{"tables": TABLES, "measures": MEASURES, **changes}), EDITION), extract, limits)
    found = cell_keys(tabulation, extract, keys, limits)
    return tabulation, {name: {id_: own.tolist() for id_, own in of.items()} for name, of in found.items()}


@pytest.mark.parametrize("modulus", [2, 256, 4096])
def test_they_are_the_sums_that_plain_python_adds_up(tmp_path: Path, modulus: int) -> None:
    rows = made(400)
    tabulation, found = keys_of(tmp_path, rows, RecordKeys("icd", ready=False, modulus=modulus, secret=SECRET))
    own = dict(
        zip(
            [str(one["icd"]) for one in rows],
            record_keys([str(one["icd"]) for one in rows], SECRET, modulus=modulus),
            strict=True,
        )
    )
    person = {
        name: int(record_keys([name], SECRET, modulus=modulus)[0]) for name in {str(one["person"]) for one in rows}
    }
    everywhere = ["C1", "C2", "P1", "P2", "P3", "X"]
    places: dict[str, list[object]] = {
        "_T": [*everywhere],
        "P1": ["C1", "C2", "P1"],
        "R1": ["C1", "C2", "P1", "P3"],
        "X": ["X"],
    }
    sexes: dict[str, list[object]] = {"_T": ["female", "male", None], "F": ["female"], "U": [None]}
    for place, inside in places.items():
        for sex, raw in sexes.items():
            at = cell(tabulation, "by-place", place, sex)
            here = [one for one in rows if one["place"] in inside and one["sex"] in raw]
            died = [one for one in here if one["outcome"] == "died"]
            assert found["stays"]["by-place"][at] == sum(int(own[str(one["icd"])]) for one in here) % modulus
            assert found["died"]["by-place"][at] == sum(int(own[str(one["icd"])]) for one in died) % modulus
            people = {str(one["person"]) for one in here}
            assert found["patients"]["by-place"][at] == sum(person[one] for one in people) % modulus


def test_a_cell_has_one_key_in_every_table(tmp_path: Path) -> None:
    tabulation, found = keys_of(tmp_path, made(300), RecordKeys("icd", ready=False, modulus=256, secret=SECRET))
    for name in MEASURES:
        for sex in ("_T", "F", "M", "U"):
            one = found[name]["by-place"][cell(tabulation, "by-place", "_T", sex)]
            assert one == found[name]["by-sex"][cell(tabulation, "by-sex", sex, "_T")]


def test_the_order_of_rows_makes_no_difference(tmp_path: Path) -> None:
    rows = made(300)
    keys = RecordKeys("icd", ready=False, modulus=256, secret=SECRET)
    (tmp_path / "again").mkdir()
    assert keys_of(tmp_path, rows, keys)[1] == keys_of(tmp_path / "again", rows[::-1], keys)[1]


def test_persons_need_no_other_key_and_numbers_are_told_apart_by_their_digits(tmp_path: Path) -> None:
    measures = {"patients": measure("persons")}
    keys = RecordKeys(None, ready=False, modulus=256, secret=SECRET)
    rows = made(100)
    _, found = keys_of(tmp_path, rows, keys, measures=measures)
    assert (
        found["patients"]["by-sex"][0]
        == int(record_keys(sorted({str(one["person"]) for one in rows}), SECRET).sum()) % 256
    )


def test_a_cell_without_anybody_has_the_key_0(tmp_path: Path) -> None:
    tabulation, found = keys_of(
        tmp_path, [record(icd="v1")], RecordKeys("icd", ready=False, modulus=256, secret=SECRET)
    )
    empty = cell(tabulation, "by-place", "P2", "M")
    assert [found[name]["by-place"][empty] for name in MEASURES] == [0, 0, 0]


def test_keys_that_the_source_holds_are_added_up_as_they_are(tmp_path: Path) -> None:
    rows = made(200)
    keys = RecordKeys("days", ready=True, modulus=256, secret=SECRET)
    _, found = keys_of(tmp_path, rows, keys, measures={"stays": measure("count")})
    assert found["stays"]["by-place"][0] == sum(int(str(one["days"])) for one in rows) % 256


@pytest.mark.parametrize("wrong", [-1, 256])
def test_keys_beyond_the_others_are_refused_with_their_number_of_rows(tmp_path: Path, wrong: int) -> None:
    rows = [record(days=3), record(days=wrong), record(days=wrong)]
    keys = RecordKeys("days", ready=True, modulus=256, secret=SECRET)
    with pytest.raises(SourceInvalid) as caught:
        keys_of(tmp_path, rows, keys, measures={"stays": measure("count")})
    (problem,) = caught.value.problems
    assert problem.place == "discharges-2024-Q1.csv, column days"
    assert problem.rule == "has no key from 0 to 255 in 2 rows"


def test_the_secret_is_never_printed() -> None:
    assert "secret" not in repr(RecordKeys("icd", ready=False, modulus=256, secret=SECRET))
