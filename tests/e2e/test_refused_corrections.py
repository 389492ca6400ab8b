"""What the guide for staff says of corrections: an amount alone changes, and what was shown cannot be taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from datasets.errors import DisclosureRisk
from tests.e2e.test_sums_of_payments import DEFINITION, METHODS, RULE, payments
from tests.support.publication import Ministry

WHOLE = re.sub(r"  drugs:\n(    .*\n)+", "", DEFINITION)
"""Without the part of the payments that is for drugs: a part is shown wherever its whole is."""
FINE = "    dimensions: [province, sex]\n"
COARSE = f"""\
{FINE}    measures: [claims]
  payments:
    title: {{vi: Chi trả theo giới tính, en: Payments by sex}}
    dimensions: [sex]
"""
"""Sums have a coarser table than counts."""

SEED = 2


def publish(folder: Path, tables: str, *, corrected: bool) -> int:
    """Publish the payments, or those of which one in province 01 was far larger; return the version."""
    (folder / "dataset.yaml").write_text(WHOLE.replace(FINE, tables) + RULE, encoding="utf-8")
    (folder / "methods.md").write_text(METHODS, encoding="utf-8")
    rows = payments()
    at = next(place for place, one in enumerate(rows) if one[:3] == ("01", "F", "a"))
    if corrected:
        rows[at] = (*rows[at][:4], 4_000_000.25)
    lines = [",".join(map(str, row)) for row in rows]
    text = "\n".join(["province,sex,hospital,kind,paid", *lines])
    (folder / "payments-2026.csv").write_text(text + "\n", encoding="utf-8")
    return Ministry(folder / "store").publish(folder, "2026", folder).version


@pytest.fixture(autouse=True)
def one_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seed follows from the store's key: with some, the first version withholds the corrected cell by chance."""
    monkeypatch.setattr("publishers.job.secret_seed", lambda *_: SEED)


def test_a_corrected_amount_is_refused_where_its_cell_was_shown(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    assert publish(tmp_path, FINE, corrected=False) == 1
    with pytest.raises(DisclosureRisk, match=r"Published before: insurance-payments 2026\.1") as refused:
        publish(tmp_path, FINE, corrected=True)
    assert "coarser tables: would succeed. publish it with" in str(refused.value)


def test_it_is_published_where_sums_have_coarser_tables_than_counts(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    assert publish(tmp_path, COARSE, corrected=False) == 1
    assert publish(tmp_path, COARSE, corrected=True) == 2


def test_an_edition_that_is_left_as_it_is_gets_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "store").mkdir()
    assert publish(tmp_path, FINE, corrected=False) == 1
    monkeypatch.setattr("tests.e2e.test_refused_corrections.METHODS", f"{METHODS}\nOne payment is too small.\n")
    assert publish(tmp_path, FINE, corrected=False) == 2
