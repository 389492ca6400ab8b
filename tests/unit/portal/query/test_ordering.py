"""The first few rows are those that sorting all of them would put first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from portal.query.ordering import Term, first_in_order


@dataclass(frozen=True)
class Rows:
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, places: NDArray[Any] | slice) -> Rows:
        return Rows(self.rows[places])


def sorted_rows(terms: list[Term], number: int) -> list[int]:
    def key(row: int) -> tuple[tuple[bool, float], ...]:
        return tuple(
            (
                missing is not None and bool(missing[row]),
                0.0 if missing is not None and missing[row] else float(numbers[row]),
            )
            for numbers, missing in terms
        )

    return sorted(range(number), key=lambda row: (*key(row), row))


@pytest.mark.parametrize("kind", [np.int64, np.float64, np.int32])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.97, 1.0])
@pytest.mark.parametrize("wanted", [0, 1, 3, 10, 60, 500])
def test_the_first_rows_are_those_of_a_whole_sort(kind: type, share: float, wanted: int) -> None:
    random = np.random.default_rng(wanted)
    numbers: NDArray[Any] = random.integers(-4, 5, 200).astype(kind)
    missing = random.random(200) < share if share else None
    hidden = numbers if missing is None else np.where(missing, 2, numbers).astype(kind)
    terms: list[Term] = [(hidden, missing), (random.integers(0, 3, 200), None)]
    found = first_in_order(Rows(np.arange(200)), terms, wanted)
    assert found.rows[:wanted].tolist() == sorted_rows(terms, 200)[:wanted]


def test_few_rows_are_not_sorted_with_all_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_at_once: list[int] = []
    lexsort = np.lexsort

    def counted(keys: list[NDArray[Any]]) -> NDArray[np.int64]:
        sorted_at_once.append(len(keys[0]))
        return lexsort(keys)

    monkeypatch.setattr(np, "lexsort", counted)
    first_in_order(Rows(np.arange(1000)), [(np.arange(1000)[::-1], None)], 5)
    assert sorted_at_once == [5]


def test_without_terms_rows_stay_as_they_are_stored() -> None:
    rows = Rows(np.array([3, 1, 2]))
    assert first_in_order(rows, [], 2) is rows
