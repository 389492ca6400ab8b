"""Populations of rates: how they are read, refused and added up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets.errors import SourceInvalid, SourceUnreadable
from publishers.denominators import ABSENT, PopulationTable, load_denominators
from tests.unit.publishers.tabulate.discharges import EDITION, loaded, measure, table


def load(folder: Path, rows: str, *dimensions: str, **keys: Any) -> PopulationTable:
    (folder / f"population-{EDITION}.csv").write_text(rows, encoding="utf-8")
    given = loaded(
        folder / "definition", measures=measures(**keys), tables={"cube": table(*dimensions or ("sex", "place"))}
    )
    return load_denominators(given, folder, EDITION)["people"]


def measures(**keys: Any) -> dict[str, Any]:
    people = {"path": "population-{edition}.csv", "dimensions": ["place", "sex"], "source": {"vi": "a", "en": "a"}}
    return {"stays": measure("count"), "people": measure("population", **(people | keys))}


def at(found: PopulationTable, place: int, sex: int) -> int:
    positions = {"place": np.array([place], dtype=np.int32), "sex": np.array([sex], dtype=np.int32)}
    return int(found.at(positions)[0])


HEADER = "place,sex,population\n"
ALL, R1, R2, P1, P2, P3, X = range(7)
BOTH, F, M, U = range(4)


def test_margins_are_added_up_where_every_member_is_given(tmp_path: Path) -> None:
    rows = "".join(f"{place},{sex},{people}\n" for place, people in (("P1", 10), ("P3", 5)) for sex in "FM")
    found = load(tmp_path, HEADER + rows)
    assert at(found, R1, F) == 15
    assert at(found, R1, BOTH) == 30
    assert at(found, R2, F) == ABSENT
    assert at(found, ALL, BOTH) == ABSENT


def test_a_given_total_stands(tmp_path: Path) -> None:
    assert at(load(tmp_path, HEADER + "P1,F,10\nP1,M,10\nP1,_T,21\n"), P1, BOTH) == 21


def test_a_code_that_is_not_published_is_left_aside(tmp_path: Path) -> None:
    assert at(load(tmp_path, HEADER + "C1,F,10\nP1,F,30\n"), P1, F) == 30


def test_people_of_different_months_are_not_added_up(tmp_path: Path) -> None:
    rows = "month,population\n" + "".join(f"2024-0{month},7\n" for month in (1, 2, 3))
    found = load(tmp_path, rows, "month", dimensions=["month"])
    assert found.people.tolist() == [ABSENT, ABSENT, 7, 7, 7]


def test_a_dimension_that_rows_lack_is_taken_as_its_total(tmp_path: Path) -> None:
    found = load(tmp_path, HEADER + "P1,F,10\nP1,M,11\n")
    assert found.at({"place": np.array([P1, P2], dtype=np.int32)}).tolist() == [21, ABSENT]


def test_the_file_may_lie_beside_the_definition(tmp_path: Path) -> None:
    (tmp_path / "definition").mkdir()
    (tmp_path / "definition" / f"population-{EDITION}.csv").write_text(HEADER + "P1,F,3\n", encoding="utf-8")
    given = loaded(tmp_path / "definition", measures=measures(), tables={"cube": table("sex", "place")})
    assert at(load_denominators(given, tmp_path, EDITION)["people"], P1, F) == 3


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=f"population-{EDITION}.csv: is neither beside"):
        load_denominators(
            loaded(tmp_path, measures=measures(), tables={"cube": table("sex", "place")}), tmp_path, EDITION
        )


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("place,population\n", "line 1: must have exactly the columns place, sex, population"),
        (HEADER + "P9,F,1\n", "line 2: place is no code of the list places"),
        (HEADER + "P1,F,1\nP1,F,1\n", "line 3: repeats the codes"),
        (HEADER + "P1,F,1.5\n", "line 2: the population must be a whole number"),
        (HEADER + "P1,F,-1\n", "line 2: the population must be a whole number"),
        (HEADER + "P1,F,\n", "line 2: the population must be a whole number"),
        (HEADER + "P1,F\n", "line 2: must have as many fields"),
        (HEADER + 'P1,"F"x,2\n', "is not CSV in UTF-8"),
    ],
)
def test_rows_that_cannot_be_used_are_named(tmp_path: Path, rows: str, problem: str) -> None:
    with pytest.raises(SourceInvalid) as caught:
        load(tmp_path, rows)
    assert f"population-{EDITION}.csv" in str(caught.value)
    assert problem in str(caught.value)


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"population-{EDITION}.csv").write_bytes("place,sex,population\nHà Nội,F,1\n".encode("utf-16"))
    given = loaded(tmp_path, measures=measures(), tables={"cube": table("sex", "place")})
    with pytest.raises(SourceInvalid, match="is not CSV in UTF-8"):
        load_denominators(given, tmp_path, EDITION)


def test_a_file_that_is_far_too_large_or_a_link_to_elsewhere_is_not_read(tmp_path: Path) -> None:
    load(tmp_path, HEADER + "P1,F,1\n")
    file = tmp_path / f"population-{EDITION}.csv"
    given = loaded(tmp_path / "definition", measures=measures(), tables={"cube": table("sex", "place")})
    with file.open("wb") as stream:
        stream.truncate(5 << 30)
    with pytest.raises(SourceUnreadable, match="larger than 64 MiB"):
        load_denominators(given, tmp_path, EDITION)
    file.unlink()
    file.symlink_to("/etc/hostname")
    with pytest.raises(SourceUnreadable, match="neither beside the definition nor in the input folder"):
        load_denominators(given, tmp_path, EDITION)
