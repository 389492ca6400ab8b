"""Local suppression: every record finds k alike, close to the least loss there is, whatever the records look like."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from anonymization.microdata import suppression
from anonymization.microdata.anonymity import k_anonymity
from anonymization.microdata.assignment import Assignment
from anonymization.microdata.classes import group
from anonymization.microdata.records import WITHHELD, Records, encode
from anonymization.microdata.suppression import suppress
from datasets.errors import DisclosureRuleInvalid

Rows = npt.NDArray[np.int64]


def records_of(rows: Rows) -> tuple[Records, list[str]]:
    names = [f"q{number}" for number in range(rows.shape[1])]
    return encode({name: rows[:, number] for number, name in enumerate(names)}), names


def least(rows: Rows, k: int) -> int:
    """The least number of cells that any way of making classes of k loses: all ways are tried."""

    def lost(members: tuple[int, ...]) -> int:
        here = rows[list(members)]
        return len(members) * int((here != here[0]).any(axis=0).sum())

    @cache
    def best(left: tuple[int, ...]) -> int:
        if not left:
            return 0
        found = 10**9
        for size in range(k - 1, min(2 * k - 1, len(left))):
            if 0 < len(left) - 1 - size < k:
                continue
            for others in itertools.combinations(left[1:], size):
                rest = tuple(one for one in left[1:] if one not in others)
                found = min(found, lost((left[0], *others)) + best(rest))
        return found

    return best(tuple(range(len(rows))))


def example(seed: int) -> tuple[Rows, int]:
    random = np.random.default_rng(seed)
    k = int(random.integers(2, 4))
    records, columns = int(random.integers(k, 10)), int(random.integers(1, 4))
    return random.integers(0, random.integers(2, 5), (records, columns)), k


@pytest.mark.parametrize("seed", range(150))
def test_every_record_finds_k_alike_and_only_cells_are_lost(seed: int) -> None:
    rows, k = example(seed)
    records, names = records_of(rows)
    found = suppress(records, names, k=k)
    assert k_anonymity(group(found.records, names)) >= k
    codes = np.column_stack([found.records.column(name).codes for name in names])
    before = np.column_stack([records.column(name).codes for name in names])
    assert ((codes == before) | (codes == WITHHELD)).all()
    assert found.cells == int((codes == WITHHELD).sum())
    assert found.at_least <= least(rows, k) <= found.cells


@pytest.mark.parametrize("seed", range(60))
def test_larger_records_too(seed: int) -> None:
    random = np.random.default_rng(seed)
    records, columns, k = int(random.integers(10, 400)), int(random.integers(1, 6)), int(random.integers(2, 8))
    rows = (random.random((records, columns)) ** 2 * random.integers(2, 9)).astype(np.int64)
    known, names = records_of(rows)
    found = suppress(known, names, k=k)
    assert k_anonymity(group(found.records, names)) >= k
    assert found.at_least <= found.cells <= records * columns


def test_the_loss_is_near_the_least() -> None:
    """On these tiny and thin records, the hardest for it, the search loses a tenth more than the best way at most."""
    ours, best, exact = 0, 0, 0
    for seed in range(150):
        rows, k = example(seed)
        cells, optimum = suppress(*records_of(rows), k=k).cells, least(rows, k)
        ours, best, exact = ours + cells, best + optimum, exact + (cells == optimum)
    assert ours <= 1.1 * best
    assert exact >= 120


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_records_changes_no_count(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.integers(0, 6, (300, 4))
    records, names = records_of(rows)
    order = random.permutation(len(rows))
    found, other = suppress(records, names, k=5), suppress(records.take(order), names, k=5)
    shown = [np.column_stack([one.records.column(name).text() for name in names]) for one in (found, other)]
    assert sorted(map(tuple, shown[0].tolist())) == sorted(map(tuple, shown[1].tolist()))
    assert found.of_column == other.of_column


def test_important_columns_are_spared() -> None:
    random = np.random.default_rng(4)
    records, names = records_of(random.integers(0, 5, (400, 3)))
    even, spared = suppress(records, names, k=6), suppress(records, names, k=6, importance={"q0": 20})
    assert spared.of_column["q0"] < even.of_column["q0"] / 2


def test_k_alike_lose_nothing() -> None:
    records, names = records_of(np.repeat(np.arange(3), 4)[:, None])
    found = suppress(records, names, k=4)
    assert (found.cells, found.at_least) == (0, 0)
    assert found.records.column("q0").text().tolist() == records.column("q0").text().tolist()


def test_a_class_is_given_up_where_none_has_records_to_spare() -> None:
    """One record alone beside classes of exactly k: it can only join if a whole class is withheld with it."""
    rows = np.array([[0], [0], [0], [1], [1], [1], [2]])
    records, names = records_of(rows)
    found = suppress(records, names, k=3)
    assert found.cells == 4
    assert k_anonymity(group(found.records, names)) == 3


def test_records_too_few_for_a_class_join_where_it_costs_least() -> None:
    """Everybody is a woman: the one of 41 needs the two of 30, but no sex need be withheld."""
    records = encode({"age": np.array([30, 30, 41]), "sex": np.array(["f", "f", "f"])})
    found = suppress(records, ["age", "sex"], k=2)
    assert found.of_column == {"age": 3, "sex": 0}


def test_only_what_a_class_can_spare_goes_back() -> None:
    kinds = np.arange(2)
    assigned = Assignment([kinds, np.zeros(2, np.int64)], np.array([0, 1]), 4)
    for kind, number, there in ((0, 0, 4), (0, 1, 3), (1, 1, 2)):
        assigned.add(kind, number, there)
    assigned.improve()
    assert assigned.moves() == [(0, 1, 2), (1, 1, 2)]


def test_what_cannot_be_withheld_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    records, names = records_of(np.arange(6).reshape(3, 2))
    done = suppress(records, names, k=2).records
    refused: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: suppress(records, names, k=1), "at least 2"),
        (lambda: suppress(records, names, k=4), "at least k"),
        (lambda: suppress(records, names, k=2, importance={"q0": 0}), "importance of 'q0'"),
        (lambda: suppress(records, names, k=2, importance={"other": 2}), "importance of 'other'"),
        (lambda: suppress(done, names, k=2), "withheld values already"),
        (lambda: suppress(records, ["q9"], k=2), "not in the records"),
    )
    for act, rule in refused:
        with pytest.raises(DisclosureRuleInvalid, match=rule):
            act()
    monkeypatch.setattr(suppression, "_LARGEST", 11)
    with pytest.raises(DisclosureRuleInvalid, match="too many to withhold"):
        suppress(records, names, k=2)
