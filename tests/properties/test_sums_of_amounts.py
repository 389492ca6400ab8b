"""Sums of amounts from record to release: tabulated and judged by hand, protected, and attacked by brute force."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from anonymization import ProtectedTables, protect
from anonymization.dimension import TOTAL
from anonymization.primary.cells import sensitive_cells
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules, Guarantee
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.amounts import Paid, amounts, asking

PLACES = tuple(product(("a1", "a2", "a3"), ("b1", "b2")))
ROWS = tuple(product((TOTAL, "a1", "a2", "a3"), (TOTAL, "b1", "b2")))
"""The places of the table's rows."""
RULES: tuple[dict[str, Any], ...] = (
    {"p_percent": {"p": 15}},
    {"p_percent": {"p": 10, "coalition": 2}},
    {"dominance": {"n": 1, "k": 70}},
    {"dominance": [{"n": 2, "k": 90}], "p_q": {"p": 10, "q": 80}},
)


def made_up(chance: random.Random) -> list[Paid]:
    """Records of a few payers, of whom some are much larger than the others; all sums are whole numbers."""
    found = []
    for place in PLACES:
        for who in chance.choice(["x", "xy", "uvwxyz", "tuvwxyz", "uvwz", ""]):
            for _ in range(chance.choice([1, 1, 2, 3])):
                size = chance.choice([300, 900]) if who in "xy" and chance.random() < 0.4 else chance.randrange(30, 90)
                found.append(Paid(place, who, float(size), chance.random() < 0.3))
    return found


@st.composite
def payments(draw: st.DrawFn) -> list[Paid]:
    return made_up(random.Random(draw(st.integers(0, 2**32))))


def of_place(records: list[Paid], place: tuple[str, str], kind: str) -> list[Paid]:
    return [
        one
        for one in records
        if place[0] in (TOTAL, one.place[0])
        and place[1] in (TOTAL, one.place[1])
        and {"all": True, "died": one.died, "rest": not one.died}[kind]
    ]


def wanted(records: list[Paid], rules: DisclosureRules) -> float:
    """Return how much larger a sum must seem able to be, by trying every coalition there is; zero where it is safe."""
    own: dict[str, float] = defaultdict(float)
    for one in records:
        own[one.who] += one.amount
    rule, everything, level = rules.concentration, sum(own.values()), 0.0
    assert rule is not None
    for dominance in rule.dominance:
        for some in combinations(own.values(), min(int(dominance.n), len(own))):
            level = max(level, sum(some) * 100 / dominance.k - everything)
    for pooled, share in (
        *([(int(rule.p_percent.coalition), rule.p_percent.p / 100)] if rule.p_percent else []),
        *([(int(rule.p_q.coalition), rule.p_q.p / rule.p_q.q)] if rule.p_q else []),
    ):
        for target, size in own.items():
            others = [paid for who, paid in own.items() if who != target]
            for some in combinations(others, min(pooled, len(others))):
                level = max(level, share * size - (everything - size - sum(some)))
    return level if level > 1e-9 * everything else 0.0


def secrets(tables: TableSet, records: list[Paid], rules: DisclosureRules) -> dict[tuple[str, int], float]:
    """Return by kind and row of the table what must seem possible above each sum that is at risk."""
    (own,) = tables.tables
    kinds = ("all", "died", "rest") if "died" in own.contributors else ("all",)
    levels = {(kind, row): wanted(of_place(records, at, kind), rules) for kind in kinds for row, at in enumerate(ROWS)}
    return {secret: level for secret, level in levels.items() if level}


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(payments(), st.sampled_from(RULES), st.booleans())
def test_protection_finds_what_brute_force_finds(records: list[Paid], keys: dict[str, Any], part: bool) -> None:
    tables, rules = amounts(records, [3, 2], part=part), asking(threshold=1, **keys)
    found, expected = sensitive_cells(tables, rules), secrets(tables, records, rules)
    (sums,) = found.amounts
    for (_, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        levels = [expected.get((population, row), 0.0) for row in range(len(nodes))]
        assert np.allclose(sums.cells.upper[nodes], levels)
        assert (found.cells[nodes] == (np.array(levels) > 0)).all()
    if part:
        rows = {node: row for row, node in enumerate(tables.nodes.of_block[1].tolist())}
        (_, parts), *_ = tables.complements()
        levels = [expected.get(("rest", rows[node]), 0.0) for node in parts.tolist()]
        assert np.allclose(sums.rests.upper, levels)


def most(
    tables: TableSet, protected: ProtectedTables, secret: tuple[str, int], sign: float, held: Sequence[float] = ()
) -> float:
    """Return the most (or, with the sign -1, the least) that a sum can be, by a program over the six finest cells.

    Whoever asks may have `held` amounts there: of those who survived, then of those who died.
    """
    (own,), (shown,) = tables.tables, protected.tables
    finest = list(product(range(1, 4), range(1, 3)))
    rows = np.array(
        [
            [float(one in (0, area) and other in (0, kind)) for area, kind in finest]
            for one, other in zip(own.coordinates["a"], own.coordinates["b"], strict=True)
        ]
    )
    nothing = np.zeros_like(rows)
    # The unknowns are the finest cells of those who survived, then of those who died.
    sums = {"all": np.hstack([rows, rows]), "died": np.hstack([nothing, rows]), "rest": np.hstack([rows, nothing])}
    names = {"all": "paid", "died": "paid_died"}
    gone = {name: shown.withheld(name) for name in own.contributors}
    equal = np.vstack([sums[name][~hidden] for name, hidden in gone.items()])
    values = np.concatenate([own.values[names[name]][~hidden] for name, hidden in gone.items()])
    some = np.vstack([sums[name][hidden & (own.contributors[name] > 0)] for name, hidden in gone.items()])
    row = sums[secret[0]][secret[1]]
    # Of a withheld cell everybody knows that there is something in it.
    bounds = [(amount, None) for amount in held or [0.0] * 12]
    answer = linprog(-sign * row, A_ub=-some, b_ub=-np.ones(len(some)), A_eq=equal, b_eq=values, bounds=bounds)
    assert answer.status in (0, 3)
    return sign * np.inf if answer.status == 3 else -sign * float(answer.fun or 0.0)


def true_value(tables: TableSet, secret: tuple[str, int]) -> float:
    values = tables.tables[0].values
    kind, row = secret
    if kind == "rest":
        return float(values["paid"][row] - values["paid_died"][row])
    return float(values["paid" if kind == "all" else "paid_died"][row])


def released(records: list[Paid], guarantee: Guarantee, keys: dict[str, Any], *, part: bool) -> Any:
    tables, rules = amounts(records, [3, 2], part=part), asking(guarantee, threshold=2, **keys)
    try:
        return tables, rules, protect(tables, rules)
    except DisclosureRisk:
        return None  # a few records need not be protectable, and then nothing is published


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(payments(), st.sampled_from(RULES), st.booleans())
def test_no_sum_is_estimated_more_closely_than_promised(records: list[Paid], keys: dict[str, Any], part: bool) -> None:
    found = released(records, "interval", keys, part=part)
    if found is not None:
        tables, rules, protected = found
        for secret, level in secrets(tables, records, rules).items():
            truth = true_value(tables, secret)
            assert most(tables, protected, secret, 1.0) >= truth + level - 1e-3, secret
            low = most(tables, protected, secret, -1.0)
            assert low <= max(truth - level, 6 * 1.0) + 1e-3, secret


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(payments(), st.booleans())
def test_no_contributor_estimates_another_by_what_they_know_of_themselves(records: list[Paid], part: bool) -> None:
    found = released(records, "interval", {"p_percent": {"p": 15}}, part=part)
    if found is not None:
        tables, rules, protected = found
        for kind, row in secrets(tables, records, rules):
            shares: dict[str, float] = defaultdict(float)
            for one in of_place(records, ROWS[row], kind):
                shares[one.who] += one.amount
            largest = max(shares, key=lambda who: shares[who])
            for who in {one.who for one in records} - {largest}:
                held = [
                    sum(one.amount for one in records if (one.place, one.who, one.died) == (place, who, died))
                    for died in (False, True)
                    for place in PLACES
                ]
                bound = most(tables, protected, (kind, row), 1.0, held)
                assert bound - shares.get(who, 0.0) >= 1.15 * shares[largest] - 1e-2, (kind, row, who)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(payments(), st.sampled_from(RULES), st.booleans())
def test_no_sum_can_be_worked_out(records: list[Paid], keys: dict[str, Any], part: bool) -> None:
    found = released(records, "exact", keys, part=part)
    if found is not None:
        tables, rules, protected = found
        for secret in secrets(tables, records, rules):
            assert most(tables, protected, secret, 1.0) - most(tables, protected, secret, -1.0) >= 1 - 1e-6, secret


def test_most_made_up_payments_are_published_and_have_somebody_to_hide() -> None:
    chance = random.Random(3)
    published = hidden = close = 0
    for number in range(24):
        records, keys = made_up(chance), RULES[number % len(RULES)]
        found = released(records, "interval", keys, part=number % 2 == 1)
        exact = released(records, "exact", keys, part=number % 2 == 1)
        if found is not None and exact is not None:
            tables, rules, _ = found
            risks = secrets(tables, records, rules)
            published, hidden = published + 1, hidden + len(risks)
            close += sum(
                most(tables, exact[2], one, 1.0) < true_value(tables, one) + level - 1e-3
                for one, level in risks.items()
            )
    assert published >= 12
    assert hidden >= 40
    assert close >= 5, "exact protection alone leaves sums that can be estimated"
