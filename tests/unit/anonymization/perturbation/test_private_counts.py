"""Counts released under differential privacy: bounds, budget and sums are checked before anything is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from anonymization.perturbation.budget import Budget, Loss, concentrated, pure
from anonymization.perturbation.consistency import make_consistent
from anonymization.perturbation.noise import Contributions, NoiseRule
from anonymization.perturbation.private_counts import release_counts
from datasets.errors import DisclosureRuleInvalid

MATRIX = sparse.csr_array(np.array([[1, 1, 1, -1]]))
COUNTS = np.array([40, 0, 7, 47])


def rule(loss: Loss, cells: int = 2) -> NoiseRule:
    return NoiseRule(loss, Contributions(cells))


@pytest.mark.parametrize("loss", [pure("0.5"), concentrated("0.5")], ids=str)
def test_a_release_adds_up_and_spends(loss: Loss) -> None:
    limit = pure(1) if loss.accountant == "pure" else concentrated(1)
    found = release_counts(COUNTS, MATRIX, rule(loss), release="a", budget=Budget("patients", limit))
    assert not (MATRIX @ found.counts).any()
    assert found.counts.min() >= 0
    assert found.budget.total == loss
    assert found.noisy.contributions == Contributions(2)
    again = make_consistent(found.noisy.counts, MATRIX)
    assert (again.counts == found.counts).all()
    assert again.moved == found.moved
    second = release_counts(COUNTS, MATRIX, rule(loss), release="b", budget=found.budget)
    with pytest.raises(DisclosureRuleInvalid, match="would spend"):
        release_counts(COUNTS, MATRIX, rule(loss), release="c", budget=second.budget)


def test_nothing_is_drawn_where_something_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(*_: object) -> None:
        raise AssertionError("noise was drawn")

    monkeypatch.setattr("anonymization.perturbation.private_counts.add_noise", drawn)
    budget = Budget("patients", pure(1))
    for counts, cells, loss, told in (
        (COUNTS + 1, 2, pure(1), "add up"),
        (COUNTS[:3], 2, pure(1), "one for each cell"),
        (COUNTS, 1, pure(1), "fewer cells"),
        (COUNTS, 2, pure(2), "would spend"),
        (COUNTS, 2, concentrated("0.1"), "measured as concentrated"),
    ):
        with pytest.raises(DisclosureRuleInvalid, match=told) as refused:
            release_counts(counts, MATRIX, rule(loss, cells), release="a", budget=budget)
        assert "47" not in str(refused.value)
