"""A job that is killed between spending and publishing has spent: nobody gets a draw that was not paid for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datasets.errors import DisclosureRuleInvalid
from tests.support.disk_faults import NthCall, replaced
from tests.support.killed import in_killed_child, spend
from tests.support.power_loss import Trace, states
from tests.support.spending import spend_at_once
from tests.support.tiny_releases import new_keys


def nothing(name: str, args: tuple[object, ...]) -> None:
    """Let the call happen."""


def entries(root: Path) -> int:
    path = root / "private" / "budgets" / "patients" / "ledger.json"
    return len(json.loads(path.read_bytes().partition(b"\n")[2])["entries"]) if path.exists() else 0


def seen(root: Path) -> str | None:
    path = root / "seen"
    return path.read_text(encoding="utf-8") if path.exists() else None


@pytest.fixture
def root(tmp_path: Path) -> Path:
    new_keys(tmp_path / "store")
    return tmp_path / "store"


def test_whatever_is_killed_a_draw_was_paid_for_and_another_is_paid_for_again(root: Path, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole = tmp_path / "whole" / "store"
    new_keys(whole)
    counted = NthCall(0, nothing)
    with replaced(counted):
        assert spend(whole, tmp_path) is None
    killed = in_killed_child("spend", root, tmp_path, len(counted.calls))
    assert len(killed) == len(counted.calls) > 8
    outcomes = set()
    for state in killed:
        before, drawn = entries(state), seen(state)
        assert before == 1 or drawn is None
        again = spend(state, tmp_path)
        if again is not None:
            assert (str(again), entries(state)) == (drawn, before)
        else:
            assert entries(state) == before + 1
        outcomes.add((before, drawn is not None, again is not None))
    assert outcomes == {(0, False, False), (1, False, False), (1, True, False), (1, True, True)}


def test_a_job_that_is_killed_again_and_again_comes_to_the_end_of_its_budget(root: Path, tmp_path: Path) -> None:
    kept = root / "private" / "budgets" / "patients"
    for number in (1, 2):
        assert spend(root, tmp_path) is None
        (kept / f"{number}.drawn").unlink()  # as if it had been killed before
    with pytest.raises(DisclosureRuleInvalid, match=r"rho 0\.8 of rho 1\.0 are spent"):
        spend(root, tmp_path)


def test_power_that_fails_leaves_no_draw_that_was_not_paid_for(root: Path, tmp_path: Path) -> None:
    """The account is on the disk, with its name, before anything is drawn."""
    (tmp_path / "before").mkdir()
    before, scratch = tmp_path / "before" / "store", tmp_path / "scratch"
    import shutil  # noqa: PLC0415 (for this test alone)

    shutil.copytree(root, before)
    trace = Trace(root)
    trace.record(lambda: spend(root, tmp_path))
    paid_at = next(
        number
        for number, change in enumerate(trace.changes)
        if change.call == "enter" and change.name.name.startswith(".1.drawn")
    )
    checked = 0
    for length, state in states(trace, before, scratch):
        if length > paid_at:
            assert entries(state) == 1
            checked += 1
    assert checked


IN_ORDER = [*[0] * 6, *range(1, 11)]
"""Sixteen jobs want a tenth of a budget each."""


def test_many_jobs_at_once_spend_one_after_another(root: Path) -> None:
    assert sorted(spend_at_once(root, processes=16)) == IN_ORDER
    assert entries(root) == 10


def test_without_waiting_a_budget_would_be_spent_twice(tmp_path: Path) -> None:
    """The test above can fail."""
    roots = [tmp_path / f"store-{number}" for number in range(8)]
    for root in roots:
        new_keys(root)
    assert any(sorted(spend_at_once(root, processes=16, broken=True)) != IN_ORDER for root in roots)
