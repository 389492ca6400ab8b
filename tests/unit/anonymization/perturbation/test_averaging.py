"""What additivity gives an attacker: the noise that averages out, and ranges that narrow to one count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anonymization.perturbation.averaging import average, measure_averaging, narrow
from anonymization.perturbation.cell_key import perturb
from anonymization.perturbation.noise_table import entropy_noise
from anonymization.perturbation.rounding import round_nearest
from anonymization.relations import from_entries
from datasets.errors import DisclosureRuleInvalid
from tests.unit.anonymization.builders import cube

SUM = from_entries(np.array([1, 1, -1]), np.zeros(3, dtype=np.int64), np.arange(3), (1, 3))


def test_the_average_is_the_projection_on_what_adds_up() -> None:
    tables = cube(np.random.default_rng(1).poisson(5, size=(4, 3, 3)))
    matrix = tables.relations.matrix
    noisy = tables.contributors + np.random.default_rng(2).normal(size=len(tables.nodes))
    dense = matrix.toarray().astype(np.float64)
    expected = noisy - np.linalg.pinv(dense) @ dense @ noisy
    found = average(matrix, noisy, np.ones(len(noisy), dtype=np.bool_))
    assert np.abs(found - expected).max() < 1e-6
    assert np.abs(dense @ found).max() < 1e-6


def test_what_is_not_shown_follows_from_the_rest() -> None:
    found = average(SUM, np.array([40.0, 0.0, 100.0]), np.array([True, False, True]))
    assert np.abs(found - [40, 60, 100]).max() < 0.01


def test_averaging_cell_keys_halves_the_variance_and_the_report_says_so() -> None:
    random = np.random.default_rng(0)
    tables = cube(random.poisson(random.exponential(4, size=(12, 10, 8))))
    keys = random.integers(0, 256, len(tables.nodes))
    noisy = perturb(tables.contributors, keys, entropy_noise(2.0, 5))
    found = measure_averaging(tables.relations.matrix, tables.contributors, noisy)
    small = (tables.contributors >= 1) & (tables.contributors <= 4)
    assert found.cells == small.sum()
    assert found.error_before == pytest.approx(float(np.mean((noisy.values - tables.contributors)[small] ** 2)))
    assert found.hits_before == pytest.approx(float(np.mean((noisy.values == tables.contributors)[small])))
    assert 1.7 < found.error_before < 2.3
    assert found.error_after < 0.8 * found.error_before
    assert found.hits_after > found.hits_before
    text = found.statement()
    for number in (f"{found.error_after:.2f}", f"{100 * found.hits_after:.0f} %", str(found.cells)):
        assert number in text.en
        assert number in text.vi


def test_rounded_parts_and_a_rounded_total_can_pin_a_count() -> None:
    # Eleven twos are shown as 0, so each is 2 at most; somebody who knows that they are 22 together knows all.
    counts = np.array([2] * 11 + [22])
    matrix = from_entries(np.array([1] * 11 + [-1]), np.zeros(12, dtype=np.int64), np.arange(12), (1, 12))
    published = round_nearest(counts, base=5)
    published = replace(published, lowest=np.where(counts == 22, 22, published.lowest))
    found = measure_averaging(matrix, counts, published)
    assert (found.pinned_before, found.pinned_after) == (0, 11)
    assert found.hits_after == 1


def test_without_small_cells_there_is_nothing_to_report() -> None:
    counts = np.array([50, 60, 110])
    found = measure_averaging(SUM, counts, round_nearest(counts, base=5))
    assert (found.cells, found.error_after, found.hits_after) == (0, 0.0, 0.0)


def test_factors_other_than_one_and_empty_systems() -> None:
    matrix = from_entries(np.array([2, -3]), np.zeros(2, dtype=np.int64), np.arange(2), (1, 2))
    lowest, highest = narrow(matrix, np.array([1, 0]), np.array([7, 100]))
    assert (lowest.tolist(), highest.tolist()) == ([3, 2], [6, 4])
    nothing = from_entries(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), (0, 2))
    assert narrow(nothing, lowest, highest)[0].tolist() == [3, 2]


def test_ranges_that_contradict_or_overflow_are_refused() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="contradict"):
        narrow(SUM, np.array([5, 5, 0]), np.array([6, 6, 3]))
    with pytest.raises(DisclosureRuleInvalid, match="too wide"):
        narrow(SUM, np.array([0, 0, 0]), np.array([2**62, 0, 0]))


def test_a_reader_stops_after_so_many_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anonymization.perturbation.averaging.ROUNDS", 1)
    chain = from_entries(np.array([1, -1, 1, -1]), np.array([1, 1, 0, 0]), np.array([0, 1, 1, 2]), (2, 3))
    lowest, highest = np.array([3, 0, 0]), np.array([3, 9, 9])
    assert narrow(chain, lowest, highest)[1].tolist() == [3, 3, 9]
