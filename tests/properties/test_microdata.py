"""Whatever the records: withholding keeps its promise, coding loses nothing, and budgets do not depend on the order."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymization.microdata.records import encode
from anonymization.microdata.suppression import suppress
from anonymization.perturbation.budget import Budget, Spending, concentrated
from datasets.errors import DisclosureRuleInvalid

ROWS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.tuples(*[st.sampled_from("abcđ") for _ in range(width)]), min_size=2, max_size=40)
)


@settings(deadline=None, max_examples=200)
@given(rows=ROWS, k=st.integers(2, 6))
def test_every_published_row_stands_k_times(rows: list[tuple[str, ...]], k: int) -> None:
    names = [f"q{number}" for number in range(len(rows[0]))]
    records = encode({name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)})
    if len(rows) < k:
        return
    found = suppress(records, names, k=k)
    published = list(zip(*(found.records.column(name).text().tolist() for name in names), strict=True))
    assert min(Counter(published).values()) >= k
    assert all(
        shown in {"*", true}
        for row, was in zip(published, rows, strict=True)
        for shown, true in zip(row, was, strict=True)
    )
    assert found.cells == sum(row.count("*") for row in published)
    # A row that stands k times already need not lose anything more than another needs of it.
    assert found.at_least == sum(count for count in Counter(rows).values() if count < k)


@settings(deadline=None)
@given(st.lists(st.text("abc*đư ", max_size=6), min_size=1, max_size=30))
def test_text_comes_back_as_it_was(values: list[str]) -> None:
    data = np.array(values)
    if (data == "*").any():
        return
    column = encode({"a": data}).column("a")
    assert column.text().tolist() == data.tolist()
    assert column.categories.tolist() == sorted(set(data.tolist()))


@given(st.lists(st.decimals(0, 1, places=4), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_releases_does_not_change_what_remains(amounts: list[Decimal], random: object) -> None:
    spent = [Spending(f"release {number}", concentrated(amount)) for number, amount in enumerate(amounts)]
    shuffled = list(spent)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    limit = concentrated(4)
    if sum(amounts) <= 4:
        first, second = Budget("p", limit, tuple(spent)), Budget("p", limit, tuple(shuffled))
        assert first.remaining == second.remaining
        assert first.remaining.rho == 4 - sum(amounts)
        return
    for one in (spent, shuffled):
        try:
            Budget("p", limit, tuple(one))
        except DisclosureRuleInvalid:
            continue
        raise AssertionError("an overspent budget was accepted")
