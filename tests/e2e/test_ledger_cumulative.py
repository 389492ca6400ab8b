"""Editions of three, six and nine months and of the year, and an attacker who subtracts: no small quarter follows.

With the guard switched off, the same attacker finds small quarters.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from anonymization import table as table_sets
from anonymization.rests_over_time import RestsOverTime
from anonymization.table import TableSet
from datasets.codelist_files import parse_codelist
from datasets.text import Bilingual
from publishers.job import Outcome
from tests.e2e.test_ledger import CODELISTS, DEFINITION, METHODS, Visit
from tests.support import attacker
from tests.support.publication import Ministry

PROVINCES = ("01", "04", "08", "11", "12", "14")

ONE_TABLE = DEFINITION.split("  by-sex:")[0] + "  by-age:" + DEFINITION.split("  by-age:")[1]

Editions = Mapping[str, tuple[int, ...]]
"""Editions by name, with the quarters that they cover, in the order in which they are published."""

CUMULATIVE: Editions = {"2026-Q1": (1,), "2026-6m": (1, 2), "2026-9m": (1, 2, 3), "2026": (1, 2, 3, 4)}

Shown = dict[tuple[str, str, str], float]
"""What readers have: by edition, province and age group; not a number where it is withheld."""


class Quarters:
    """Visits of four quarters, and what follows of them from what was published."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.visits: dict[int, list[Visit]] = {
            quarter: [
                (chance.choice(PROVINCES), chance.choice("FM"), min(int(chance.expovariate(0.03)), 99))
                for _ in range(240)
            ]
            for quarter in (1, 2, 3, 4)
        }
        text = (CODELISTS / "age-bands.csv").read_text(encoding="utf-8")
        bands = parse_codelist(text, "age-bands", Bilingual(vi="Tuổi", en="Ages"))
        self._leaves = [one for one in bands.members if one.range_from and one.level == bands.levels[-1]]
        own = [(quarter, place, one.code) for quarter in self.visits for place in PROVINCES for one in self._leaves]
        self._number = {unknown: at for at, unknown in enumerate(own)}

    def rows(self, quarters: Iterable[int]) -> list[Visit]:
        return [visit for quarter in quarters for visit in self.visits[quarter]]

    def counts(self) -> npt.NDArray[np.float64]:
        """Return the true numbers of visits by quarter, province and youngest age group."""
        found = np.zeros(len(self._number))
        for quarter, visits in self.visits.items():
            for province, _, age in visits:
                leaf = next(
                    one.code
                    for one in self._leaves
                    if int(one.range_from) <= age and (not one.range_to or age <= int(one.range_to))
                )
                found[self._number[quarter, province, leaf]] += 1
        return found

    def cell(self, quarters: Iterable[int], province: str, age: str) -> npt.NDArray[np.float64]:
        """Return which numbers make up a cell."""
        row = np.zeros(len(self._number))
        leaves = [one.code for one in self._leaves if age in ("_T", one.code, one.parent)]
        for quarter in quarters:
            for place in PROVINCES if province == "_T" else (province,):
                for leaf in leaves:
                    row[self._number[quarter, place, leaf]] = 1
        return row

    def small_found(self, shown: Shown, editions: Editions, *rests: tuple[int, ...]) -> int:
        """Return how many cells of these quarters with one to four visits follow from everything that is shown."""
        known = {key: value for key, value in shown.items() if not np.isnan(value)}
        matrix = np.array([self.cell(editions[edition], *place) for edition, *place in known])
        nobody = (matrix[np.array(list(known.values())) == 0] > 0).any(axis=0)
        _, sizes, directions = np.linalg.svd(matrix[:, ~nobody])
        free = directions[int((sizes > 1e-9 * sizes[0]).sum()) :]
        counts, found = self.counts(), 0
        for quarters in rests:
            for place in dict.fromkeys(key[1:] for key in shown):
                cell = self.cell(quarters, *place)
                follows = float(np.abs(free @ cell[~nobody]).max(initial=0.0)) < 1e-7
                found += int(follows and 0 < cell @ counts < 5)
        return found


def publish_all(
    root: Path, quarters: Quarters, editions: Editions, *, told: Callable[[Outcome], None] = lambda outcome: None
) -> Shown:
    """Publish editions in turn, and return everything that readers have of them."""
    ministry, folder, shown = Ministry(root / "store"), root / "clinic", Shown()
    folder.mkdir()
    (folder / "methods.md").write_text(METHODS, encoding="utf-8")
    for edition, covered in editions.items():
        last = {1: "03-31", 2: "06-30", 3: "09-30", 4: "12-31"}[max(covered)]
        coverage = f"coverage:\n  start: 2026-{3 * min(covered) - 2:02}-01\n  end: 2026-{last}\n"
        text = ONE_TABLE.format(codelist="provinces").replace("coverage:\n", coverage)
        (folder / "dataset.yaml").write_text(text, encoding="utf-8")
        lines = ["province,sex,age", *(",".join(map(str, row)) for row in quarters.rows(covered))]
        (folder / f"visits-{edition}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        release = ministry.publish(folder, edition, folder, told=told)
        (published,), _ = attacker.tables_of_package(ministry.releases.package_zip(release).path)
        for province, age, value in published.frame[["province", "age_group", "visits"]].itertuples(index=False):
            if province in ("_T", *PROVINCES):  # nobody of the others was ever seen
                shown[edition, province, age] = value
    return shown


def without_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(tables: TableSet) -> RestsOverTime:
        never = np.full(len(tables.nodes), np.inf)
        return RestsOverTime(never, never, never, np.zeros(len(tables.nodes), np.bool_))

    monkeypatch.setattr(table_sets, "rests_over_time", nothing)
    monkeypatch.setattr(sys.modules["anonymization.audit"], "cells_that_leave_few", lambda published: frozenset())


RESTS = ((2,), (3,), (4,), (2, 3), (3, 4), (2, 3, 4), (2, 4))


def test_cumulative_editions_leave_no_small_quarter(tmp_path: Path) -> None:
    quarters, warned = Quarters(5), list[str]()
    shown = publish_all(
        tmp_path, quarters, CUMULATIVE, told=lambda outcome: warned.extend(one.rule for one in outcome.warnings)
    )
    assert quarters.small_found(shown, CUMULATIVE, *RESTS) == 0
    assert quarters.small_found(shown, CUMULATIVE, *CUMULATIVE.values()) == 0
    assert sum("leave small numbers of people of clinic-visits 2026-Q1.1" in one for one in warned) == 3


def test_without_the_guard_cumulative_editions_give_small_quarters_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_guard(monkeypatch)
    quarters = Quarters(5)
    shown = publish_all(tmp_path, quarters, CUMULATIVE)
    found = quarters.small_found(shown, CUMULATIVE, *RESTS)
    print(f"{found} small cells of quarters found")  # noqa: T201
    assert found > 20


def test_the_order_of_publication_makes_no_difference(tmp_path: Path) -> None:
    quarters = Quarters(6)
    backwards: Editions = {name: CUMULATIVE[name] for name in ("2026", "2026-Q1", "2026-9m", "2026-6m")}
    assert quarters.small_found(publish_all(tmp_path, quarters, backwards), backwards, *RESTS) == 0


def test_quarters_that_are_apart_leave_no_small_rest_of_the_year(tmp_path: Path) -> None:
    quarters = Quarters(7)
    apart: Editions = {"2026-Q1": (1,), "2026-Q3": (3,), "2026": (1, 2, 3, 4)}
    assert quarters.small_found(publish_all(tmp_path, quarters, apart), apart, *RESTS, (1,), (1, 2), (1, 2, 4)) == 0


def test_an_edition_may_hold_one_and_lie_in_another(tmp_path: Path) -> None:
    quarters = Quarters(8)
    middle: Editions = {"2026-Q2": (2,), "2026": (1, 2, 3, 4), "2026-mid": (2, 3)}
    rests = ((1, 3, 4), (3,), (1, 4), (1,), (4,))
    assert quarters.small_found(publish_all(tmp_path, quarters, middle), middle, *rests) == 0


def test_many_visits_of_one_person_are_no_large_rest(tmp_path: Path) -> None:
    """How many persons there are is published nowhere: that one had all visits of the last quarter, the marks tell."""
    text = ONE_TABLE.format(codelist="provinces").replace("measures:", "person: patient\nmeasures:", 1)
    text = text.replace("  columns:\n", "  columns:\n    patient: {}\n")
    nine = text.replace("coverage:\n", "coverage:\n  start: 2026-01-01\n  end: 2026-09-30\n")
    ministry, folder = Ministry(tmp_path / "store"), tmp_path / "clinic"
    folder.mkdir()
    (folder / "methods.md").write_text(METHODS, encoding="utf-8")
    first = [
        f"{place}-{age}-{number},{place},F,{age}" for place in PROVINCES for age in (20, 40) for number in range(20)
    ]
    later = [f"new-{place}-{number},{place},F,20" for place in PROVINCES[1:] for number in range(10)]
    later += [f"{PROVINCES[0]}-20-1,{PROVINCES[0]},F,20"] * 10
    hidden = []
    for edition, definition, rows in (("2026-9m", nine, first), ("2026", text, [*first, *later])):
        (folder / "dataset.yaml").write_text(definition, encoding="utf-8")
        lines = "\n".join(["patient,province,sex,age", *rows])
        (folder / f"visits-{edition}.csv").write_text(f"{lines}\n", encoding="utf-8")
        release = ministry.publish(folder, edition, folder)
        (published,), _ = attacker.tables_of_package(ministry.releases.package_zip(release).path)
        gone = published.frame[published.frame["visits"].isna()]
        hidden.append({(str(one.province), str(one.age_group)) for one in gone.itertuples()})
    assert hidden[0] == set()
    assert (PROVINCES[0], "Y20T24") in hidden[1]
