"""Primary rules against brute force: attackers who try every pair, sorting by hand, and levels moved step by step."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from anonymization.primary.assess import CellFacts, assess
from anonymization.primary.concentration import dominance, p_percent, prior_posterior
from anonymization.primary.contributions import Contributions, Records, largest_contributions
from anonymization.primary.groups import Totals, all_in_one
from anonymization.primary.sensitivity import Sensitivity
from datasets.disclosure import Dominance, PPercent, PriorPosterior, SafetyRules, Units

quick = settings(max_examples=250, deadline=None, derandomize=True)

Agent = tuple[int, bool]
"""What an agent contributes to the one cell, and whether it consents to publication."""

sizes = st.one_of(st.integers(0, 12), st.sampled_from([0, 50, 90, 100, 700, 900, 1000]))
agents = st.lists(st.tuples(sizes, st.sampled_from([False, False, False, True])), min_size=0, max_size=6)
percentages = st.sampled_from([1, 5, 10, 25, 50, 75, 80, 90, 99])
coalitions = st.integers(1, 3)


def one_cell(members: list[Agent], *, width: int = 4) -> Contributions:
    value = np.array([size for size, _ in members], dtype=np.int64)
    waived = np.array([consents for _, consents in members], dtype=np.bool_)
    cells = np.zeros(len(members), dtype=np.int64)
    return largest_contributions(Records(cells, np.arange(len(members)), value, waived=waived), 1, width=width)


def closest(members: list[Agent], coalition: int) -> list[tuple[int, int]]:
    """For every contributor without consent and every coalition of others, its size and the error of the estimate."""
    total = sum(size for size, _ in members)
    found: list[tuple[int, int]] = []
    for target, (size, consents) in enumerate(members):
        others = [own for number, (own, _) in enumerate(members) if number != target]
        pools = combinations(others, min(coalition, len(others)))
        found += [(size, total - sum(pooled) - size) for pooled in pools if not consents and size > 0]
    return found


@quick
@given(agents, percentages, coalitions)
def test_p_percent_is_what_no_coalition_can_work_out(members: list[Agent], p: int, coalition: int) -> None:
    found = p_percent(one_cell(members), PPercent(p=p, coalition=coalition))
    attacks = closest(members, coalition)
    assert bool(found.sensitive[0]) == any(100 * error < p * size for size, error in attacks)
    # With the value moved up by the level, no estimate is closer than p percent any more, and the closest is just that.
    level = max([Fraction(p * size, 100) - error for size, error in attacks], default=Fraction(0))
    assert np.isclose(found.upper[0], float(max(level, Fraction(0))))


@quick
@given(agents, percentages, percentages, coalitions)
def test_p_q_is_what_readers_with_prior_knowledge_cannot_work_out(
    members: list[Agent], p: int, q: int, coalition: int
) -> None:
    p, q = (p, q) if p < q else (q, p + 1)
    found = prior_posterior(one_cell(members), PriorPosterior(p=p, q=q, coalition=coalition))
    attacks = closest(members, coalition)
    assert bool(found.sensitive[0]) == any(q * error < p * size for size, error in attacks)
    level = max([Fraction(p * size, q) - error for size, error in attacks], default=Fraction(0))
    assert np.isclose(found.upper[0], float(max(level, Fraction(0))))


@quick
@given(agents, st.integers(1, 4), percentages)
def test_dominance_is_a_sum_after_sorting(members: list[Agent], n: int, k: int) -> None:
    found = dominance(one_cell(members), Dominance(n=n, k=k))
    total = sum(size for size, _ in members)
    groups = [
        sum(members[one][0] for one in group)
        for group in combinations(range(len(members)), min(n, len(members)))
        if any(not members[one][1] and members[one][0] > 0 for one in group)
    ]
    largest = max(groups, default=0)
    assert bool(found.sensitive[0]) == (100 * largest > k * total)
    if found.sensitive[0]:
        # A total larger by the level is just enough; whoever makes it up is not among the n largest.
        assert np.isclose(100 * largest, k * (total + found.upper[0]))


@quick
@given(st.lists(st.tuples(sizes, st.integers(1, 4)), min_size=1, max_size=5), percentages, coalitions)
def test_a_weight_is_as_many_contributors(sampled: list[tuple[int, int]], p: int, coalition: int) -> None:
    value = np.array([size for size, _ in sampled])
    weight = np.array([times for _, times in sampled], dtype=np.float64)
    cells = np.zeros(len(sampled), dtype=np.int64)
    weighted = largest_contributions(Records(cells, np.arange(len(sampled)), value, weight), 1)
    repeated = one_cell([(size, False) for size, times in sampled for _ in range(times)])
    assert weighted.total.tolist() == repeated.total.tolist()
    assert weighted.agents.tolist() == repeated.agents.tolist()
    for rule in (PPercent(p=p, coalition=coalition), PPercent(p=100, coalition=coalition)):
        assert same(p_percent(weighted, rule), p_percent(repeated, rule))
    rule_of_n = Dominance(n=coalition, k=p)
    assert same(dominance(weighted, rule_of_n), dominance(repeated, rule_of_n))


def same(one: Sensitivity, other: Sensitivity) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("sensitive", "lower", "upper", "reason")
    )


@st.composite
def many_cells(draw: st.DrawFn) -> Records:
    """Records of several cells, whose agents come back, with amounts that do not add up exactly in float64."""
    count = draw(st.integers(0, 25))
    column = st.lists(st.integers(0, 4), min_size=count, max_size=count)
    amounts = st.sampled_from([0.1, 0.2, 0.3, 0.7, 1e9, -0.4, -1e9, 33.33])
    value = draw(st.lists(amounts, min_size=count, max_size=count))
    consent = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    cell, agent = draw(column), draw(column)
    return Records(
        np.array(cell, dtype=np.int64),
        np.array(agent, dtype=np.int64),
        np.array(value),
        waived=np.array(consent, np.bool_),
    )


@quick
@given(many_cells(), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(records: Records, random: object) -> None:
    order = list(range(len(records.cell)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert records.waived is not None
    shuffled = Records(records.cell[order], records.agent[order], records.value[order], waived=records.waived[order])
    one, other = largest_contributions(records, 5), largest_contributions(shuffled, 5)
    for name in ("total", "target", "others", "weights", "agents", "protected", "sole"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


@quick
@given(many_cells())
def test_contributions_are_those_of_a_dictionary(records: Records) -> None:
    assert records.waived is not None
    held: dict[tuple[int, int], list[tuple[float, bool]]] = {}
    for cell, agent, value, waived in zip(
        records.cell.tolist(), records.agent.tolist(), records.value.tolist(), records.waived.tolist(), strict=True
    ):
        held.setdefault((cell, agent), []).append((value, waived))
    found = largest_contributions(records, 5)
    for cell in range(5):
        own = {
            agent: (abs(sum(value for value, _ in parts)), all(waived for _, waived in parts))
            for (at, agent), parts in held.items()
            if at == cell
        }
        sizes_of = sorted((size for size, _ in own.values()), reverse=True)
        at_risk = max((size for size, consents in own.values() if not consents), default=0.0)
        assert np.isclose(found.total[cell], sum(sizes_of))
        assert np.isclose(found.target[cell], at_risk)
        assert found.agents[cell] == len(own)
        assert found.protected[cell] == sum(not consents for _, consents in own.values())
        assert found.sole[cell] == (next(iter(own)) if len(own) == 1 else -1)


counts = st.lists(st.integers(0, 12), min_size=1, max_size=8)


@quick
@given(counts, st.integers(2, 9), st.sampled_from(["publish", "protect"]))
def test_frequency_levels_are_the_least_for_which_no_reader_can_tell(
    people: list[int], threshold: int, zeros: str
) -> None:
    cells = np.array(people)
    rules = SafetyRules.model_validate({"frequency": threshold, "zeros": zeros})
    found = assess(CellFacts(cells, cells), rules).sensitivity
    for number, count in enumerate(people):
        small = count < threshold and (count > 0 or zeros == "protect")
        assert bool(found.sensitive[number]) == small
        if small:
            lowest = 1 if zeros == "publish" else 0
            assert count + found.upper[number] == threshold
            assert count - found.lower[number] == max(lowest, count - 1)


@quick
@given(counts, st.integers(2, 9), st.integers(0, 5))
def test_a_larger_threshold_never_shows_more(people: list[int], threshold: int, more: int) -> None:
    cells = np.array(people)
    relations = sparse.csr_array(np.array([[*[1] * len(people), -1]]))
    with_total = np.append(cells, cells.sum())
    for keys in ({}, {"zeros": "protect"}, {"group_disclosure": True}):
        facts = CellFacts(with_total, with_total, relations=relations)
        low, high = (
            assess(facts, SafetyRules.model_validate({"frequency": one, **keys})).sensitivity
            for one in (threshold, threshold + more)
        )
        assert not (low.sensitive & ~high.sensitive).any()
        assert (high.upper >= low.upper).all()


@quick
@given(counts, st.integers(1, 6))
def test_group_disclosure_is_few_outside_and_its_level_puts_enough_there(people: list[int], threshold: int) -> None:
    total = sum(people)
    cells = np.array([total, *people])
    sums = sparse.csr_array(np.array([[-1, *[1] * len(people)]]))
    found = all_in_one(cells, Totals(sums, np.zeros(len(cells), np.bool_)), threshold, 0.0)
    assert not found.sensitive[0]
    for number, count in enumerate(people, start=1):
        outside = total - count
        assert bool(found.sensitive[number]) == (count > 0 and outside < threshold and len(people) > 1)
        if found.sensitive[number]:
            moved = int(found.lower[number])
            assert outside + moved == threshold or moved == count
            assert outside + moved - 1 < threshold


@quick
@given(many_cells(), st.permutations(range(5)))
def test_the_order_of_cells_does_not_matter(records: Records, order: list[int]) -> None:
    """Every rule looks at a cell and its relations alone: renumbering cells renumbers the finding."""
    new = np.argsort(order)
    rules = SafetyRules(
        frequency=3,
        zeros="protect",
        dominance=(Dominance(n=2, k=90),),
        p_percent=PPercent(p=10),
        units=Units(fewest=2, largest_percent=90),
        group_disclosure=True,
    )
    sums = np.array([[-1, 1, 1, 0, 0]])
    renumbered = Records(new[records.cell], records.agent, records.value, waived=records.waived)
    before, after = (
        assess(
            CellFacts(
                people[places],
                values[places],
                counts=False,
                relations=sparse.csr_array(sums[:, places]),
                contributions=largest_contributions(own, 5),
                units=np.minimum(people, 2)[places],
                largest_unit=people[places],
            ),
            rules,
        )
        for own, places in ((records, np.arange(5)), (renumbered, np.array(order)))
        for people in [np.array([len(set(records.agent[records.cell == one].tolist())) for one in range(5)])]
        for values in [np.array([records.value[records.cell == one].sum() for one in range(5)])]
    )
    assert before.rules == after.rules
    assert np.array_equal(before.sensitivity.sensitive[order], after.sensitivity.sensitive)
    assert np.allclose(before.sensitivity.upper[order], after.sensitivity.upper)
    assert np.allclose(before.sensitivity.lower[order], after.sensitivity.lower)
    assert np.array_equal(before.sensitivity.reason[order], after.sensitivity.reason)
