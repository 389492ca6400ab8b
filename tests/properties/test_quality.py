"""Whatever flaws a dataset has: mending one never lowers its score, and the score stays what it is said to be."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.quality.criteria import CRITERIA
from catalog.quality.evidence import Evidence
from catalog.quality.findings import VALUES, Finding, State
from catalog.quality.score import Judgement, Quality, quality_of
from tests.support.described_well import FLAWS, evidence

TODAY = date(2026, 11, 23)
Flawed = st.frozensets(st.sampled_from(range(len(FLAWS))), max_size=6)
States = st.lists(
    st.sampled_from(["met", "partly", "not_met", "not_asked"]), min_size=len(CRITERIA), max_size=len(CRITERIA)
)
_BETTER: dict[State, State] = {"not_met": "partly", "partly": "met"}


def flawed(which: frozenset[int]) -> Evidence:
    found = evidence()
    for number in sorted(which):
        found = FLAWS[number].make(found)
    return found


def of(states: list[State]) -> Quality:
    pairs = zip(CRITERIA, states, strict=True)
    return Quality(tuple(Judgement(each, Finding(state, "why")) for each, state in pairs))


@given(Flawed, st.integers(0, 4_000))
@settings(max_examples=40, deadline=None)
def test_the_score_is_a_share_and_what_lasts_does_not_know_the_day(which: frozenset[int], days: int) -> None:
    found = flawed(which)
    now, later = quality_of(found, TODAY), quality_of(found, TODAY + timedelta(days=days))
    assert 0 <= now.score <= 1
    assert now.lasting == later.lasting
    assert later.score <= now.score
    assert (now.score == 1) is not bool(now.missing)


@given(Flawed)
@settings(max_examples=40, deadline=None)
def test_mending_a_flaw_never_lowers_the_score(which: frozenset[int]) -> None:
    # Two flaws of one criterion are no two steps: the later one takes the place of the other.
    chosen = {FLAWS[each].criterion: each for each in which}
    whole = frozenset(chosen.values())
    for each in whole:
        before, after = quality_of(flawed(whole), TODAY), quality_of(flawed(whole - {each}), TODAY)
        # Where the other flaws hide this one, as a day of the next edition that was announced does, it is the same.
        assert after.score >= before.score


@given(States, st.integers(0, len(CRITERIA) - 1))
def test_improving_a_finding_never_lowers_the_score(states: list[State], at: int) -> None:
    before = of(states)
    assert 0 <= before.score <= 1
    assert sum(each.criterion.weight for each in before.asked) >= sum(each.lost for each in before.missing)
    if states[at] not in _BETTER:
        return
    after = of([*states[:at], _BETTER[states[at]], *states[at + 1 :]])
    assert after.score > before.score
    assert after.lasting >= before.lasting
    assert VALUES[_BETTER[states[at]]] > VALUES[states[at]]
