"""A dataset that always shows some totals, published: they are there, others are withheld, and conflicts are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.errors import DefinitionInvalid, DisclosureRisk
from tests.e2e.test_few_facilities import published, withheld

PROVINCES = "  always_shown:\n    - {cells: {province: [_T, 01, 31, 79], sex: _T}, measures: [patients]}\n"
UNITS = "  units: {column: hospital, fewest: 3}\n"


def test_the_totals_are_shown_and_the_release_says_so(tmp_path: Path) -> None:
    root = tmp_path / "store"
    usual = withheld(root, published(root, tmp_path, units=UNITS), "patients")
    assert usual & {("01", "_T"), ("31", "_T"), ("79", "_T")}, "without the choice a province is withheld"
    other = tmp_path / "other"
    weights = "  weights:\n    - {cells: {province: '*', sex: '*'}, weight: 3}\n  cost: count\n"
    asked = "  always_shown:\n    - {cells: {province: [_T, 01, 31], sex: _T}, measures: [patients]}\n"
    release = published(other, tmp_path, units=UNITS + asked + weights)
    gone = withheld(other, release, "patients")
    assert not gone & {("_T", "_T"), ("01", "_T"), ("31", "_T")}
    assert {("48", "_T"), ("79", "_T")} <= gone
    disclosure = release.description.disclosure
    assert disclosure is not None
    assert "are always shown" in disclosure.summary.en
    assert "luôn được công bố" in disclosure.summary.vi
    assert disclosure.rules.always_shown[0].cells == {"province": ("_T", "01", "31"), "sex": ("_T",)}
    assert (disclosure.rules.cost, disclosure.rules.weights[0].weight) == ("count", 3.0)


def test_totals_that_leave_a_hospital_unprotected_are_named_and_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(DisclosureRisk) as caught:
        published(tmp_path / "store", tmp_path, units=UNITS + PROVINCES)
    assert "disclosure.always_shown[1]: leaves no way to protect other cells" in str(caught.value)
    assert not list((tmp_path / "store").glob("releases/*/*"))


def test_a_total_of_one_hospital_cannot_be_promised(tmp_path: Path) -> None:
    asked = "  always_shown:\n    - {cells: {province: 48}}\n"
    with pytest.raises(DisclosureRisk) as refused:
        published(tmp_path / "store", tmp_path, units=UNITS + asked)
    (problem,) = refused.value.problems
    assert problem.place == "disclosure.always_shown[1]"
    assert problem.rule == "2 of its cells must be withheld by the rules: they come from fewer than 3 facilities"
    assert "can come from so few" in problem.remedy, "the cell is large: that it is small is not the reason"


def test_cells_that_no_table_shows_are_refused_before_anything_is_counted(tmp_path: Path) -> None:
    asked = "  always_shown:\n    - {cells: {province: 1}}\n"
    with pytest.raises(DefinitionInvalid, match="1 is not a code of the code list provinces"):
        published(tmp_path / "store", tmp_path, units=asked)


def test_a_province_that_is_never_shown_is_hidden(tmp_path: Path) -> None:
    root = tmp_path / "store"
    asked = "  always_withheld:\n    - {cells: {province: 79}, measures: [patients]}\n"
    release = published(root, tmp_path, units=asked)
    gone = withheld(root, release, "patients")
    assert ("79", "_T") in gone
    assert len(gone) > 1
    disclosure = release.description.disclosure
    assert disclosure is not None
    assert "are never shown" in disclosure.summary.en
    assert "không bao giờ được công bố" in disclosure.summary.vi
