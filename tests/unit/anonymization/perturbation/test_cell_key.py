"""Cell keys and noise tables: the same people get the same noise, and what a number can stand for is told truly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anonymization.perturbation import noise_table
from anonymization.perturbation.cell_key import cell_keys, perturb, record_keys
from anonymization.perturbation.counts import WITHHELD, require_sums
from anonymization.perturbation.integer_programme import Whole
from anonymization.perturbation.noise_table import NoiseTable, entropy_noise, ons_noise, rounding_noise
from datasets.errors import DisclosureRuleInvalid
from tests.unit.anonymization.builders import cube

TABLE = entropy_noise(2.0, 5)


def test_the_same_records_have_the_same_key_in_every_table_and_order() -> None:
    random = np.random.default_rng(0)
    keys, areas, sexes = random.integers(0, 256, 500), random.integers(0, 7, 500), random.integers(0, 2, 500)
    by_area = cell_keys(keys, areas, count=7)
    by_both = cell_keys(keys, areas * 2 + sexes, count=14)
    assert ((by_both[0::2] + by_both[1::2]) % 256 == by_area).all()
    order = random.permutation(500)
    assert (cell_keys(keys[order], areas[order], count=7) == by_area).all()
    # One more person changes the key of their own cell alone.
    more = cell_keys(np.append(keys, 9), np.append(areas, 3), count=7)
    assert np.flatnonzero(more != by_area).tolist() == [3]


def test_keys_add_up_along_the_relations_up_to_the_modulus() -> None:
    matrix = cube([[3, 4], [5, 6]]).relations.matrix
    keys = cube([[200, 100], [250, 90]]).contributors % 256
    require_sums(matrix, keys, modulus=256)
    keys[0] += 1
    with pytest.raises(DisclosureRuleInvalid, match="cell keys do not add up"):
        require_sums(matrix, keys, modulus=256)


def test_record_keys_are_even_secret_and_the_same_for_the_same_person() -> None:
    people = [f"person {number}" for number in range(20_000)]
    keys = record_keys(people, b"s" * 32, modulus=16)
    expected = 20_000 / 16
    assert ((np.bincount(keys, minlength=16) - expected) ** 2 / expected).sum() < 45  # chi-squared, p < 1e-4
    assert (record_keys(people[::-1], b"s" * 32, modulus=16)[::-1] == keys).all()
    assert (record_keys(people, b"t" * 32, modulus=16) != keys).mean() > 0.9


@pytest.mark.parametrize(("secret", "modulus"), [(b"short", 256), (bytes(65), 256), (bytes(32), 255), (bytes(32), 1)])
def test_weak_secrets_and_uneven_keys_are_refused(secret: bytes, modulus: int) -> None:
    with pytest.raises(DisclosureRuleInvalid):
        record_keys(["a"], secret, modulus=modulus)


@pytest.mark.parametrize(
    ("keys", "cells", "modulus"),
    [([1, 2], [0], 256), ([-1], [0], 256), ([1], [3], 256), ([1], [-1], 256), ([1], [0], 1)],
)
def test_records_without_a_key_or_a_cell_are_refused(keys: list[int], cells: list[int], modulus: int) -> None:
    with pytest.raises(DisclosureRuleInvalid):
        cell_keys(np.array(keys), np.array(cells), count=3, modulus=modulus)


@pytest.mark.parametrize("threshold", [0, 4])
@pytest.mark.parametrize("table", [TABLE, entropy_noise(2.5, 5, gap=2), rounding_noise(3, modulus=6)])
def test_the_ranges_are_exactly_what_a_number_can_stand_for(table: NoiseTable, threshold: int) -> None:
    every = np.repeat(np.arange(60), table.modulus)
    found = perturb(every, np.tile(np.arange(table.modulus), 60), table, threshold=threshold)
    assert ((found.values == WITHHELD) == ~found.shown).all()
    assert (found.values[found.shown] >= threshold).all()
    for value in range(-1, 50):
        if (same := found.values == value).any():
            assert set(found.lowest[same]) == {every[same].min()}
            assert set(found.highest[same]) == {every[same].max()}
    assert str(table.largest) in found.statement.en
    assert (str(threshold) in found.statement.vi.split(".")[1]) == (threshold > 0)


@pytest.mark.parametrize(("variance", "largest", "gap"), [(1.0, 3, 0), (2.0, 5, 0), (2.5, 5, 2), (3.0, 9, 0)])
def test_made_noise_has_its_variance_no_bias_and_no_forbidden_result(variance: float, largest: int, gap: int) -> None:
    table = entropy_noise(variance, largest, gap=gap)
    assert (table.noise.sum(axis=1) == 0).all()
    assert np.abs(table.variance()[1:] / variance - 1).max() < 0.05
    results = {int(one) for row, noise in enumerate(table.noise) for one in row + noise}
    assert not results & set(range(1, gap + 1))
    assert min(results) == 0
    assert table.largest <= largest
    assert not table.noise[0].any()


def test_greatest_entropy_beats_other_noise_of_the_same_variance() -> None:
    shares = np.unique(entropy_noise(2.0, 5, modulus=4096).noise[-1], return_counts=True)[1] / 4096
    entropy = -(shares * np.log(shares)).sum()
    # Plus or minus 2 with a quarter each; and the three middle ones with the ends.
    for other in ([0.25, 0.5, 0.25], [0.2, 0.2, 0.2, 0.2, 0.2]):
        assert entropy > -(np.array(other) * np.log(other)).sum()


@pytest.mark.parametrize(
    ("variance", "largest", "gap", "rule"),
    [
        (0.0, 5, 0, "out of range"),
        (2.0, 0, 0, "out of range"),
        (2.0, 5, 5, "out of range"),
        (30.0, 5, 0, "variance 30"),
        (1.0, 5, 2, "no noise for a count of 1 has mean 0 and variance 1"),
    ],
)
def test_noise_that_cannot_be_made_is_refused(variance: float, largest: int, gap: int, rule: str) -> None:
    with pytest.raises(DisclosureRuleInvalid, match=rule):
        entropy_noise(variance, largest, gap=gap)


def test_keys_that_cannot_be_shared_out_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise_table, "minimise_whole", lambda *_, **__: Whole(None, 0.0, none_exists=True))
    with pytest.raises(DisclosureRuleInvalid, match="mean of exactly 0"):
        entropy_noise(2.0, 5)


def test_rounding_by_keys_rounds_to_neighbours_and_is_not_biased() -> None:
    table = rounding_noise(5, modulus=255)
    assert (table.noise.sum(axis=1) == 0).all()
    counts = np.repeat(np.arange(30), 255)
    found = perturb(counts, np.tile(np.arange(255), 30), table)
    assert (found.values % 5 == 0).all()
    assert (np.abs(found.values - counts) < 5).all()
    with pytest.raises(DisclosureRuleInvalid, match="not a multiple of the base"):
        rounding_noise(5, modulus=256)


@pytest.mark.parametrize(
    ("noise", "period"),
    [([[-1]], 1), ([[0], [-2]], 1), ([[0]], 0), ([[0]], 2), ([[0], [20_000]], 1), ([0], 1), ([[0.5]], 1), ([[]], 1)],
)
def test_noise_tables_that_contradict_themselves_are_refused(noise: Any, period: int) -> None:
    with pytest.raises(DisclosureRuleInvalid):
        NoiseTable(np.array(noise), period)


def test_a_table_of_rows_must_be_whole() -> None:
    counts, keys = (one.reshape(-1) for one in np.meshgrid(np.arange(1, 751), np.arange(4), indexing="ij"))
    noise = np.zeros(len(counts), dtype=np.int64)
    assert ons_noise(counts, keys, noise).modulus == 4
    with pytest.raises(DisclosureRuleInvalid, match="1 combinations of count and cell key do not stand"):
        ons_noise(counts[1:], keys[1:], noise[1:])
    with pytest.raises(DisclosureRuleInvalid, match="do not stand in the noise table once"):
        ons_noise(np.append(counts, 7), np.append(keys, 0), np.append(noise, 0))
    with pytest.raises(DisclosureRuleInvalid, match="differ in length"):
        ons_noise(counts, keys, noise[1:])
    for wrong in (751, -1):
        with pytest.raises(DisclosureRuleInvalid, match="counts not from 0 to 750"):
            ons_noise(np.where(counts == 7, wrong, counts), keys, noise)
    with pytest.raises(DisclosureRuleInvalid, match="negative keys"):
        ons_noise(counts, keys - 1, noise)


def test_keys_and_thresholds_that_do_not_fit_are_refused() -> None:
    counts = np.array([1, 2])
    for keys in ([0], [0, 256], [-1, 0]):
        with pytest.raises(DisclosureRuleInvalid, match="below the table's modulus"):
            perturb(counts, np.array(keys), TABLE)
    with pytest.raises(DisclosureRuleInvalid, match="threshold is negative"):
        perturb(counts, np.array([0, 0]), TABLE, threshold=-1)
    assert replace(TABLE, period=2).rows(np.array([5, 6, 7, 8])).tolist() == [5, 4, 5, 4]
