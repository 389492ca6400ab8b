"""What sums tell together with bounds, on tables small enough to be seen through, and what cannot be found out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from anonymization import attack_bounds, protect_beyond_bounds
from anonymization.attack_bounds import told_by_bounds
from anonymization.audit_system import audit_system
from anonymization.system import LinearSystem, system_of
from datasets.errors import DisclosureRisk


def row_of(*counts: float, least: float = 1.0, **more: Any) -> LinearSystem:
    """Counts in a row and their total, the last cell; counts below 5 are sensitive, and at least `least`."""
    values = np.array([*counts, sum(counts)], dtype=np.float64)
    matrix = sparse.csr_array(np.array([[*np.ones(len(counts)), -1.0]]))
    sensitive = (values < 5) & (values > 0)
    sensitive[-1] = False
    none = np.zeros(len(values))
    given = {"least": np.minimum(values, least)} | more
    names = [*"abcdefgh"[: len(counts)], "total"]
    return system_of(names, values, (["row"], matrix), sensitive=sensitive, levels=(none, none), **given)


def told(system: LinearSystem) -> str:
    flags = told_by_bounds(system, system.sensitive)
    return " ".join(name for name, flag in zip(system.cells, flags, strict=True) if flag)


def test_counts_of_at_least_one_that_add_up_to_how_many_they_are_are_known() -> None:
    assert told(row_of(1, 1, 1)) == "a b c"
    assert told(row_of(1, 2, 1)) == ""
    assert told(row_of(1, 1, 1, least=0.0)) == ""


def test_counts_that_stand_at_their_most_are_known_too() -> None:
    assert told(row_of(4, 4, most=np.array([4.0, 4.0, 99.0]))) == "a b"
    assert told(row_of(4, 3, most=np.array([4.0, 4.0, 99.0]))) == ""
    # One that stands at its most cannot rise where the other can only rise as well.
    assert told(row_of(1, 4, most=np.array([9.0, 4.0, 99.0]))) == ""
    assert told(row_of(1, 4, least=4.0, most=np.array([9.0, 9.0, 99.0]))) == "a b"


def test_what_follows_from_known_cells_is_known() -> None:
    """The first row tells a and b, and then the column of b tells d, which could be less."""
    matrix = np.array([[1, 1, 0, 0, -1, 0], [0, 1, 0, 1, 0, -1]], dtype=np.float64)
    values, none = np.array([1.0, 1.0, 8.0, 4.0, 2.0, 5.0]), np.zeros(6)
    sums = (["row", "column"], sparse.csr_array(matrix))
    hidden = [True, True, True, True, False, False]
    given: dict[str, Any] = {"sensitive": hidden, "levels": (none, none), "least": np.ones(6)}
    system = system_of([*"abcdrs"], values, sums, **given)
    assert told(system) == "a b d"


def test_sums_alone_leave_these_cells_open() -> None:
    system = row_of(1, 1, 1)
    assert audit_system(system, system.sensitive, guarantee="exact").safe


def test_so_many_cells_that_nothing_can_be_promised_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack_bounds, "MOST", 2)
    assert told(row_of(1, 1)) == "a b"
    with pytest.raises(DisclosureRisk, match="too large to be attacked") as caught:
        told(row_of(1, 1, 1))
    assert str(caught.value.problems[0]).startswith("cells: are more than 2 that are withheld")
    assert told(row_of(3, 3, 3)) == "", "none stands at a bound"


def test_an_attack_without_an_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack_bounds, "solved", lambda _: False)
    with pytest.raises(DisclosureRisk, match="did not end") as caught:
        told(row_of(1, 1, 1))
    assert [str(one) for one in caught.value.problems] == [
        "cells: could not be attacked: the solver found no answer. report this"
    ]


@pytest.mark.parametrize("guarantee", ["exact", "interval"])
def test_counts_that_bounds_tell_get_company_or_are_refused(guarantee: Any) -> None:
    done = protect_beyond_bounds.protect_beyond_bounds(row_of(1, 1, 1, 9), guarantee=guarantee, effort=0)
    assert done.guarantee == guarantee
    assert done.secondary.tolist() in ([False] * 3 + [True, False], [False] * 4 + [True])
    frozen = np.array([False, False, False, True])
    with pytest.raises(DisclosureRisk) as caught:
        protect_beyond_bounds.protect_beyond_bounds(row_of(1, 1, 1, frozen=frozen), guarantee=guarantee, effort=0)
    assert {one.place for one in caught.value.problems} == {"cell 'a'", "cell 'b'", "cell 'c'"}
    assert all(one.remedy for one in caught.value.problems)
